import { IMPORT_FIELDS, type Import } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Field, Select } from "@/components/ui/field";
import { Failure } from "@/components/ui/state";
import { count, words } from "@/lib/format";
import { CUSTOM, customField, faultsOf, isChanged, SKIP } from "./wizard";

interface ColumnsProps {
  run: Import;
  mapping: Record<string, string>;
  onMapping: (mapping: Record<string, string>) => void;
  /** Undefined when the file is no longer at hand. */
  onReread: (() => void) | undefined;
  onContinue: () => void;
  failure: string | undefined;
  busy: boolean;
}

/** Step 2: which column fills which field. */
export function ColumnsStep({ run, mapping, onMapping, onReread, onContinue, failure, busy }: ColumnsProps) {
  const columns = run.columns ?? [];
  const faults = faultsOf(mapping);
  const whole = faults.find(({ column }) => column === undefined);
  const changed = isChanged(mapping, columns);
  const samples = (name: string) =>
    [...new Set((run.preview ?? []).map(({ raw }) => raw[name] ?? "").filter(Boolean))].slice(0, 3);

  return (
    <div className="flex flex-col gap-4">
      <p className="text-quiet">
        {count(run.rows_total)} rows in {run.file_name}.{" "}
        {run.header_row === 0
          ? "The file has no header; columns were recognised by their values."
          : "Columns were matched by header and values."}
      </p>
      {whole && <Failure message={whole.message} />}
      <ul className="flex flex-col divide-y divide-line rounded-lg border border-line">
        {columns.map((column) => (
          <li key={column.name} className="grid items-start gap-2 p-3 md:grid-cols-[minmax(0,1fr)_14rem]">
            <div className="min-w-0">
              <p className="font-medium break-words">{column.name}</p>
              <p className="truncate text-xs text-quiet">
                {samples(column.name).join(" · ") || "no values in the first rows"} — {count(column.filled)} filled
              </p>
            </div>
            <Field
              label={`Field for column ${column.name}`}
              hideLabel
              error={faults.find((fault) => fault.column === column.name)?.message}
            >
              <Select
                disabled={!onReread}
                value={mapping[column.name] ?? SKIP}
                onChange={(event) => onMapping({ ...mapping, [column.name]: event.target.value })}
              >
                <option value={SKIP}>Leave out</option>
                {IMPORT_FIELDS.map((field) => (
                  <option key={field} value={field}>
                    {words(field)}
                  </option>
                ))}
                <option value={customOption(mapping[column.name], column.name)}>Own field “{column.name}”</option>
              </Select>
            </Field>
          </li>
        ))}
      </ul>
      {failure && <Failure message={failure} />}
      <div className="flex flex-wrap items-center justify-end gap-2">
        {!onReread && <Badge tone="warning">To change columns, choose the file again</Badge>}
        {changed && onReread ? (
          <Button look="primary" busy={busy} disabled={faults.length > 0} onClick={onReread}>
            Check with these columns
          </Button>
        ) : (
          <Button look="primary" disabled={faults.length > 0} onClick={onContinue}>
            Continue
          </Button>
        )}
      </div>
    </div>
  );
}

function customOption(current: string | undefined, column: string): string {
  return current?.startsWith(CUSTOM) ? current : customField(column);
}
