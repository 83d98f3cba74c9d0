import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { imports, isMoving, leads, undoImport } from "@/api/leads";
import { messageOf } from "@/api/problem";
import { useMay } from "@/api/session";
import type { Import } from "@/api/types";
import { Badge, type Tone } from "@/components/ui/badge";
import { Button, ButtonLink } from "@/components/ui/button";
import { Confirm } from "@/components/ui/dialog";
import { Progress } from "@/components/ui/progress";
import { Empty, Failure, Notice, Skeleton } from "@/components/ui/state";
import { toast } from "@/components/ui/toast";
import { ago, count, plural, words } from "@/lib/format";
import { useNow } from "@/lib/time";
import { Outcomes, Reasons } from "./check";
import { ranked } from "./wizard";

/** While an import reads or writes. */
export function RunningStep({ run }: { run: Import }) {
  const verb = run.dry_run ? "Reading" : run.state === "undoing" ? "Taking back" : "Importing";
  return (
    <div className="flex flex-col gap-3" role="status">
      <p className="font-medium">
        {verb} {run.file_name}: {count(run.rows_done)} of {count(run.rows_total)} rows
      </p>
      <Progress label={`${verb} the file`} value={run.rows_done} max={run.rows_total} />
      <p className="text-quiet">This goes on when you leave the page.</p>
    </div>
  );
}

/** The last step: what happened, and the way back. */
export function ResultStep({ run }: { run: Import }) {
  const may = useMay();
  const [asking, setAsking] = useState(false);
  const queries = useQueryClient();
  const undo = useMutation({
    mutationFn: () => undoImport(run.id),
    onSuccess: async () => {
      await Promise.all([
        queries.invalidateQueries({ queryKey: imports.key }),
        queries.invalidateQueries({ queryKey: leads.key }),
      ]);
    },
    onError: (error) => toast(messageOf(error), { tone: "error" }),
  });
  return (
    <div className="flex flex-col gap-6">
      {run.state === "failed" && <Failure message={run.error || "The import failed and was stopped."} />}
      {run.undo && <Undone undo={run.undo} />}
      <Outcomes run={run} />
      <Reasons run={run} />
      <div className="flex flex-wrap justify-end gap-2">
        {run.state === "done" && may("undo-import") && (
          <Button look="quiet" onClick={() => setAsking(true)}>
            Undo this import
          </Button>
        )}
        <ButtonLink to="/leads/import">Import another file</ButtonLink>
        <ButtonLink to="/leads" search={{ sort: "-created_at" }} look="primary">
          See the leads
        </ButtonLink>
      </div>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title="Undo this import?"
        description={`The ${plural(run.rows_created, "lead")} it created will be deleted, except those somebody has edited, written to or put into a campaign since. Updates of leads that were here before stay.`}
        confirm="Undo the import"
        danger
        onConfirm={() => undo.mutateAsync()}
      />
    </div>
  );
}

function Undone({ undo }: { undo: NonNullable<Import["undo"]> }) {
  const kept = ranked(undo.kept_reasons);
  return (
    <Notice>
      Taken back: {plural(undo.deleted, "lead")} deleted
      {undo.kept > 0 && `, ${count(undo.kept)} kept (${kept.map(([reason, n]) => `${count(n)} ${reason}`).join(", ")})`}
      {undo.updates_not_undone > 0 && `; ${plural(undo.updates_not_undone, "update")} of older leads stayed`}.
    </Notice>
  );
}

const TONES: Record<Import["state"], Tone> = {
  pending: "neutral",
  running: "primary",
  done: "success",
  failed: "danger",
  undoing: "warning",
  undone: "neutral",
};

/** Earlier imports, each with a link to its result. */
export function ImportHistory() {
  const query = useQuery(imports.list);
  const now = useNow();
  if (query.isPending) return <Skeleton lines={3} />;
  if (query.isError) return <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />;
  const runs = query.data.items.filter((run) => !run.dry_run);
  if (runs.length === 0) {
    return (
      <Empty compact title="Nothing has been imported yet">
        Each import is listed here and can be undone.
      </Empty>
    );
  }
  return (
    <ul className="flex flex-col divide-y divide-line">
      {runs.map((run) => (
        <li key={run.id} className="flex flex-wrap items-center justify-between gap-2 py-2">
          <div className="min-w-0">
            <Link
              to="/leads/import"
              search={{ import: run.id }}
              className="inline-block min-h-6 font-medium break-all text-primary-ink hover:underline"
            >
              {run.file_name}
            </Link>
            <p className="text-xs text-quiet">
              {ago(run.created_at, now)} ·{" "}
              {isMoving(run)
                ? `${count(run.rows_done)} of ${count(run.rows_total)} rows`
                : `${count(run.rows_created)} created, ${count(run.rows_updated)} updated, ${count(run.rows_failed + run.rows_skipped)} left out`}
            </p>
          </div>
          <Badge tone={TONES[run.state]}>{words(run.state)}</Badge>
        </li>
      ))}
    </ul>
  );
}
