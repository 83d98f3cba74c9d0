import { useInfiniteQuery } from "@tanstack/react-query";
import { type Corrections, imports } from "@/api/leads";
import { messageOf } from "@/api/problem";
import type { Import, ImportRowError } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { Failure, Skeleton } from "@/components/ui/state";
import { toMend } from "./wizard";

interface MendProps {
  run: Import;
  corrections: Corrections;
  onCorrect: (row: number, column: string, value: string) => void;
}

/** The refused rows, each with the cells that are wrong to be written anew. */
export function Mend({ run, corrections, onCorrect }: MendProps) {
  const query = useInfiniteQuery(imports.refused(run.id));
  if (query.isPending) return <Skeleton lines={4} />;
  if (query.isError) return <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />;
  const rows = query.data.pages.flatMap(({ items }) => items);
  return (
    <section aria-label="Rows to mend">
      <h3 className="font-semibold">Rows to mend</h3>
      <p className="mb-3 text-quiet">
        What you write here is taken instead of the file's; the file itself stays as it is. Rows that stay wrong are
        left out.
      </p>
      <ul className="flex flex-col divide-y divide-line rounded-lg border border-line">
        {rows.map((row) => (
          <MendRow key={row.row} row={row} run={run} written={corrections[row.row]} onCorrect={onCorrect} />
        ))}
      </ul>
      {query.hasNextPage && (
        <Button
          size="small"
          className="mt-3"
          busy={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          Show more rows
        </Button>
      )}
    </section>
  );
}

interface MendRowProps {
  row: ImportRowError;
  run: Import;
  written: Readonly<Record<string, string>> | undefined;
  onCorrect: MendProps["onCorrect"];
}

function MendRow({ row, run, written, onCorrect }: MendRowProps) {
  const columns = toMend(row, run.columns);
  const others = Object.entries(row.raw).flatMap(([column, value]) =>
    columns.includes(column) || !value ? [] : value,
  );
  return (
    <li className="flex flex-col gap-2 p-3">
      <p className="text-quiet">
        <span className="figure font-medium text-ink">Row {row.row}</span>
        {others.length > 0 && <span className="break-words"> · {others.join(" · ")}</span>}
      </p>
      <div className="grid gap-3 md:grid-cols-2">
        {columns.map((column, i) => (
          <Field
            key={column}
            label={`${column}, row ${row.row}`}
            hint={i === 0 ? `${row.reason.charAt(0).toUpperCase()}${row.reason.slice(1)}.` : undefined}
          >
            <Input
              value={written?.[column] ?? row.raw[column] ?? ""}
              onChange={(event) => onCorrect(row.row, column, event.target.value)}
            />
          </Field>
        ))}
      </div>
    </li>
  );
}
