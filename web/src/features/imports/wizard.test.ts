import { describe, expect, it } from "vitest";
import { customField, faultsOf, isChanged, mappingOf, ranked, stepOf, toMend } from "./wizard";

it.each([
  [undefined, "columns", 0],
  [{ dry_run: true, state: "running" }, "check", 1],
  [{ dry_run: true, state: "done" }, "columns", 1],
  [{ dry_run: true, state: "done" }, "check", 2],
  [{ dry_run: true, state: "failed" }, "check", 1],
  [{ dry_run: false, state: "pending" }, "columns", 3],
  [{ dry_run: false, state: "done" }, "columns", 4],
  [{ dry_run: false, state: "undoing" }, "check", 4],
] as const)("%j (%s) is step %i", (run, view, step) => expect(stepOf(run, view)).toBe(step));

describe("mapping", () => {
  it("names what is wrong", () => {
    expect(faultsOf({ Mail: "email", "E-Mail 2": "email", Tag: "tags", Labels: "tags", X: "skip" })).toEqual([
      { column: "E-Mail 2", message: 'Column "Mail" fills the same field.' },
    ]);
    expect(faultsOf({ Name: "full_name" })).toEqual([{ message: expect.stringContaining("nobody in this file") }]);
    expect(faultsOf({ Tel: "phone" })).toEqual([]);
  });

  it("keeps odd columns under a usable key", () => {
    expect(customField("Größe (cm)")).toBe("custom.gro_e_cm");
    expect(customField("  ")).toBe("custom.column");
  });

  it("tells whether somebody changed it", () => {
    const columns = [
      { name: "Mail", field: "email" },
      { name: "X", field: "" },
    ];
    expect(mappingOf(columns)).toEqual({ Mail: "email", X: "skip" });
    expect(isChanged(mappingOf(columns), columns)).toBe(false);
    expect(isChanged({ Mail: "email", X: "company" }, columns)).toBe(true);
  });
});

it("ranks reasons", () => {
  expect(ranked({ b: 2, a: 2, c: 9, d: 0 })).toEqual([
    ["c", 9],
    ["a", 2],
    ["b", 2],
  ]);
  expect(ranked(null)).toEqual([]);
});

it("asks for the cell that is wrong, or for those that say who it is", () => {
  const columns = [
    { name: "E-Mail", field: "email" },
    { name: "Firma", field: "company" },
    { name: "Job", field: "title" },
    { name: "Junk", field: "skip" },
  ];
  const raw = { "E-Mail": "", Firma: "", Job: "CTO", Junk: "" };
  expect(toMend({ column: "Job", raw }, columns)).toEqual(["Job"]);
  expect(toMend({ column: "", raw }, columns)).toEqual(["E-Mail", "Firma"]);
  expect(toMend({ column: "", raw: { "E-Mail": "a" } }, columns)).toEqual(["E-Mail", "Firma", "Job"]);
});
