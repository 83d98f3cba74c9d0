import { expect, it } from "vitest";
import { feedView } from "./feed";

const of = (...seqs: number[]) => seqs.map((seq) => ({ seq }));
const lines = of(9, 8, 5);
const seqs = (...held: number[]) => {
  const { shown, waiting } = feedView(lines, of(...held));
  return [shown.map(({ seq }) => seq), waiting];
};

it("shows all at first, then only what was shown", () => {
  expect(seqs()).toEqual([[9, 8, 5], 0]);
  expect(seqs(8, 5)).toEqual([[8, 5], 1]);
  expect(seqs(9, 8, 5)).toEqual([[9, 8, 5], 0]);
});

it("keeps what stands there when newer lines have pushed it out of the newest", () => {
  expect(seqs(4, 3)).toEqual([[4, 3], 3]);
});
