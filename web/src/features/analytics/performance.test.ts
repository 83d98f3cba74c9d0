import { expect, test } from "vitest";
import { type CampaignRow, roas, sorted } from "./performance";

const row = (name: string, over: Partial<CampaignRow>): CampaignRow => ({
  id: name,
  name,
  status: "running",
  sent: 0,
  replies: 0,
  positive: 0,
  spend: 0,
  revenue: 0,
  trend: [],
  ...over,
});

test("ROAS is claimed only where there is spend and revenue", () => {
  expect(roas({ revenue: 100_000, spend: 20_000 })).toBe("5.0×");
  expect(roas({ revenue: 0, spend: 20_000 })).toBe("–");
  expect(roas({ revenue: 100, spend: 0 })).toBe("–");
});

test("rows are sorted by a column either way", () => {
  const rows = [row("b", { replies: 3 }), row("a", { replies: 9 }), row("c", { replies: 3 })];
  expect(sorted(rows, "-replies").map(({ name }) => name)).toEqual(["a", "b", "c"]);
  expect(sorted(rows, "name").map(({ name }) => name)).toEqual(["a", "b", "c"]);
  const tied = [row("a", {}), row("b", { positive: 2 })];
  expect(sorted(tied, "-revenue").map(({ name }) => name)).toEqual(["b", "a"]);
  expect(sorted(rows, "-name").map(({ name }) => name)).toEqual(["c", "b", "a"]);
});
