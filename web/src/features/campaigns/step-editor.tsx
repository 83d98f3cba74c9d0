import { Eye, Plus, Trash2 } from "lucide-react";
import { useId, useRef } from "react";
import type { Obstacle } from "@/api/types";
import { Button, IconButton } from "@/components/ui/button";
import { Check, Field, Input, Select, TextArea } from "@/components/ui/field";
import { Notice } from "@/components/ui/state";
import { words } from "@/lib/format";
import { FieldMenu } from "./field-menu";
import { type Faults, newVariant, type StepDraft, total, type VariantDraft, type WhenDraft } from "./model";

interface StepEditorProps {
  step: StepDraft;
  index: number;
  faults: Faults;
  warnings: readonly Obstacle[];
  onChange: (step: StepDraft, group?: string) => void;
  /** Opens the preview of a version; undefined while it is not stored yet. */
  onPreview: (variantKey: string) => void;
  /** A stored step of a running campaign keeps its channel. */
  fixed: boolean;
}

/** Everything about one step: when, for whom, and what is said. */
export function StepEditor({ step, index, faults, warnings, onChange, onPreview, fixed }: StepEditorProps) {
  const several = step.variants.length > 1;
  const set = (part: Partial<StepDraft>, group?: string) =>
    onChange({ ...step, ...part }, group && `${step.key}.${group}`);
  const setVariant = (key: string, part: Partial<VariantDraft>, group?: string) =>
    onChange(
      { ...step, variants: step.variants.map((variant) => (variant.key === key ? { ...variant, ...part } : variant)) },
      group && `${key}.${group}`,
    );
  const sum = total(step);
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <div className="grid grid-cols-2 gap-4 md:grid-cols-3">
        <Field
          label="Channel"
          className="max-md:col-span-2"
          hint={fixed ? "Stays: people have had this step." : undefined}
        >
          <Select
            value={step.channel}
            disabled={fixed}
            onChange={({ target }) => set({ channel: target.value === "task" ? "task" : "email" })}
          >
            <option value="email">E-mail</option>
            <option value="task">Task for a person</option>
            {step.channel !== "email" && step.channel !== "task" && (
              <option value={step.channel}>{words(step.channel)}</option>
            )}
          </Select>
        </Field>
        <Field
          label={index === 0 ? "Wait after joining" : "Wait after the step before"}
          error={faults.get(`${step.key}.delay`)}
        >
          <Input
            inputMode="numeric"
            value={step.delay.value}
            onChange={({ target }) => set({ delay: { ...step.delay, value: target.value } }, "delay")}
          />
        </Field>
        <Field label="Unit">
          <Select
            value={step.delay.unit}
            onChange={({ target }) => set({ delay: { ...step.delay, unit: target.value as typeof step.delay.unit } })}
          >
            <option value="seconds">seconds</option>
            <option value="minutes">minutes</option>
            <option value="hours">hours</option>
            <option value="days">days</option>
          </Select>
        </Field>
      </div>
      <When step={step} error={faults.get(`${step.key}.when`)} onChange={(when, group) => set({ when }, group)} />
      {step.variants.map((variant, v) => (
        <VariantEditor
          key={variant.key}
          variant={variant}
          channel={step.channel}
          title={several ? `Version ${variant.name || v + 1}` : undefined}
          sum={sum}
          faults={faults}
          warnings={warnings.filter(({ location }) => location.startsWith(`steps[${index}].variants[${v}]`))}
          onChange={(part, group) => setVariant(variant.key, part, group)}
          onRemove={
            several ? () => set({ variants: step.variants.filter((other) => other.key !== variant.key) }) : undefined
          }
          onPreview={step.channel === "email" ? () => onPreview(variant.key) : undefined}
        />
      ))}
      {step.channel === "email" && (
        <div className="flex flex-wrap items-center justify-between gap-2">
          {step.variants.length < 10 && (
            <Button
              size="small"
              onClick={() => {
                const even =
                  step.variants.length === 1
                    ? step.variants.map((variant) => ({ ...variant, weight: "50" }))
                    : step.variants;
                const first = step.variants[0];
                // A test compares one thing: the new version starts as a copy of the first.
                const copy = {
                  ...newVariant(step.variants.length),
                  body: first?.body ?? "",
                  subject: first?.subject ?? "",
                };
                set({ variants: [...even, copy] });
              }}
            >
              <Plus aria-hidden="true" className="size-4" /> Add a version to compare
            </Button>
          )}
          {several && (
            <p className="figure text-quiet">
              Shares: {step.variants.map(({ weight }) => Number(weight) || 0).join(" + ")} = {sum}
              {sum !== 100 && sum > 0 && "; each gets its part of the sum"}
            </p>
          )}
        </div>
      )}
    </div>
  );
}

const FIELDS = [
  ["status", "Status"],
  ["score", "Score"],
  ["company", "Company"],
  ["title", "Title"],
  ["region", "Region"],
  ["timezone", "Time zone"],
  ["first_name", "First name"],
  ["last_name", "Last name"],
] as const;

const OPS: Record<WhenDraft["op"], string> = {
  is: "is",
  is_not: "is not",
  contains: "contains",
  at_least: "is at least",
  below: "is below",
  exists: "is known",
};

interface WhenProps {
  step: StepDraft;
  error: string | undefined;
  onChange: (when: StepDraft["when"], group?: string) => void;
}

function When({ step: { when }, error, onChange }: WhenProps) {
  if (when === "complex") {
    return (
      <Notice>
        This step has a combined condition, made through the API. It stays as it is.{" "}
        <button type="button" className="min-h-6 font-medium underline" onClick={() => onChange(undefined)}>
          Remove it
        </button>
      </Notice>
    );
  }
  return (
    <div className="flex flex-col gap-2">
      <Check
        label="Only for some people"
        hint="A person for whom this is not true when the step is due goes on to the next one."
        checked={when !== undefined}
        onChange={({ target }) =>
          onChange(target.checked ? { field: "score", op: "at_least", value: "50" } : undefined)
        }
      />
      {when && (
        <div className="grid grid-cols-2 gap-2 md:grid-cols-3">
          <Field label="Field">
            <Select value={when.field} onChange={({ target }) => onChange({ ...when, field: target.value })}>
              {FIELDS.map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
              {!FIELDS.some(([value]) => value === when.field) && <option value={when.field}>{when.field}</option>}
            </Select>
          </Field>
          <Field label="Comparison">
            <Select
              value={when.op}
              onChange={({ target }) => onChange({ ...when, op: target.value as WhenDraft["op"] })}
            >
              {Object.entries(OPS).map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </Select>
          </Field>
          {when.op !== "exists" && (
            <Field label="Value" error={error} className="max-md:col-span-2">
              <Input value={when.value} onChange={({ target }) => onChange({ ...when, value: target.value }, "when")} />
            </Field>
          )}
        </div>
      )}
    </div>
  );
}

interface VariantProps {
  variant: VariantDraft;
  channel: StepDraft["channel"];
  title: string | undefined;
  sum: number;
  faults: Faults;
  warnings: readonly Obstacle[];
  onChange: (part: Partial<VariantDraft>, group?: string) => void;
  onRemove: (() => void) | undefined;
  onPreview: (() => void) | undefined;
}

function VariantEditor({
  variant,
  channel,
  title,
  sum,
  faults,
  warnings,
  onChange,
  onRemove,
  onPreview,
}: VariantProps) {
  const id = useId();
  const subject = useRef<HTMLInputElement>(null);
  const body = useRef<HTMLTextAreaElement>(null);
  const last = useRef<"subject" | "body">("body");
  const wrong = (field: string) => faults.get(`${variant.key}.${field}`);
  const task = channel === "task";
  const insert = (text: string) => {
    const field = last.current;
    const element = field === "subject" ? subject.current : body.current;
    const value = variant[field];
    const from = element?.selectionStart ?? value.length;
    const to = element?.selectionEnd ?? from;
    onChange({ [field]: `${value.slice(0, from)}${text}${value.slice(to)}` });
    requestAnimationFrame(() => {
      element?.focus();
      element?.setSelectionRange(from + text.length, from + text.length);
    });
  };
  return (
    <fieldset
      aria-labelledby={title ? id : undefined}
      className={title ? "flex min-w-0 flex-col gap-3 border-l-2 border-primary pl-4" : "flex min-w-0 flex-col gap-3"}
    >
      {title && (
        <div className="flex items-center justify-between gap-2">
          <h4 id={id} className="font-semibold">
            {title}
            {sum > 0 && (
              <span className="figure ml-2 font-normal text-quiet">
                {Math.round(((Number(variant.weight) || 0) / sum) * 100)} % of people
              </span>
            )}
          </h4>
          <IconButton label={`Remove ${title}`} onClick={onRemove}>
            <Trash2 aria-hidden="true" className="size-4" />
          </IconButton>
        </div>
      )}
      {title && (
        <div className="grid grid-cols-2 gap-2">
          <Field label="Name" error={wrong("name")}>
            <Input value={variant.name} onChange={({ target }) => onChange({ name: target.value }, "name")} />
          </Field>
          <Field label="Share" error={wrong("weight")}>
            <Input
              inputMode="numeric"
              value={variant.weight}
              onChange={({ target }) => onChange({ weight: target.value }, "weight")}
            />
          </Field>
        </div>
      )}
      <Field label={task ? "What is to do" : "Subject"} error={wrong("subject")}>
        <Input
          ref={subject}
          value={variant.subject}
          onFocus={() => {
            last.current = "subject";
          }}
          onChange={({ target }) => onChange({ subject: target.value.replaceAll(/[\r\n]+/g, " ") }, "subject")}
        />
      </Field>
      <Field label={task ? "Notes" : "Text"} optional={task} error={wrong("body")}>
        <TextArea
          ref={body}
          rows={task ? 2 : 8}
          value={variant.body}
          onFocus={() => {
            last.current = "body";
          }}
          onChange={({ target }) => onChange({ body: target.value }, "body")}
        />
      </Field>
      {!task && (
        <>
          <div className="flex flex-wrap items-center gap-2">
            <FieldMenu onInsert={insert} />
            {onPreview && (
              <Button size="small" onClick={onPreview}>
                <Eye aria-hidden="true" className="size-4" /> Preview
                <span className="sr-only">{title ?? "this mail"}</span>
              </Button>
            )}
          </div>
          <Field
            label="Brief for the AI"
            optional
            hint="With a brief and no subject or text, the mail is written when the step is saved. You can change it then."
          >
            <TextArea
              rows={2}
              value={variant.prompt}
              onChange={({ target }) => onChange({ prompt: target.value }, "prompt")}
            />
          </Field>
        </>
      )}
      {warnings.length > 0 && (
        <ul aria-label="Good to know" className="flex flex-col gap-1 rounded-lg bg-warning-wash p-3 text-warning-ink">
          {warnings.map(({ message }) => (
            <li key={message}>{message}.</li>
          ))}
        </ul>
      )}
    </fieldset>
  );
}
