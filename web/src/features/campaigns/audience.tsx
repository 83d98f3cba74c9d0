import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { leads } from "@/api/leads";
import { leadName } from "@/api/names";
import { messageOf } from "@/api/problem";
import { LEAD_STATUSES, type LeadFilter } from "@/api/types";
import { Button, ButtonLink } from "@/components/ui/button";
import { Check, Field, Group, Input } from "@/components/ui/field";
import { Failure, Notice } from "@/components/ui/state";
import { plural, words } from "@/lib/format";
import { useDebounced } from "@/lib/time";
import { type AudienceForm, audienceOf, audienceWords, filterOf, queryOf } from "./draft";

// Nobody in these is contacted, whatever the filter says.
const CLOSED = new Set(["unsubscribed", "invalid"]);

interface AudienceProps {
  initial: LeadFilter | undefined;
  onSave: (filter: LeadFilter) => Promise<void>;
  onChange: (filter: LeadFilter) => void;
  onBack: () => void;
}

/** Step 2: who. The count follows the filter. */
export function AudienceStep({ initial, onSave, onChange, onBack }: AudienceProps) {
  const [form, setForm] = useState<AudienceForm>(() => audienceOf(initial));
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const filter = filterOf(form);
  const settled = useDebounced(JSON.stringify(filter));
  const total = useQuery(leads.total(queryOf(JSON.parse(settled) as LeadFilter)));
  const sample = useQuery(leads.list({ ...queryOf(JSON.parse(settled) as LeadFilter), sort: "-score", limit: 5 }));
  const [stored] = useState(settled);
  useEffect(() => {
    if (settled !== stored) onChange(JSON.parse(settled) as LeadFilter);
  }, [settled, stored, onChange]);
  const set = (part: Partial<AudienceForm>) => setForm({ ...form, ...part });

  const save = async () => {
    setBusy(true);
    setFailure(undefined);
    try {
      await onSave(filter);
    } catch (error) {
      setFailure(messageOf(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form
      className="flex flex-col gap-6"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      {failure && <Failure message={failure} />}
      <h2 className="text-base font-semibold">Target Audience</h2>
      <Group legend="Status" hint="None chosen means any. Unsubscribed and invalid leads are never contacted.">
        <div className="grid gap-x-4 sm:grid-cols-2 md:grid-cols-4">
          {LEAD_STATUSES.filter((status) => !CLOSED.has(status)).map((status) => (
            <Check
              key={status}
              label={words(status)}
              checked={form.status.includes(status)}
              onChange={(event) =>
                set({
                  status: event.target.checked
                    ? [...form.status, status]
                    : form.status.filter((other) => other !== status),
                })
              }
            />
          ))}
        </div>
      </Group>
      <div className="grid gap-4 md:grid-cols-2">
        <Field label="Score of at least" optional>
          <Input
            inputMode="numeric"
            value={form.min_score}
            onChange={(event) => set({ min_score: event.target.value.replaceAll(/\D/g, "").slice(0, 3) })}
          />
        </Field>
        <Field label="Tags" optional hint="All of them, separated by commas">
          <Input value={form.tags} onChange={(event) => set({ tags: event.target.value })} />
        </Field>
        <Field label="Source" optional hint="Any of them, separated by commas">
          <Input value={form.source} onChange={(event) => set({ source: event.target.value })} />
        </Field>
        <Field label="Company" optional hint="Any of them, separated by commas">
          <Input value={form.company} onChange={(event) => set({ company: event.target.value })} />
        </Field>
        <Field label="Search" optional hint="Beginning of a name or company, or @domain" className="md:col-span-2">
          <Input type="search" value={form.q} onChange={(event) => set({ q: event.target.value })} />
        </Field>
      </div>
      <Notice>
        <p aria-live="polite">
          <span className="font-semibold">
            {total.data === undefined ? "Counting…" : plural(total.data, "lead matches", "leads match")}
          </span>
          : {audienceWords(filter)}.
        </p>
        {sample.data && sample.data.items.length > 0 && (
          <p className="mt-1">
            Such as{" "}
            {sample.data.items.map((lead) => [leadName(lead), lead.company].filter(Boolean).join(", ")).join("; ")}.
          </p>
        )}
        <p className="mt-1 text-xs">
          Who of them can be contacted is checked in the review, with the reason for each exclusion.
        </p>
      </Notice>
      {total.data === 0 && Object.keys(filter).length === 0 && (
        <Notice tone="warning">
          <p className="mb-2 font-medium">There are no leads yet.</p>
          <ButtonLink to="/leads/import" size="small">
            Import leads
          </ButtonLink>
        </Notice>
      )}
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="quiet" onClick={onBack}>
          Back
        </Button>
        <Button type="submit" look="primary" busy={busy}>
          Save and continue
        </Button>
      </div>
    </form>
  );
}
