import { zodResolver } from "@hookform/resolvers/zod";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Controller, type UseFormReturn, useForm } from "react-hook-form";
import { showProblem } from "@/api/form";
import { SANDBOX_HOST } from "@/api/onboarding";
import { messageOf } from "@/api/problem";
import { mailboxes } from "@/api/workspace";
import { Button, ButtonLink } from "@/components/ui/button";
import { Check, Field, Group, Input, Select } from "@/components/ui/field";
import { Help } from "@/components/ui/help";
import { Failure, Notice } from "@/components/ui/state";
import { cx } from "@/lib/cx";
import { minorOf, words } from "@/lib/format";
import { z } from "@/lib/zod";
import { ALL_TYPES, type BasicsForm, DAYS, EVERY_HOUR, NEW_CAMPAIGN, TYPES } from "./draft";

const CLOCK = /^([01]\d|2[0-3]):[0-5]\d$/;

const schema = z
  .object({
    name: z
      .string()
      .check(z.trim(), z.minLength(1, "Give the campaign a name."), z.maxLength(200, "At most 200 characters.")),
    type: z.enum(ALL_TYPES),
    goal: z.string(),
    mailbox_id: z.string(),
    days: z.array(z.enum(DAYS)).check(z.minLength(1, "Choose at least one day.")),
    from: z.string().check(z.regex(CLOCK, "A time such as 09:00.")),
    to: z.string().check(z.refine((to) => to === "24:00" || CLOCK.test(to), "A time such as 17:00, or 24:00.")),
    timezone: z.string(),
    daily_budget: z
      .string()
      .check(
        z.refine(
          (typed) => typed.trim() === "" || minorOf(typed, "USD") !== undefined,
          "An amount such as 25 or 12.50.",
        ),
      ),
    ab_testing: z.boolean(),
  })
  .check(z.refine(({ from, to }) => from < to, { path: ["to"], message: "Must be later than the beginning." }));

interface BasicsProps {
  initial: BasicsForm;
  organizationZone: string;
  onSave: (form: BasicsForm) => Promise<void>;
  /** Every change, and whether it could be stored as it is. */
  onChange: (form: BasicsForm, valid: boolean) => void;
}

/** Step 1: what the campaign is, how freely it acts, and when. */
export function BasicsStep({ initial, organizationZone, onSave, onChange }: BasicsProps) {
  const [failure, setFailure] = useState<string>();
  const form = useForm<BasicsForm>({ resolver: zodResolver(schema), defaultValues: initial });
  const { errors, isSubmitting } = form.formState;
  const { watch } = form;
  useEffect(() => {
    const { unsubscribe } = watch((_, { name }) => {
      if (!name) return;
      const typed = form.getValues();
      onChange(typed, schema.safeParse(typed).success);
    });
    return unsubscribe;
  }, [watch, form, onChange]);
  const submit = form.handleSubmit(async (values) => {
    setFailure(undefined);
    try {
      await onSave(values);
    } catch (error) {
      setFailure(
        showProblem(form, error, {
          "budget.daily": "daily_budget",
          "budget.daily.amount_minor": "daily_budget",
          "schedule.days": "days",
          "schedule.from": "from",
          "schedule.to": "to",
          "schedule.timezone": "timezone",
        }),
      );
    }
  });
  const practice = usePracticeHours(form, initial);
  const zones = [...new Set([organizationZone, initial.timezone].filter((zone) => zone && zone !== "lead"))];

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
      <Field label="Campaign Name" error={errors.name?.message}>
        <Input {...form.register("name")} />
      </Field>
      <Group legend="Campaign Type" role="radiogroup">
        {TYPES.map(({ value, label, hint }) => (
          <Check key={value} kind="radio" label={label} hint={hint} value={value} {...form.register("type")} />
        ))}
      </Group>
      <Field
        label="Goal"
        optional
        hint="What a good answer leads to, such as a booked demo. It guides the wording."
        error={errors.goal?.message}
      >
        <Input {...form.register("goal")} />
      </Field>
      <MailboxField
        error={errors.mailbox_id?.message}
        onOnly={(id) => {
          if (form.getValues("mailbox_id") === "") form.setValue("mailbox_id", id);
        }}
        {...form.register("mailbox_id")}
      />
      <Group
        legend="When people may be contacted"
        hint={practice ? "Simulated people answer at any hour, so none is left out here." : undefined}
        error={errors.days?.message}
      >
        <Controller
          control={form.control}
          name="days"
          render={({ field }) => (
            <div className="mb-3 flex flex-wrap gap-2">
              {DAYS.map((day) => {
                const on = field.value.includes(day);
                return (
                  <button
                    key={day}
                    type="button"
                    aria-pressed={on}
                    onClick={() =>
                      field.onChange(
                        on
                          ? field.value.filter((other) => other !== day)
                          : DAYS.filter((other) => other === day || field.value.includes(other)),
                      )
                    }
                    className={cx(
                      "min-h-10 min-w-12 rounded-lg border px-2 font-medium",
                      on ? "border-primary-ink bg-primary-wash text-primary-ink" : "border-edge text-quiet",
                    )}
                  >
                    {words(day)}
                  </button>
                );
              })}
            </div>
          )}
        />
        <div className="grid gap-4 md:grid-cols-3">
          <Field label="From" error={errors.from?.message}>
            <Input inputMode="numeric" placeholder="09:00" {...form.register("from")} />
          </Field>
          <Field label="To" error={errors.to?.message}>
            <Input inputMode="numeric" placeholder="17:00" {...form.register("to")} />
          </Field>
          <Field label="In whose time" error={errors.timezone?.message}>
            <Select {...form.register("timezone")}>
              <option value="lead">Each person's own</option>
              {zones.map((zone) => (
                <option key={zone} value={zone}>
                  {zone}
                </option>
              ))}
            </Select>
          </Field>
        </div>
      </Group>
      <Field
        label="Budget: Daily Limit in USD"
        optional
        hint="What AI and messages may cost a day. Empty sets no limit."
        error={errors.daily_budget?.message}
        className="max-w-64"
      >
        <Input inputMode="decimal" {...form.register("daily_budget")} />
      </Field>
      <div className="flex flex-col gap-2">
        <div className="flex items-center gap-1">
          <Check label="Enable A/B Testing" {...form.register("ab_testing")} />
          <Help label="About A/B testing">
            Steps may have several wordings. Each person gets one at random by its share, and the campaign page compares
            their answers.
          </Help>
        </div>
      </div>
      <div className="flex flex-wrap justify-end gap-2">
        <ButtonLink to="/campaigns">Cancel</ButtonLink>
        <Button type="submit" look="primary" busy={isSubmitting}>
          Save and continue
        </Button>
      </div>
    </form>
  );
}

/**
 * Proposes every hour for mail to simulated people, and office hours for mail to
 * real ones, until somebody chooses hours or the campaign has some. Says whether
 * the mailbox is for practice.
 */
function usePracticeHours(form: UseFormReturn<BasicsForm>, initial: BasicsForm): boolean {
  const boxes = useQuery(mailboxes.list).data?.items;
  const chosen = form.watch("mailbox_id");
  const practice = boxes?.find(({ id }) => id === chosen)?.smtp.host === SANDBOX_HOST;
  const { days, from, to } = form.formState.dirtyFields;
  const proposing = initial.name === "" && !days && !from && !to;
  useEffect(() => {
    if (!proposing) return;
    const hours = practice ? EVERY_HOUR : NEW_CAMPAIGN;
    form.resetField("days", { defaultValue: hours.days });
    form.resetField("from", { defaultValue: hours.from });
    form.resetField("to", { defaultValue: hours.to });
  }, [form, practice, proposing]);
  return practice;
}

function MailboxField({
  error,
  onOnly,
  ...register
}: { error: string | undefined; onOnly: (id: string) => void } & ReturnType<
  ReturnType<typeof useForm<BasicsForm>>["register"]
>) {
  const query = useQuery(mailboxes.list);
  const boxes = query.data?.items ?? [];
  const only = boxes.length === 1 ? boxes[0]?.id : undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the one mailbox is known
  useEffect(() => {
    if (only) onOnly(only);
  }, [only]);
  if (query.isSuccess && boxes.length === 0) {
    return (
      <Notice tone="warning">
        <p className="mb-2 font-medium">This workspace has no mailbox to send from.</p>
        <ButtonLink to="/settings" search={{ tab: "mailboxes" }} size="small">
          Add a mailbox
        </ButtonLink>
      </Notice>
    );
  }
  if (query.isError) return <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />;
  return (
    <Field label="Send from" error={error}>
      {/* A select shows its value only once its option exists. */}
      <Select key={query.status} {...register}>
        <option value="">Choose a mailbox</option>
        {boxes.map((box) => (
          <option key={box.id} value={box.id}>
            {box.from_name} ({box.from_address}){box.state !== "active" ? `, ${box.state}` : ""}
          </option>
        ))}
      </Select>
    </Field>
  );
}
