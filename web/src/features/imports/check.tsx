import { Download } from "lucide-react";
import { type Corrections, importErrorsPath } from "@/api/leads";
import type { Import, ImportPreviewRow } from "@/api/types";
import { Badge, type Tone } from "@/components/ui/badge";
import { Button, buttonClass } from "@/components/ui/button";
import { Check } from "@/components/ui/field";
import { Failure } from "@/components/ui/state";
import { count, plural, words } from "@/lib/format";
import { Mend } from "./mend";
import { outcomesOf, ranked, reasonWords } from "./wizard";

interface CheckProps {
  run: Import;
  onlyProblems: boolean;
  onOnlyProblems: (only: boolean) => void;
  onBack: () => void;
  /** Undefined when the file is no longer at hand. */
  onImport: (() => void) | undefined;
  /** Reads the file again with the cells that were mended. */
  onAgain: () => void;
  corrections: Corrections;
  onCorrect: (row: number, column: string, value: string) => void;
  /** What went wrong with the last attempt; nothing that was written is lost. */
  failure: string | undefined;
  busy: boolean;
}

/** Step 3: what the import would do, counted over the whole file. */
export function CheckStep({
  run,
  onlyProblems,
  onOnlyProblems,
  onBack,
  onImport,
  onAgain,
  corrections,
  onCorrect,
  failure,
  busy,
}: CheckProps) {
  const mended = Object.keys(corrections).length;
  const preview = (run.preview ?? []).filter(
    ({ outcome }) => !onlyProblems || outcome === "failed" || outcome === "skipped",
  );
  const good = run.rows_created + run.rows_updated;
  return (
    <div className="flex flex-col gap-6">
      <Outcomes run={run} />
      <Contactable run={run} />
      <Reasons run={run} />
      {run.rows_failed > 0 && onImport && <Mend run={run} corrections={corrections} onCorrect={onCorrect} />}
      {(run.preview ?? []).length > 0 && (
        <div>
          <div className="mb-2 flex flex-wrap items-center justify-between gap-2">
            <h3 className="font-semibold">First rows</h3>
            <Check
              label="Only rows with problems"
              checked={onlyProblems}
              onChange={(event) => onOnlyProblems(event.target.checked)}
            />
          </div>
          <Preview rows={preview} />
        </div>
      )}
      {failure && <Failure message={failure} />}
      <div className="flex flex-wrap items-center justify-end gap-2">
        <Button look="quiet" onClick={onBack}>
          Back to columns
        </Button>
        {onImport && mended > 0 && (
          <Button disabled={busy} onClick={onAgain}>
            Check again
          </Button>
        )}
        {onImport ? (
          <Button look="primary" busy={busy} disabled={good + mended === 0} onClick={onImport}>
            Import {good > 0 || mended === 0 ? plural(good, "lead") : ""}
            {mended > 0 && `${good > 0 ? " and " : ""}${plural(mended, "mended row")}`}
          </Button>
        ) : (
          <Badge tone="warning">To import, choose the file again</Badge>
        )}
      </div>
    </div>
  );
}

export function Outcomes({ run }: { run: Import }) {
  return (
    <dl className="grid grid-cols-2 gap-3 md:grid-cols-5">
      <Figure label="Rows in the file" value={run.rows_total} />
      {outcomesOf(run).map(({ label, count: value }) => (
        <Figure key={label} label={label} value={value} />
      ))}
    </dl>
  );
}

function Figure({ label, value }: { label: string; value: number }) {
  return (
    <div className="rounded-lg bg-sunken p-3">
      <dt className="text-xs text-quiet">{label}</dt>
      <dd className="figure text-lg font-semibold">{count(value)}</dd>
    </div>
  );
}

function Contactable({ run }: { run: Import }) {
  const mail = ranked(run.contactable?.email);
  if (mail.length === 0) return null;
  const reachable = run.contactable?.email?.reachable ?? 0;
  const others = mail.filter(([reason]) => reason !== "reachable");
  return (
    <div>
      <h3 className="mb-1 font-semibold">Who could be mailed</h3>
      <p>
        {plural(reachable, "person", "people")} reachable
        {others.length > 0 &&
          `; not: ${others.map(([reason, n]) => `${count(n)} ${words(reason).toLowerCase()}`).join(", ")}`}
        .
      </p>
    </div>
  );
}

export function Reasons({ run }: { run: Import }) {
  const reasons = ranked(run.reasons);
  if (reasons.length === 0) return null;
  return (
    <div>
      <div className="mb-2 flex flex-wrap items-center justify-between gap-2">
        <h3 className="font-semibold">Why rows were left out</h3>
        <a className={buttonClass("plain", "small")} href={importErrorsPath(run.id)} download>
          <Download aria-hidden="true" className="size-4" /> Download errors as CSV
        </a>
      </div>
      <ul className="flex flex-col gap-1">
        {reasons.map(([reason, n]) => (
          <li key={reason} className="flex justify-between gap-4">
            <span>{reasonWords(reason)}</span>
            <span className="figure">{count(n)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

const OUTCOMES: Record<ImportPreviewRow["outcome"], { tone: Tone; label: string }> = {
  created: { tone: "success", label: "New" },
  updated: { tone: "primary", label: "Update" },
  skipped: { tone: "warning", label: "Skipped" },
  failed: { tone: "danger", label: "Refused" },
};

function Preview({ rows }: { rows: ImportPreviewRow[] }) {
  if (rows.length === 0) return <p className="text-quiet">None of the first rows has a problem.</p>;
  return (
    <div className="relative overflow-x-auto">
      <table className="w-full border-collapse text-left">
        <caption className="sr-only">First rows of the file, as they are and as leads</caption>
        <thead>
          <tr className="border-b border-line text-xs text-quiet">
            <th scope="col" className="px-2 py-1 font-medium">
              Row
            </th>
            <th scope="col" className="px-2 py-1 font-medium">
              In the file
            </th>
            <th scope="col" className="px-2 py-1 font-medium">
              As a lead
            </th>
            <th scope="col" className="px-2 py-1 font-medium">
              Outcome
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.row} className="border-b border-line align-top last:border-0">
              <td className="figure px-2 py-2">{row.row}</td>
              <td className="max-w-64 px-2 py-2 text-xs break-words text-quiet">
                {Object.values(row.raw).filter(Boolean).join(" · ")}
              </td>
              <td className="max-w-64 px-2 py-2 text-xs break-words">{leadLine(row.lead)}</td>
              <td className="px-2 py-2">
                <Badge tone={OUTCOMES[row.outcome].tone}>{OUTCOMES[row.outcome].label}</Badge>
                {row.reason && (
                  <p className="mt-1 text-xs text-quiet">{[row.column, row.reason].filter(Boolean).join(": ")}</p>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function leadLine(lead: Record<string, unknown> | null): string {
  const parts = ["first_name", "last_name", "email", "phone", "company", "title"].map((key) => lead?.[key]);
  return parts.filter((part): part is string => typeof part === "string" && part !== "").join(" · ") || "–";
}
