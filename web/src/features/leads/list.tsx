import { Link } from "@tanstack/react-router";
import { createContext, useContext, useMemo } from "react";
import { leadName } from "@/api/names";
import type { Lead, LeadStatus } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { type Column, DataTable } from "@/components/ui/table";
import { cx } from "@/lib/cx";
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

// Cells take what changes from here. Their columns stay the same from one drawing to
// the next: a new one is a new component, and what stood in it, such as the focus,
// would be lost.
const ListContext = createContext<Handlers & { rows: readonly Lead[] }>({
  rows: [],
  picked: new Set(),
  onPick: undefined,
  onPickAll: () => undefined,
  onStatus: undefined,
});

const pickColumn: Column<Lead> = {
  id: "pick",
  header: PickPage,
  cell: ({ row }) => <PickOne lead={row.original} />,
};

function PickPage() {
  const { rows, picked, onPickAll } = useContext(ListContext);
  const some = rows.some(({ id }) => picked.has(id));
  const all = rows.length > 0 && rows.every(({ id }) => picked.has(id));
  return <PickBox label="Pick this page" checked={all} indeterminate={some && !all} onChange={onPickAll} />;
}

function PickOne({ lead }: { lead: Lead }) {
  const { picked, onPick } = useContext(ListContext);
  return <PickBox label={`Pick ${leadName(lead)}`} checked={picked.has(lead.id)} onChange={() => onPick?.(lead.id)} />;
}

function StatusCell({ lead }: { lead: Lead }) {
  const { onStatus } = useContext(ListContext);
  return onStatus ? (
    <StatusSelect lead={lead} label={`Status of ${leadName(lead)}`} onStatus={onStatus} />
  ) : (
    <Badge tone={statusTone(lead.status)}>{words(lead.status)}</Badge>
  );
}

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
  cell: ({ row, table }) => (
    <div className="max-w-36 min-w-0 md:max-w-none">
      <Link
        to="."
        search={(search: Record<string, unknown>) => ({ ...search, lead: row.original.id })}
        className="inline-block min-h-6 font-medium text-primary-ink hover:underline"
      >
        {leadName(row.original)}
      </Link>
      {/* Not said twice where it has a column of its own, which a phone has no room for. */}
      <p
        className={cx(
          "truncate text-xs text-quiet",
          table.getAllLeafColumns().some(({ id }) => id === "title") && "md:hidden",
        )}
      >
        {row.original.title || row.original.email}
      </p>
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

function columnOf(id: ColumnId, usual: boolean): Column<Lead> {
  const header = COLUMNS.find((column) => column.id === id)?.label ?? id;
  switch (id) {
    case "score":
      return { id, header, meta: { sortKey: "score" }, cell: ({ row }) => <Score value={row.original.score} /> };
    case "status":
      return { id, header, meta: { from: "md" }, cell: ({ row }) => <StatusCell lead={row.original} /> };
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
  rows: readonly Lead[];
  columns: readonly ColumnId[];
  /** The columns are the usual ones, which make room for themselves. */
  usual: boolean;
  sort: string;
  onSort: (sort: string) => void;
  selected: string | undefined;
  stale: boolean;
}

export function LeadTable({ rows, columns, usual, sort, onSort, selected, stale, ...handlers }: ListProps) {
  const chosen = columns.join();
  const mayPick = handlers.onPick !== undefined;
  const narrow = selected !== undefined;
  const shown = useMemo(() => {
    const all = [
      ...(mayPick ? [pickColumn] : []),
      nameColumn,
      ...COLUMNS.filter(({ id }) => chosen.split(",").includes(id)).map(({ id }) => columnOf(id, usual)),
    ];
    return narrow ? all.filter(({ id }) => NARROW.includes(id)) : all;
  }, [chosen, usual, mayPick, narrow]);
  return (
    <ListContext value={{ rows, ...handlers }}>
      <DataTable
        caption="Leads"
        columns={shown}
        rows={rows}
        rowId={(lead) => lead.id}
        sort={sort}
        onSort={onSort}
        selected={selected}
        stale={stale}
      />
    </ListContext>
  );
}

function Unknown() {
  return <span className="text-quiet">–</span>;
}

function Ago({ at }: { at: string }) {
  return <span className="whitespace-nowrap text-quiet">{ago(at, useNow())}</span>;
}
