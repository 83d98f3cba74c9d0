import { expect, it } from "vitest";
import { inPlace } from "./steady";

const rows = (text: string) => [...text].map((letter) => ({ id: letter.toLowerCase(), text: letter }));
const drawn = (shown: string, fresh: string) =>
  inPlace(rows(shown), rows(fresh))
    ?.map(({ text }) => text)
    .join("");

it.each([
  ["nothing new", "abc", "abc", undefined],
  ["new contents in their places", "abc", "aBc", undefined],
  ["a row below the others", "ab", "abc", undefined],
  ["another last row", "abc", "abd", undefined],
  ["a row that is gone", "abc", "ac", undefined],
  ["a row above the others", "abc", "xAb", "Abc"],
  ["another order", "abc", "cBa", "aBc"],
])("%s", (_, shown, fresh, want) => expect(drawn(shown, fresh)).toBe(want));
