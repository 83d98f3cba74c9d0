import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useState } from "react";
import { campaigns } from "@/api/campaigns";
import { type BulkChange, changeLeads, enrolLeads, leads, type Which } from "@/api/leads";
import { messageOf } from "@/api/problem";
import { LEAD_STATUSES, type Lead, type LeadFilter, type LeadStatus } from "@/api/types";
import { Button, IconButton } from "@/components/ui/button";
import { Confirm } from "@/components/ui/dialog";
import { Field, Select } from "@/components/ui/field";
import { toast } from "@/components/ui/toast";
import { plural, words } from "@/lib/format";
import { statusOf } from "./words";

interface BulkProps {
  picked: readonly Lead[];
  /** How many match the filter in all. */
  total: number | undefined;
  filter: LeadFilter;
  mayChange: boolean;
  mayEnrol: boolean;
  onPick: (ids: readonly string[]) => void;
}

/** What can be done to the picked leads, or to all that match; it says what became of it. */
export function BulkBar({ picked, total, filter, mayChange, mayEnrol, onPick }: BulkProps) {
  const queries = useQueryClient();
  const [everybody, setEverybody] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const running = useQuery({ ...campaigns.list({ status: "running", limit: 50 }), enabled: mayEnrol });
  const many = everybody ? (total ?? 0) : picked.length;
  const which: Which = everybody ? { filter } : { ids: picked.map(({ id }) => id) };
  const clear = () => {
    setEverybody(false);
    onPick([]);
  };
  const change = useMutation({
    mutationFn: (what: BulkChange) => changeLeads(which, what),
    onSuccess: (result, what) => {
      const skipped = result.matched - result.changed;
      const done = what.action === "delete" ? "deleted" : "changed";
      toast(
        `${plural(result.changed, "lead")} ${done}${skipped > 0 ? `, ${plural(skipped, "lead")} left: already so, or not allowed for their status` : ""}.`,
        what.action === "set_status" && !everybody ? { undo: () => takeBack(picked) } : {},
      );
      clear();
    },
    onError: (error) => toast(messageOf(error), { tone: "error" }),
    onSettled: () => queries.invalidateQueries({ queryKey: leads.key }),
  });
  const takeBack = async (before: readonly Lead[]) => {
    try {
      for (const status of new Set(before.map(statusOf))) {
        const ids = before.filter((lead) => statusOf(lead) === status).map(({ id }) => id);
        await changeLeads({ ids }, { action: "set_status", status });
      }
      toast("Taken back.");
    } catch (error) {
      toast(messageOf(error), { tone: "error" });
    }
    await queries.invalidateQueries({ queryKey: leads.key });
  };
  const enrol = useMutation({
    mutationFn: (campaign: string) => enrolLeads(campaign, which),
    onSuccess: ({ enrolled }) => {
      const left = many - enrolled;
      toast(
        `${plural(enrolled, "lead")} enrolled${left > 0 ? `, ${plural(left, "lead")} left: already in it, or not to be contacted` : ""}.`,
      );
      clear();
    },
    onError: (error) => toast(messageOf(error), { tone: "error" }),
    onSettled: () => queries.invalidateQueries({ queryKey: campaigns.key }),
  });
  const busy = change.isPending || enrol.isPending;
  return (
    <section
      aria-label="Picked leads"
      className="mb-4 flex flex-wrap items-center gap-3 rounded-lg bg-primary-wash p-3 text-primary-ink"
    >
      <p className="figure font-medium" aria-live="polite">{`${plural(many, "lead")} picked`}</p>
      {!everybody && total !== undefined && total > picked.length && (
        <Button
          size="small"
          onClick={() => setEverybody(true)}
        >{`Pick all ${total.toLocaleString("en-US")} that match`}</Button>
      )}
      <div className="flex flex-1 flex-wrap items-center justify-end gap-2">
        {mayChange && (
          <Field label="Set status of the picked" hideLabel>
            <Select
              className="min-w-36"
              disabled={busy}
              value=""
              onChange={(event) => {
                const status = LEAD_STATUSES.find((known) => known === event.target.value);
                if (status) change.mutate({ action: "set_status", status });
              }}
            >
              <option value="">Set status…</option>
              {LEAD_STATUSES.map((status: LeadStatus) => (
                <option key={status} value={status}>
                  {words(status)}
                </option>
              ))}
            </Select>
          </Field>
        )}
        {mayEnrol && (running.data?.items.length ?? 0) > 0 && (
          <Field label="Enrol the picked in a campaign" hideLabel>
            <Select
              className="min-w-36"
              disabled={busy}
              value=""
              onChange={(event) => event.target.value && enrol.mutate(event.target.value)}
            >
              <option value="">Enrol in…</option>
              {running.data?.items.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </Select>
          </Field>
        )}
        {mayChange && (
          <Button size="small" className="min-h-10" disabled={busy} onClick={() => setDeleting(true)}>
            Delete
          </Button>
        )}
        <IconButton label="Pick none" onClick={clear}>
          <X aria-hidden="true" className="size-5" />
        </IconButton>
      </div>
      <Confirm
        open={deleting}
        onOpenChange={setDeleting}
        title={`Delete ${plural(many, "lead")}?`}
        description="Their history goes with them. This cannot be taken back. Opt-outs stay on the suppression list."
        confirm={`Delete ${plural(many, "lead")}`}
        danger
        onConfirm={() => change.mutateAsync({ action: "delete" })}
      />
    </section>
  );
}
