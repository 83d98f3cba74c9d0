/** Columns of the list beside the name, in their order. */
export const COLUMNS = [
  { id: "company", label: "Company" },
  { id: "title", label: "Job title" },
  { id: "email", label: "E-mail" },
  { id: "phone", label: "Phone" },
  { id: "score", label: "Score" },
  { id: "status", label: "Status" },
  { id: "region", label: "Region" },
  { id: "source", label: "Source" },
  { id: "tags", label: "Tags" },
  { id: "created", label: "Added" },
  { id: "updated", label: "Changed" },
] as const;

export type ColumnId = (typeof COLUMNS)[number]["id"];

export const DEFAULT_COLUMNS: readonly ColumnId[] = ["company", "score", "status", "created"];

/** The chosen columns as an address has them; what is not known is left out. */
export function columnsOf(text: string | undefined): readonly ColumnId[] {
  if (!text) return DEFAULT_COLUMNS;
  const named = new Set(text.split(","));
  return COLUMNS.map(({ id }) => id).filter((id) => named.has(id));
}

/** For the address: undefined for the usual ones. */
export function columnsText(chosen: readonly ColumnId[]): string | undefined {
  const ordered = COLUMNS.map(({ id }) => id).filter((id) => chosen.includes(id));
  if (ordered.join() === DEFAULT_COLUMNS.join()) return undefined;
  return ordered.join() || "none";
}
