import { expect, test } from "vitest";
import { dayOf } from "./day";

test("days in an address are checked", () => {
  expect(dayOf("2026-02-28")).toBe("2026-02-28");
  for (const bad of ["2026-02-30", "yesterday", "2026-2-1", 20260201, undefined]) expect(dayOf(bad)).toBeUndefined();
});
