import { Link } from "@tanstack/react-router";
import { leadName } from "@/api/names";
import { LEAD_STATUSES, type Lead, type LeadStatus } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Select } from "@/components/ui/field";
import { type Column, DataTable } from "@/components/ui/table";
import { ago, words } from "@/lib/format";
import { useNow } from "@/lib/time";
import { Score } from "./score";
import { statusTone } from "./words";

interface Handlers {
  picked: ReadonlySet<string>;
  /** Undefined: the reader may not change leads. */
  onPick: ((id: string) => void) | undefined;
  onStatus: ((lead: Lead, status: LeadStatus) => void) | undefined;
}

const pickColumn = ({ picked, onPick }: Handlers): Column<Lead> => ({
  id: "pick",
  header: () => <span className="sr-only">Pick</span>,
  cell: ({ row: { original } }) => (
    <label className="-m-2 inline-flex size-8 items-center justify-center">
      <span className="sr-only">{`Pick ${leadName(original)}`}</span>
      <input
        type="checkbox"
        className="size-4"
        checked={picked.has(original.id)}
        onChange={() => onPick?.(original.id)}
      />
    </label>
  ),
});

const statusColumn = ({ onStatus }: Handlers): Column<Lead> => ({
  id: "status",
  header: "Status",
  meta: { from: "md" },
  cell: ({ row: { original } }) =>
    onStatus ? (
      <Select
        aria-label={`Status of ${leadName(original)}`}
        className="min-h-8 w-40 py-0"
        value={original.status}
        onChange={(event) => {
          const status = LEAD_STATUSES.find((known) => known === event.target.value);
          if (status) onStatus(original, status);
        }}
      >
        {LEAD_STATUSES.map((status) => (
          <option key={status} value={status}>
            {words(status)}
          </option>
        ))}
      </Select>
    ) : (
      <Badge tone={statusTone(original.status)}>{words(original.status)}</Badge>
    ),
});

const columnsOf = (handlers: Handlers): Column<Lead>[] => [
  ...(handlers.onPick ? [pickColumn(handlers)] : []),
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
  statusColumn(handlers),
  {
    id: "created",
    header: "Added",
    meta: { sortKey: "created_at", from: "xl" },
    cell: ({ row }) => <Ago at={row.original.created_at} />,
  },
];

// With the details open there is less room.
const fits = (column: Column<Lead>) => column.id !== "company" && column.id !== "created";

interface ListProps extends Handlers {
  rows: Lead[];
  sort: string;
  onSort: (sort: string) => void;
  selected: string | undefined;
  stale: boolean;
}

export function LeadTable({ rows, sort, onSort, selected, stale, ...handlers }: ListProps) {
  const columns = columnsOf(handlers);
  return (
    <DataTable
      caption="Leads"
      columns={selected ? columns.filter(fits) : columns}
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
