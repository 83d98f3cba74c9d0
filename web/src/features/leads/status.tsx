import { useRef, useState } from "react";
import { LEAD_STATUSES, type Lead, type LeadStatus } from "@/api/types";
import { Select } from "@/components/ui/field";
import { words } from "@/lib/format";

interface StatusProps {
  lead: Lead;
  label: string;
  onStatus: (lead: Lead, status: LeadStatus) => void;
}

/**
 * The status where it stands, to be changed there. A choice with the pointer acts
 * at once; keys pass through values on their way, each of which may end somebody's
 * plans, so theirs counts with Enter or when the focus leaves, and Escape takes it
 * back.
 */
export function StatusSelect({ lead, label, onStatus }: StatusProps) {
  const [draft, setDraft] = useState<LeadStatus>();
  const byKey = useRef(false);
  const save = () => {
    if (draft) onStatus(lead, draft);
    setDraft(undefined);
  };
  return (
    <Select
      aria-label={label}
      className="min-h-8 w-40 max-w-full py-0"
      value={draft ?? lead.status}
      onPointerDown={() => {
        byKey.current = false;
      }}
      onKeyDown={(event) => {
        byKey.current = true;
        if (event.key === "Enter" && draft) {
          // Enter would also open the list, which then takes the next keys and chooses again.
          event.preventDefault();
          save();
        }
        if (event.key === "Escape") setDraft(undefined);
      }}
      onBlur={save}
      onChange={(event) => {
        const status = LEAD_STATUSES.find((known) => known === event.target.value);
        if (!status) return;
        if (byKey.current) setDraft(status);
        else onStatus(lead, status);
      }}
    >
      {LEAD_STATUSES.map((status) => (
        <option key={status} value={status}>
          {words(status)}
        </option>
      ))}
    </Select>
  );
}
