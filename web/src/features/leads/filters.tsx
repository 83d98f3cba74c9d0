import { Search, X } from "lucide-react";
import { useState } from "react";
import { LEAD_STATUSES, type LeadStatus } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Field, Input, Select } from "@/components/ui/field";
import { words } from "@/lib/format";

export interface LeadFilters {
  q?: string;
  status?: LeadStatus;
  min_score?: string;
}

const SCORES = ["25", "50", "70", "90"];

interface FiltersProps {
  value: LeadFilters;
  onApply: (value: LeadFilters) => void;
}

/** The filter line above the list. Mount it with a key of its value. */
export function Filters({ value, onApply }: FiltersProps) {
  const [draft, setDraft] = useState(value);
  const active = value.q || value.status || value.min_score;
  return (
    <search>
      <form
        className="flex flex-wrap items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          onApply({ ...draft, q: draft.q?.trim() || undefined });
        }}
      >
        <Field label="Filter" hideLabel className="min-w-40 flex-1 max-md:basis-full">
          <div className="relative">
            <Search aria-hidden="true" className="pointer-events-none absolute top-3 left-3 size-4 text-quiet" />
            <FilterInput value={draft.q ?? ""} onChange={(q) => setDraft({ ...draft, q })} />
          </div>
        </Field>
        <Field label="Status" hideLabel className="w-36 max-md:min-w-28 max-md:flex-1">
          <Select
            value={draft.status ?? ""}
            onChange={(event) => {
              const next = { ...draft, status: LEAD_STATUSES.find((status) => status === event.target.value) };
              setDraft(next);
              onApply(next);
            }}
          >
            <option value="">Any status</option>
            {LEAD_STATUSES.map((status) => (
              <option key={status} value={status}>
                {words(status)}
              </option>
            ))}
          </Select>
        </Field>
        <Field label="Score" hideLabel className="w-36 max-md:min-w-28 max-md:flex-1">
          <Select
            value={draft.min_score ?? ""}
            onChange={(event) => {
              const next = { ...draft, min_score: event.target.value || undefined };
              setDraft(next);
              onApply(next);
            }}
          >
            <option value="">Any score</option>
            {[...new Set([...SCORES, ...(draft.min_score ? [draft.min_score] : [])])].map((score) => (
              <option key={score} value={score}>
                {score} and above
              </option>
            ))}
          </Select>
        </Field>
        <Button type="submit">Apply</Button>
        {active && (
          <Button look="quiet" onClick={() => onApply({})}>
            <X aria-hidden="true" className="size-4" /> Clear
          </Button>
        )}
      </form>
    </search>
  );
}

function FilterInput({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <Input
      type="search"
      className="pl-9!"
      placeholder="Name, company, title or e-mail"
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
