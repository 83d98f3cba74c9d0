import { zodResolver } from "@hookform/resolvers/zod";
import { ArrowDown, ArrowUp, ListTodo, Mail, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import {
  type Control,
  type FieldErrors,
  type UseFormRegister,
  useFieldArray,
  useForm,
  useWatch,
} from "react-hook-form";
import { showProblem } from "@/api/form";
import { Button, IconButton } from "@/components/ui/button";
import { Field, Input, Select, TextArea } from "@/components/ui/field";
import { Failure } from "@/components/ui/state";
import { words } from "@/lib/format";
import { z } from "@/lib/zod";
import { newStep, newVariant, type SequenceForm } from "./draft";

const wholeNumber = (max: number, message: string) =>
  z.string().check(z.refine((typed) => /^\d{1,5}$/.test(typed) && Number(typed) <= max, message));

const variantSchema = z.object({
  id: z.optional(z.string()),
  name: z.string().check(z.trim(), z.minLength(1, "Name this version.")),
  weight: wholeNumber(100, "A share from 0 to 100."),
  subject: z.string().check(z.regex(/^[^\r\n]*$/, "One line only.")),
  body: z.string(),
  prompt: z.string(),
});

const schema = z.object({
  steps: z
    .array(
      z
        .object({
          id: z.optional(z.string()),
          channel: z.enum(["email", "call", "social", "task"]),
          delay: z.object({
            value: wholeNumber(8760, "A whole number."),
            unit: z.enum(["seconds", "minutes", "hours", "days"]),
          }),
          variants: z.array(variantSchema).check(z.minLength(1)),
        })
        .check((context) => {
          context.value.variants.forEach((variant, i) => {
            const missing = (field: "subject" | "body", message: string) =>
              context.issues.push({ code: "custom", input: variant[field], path: ["variants", i, field], message });
            // With a brief and nothing else the AI writes both.
            const brief = variant.prompt.trim() !== "" && variant.subject.trim() === "" && variant.body.trim() === "";
            if (context.value.channel !== "task" && brief) return;
            if (variant.subject.trim() === "")
              missing("subject", context.value.channel === "task" ? "Say what is to do." : "A mail needs a subject.");
            if (context.value.channel === "email" && variant.body.trim() === "")
              missing("body", "A mail needs a text.");
          });
          const total = context.value.variants.reduce((sum, { weight }) => sum + Number(weight), 0);
          if (total === 0)
            context.issues.push({
              code: "custom",
              input: total,
              path: ["variants", 0, "weight"],
              message: "At least one version needs a share above 0.",
            });
        }),
    )
    .check(z.minLength(1, "Add at least one step.")),
});

interface SequenceProps {
  initial: SequenceForm;
  onSave: (form: SequenceForm) => Promise<void>;
  onBack: () => void;
}

/** Step 3: what is said, when, and in which wordings. */
export function SequenceStep({ initial, onSave, onBack }: SequenceProps) {
  const [failure, setFailure] = useState<string>();
  const form = useForm<SequenceForm>({ resolver: zodResolver(schema), defaultValues: initial });
  const steps = useFieldArray({ control: form.control, name: "steps", keyName: "key" });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async (values) => {
    setFailure(undefined);
    try {
      await onSave(values);
    } catch (error) {
      setFailure(showProblem(form, error));
    }
  });

  return (
    <form
      noValidate
      className="flex flex-col gap-6"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {failure && <Failure message={failure} />}
      <p className="text-quiet">
        The sequence ends for a person who answers, opts out or bounces. Write fields as{" "}
        <code>{"{{first_name | there}}"}</code>: what follows the bar stands in when nothing is known. Also: last_name,
        company, title.
      </p>
      <ol className="flex flex-col gap-4">
        {steps.fields.map((field, i) => (
          <li key={field.key} className="rounded-xl border border-line p-4">
            <StepFields
              index={i}
              control={form.control}
              register={form.register}
              errors={errors}
              onRemove={steps.fields.length > 1 ? () => steps.remove(i) : undefined}
              onUp={i > 0 ? () => steps.move(i, i - 1) : undefined}
              onDown={i < steps.fields.length - 1 ? () => steps.move(i, i + 1) : undefined}
            />
          </li>
        ))}
      </ol>
      {typeof errors.steps?.message === "string" && <Failure message={errors.steps.message} />}
      <div>
        <Button onClick={() => steps.append(newStep(steps.fields.length === 0))}>
          <Plus aria-hidden="true" className="size-4" /> Add step
        </Button>
      </div>
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="quiet" onClick={onBack}>
          Back
        </Button>
        <Button type="submit" look="primary" busy={isSubmitting}>
          Save and continue
        </Button>
      </div>
    </form>
  );
}

interface StepFieldsProps {
  index: number;
  control: Control<SequenceForm>;
  register: UseFormRegister<SequenceForm>;
  errors: FieldErrors<SequenceForm>;
  onRemove: (() => void) | undefined;
  onUp: (() => void) | undefined;
  onDown: (() => void) | undefined;
}

function StepFields({ index, control, register, errors, onRemove, onUp, onDown }: StepFieldsProps) {
  const variants = useFieldArray({ control, name: `steps.${index}.variants`, keyName: "key" });
  const channel = useWatch({ control, name: `steps.${index}.channel` });
  const problems = errors.steps?.[index];
  const several = variants.fields.length > 1;
  const Icon = channel === "task" ? ListTodo : Mail;
  return (
    <fieldset aria-label={`Step ${index + 1}`} className="flex min-w-0 flex-col gap-4">
      <div className="flex items-center justify-between gap-2">
        <h3 className="flex items-center gap-2 text-sm font-semibold">
          <Icon aria-hidden="true" className="size-4 text-quiet" /> Step {index + 1}
        </h3>
        <div className="flex">
          <IconButton label={`Move step ${index + 1} up`} disabled={!onUp} onClick={onUp}>
            <ArrowUp aria-hidden="true" className="size-4" />
          </IconButton>
          <IconButton label={`Move step ${index + 1} down`} disabled={!onDown} onClick={onDown}>
            <ArrowDown aria-hidden="true" className="size-4" />
          </IconButton>
          <IconButton label={`Remove step ${index + 1}`} disabled={!onRemove} onClick={onRemove}>
            <Trash2 aria-hidden="true" className="size-4" />
          </IconButton>
        </div>
      </div>
      <div className="grid grid-cols-2 gap-4 md:grid-cols-3">
        <Field label="Channel" className="max-md:col-span-2">
          <Select {...register(`steps.${index}.channel`)}>
            <option value="email">E-mail</option>
            <option value="task">Task for a person</option>
            {channel !== "email" && channel !== "task" && <option value={channel}>{words(channel)}</option>}
          </Select>
        </Field>
        <Field
          label={index === 0 ? "Wait after joining" : "Wait after the step before"}
          error={problems?.delay?.value?.message}
        >
          <Input inputMode="numeric" {...register(`steps.${index}.delay.value`)} />
        </Field>
        <Field label="Unit">
          <Select {...register(`steps.${index}.delay.unit`)}>
            <option value="seconds">seconds</option>
            <option value="minutes">minutes</option>
            <option value="hours">hours</option>
            <option value="days">days</option>
          </Select>
        </Field>
      </div>
      {variants.fields.map((variant, v) => {
        const wrong = problems?.variants?.[v];
        const path = `steps.${index}.variants.${v}` as const;
        return (
          <div
            key={variant.key}
            className={several ? "flex flex-col gap-3 border-l-2 border-primary pl-4" : "flex flex-col gap-3"}
          >
            {several && (
              <div className="grid grid-cols-[1fr_auto] items-end gap-2 md:grid-cols-[1fr_6rem_auto]">
                <Field label="Version" error={wrong?.name?.message} className="max-md:col-span-2">
                  <Input {...register(`${path}.name`)} />
                </Field>
                <Field label="Share" error={wrong?.weight?.message}>
                  <Input inputMode="numeric" {...register(`${path}.weight`)} />
                </Field>
                <IconButton label={`Remove version ${v + 1} of step ${index + 1}`} onClick={() => variants.remove(v)}>
                  <Trash2 aria-hidden="true" className="size-4" />
                </IconButton>
              </div>
            )}
            <Field label={channel === "task" ? "What is to do" : "Subject"} error={wrong?.subject?.message}>
              <Input {...register(`${path}.subject`)} />
            </Field>
            <Field
              label={channel === "task" ? "Notes" : "Text"}
              optional={channel === "task"}
              error={wrong?.body?.message}
            >
              <TextArea rows={channel === "task" ? 2 : 7} {...register(`${path}.body`)} />
            </Field>
            {channel !== "task" && (
              <Field
                label="Brief for the AI"
                optional
                hint="With a brief and no subject or text, each mail is written for its person."
                error={wrong?.prompt?.message}
              >
                <TextArea rows={2} {...register(`${path}.prompt`)} />
              </Field>
            )}
          </div>
        );
      })}
      {channel === "email" && variants.fields.length < 10 && (
        <div>
          <Button look="quiet" size="small" onClick={() => variants.append(newVariant(variants.fields.length))}>
            <Plus aria-hidden="true" className="size-4" /> Add a version to compare
          </Button>
        </div>
      )}
    </fieldset>
  );
}
