import type { Step, Variant } from "@/api/types";
import { type Delay, delayOf, durationOf } from "@/lib/duration";

/** One wording, as the editor holds it. Its key is ours and lasts as long as the page. */
export interface VariantDraft {
  key: string;
  name: string;
  weight: string;
  subject: string;
  body: string;
  /** What the AI should write, where subject and body are empty. */
  prompt: string;
}

/** "Only if": one comparison; other conditions are kept as they are. */
export interface WhenDraft {
  field: string;
  op: "is" | "is_not" | "contains" | "at_least" | "below" | "exists";
  value: string;
}

export interface StepDraft {
  key: string;
  channel: Step["channel"];
  delay: { value: string; unit: Delay["unit"] };
  when: WhenDraft | "complex" | undefined;
  variants: VariantDraft[];
}

export type Sequence = StepDraft[];

/** Which key stands for which id of the server; kept beside the sequence, so that undo cannot lose it. */
export type Ids = Map<string, string>;

const newKey = (): string => `k${crypto.getRandomValues(new Uint32Array(2)).join("")}`;

export const letter = (i: number): string => String.fromCharCode(65 + (i % 26));

export function newVariant(i: number): VariantDraft {
  return { key: newKey(), name: letter(i), weight: "50", subject: "", body: "", prompt: "" };
}

export function newStep(first: boolean, channel: "email" | "task" = "email"): StepDraft {
  return {
    key: newKey(),
    channel,
    delay: first ? { value: "0", unit: "days" } : { value: "3", unit: "days" },
    when: undefined,
    variants: [{ ...newVariant(0), weight: "100" }],
  };
}

function whenOf(when: Step["when"]): StepDraft["when"] {
  if (!when) return undefined;
  if (!when.field || !when.op) return "complex";
  return { field: when.field, op: when.op, value: when.value === undefined ? "" : String(when.value) };
}

/** The editor's form of stored steps, and whose keys they are. */
export function draftOf(steps: readonly Step[]): { sequence: Sequence; ids: Ids } {
  const ids: Ids = new Map();
  const known = (key: string, id: string | undefined): string => {
    if (id) ids.set(key, id);
    return key;
  };
  const sequence = steps.map((step): StepDraft => {
    const { value, unit } = delayOf(step.delay);
    return {
      key: known(newKey(), step.id),
      channel: step.channel,
      delay: { value: String(value), unit },
      when: whenOf(step.when),
      variants: step.variants.map((variant, i) => ({
        key: known(newKey(), variant.id),
        name: variant.name || letter(i),
        weight: String(variant.weight ?? 100),
        subject: variant.subject ?? "",
        body: variant.body ?? "",
        prompt: variant.prompt ?? "",
      })),
    };
  });
  return { sequence: sequence.length > 0 ? sequence : [newStep(true)], ids };
}

function conditionOf(when: StepDraft["when"], before: Step["when"]): Step["when"] {
  if (when === "complex") return before;
  if (!when) return undefined;
  if (when.op === "exists") return { field: when.field, op: when.op };
  const number = when.op === "at_least" || when.op === "below";
  return { field: when.field, op: when.op, value: number ? Number(when.value) : when.value };
}

/**
 * Steps as the server takes them. Ids stay, so that what has been counted for a
 * step or a version stays with it; what the editor does not show stays, too.
 */
export function stepsOf(sequence: Sequence, ids: Ids, before: readonly Step[]): Step[] {
  return sequence.map((step): Step => {
    const id = ids.get(step.key);
    const old = before.find((other) => other.id !== undefined && other.id === id);
    const variants = step.variants.map((variant): Variant => {
      const own = ids.get(variant.key);
      const oldVariant = old?.variants.find((other) => other.id !== undefined && other.id === own);
      return {
        ...oldVariant,
        name: variant.name.trim(),
        weight: Number(variant.weight) || 0,
        subject: variant.subject,
        body: variant.body,
        prompt: variant.prompt,
      };
    });
    const when = conditionOf(step.when, old?.when);
    return {
      ...(old ? { id: old.id } : {}),
      channel: step.channel,
      delay: durationOf({ value: Number(step.delay.value) || 0, unit: step.delay.unit }),
      ...(when ? { when } : {}),
      variants: variants.length === 1 ? variants.map((variant) => ({ ...variant, weight: 100 })) : variants,
    };
  });
}

/** Learns the ids that the server gave to what was sent, place by place. */
export function learn(ids: Ids, sent: Sequence, saved: readonly Step[]): void {
  sent.forEach((step, i) => {
    const stored = saved[i];
    if (stored?.id) ids.set(step.key, stored.id);
    step.variants.forEach((variant, j) => {
      const id = stored?.variants[j]?.id;
      if (id) ids.set(variant.key, id);
    });
  });
}

/**
 * Takes over what the server wrote where a version had only a brief; whatever was
 * typed meanwhile stays.
 */
export function withWritten(sequence: Sequence, sent: Sequence, saved: readonly Step[]): Sequence {
  const written = new Map<string, Variant>();
  sent.forEach((step, i) => {
    step.variants.forEach((variant, j) => {
      const stored = saved[i]?.variants[j];
      if (stored && variant.subject === "" && variant.body === "" && stored.body) written.set(variant.key, stored);
    });
  });
  if (written.size === 0) return sequence;
  return sequence.map((step) => ({
    ...step,
    variants: step.variants.map((variant) => {
      const stored = written.get(variant.key);
      if (!stored || variant.subject !== "" || variant.body !== "") return variant;
      return { ...variant, subject: stored.subject ?? "", body: stored.body ?? "" };
    }),
  }));
}

/** Faults by the place they lie at, such as "k3.subject". */
export type Faults = Map<string, string>;

/** What keeps a sequence from being stored. */
export function faultsOf(sequence: Sequence): Faults {
  const faults: Faults = new Map();
  const add = (key: string, field: string, message: string) => faults.set(`${key}.${field}`, message);
  for (const step of sequence) {
    if (!/^\d{1,5}$/.test(step.delay.value) || Number(step.delay.value) > 8760)
      add(step.key, "delay", "A whole number.");
    if (step.when && step.when !== "complex") {
      const { op, value } = step.when;
      if ((op === "at_least" || op === "below") && !/^\d+(\.\d+)?$/.test(value)) add(step.key, "when", "A number.");
      else if (op !== "exists" && value.trim() === "") add(step.key, "when", "Say what to compare with.");
    }
    for (const variant of step.variants) {
      if (variant.name.trim() === "") add(variant.key, "name", "Name this version.");
      if (!/^\d{1,3}$/.test(variant.weight) || Number(variant.weight) > 100)
        add(variant.key, "weight", "A share from 0 to 100.");
      const nothing = variant.subject.trim() === "" && variant.body.trim() === "";
      if (step.channel === "email" && nothing && variant.prompt.trim() !== "") continue; // the AI writes both
      if (variant.subject.trim() === "")
        add(variant.key, "subject", step.channel === "task" ? "Say what is to do." : "A mail needs a subject.");
      if (step.channel === "email" && variant.body.trim() === "") add(variant.key, "body", "A mail needs a text.");
    }
    const first = step.variants[0];
    if (first && total(step) === 0) add(first.key, "weight", "At least one version needs a share above 0.");
  }
  return faults;
}

/** Sum of the shares of a step. */
export function total(step: StepDraft): number {
  return step.variants.reduce((sum, { weight }) => sum + (Number(weight) || 0), 0);
}

/** The sequence with the step at one place moved to another. */
export function moved(sequence: Sequence, from: number, to: number): Sequence {
  const next = [...sequence];
  const [step] = next.splice(from, 1);
  if (!step) return sequence;
  next.splice(to, 0, step);
  return next;
}

/** What was, what is, and what was taken back. */
export interface History<T> {
  past: T[];
  now: T;
  future: T[];
  /** Changes of one group are one step of undo: the letters of one field. */
  group: string | undefined;
}

const MOST = 100;

export const begin = <T>(now: T): History<T> => ({ past: [], now, future: [], group: undefined });

export function change<T>({ past, now, group: last }: History<T>, next: T, group?: string): History<T> {
  if (next === now) return { past, now, future: [], group: last };
  if (group !== undefined && group === last) return { past, now: next, future: [], group };
  return { past: [...past.slice(1 - MOST), now], now: next, future: [], group };
}

export function undo<T>(history: History<T>): History<T> {
  const { past, now, future } = history;
  const before = past.at(-1);
  if (before === undefined) return history;
  return { past: past.slice(0, -1), now: before, future: [now, ...future], group: undefined };
}

export function redo<T>(history: History<T>): History<T> {
  const { past, now, future } = history;
  const [next, ...rest] = future;
  if (next === undefined) return history;
  return { past: [...past, now], now: next, future: rest, group: undefined };
}
