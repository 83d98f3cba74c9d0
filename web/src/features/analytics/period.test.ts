import { expect, test } from "vitest";
import { addDays, before, daysBetween, delta, periodOf, series } from "./period";

test("ranges mean whole days up to today", () => {
  expect(periodOf("7", "2026-03-10")).toEqual({ from: "2026-03-04", to: "2026-03-10" });
  expect(periodOf("month", "2026-03-10")).toEqual({ from: "2026-03-01", to: "2026-03-10" });
  expect(periodOf("last_month", "2026-03-10")).toEqual({ from: "2026-02-01", to: "2026-02-28" });
  expect(periodOf("custom", "2026-03-10", "2026-02-03", "2026-01-01")).toEqual({
    from: "2026-01-01",
    to: "2026-02-03",
  });
  expect(periodOf("custom", "2026-03-10", "2026-02-03")).toEqual(periodOf("30", "2026-03-10"));
});

test("the period before is as long, and ends where this one begins", () => {
  const period = { from: "2026-03-01", to: "2026-03-31" }; // the clocks change in it
  expect(daysBetween(period)).toBe(31);
  expect(before(period)).toEqual({ from: "2026-01-29", to: "2026-02-28" });
  expect(addDays("2026-12-31", 1)).toBe("2027-01-01");
});

test("days without mails are zeros, not gaps", () => {
  const items = [
    { day: "2026-03-02", emails_sent: 5 },
    { day: "2026-03-04", emails_sent: 2 },
  ];
  expect(series(items, "emails_sent", { from: "2026-03-01", to: "2026-03-04" })).toEqual([0, 5, 0, 2]);
});

test("a change needs something to compare with", () => {
  expect(delta(5, 0)).toBeUndefined();
  expect(delta(5, 5)).toBe("unchanged");
  expect(delta(15, 10)).toBe("+50 %");
  expect(delta(9, 10)).toBe("−10 %");
  expect(delta(1010, 1000)).toBe("+1.0 %");
});
