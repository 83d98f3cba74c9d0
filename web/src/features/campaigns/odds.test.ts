import { describe, expect, it } from "vitest";
import { chancesToWin, guardrails } from "./odds";

describe("chances to win", () => {
  it("are even for the same figures and add up to one", () => {
    const same = chancesToWin([
      { sent: 500, replied: 25 },
      { sent: 500, replied: 25 },
    ]);
    expect(same[0]).toBeCloseTo(0.5, 2);
    const three = chancesToWin([
      { sent: 400, replied: 20 },
      { sent: 400, replied: 30 },
      { sent: 400, replied: 10 },
    ]);
    expect(three.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 2);
    expect(three.indexOf(Math.max(...three))).toBe(1);
  });

  it("know a clear winner", () => {
    const [worse = 1, better = 0] = chancesToWin([
      { sent: 1000, replied: 20 },
      { sent: 1000, replied: 60 },
    ]);
    expect(better).toBeGreaterThan(0.999);
    expect(worse).toBeLessThan(0.001);
  });
});

it("guardrails are shares of the mails", () => {
  const rails = guardrails({ emails_sent: 1000, bounces: 60, unsubscribes: 5 });
  expect(rails.map(({ share, most }) => share > most)).toEqual([true, false, false]);
  expect(guardrails({})[0]?.share).toBe(0);
});
