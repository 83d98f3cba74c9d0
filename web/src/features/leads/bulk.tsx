import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ChevronDown, X } from "lucide-react";
import { type ReactNode, useState } from "react";
import { campaigns } from "@/api/campaigns";
import { type BulkChange, changeLeads, enrolLeads, leads, undoEnrolment, type Which } from "@/api/leads";
import { messageOf } from "@/api/problem";
import { LEAD_STATUSES, type Lead, type LeadFilter, type LeadStatus } from "@/api/types";
import { Button, buttonClass, IconButton } from "@/components/ui/button";
import { Confirm } from "@/components/ui/dialog";
import { Menu, MenuItem } from "@/components/ui/menu";
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
  const paused = useQuery({ ...campaigns.list({ status: "paused", limit: 50 }), enabled: mayEnrol });
  const targets = [...(running.data?.items ?? []), ...(paused.data?.items ?? [])];
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
    onSuccess: ({ enrolled, excluded, batch_id }, campaign) => {
      toast(
        `${plural(enrolled, "lead")} enrolled${sentence(excluded)}.`,
        enrolled > 0 ? { undo: () => void withdraw(campaign, batch_id) } : {},
      );
      clear();
    },
    onError: (error) => toast(messageOf(error), { tone: "error" }),
    onSettled: () => queries.invalidateQueries({ queryKey: campaigns.key }),
  });
  const withdraw = async (campaign: string, batch: string) => {
    try {
      const { withdrawn, kept } = await undoEnrolment(campaign, batch);
      toast(
        `Taken back: ${plural(withdrawn, "lead is", "leads are")} out of the campaign${kept > 0 ? `, ${plural(kept, "stays", "stay")}: mail to them has left, or may have` : ""}.`,
      );
    } catch (error) {
      toast(messageOf(error), { tone: "error" });
    }
    await queries.invalidateQueries({ queryKey: campaigns.key });
  };
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
          <Menu disabled={busy} triggerClass={triggerClass} trigger={<Choose>Set status</Choose>}>
            {LEAD_STATUSES.map((status: LeadStatus) => (
              <MenuItem key={status} onClick={() => change.mutate({ action: "set_status", status })}>
                {words(status)}
              </MenuItem>
            ))}
          </Menu>
        )}
        {mayEnrol && targets.length > 0 && (
          <Menu disabled={busy} triggerClass={triggerClass} trigger={<Choose>Enrol in campaign</Choose>}>
            {targets.map(({ id, name }) => (
              <MenuItem key={id} onClick={() => enrol.mutate(id)}>
                {name}
              </MenuItem>
            ))}
          </Menu>
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

const triggerClass = `${buttonClass("plain", "small")} min-h-10`;

function Choose({ children }: { children: ReactNode }) {
  return (
    <>
      {children}
      <ChevronDown aria-hidden="true" className="size-4 text-quiet" />
    </>
  );
}

/** Who was left out, by reason. */
function sentence(excluded: readonly { count: number; message: string }[]): string {
  const left = excluded.reduce((sum, { count: n }) => sum + n, 0);
  if (left === 0) return "";
  return `, ${plural(left, "lead")} left: ${excluded.map(({ count: n, message }) => `${n.toLocaleString("en-US")} ${message}`).join(", ")}`;
}
