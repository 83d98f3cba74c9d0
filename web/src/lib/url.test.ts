import { describe, expect, it } from "vitest";
import { oneOf, parseSearch, safeNext, stringifySearch, wholeNumber } from "./url";

describe("search parameters", () => {
  it.each(["?q=12", "?q=0012", "?q=true", "?q=%22x%22", "?q=a+b%26c", "?q=null", "?lead=0192-7a&tab=history"])(
    "keeps %s",
    (search) => {
      expect(stringifySearch(parseSearch(search))).toBe(search);
    },
  );

  it("leaves out what is not set", () => {
    expect(stringifySearch({ q: undefined, status: "", sort: "-score" })).toBe("?sort=-score");
    expect(stringifySearch({})).toBe("");
  });

  it("accepts only what a page knows", () => {
    expect(oneOf("cold", ["new", "cold"] as const)).toBe("cold");
    expect(oneOf("<x>", ["new", "cold"] as const)).toBeUndefined();
    expect(wholeNumber("70", 0, 100)).toBe("70");
    expect(wholeNumber("170", 0, 100)).toBeUndefined();
    expect(wholeNumber("7e1", 0, 100)).toBeUndefined();
  });
});

describe("safeNext", () => {
  it.each([
    ["/leads?q=12", "/leads?q=12"],
    ["//evil.test", "/"],
    ["/\\evil.test", "/"],
    ["https://evil.test", "/"],
    ["/signin?next=/leads", "/"],
    [undefined, "/"],
  ])("%s leads to %s", (next, want) => expect(safeNext(next)).toBe(want));
});
