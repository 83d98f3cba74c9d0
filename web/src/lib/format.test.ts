import { describe, expect, it } from "vitest";
import { ago, minorOf, moment, money, plural, share, typedOf, words } from "./format";

describe("money", () => {
  it.each([
    ["1,250.50", "USD", 125_050],
    ["1250", "USD", 125_000],
    ["0.5", "USD", 50],
    ["12.", "USD", 1200],
    ["1250", "JPY", 1250],
    ["12.5", "JPY", undefined],
    ["1.234", "USD", undefined],
    ["-4", "USD", undefined],
    ["", "USD", undefined],
  ])("reads %s %s", (typed, currency, minor) => expect(minorOf(typed, currency)).toBe(minor));

  it("writes no needless cents", () => {
    expect(money({ amount_minor: 12_450_000, currency: "USD" })).toBe("$124,500");
    expect(money({ amount_minor: 1250, currency: "USD" })).toBe("$12.50");
    expect(typedOf({ amount_minor: 1250, currency: "USD" })).toBe("12.50");
    expect(typedOf({ amount_minor: 1250, currency: "JPY" })).toBe("1250");
  });
});

describe("times", () => {
  const now = Date.parse("2026-03-08T12:00:00Z");
  it.each([
    ["2026-03-08T11:59:40Z", "just now"],
    ["2026-03-08T11:56:00Z", "4 min. ago"],
    ["2026-03-06T11:00:00Z", "2 days ago"],
    ["2026-03-08T15:00:00Z", "in 3 hr."],
    ["2025-12-01T00:00:00Z", /Nov 30|Dec 1/],
    ["", "–"],
  ])("%s is %s", (iso, want) => expect(ago(iso, now)).toMatch(want));

  it("shows the zone beside the time", () => {
    expect(moment("2026-03-08T12:00:00Z", "America/Los_Angeles")).toBe("Mar 8, 2026, 05:00 AM PDT");
  });
});

it("says how many", () => {
  expect(plural(1, "person", "people")).toBe("1 person");
  expect(plural(1240, "lead")).toBe("1,240 leads");
  expect(share(1, 3)).toBe("33.3%");
  expect(share(0, 0)).toBe("–");
  expect(words("meeting_booked")).toBe("Meeting booked");
});
