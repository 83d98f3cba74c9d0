import { Link } from "@tanstack/react-router";
import { leadName } from "@/api/names";
import type { Lead } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { type Column, DataTable } from "@/components/ui/table";
import { ago, words } from "@/lib/format";
import { useNow } from "@/lib/time";
import { Score } from "./score";
import { statusTone } from "./words";

const columns: Column<Lead>[] = [
  {
    id: "name",
    header: "Name",
    meta: { sortKey: "name" },
    cell: ({ row }) => (
      <div className="max-w-36 min-w-0 md:max-w-none">
        <Link
          to="."
          search={(search: Record<string, unknown>) => ({ ...search, lead: row.original.id })}
          className="inline-block min-h-6 font-medium text-primary-ink hover:underline"
        >
          {leadName(row.original)}
        </Link>
        <p className="truncate text-xs text-quiet">{row.original.title || row.original.email}</p>
        <div className="md:hidden">
          <Badge tone={statusTone(row.original.status)}>{words(row.original.status)}</Badge>
        </div>
      </div>
    ),
  },
  { id: "company", header: "Company", meta: { from: "md" }, cell: ({ row }) => row.original.company || <Unknown /> },
  { id: "score", header: "Score", meta: { sortKey: "score" }, cell: ({ row }) => <Score value={row.original.score} /> },
  {
    id: "status",
    header: "Status",
    meta: { from: "md" },
    cell: ({ row }) => <Badge tone={statusTone(row.original.status)}>{words(row.original.status)}</Badge>,
  },
  {
    id: "created",
    header: "Added",
    meta: { sortKey: "created_at", from: "xl" },
    cell: ({ row }) => <Ago at={row.original.created_at} />,
  },
];

// With the details open there is less room.
const fewColumns = columns.filter(({ id }) => id !== "company" && id !== "created");

interface ListProps {
  rows: Lead[];
  sort: string;
  onSort: (sort: string) => void;
  selected: string | undefined;
  stale: boolean;
}

export function LeadTable({ rows, sort, onSort, selected, stale }: ListProps) {
  return (
    <DataTable
      caption="Leads"
      columns={selected ? fewColumns : columns}
      rows={rows}
      rowId={(lead) => lead.id}
      sort={sort}
      onSort={onSort}
      selected={selected}
      stale={stale}
    />
  );
}

function Unknown() {
  return <span className="text-quiet">–</span>;
}

function Ago({ at }: { at: string }) {
  return <span className="whitespace-nowrap text-quiet">{ago(at, useNow())}</span>;
}
