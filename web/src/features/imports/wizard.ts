import type { Import, ImportColumn, ImportRowError } from "@/api/types";
import { words } from "@/lib/format";

export const STEPS = ["File", "Columns", "Check", "Import", "Result"] as const;

/** The page of a finished dry run, as the address names it. */
export type View = "columns" | "check";

/**
 * Which step of the wizard an import is at. It follows from the import itself, so
 * a reload or a shared link shows the same.
 */
export function stepOf(run: Pick<Import, "dry_run" | "state"> | undefined, view: View): number {
  if (!run) return 0;
  if (run.dry_run) return run.state === "done" && view === "check" ? 2 : 1;
  return run.state === "pending" || run.state === "running" ? 3 : 4;
}

export const SKIP = "skip";
export const CUSTOM = "custom.";

/** The key under which a column without a field of its own is kept. */
export function customField(column: string): string {
  const key = column
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replaceAll(/^_+|_+$/g, "")
    .slice(0, 60);
  return `${CUSTOM}${key || "column"}`;
}

/** Fields that several columns may fill. */
const SHARED = new Set([SKIP, "tags"]);

export interface MappingFault {
  column?: string;
  message: string;
}

/** What is wrong with a mapping before the server is asked. */
export function faultsOf(mapping: Record<string, string>): MappingFault[] {
  const faults: MappingFault[] = [];
  const first = new Map<string, string>();
  for (const [column, field] of Object.entries(mapping)) {
    if (SHARED.has(field)) continue;
    const other = first.get(field);
    if (other === undefined) first.set(field, column);
    else faults.push({ column, message: `Column "${other}" fills the same field.` });
  }
  if (!first.has("email") && !first.has("phone")) {
    faults.unshift({
      message: "No column holds an e-mail address or a phone number, so nobody in this file could be contacted.",
    });
  }
  return faults;
}

export function mappingOf(columns: readonly Pick<ImportColumn, "name" | "field">[]): Record<string, string> {
  return Object.fromEntries(columns.map(({ name, field }) => [name, field || SKIP]));
}

export function isChanged(
  mapping: Record<string, string>,
  columns: readonly Pick<ImportColumn, "name" | "field">[],
): boolean {
  return columns.some(({ name, field }) => mapping[name] !== undefined && mapping[name] !== (field || SKIP));
}

/** Who a row is about: without any of these it is nobody. */
const WHO = new Set(["email", "phone", "first_name", "last_name", "full_name", "company", "external_id"]);

/**
 * The columns to write anew in a refused row: the one that is wrong; else, of a row
 * that says nobody, those that say who; of a row of the wrong width, all that count.
 */
export function toMend(
  { column, raw }: Pick<ImportRowError, "column" | "raw">,
  columns: readonly Pick<ImportColumn, "name" | "field">[],
): string[] {
  if (column) return [column];
  const ragged = Object.keys(raw).length !== columns.length;
  return columns
    .filter(({ field }) => (ragged ? Boolean(field) && field !== SKIP : WHO.has(field)))
    .map(({ name }) => name);
}

export interface Outcome {
  label: string;
  count: number;
}

/** The four outcomes; they add up to the rows of the file. */
export function outcomesOf(
  run: Pick<Import, "rows_created" | "rows_updated" | "rows_skipped" | "rows_failed" | "dry_run">,
): Outcome[] {
  return [
    { label: run.dry_run ? "New leads" : "Created", count: run.rows_created },
    { label: run.dry_run ? "Known leads to update" : "Updated", count: run.rows_updated },
    { label: "Skipped", count: run.rows_skipped },
    { label: "Refused", count: run.rows_failed },
  ];
}

const REASONS: Record<string, string> = {
  email: "Not an e-mail address",
  phone: "Not a telephone number, and nothing else says who it is",
  nobody: "No e-mail, phone, name, company or id in the row",
  long: "A value is too long",
  ragged: "The row has more or fewer columns than the header",
  duplicate_row: "The same person stands earlier in this file",
  phone_taken: "The telephone number belongs to another lead",
  already_there: "Already among the leads",
  warning: "Taken with a remark",
};

/** Why rows were left out, in words. */
export function reasonWords(code: string): string {
  return REASONS[code] ?? words(code);
}

/** Counts by reason, the most frequent first. */
export function ranked(counts: Record<string, number> | null | undefined): [string, number][] {
  return Object.entries(counts ?? {})
    .filter(([, count]) => count > 0)
    .sort(([a, x], [b, y]) => y - x || a.localeCompare(b));
}
