import { describe, expect, it } from "vitest";
import type { Step } from "@/api/types";
import {
  begin,
  change,
  draftOf,
  faultsOf,
  learn,
  moved,
  newStep,
  newVariant,
  redo,
  stepsOf,
  total,
  undo,
  withWritten,
} from "./model";

const steps: Step[] = [
  {
    id: "s1",
    channel: "email",
    delay: "0s",
    when: { field: "score", op: "at_least", value: 50 },
    variants: [{ id: "v1", name: "A", weight: 70, subject: "Hi", body: "x", prompt: "kept", script: "hidden" }],
  },
  {
    id: "s2",
    channel: "task",
    delay: "72h0m0s",
    when: { all: [{ field: "company", op: "exists" }] },
    variants: [{ id: "v2", name: "A", weight: 100, subject: "Call", body: "" }],
  },
];

describe("sequence", () => {
  it("keeps ids, conditions and what the editor does not show", () => {
    const { sequence, ids } = draftOf(steps);
    expect(sequence[1]?.delay).toEqual({ value: "3", unit: "days" });
    expect(sequence[1]?.when).toBe("complex");
    sequence[0]?.variants.push({ ...newVariant(1), subject: "Hello", body: "y", weight: "30" });
    const out = stepsOf(sequence, ids, steps);
    expect(out[0]).toMatchObject({
      id: "s1",
      when: { field: "score", op: "at_least", value: 50 },
      variants: [
        { id: "v1", prompt: "kept", script: "hidden", weight: 70 },
        { name: "B", weight: 30 },
      ],
    });
    expect(out[1]).toMatchObject({ id: "s2", delay: "72h", when: { all: [{ field: "company" }] } });
  });

  it("follows a reorder by id, not by place", () => {
    const { sequence, ids } = draftOf(steps);
    expect(stepsOf(moved(sequence, 1, 0), ids, steps).map(({ id }) => id)).toEqual(["s2", "s1"]);
  });

  it("starts with one mail, sent at once; the next waits", () => {
    expect(draftOf([]).sequence.map(({ channel, delay }) => [channel, delay.value])).toEqual([["email", "0"]]);
    expect(newStep(false).delay).toEqual({ value: "3", unit: "days" });
  });

  it("learns ids and takes over what the AI wrote, but nothing that was typed meanwhile", () => {
    const sent = [newStep(true), newStep(false)].map((step) => ({
      ...step,
      variants: step.variants.map((variant) => ({ ...variant, prompt: "short" })),
    }));
    const saved: Step[] = sent.map((_, i) => ({
      id: `s${i}`,
      channel: "email",
      delay: "0s",
      variants: [{ id: `v${i}`, name: "A", subject: "Written", body: "By the server" }],
    }));
    const ids = new Map<string, string>();
    learn(ids, sent, saved);
    const typed = sent.map((step, i) =>
      i === 1 ? { ...step, variants: step.variants.map((variant) => ({ ...variant, subject: "Mine" })) } : step,
    );
    const now = withWritten(typed, sent, saved);
    expect(now.map(({ variants }) => variants[0]?.subject)).toEqual(["Written", "Mine"]);
    expect(stepsOf(now, ids, saved).map(({ id }) => id)).toEqual(["s0", "s1"]);
  });

  it("names each fault by its place", () => {
    const step = newStep(true);
    const [variant] = step.variants;
    expect([...faultsOf([step]).keys()]).toEqual([`${variant?.key}.subject`, `${variant?.key}.body`]);
    const brief = { ...step, variants: step.variants.map((other) => ({ ...other, prompt: "short" })) };
    expect(faultsOf([brief]).size).toBe(0);
    const none = { ...brief, variants: brief.variants.map((other) => ({ ...other, weight: "0" })) };
    expect(total(none)).toBe(0);
    expect([...faultsOf([none]).values()]).toEqual(["At least one version needs a share above 0."]);
    const asks = { ...brief, when: { field: "score", op: "at_least" as const, value: "x" } };
    expect([...faultsOf([asks]).values()]).toEqual(["A number."]);
  });
});

describe("history", () => {
  it("undoes and redoes; the letters of one field are one step", () => {
    let history = begin("");
    for (const text of ["a", "ab", "abc"]) history = change(history, text, "subject");
    history = change(history, "abc!", "body");
    history = undo(history);
    expect(history.now).toBe("abc");
    history = undo(history);
    expect(history.now).toBe("");
    expect(undo(history).now).toBe("");
    history = redo(redo(history));
    expect(history.now).toBe("abc!");
    expect(redo(history).now).toBe("abc!");
  });

  it("a change after undo ends what could be redone", () => {
    const history = change(undo(change(begin(1), 2)), 3);
    expect(history).toMatchObject({ past: [1], now: 3, future: [] });
  });
});
