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

/** The filter line above the list. Choices act at once, text with Enter or Apply. */
export function Filters({ value, onApply }: FiltersProps) {
  const [typed, setTyped] = useState(value.q ?? "");
  // Another view or the browser's Back brings another text; the focus stays where it is.
  const [known, setKnown] = useState(value.q);
  if (known !== value.q) {
    setKnown(value.q);
    setTyped(value.q ?? "");
  }
  const apply = (next: LeadFilters) => onApply({ ...value, q: typed.trim() || undefined, ...next });
  const active = value.q || value.status || value.min_score;
  return (
    <search>
      <form
        className="flex flex-wrap items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          apply({});
        }}
      >
        <Field label="Filter" hideLabel className="min-w-40 flex-1 max-md:basis-full">
          <div className="relative">
            <Search aria-hidden="true" className="pointer-events-none absolute top-3 left-3 size-4 text-quiet" />
            <FilterInput value={typed} onChange={setTyped} />
          </div>
        </Field>
        <Field label="Status" hideLabel className="w-36 max-md:min-w-28 max-md:flex-1">
          <Select
            value={value.status ?? ""}
            onChange={(event) => apply({ status: LEAD_STATUSES.find((status) => status === event.target.value) })}
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
            value={value.min_score ?? ""}
            onChange={(event) => apply({ min_score: event.target.value || undefined })}
          >
            <option value="">Any score</option>
            {[...new Set([...SCORES, ...(value.min_score ? [value.min_score] : [])])].map((score) => (
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
