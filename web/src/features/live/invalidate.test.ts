import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Invalidator, rootsOf } from "./invalidate";

it.each([
  ["campaign.update", "campaign.paused", ["activity", "campaigns"]],
  ["lead.new", "lead.imported", ["activity", "leads", "imports"]],
  ["metrics.update", undefined, ["activity", "analytics", "campaigns"]],
  ["security.alerted", undefined, ["activity", "watch"]],
  ["ai.activity", "action.in_doubt", ["activity", "actions"]],
  ["ai.activity", undefined, ["activity", "actions", "replies"]],
  ["something.new", undefined, ["activity"]],
])("%s (%s) makes %j stale", (event, type, want) => expect(rootsOf({ event, type })).toEqual(want));

describe("Invalidator", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("acts at once, then gathers", () => {
    const act = vi.fn();
    const invalidator = new Invalidator(act);
    invalidator.note({ event: "lead.new" });
    for (let i = 0; i < 50; i++) invalidator.note({ event: "email.sent" });
    invalidator.note({ event: "metrics.update" });
    expect(act.mock.calls).toEqual([[["activity", "leads"]]]);
    vi.advanceTimersByTime(200);
    expect(act).toHaveBeenCalledTimes(2);
    expect(act.mock.calls[1]).toEqual([["activity", "leads", "actions", "analytics", "campaigns"]]);
    vi.advanceTimersByTime(10_000);
    expect(act).toHaveBeenCalledTimes(2);
    invalidator.note({ event: "lead.new" });
    expect(act).toHaveBeenCalledTimes(3);
    invalidator.stop();
  });

  it("waits longer while it goes on", () => {
    const act = vi.fn();
    const invalidator = new Invalidator(act);
    for (let ms = 0; ms < 10_000; ms += 50) {
      invalidator.note({ event: "email.sent" });
      vi.advanceTimersByTime(50);
    }
    expect(act.mock.calls.length).toBeLessThanOrEqual(10_000 / 600 + 3);
    invalidator.stop();
  });
});
