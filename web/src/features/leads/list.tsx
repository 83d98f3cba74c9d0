import { Link } from "@tanstack/react-router";
import { leadName } from "@/api/names";
import type { Lead, LeadStatus } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { type Column, DataTable } from "@/components/ui/table";
import { ago, words } from "@/lib/format";
import { useNow } from "@/lib/time";
import { COLUMNS, type ColumnId } from "./columns";
import { Score } from "./score";
import { StatusSelect } from "./status";
import { statusTone } from "./words";

interface Handlers {
  picked: ReadonlySet<string>;
  /** Undefined: the reader may not change leads. */
  onPick: ((id: string) => void) | undefined;
  /** Picks the whole page, or none of it. */
  onPickAll: (all: boolean) => void;
  onStatus: ((lead: Lead, status: LeadStatus) => void) | undefined;
}

const pickColumn = (rows: readonly Lead[], { picked, onPick, onPickAll }: Handlers): Column<Lead> => {
  const some = rows.some(({ id }) => picked.has(id));
  const all = rows.length > 0 && rows.every(({ id }) => picked.has(id));
  return {
    id: "pick",
    header: () => (
      <PickBox
        label="Pick this page"
        checked={all}
        indeterminate={some && !all}
        onChange={(checked) => onPickAll(checked)}
      />
    ),
    cell: ({ row: { original } }) => (
      <PickBox
        label={`Pick ${leadName(original)}`}
        checked={picked.has(original.id)}
        onChange={() => onPick?.(original.id)}
      />
    ),
  };
};

interface PickProps {
  label: string;
  checked: boolean;
  indeterminate?: boolean;
  onChange: (checked: boolean) => void;
}

function PickBox({ label, checked, indeterminate = false, onChange }: PickProps) {
  return (
    <label className="-m-2 inline-flex size-8 items-center justify-center">
      <span className="sr-only">{label}</span>
      <input
        type="checkbox"
        className="size-4"
        checked={checked}
        ref={(box) => {
          if (box) box.indeterminate = indeterminate;
        }}
        onChange={(event) => onChange(event.target.checked)}
      />
    </label>
  );
}

const nameColumn: Column<Lead> = {
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
};

const texts = {
  company: ({ company }: Lead) => company,
  title: ({ title }: Lead) => title,
  email: ({ email }: Lead) => email,
  phone: ({ phone }: Lead) => phone,
  region: ({ region }: Lead) => region,
  source: ({ source }: Lead) => source,
  tags: ({ tags }: Lead) => tags.join(", "),
};

function columnOf(id: ColumnId, usual: boolean, { onStatus }: Handlers): Column<Lead> {
  const header = COLUMNS.find((column) => column.id === id)?.label ?? id;
  switch (id) {
    case "score":
      return { id, header, meta: { sortKey: "score" }, cell: ({ row }) => <Score value={row.original.score} /> };
    case "status":
      return {
        id,
        header,
        meta: { from: "md" },
        cell: ({ row: { original } }) =>
          onStatus ? (
            <StatusSelect lead={original} label={`Status of ${leadName(original)}`} onStatus={onStatus} />
          ) : (
            <Badge tone={statusTone(original.status)}>{words(original.status)}</Badge>
          ),
      };
    case "created":
      return {
        id,
        header,
        meta: { sortKey: "created_at", from: usual ? "xl" : "md" },
        cell: ({ row }) => <Ago at={row.original.created_at} />,
      };
    case "updated":
      return { id, header, meta: { from: "md" }, cell: ({ row }) => <Ago at={row.original.updated_at} /> };
    default:
      return {
        id,
        header,
        meta: { from: "md", ...(id === "company" ? { sortKey: "company" } : {}) },
        cell: ({ row }) => texts[id](row.original) || <Unknown />,
      };
  }
}

// With the details open there is less room.
const NARROW: readonly string[] = ["pick", "name", "score", "status"];

interface ListProps extends Handlers {
  rows: Lead[];
  columns: readonly ColumnId[];
  /** The columns are the usual ones, which make room for themselves. */
  usual: boolean;
  sort: string;
  onSort: (sort: string) => void;
  selected: string | undefined;
  stale: boolean;
}

export function LeadTable({ rows, columns, usual, sort, onSort, selected, stale, ...handlers }: ListProps) {
  const all = [
    ...(handlers.onPick ? [pickColumn(rows, handlers)] : []),
    nameColumn,
    ...columns.map((id) => columnOf(id, usual, handlers)),
  ];
  return (
    <DataTable
      caption="Leads"
      columns={selected ? all.filter(({ id }) => NARROW.includes(id)) : all}
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
