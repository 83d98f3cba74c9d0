import { expect, it } from "vitest";
import { feedView } from "./feed";

const lines = [9, 8, 5].map((seq) => ({ seq }));
const seqs = (upTo: number | undefined) => {
  const { shown, waiting } = feedView(lines, upTo);
  return [shown.map(({ seq }) => seq), waiting];
};

it("shows all at first, then only what was shown", () => {
  expect(seqs(undefined)).toEqual([[9, 8, 5], 0]);
  expect(seqs(8)).toEqual([[8, 5], 1]);
  expect(seqs(9)).toEqual([[9, 8, 5], 0]);
  expect(seqs(4)).toEqual([[9, 8, 5], 0]);
});
