import { expect, it } from "vitest";
import { delayOf, delayWords, durationOf } from "./duration";

it.each([
  ["72h", { value: 3, unit: "days" }, "72h", "3 days later"],
  ["72h0m0s", { value: 3, unit: "days" }, "72h", "3 days later"],
  ["36h", { value: 36, unit: "hours" }, "36h", "36 hours later"],
  ["1h0m0s", { value: 1, unit: "hours" }, "1h", "1 hour later"],
  ["1h30m", { value: 90, unit: "minutes" }, "90m", "90 minutes later"],
  ["0s", { value: 0, unit: "days" }, "0s", "at once"],
  ["40s", { value: 40, unit: "seconds" }, "40s", "40 seconds later"],
  ["nonsense", { value: 0, unit: "days" }, "0s", "at once"],
] as const)("%s", (duration, delay, again, words) => {
  expect(delayOf(duration)).toEqual(delay);
  expect(durationOf(delayOf(duration))).toBe(again);
  expect(delayWords(duration)).toBe(words);
});
