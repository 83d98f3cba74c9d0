import { type DisplayColumnDef, tableFeatures, useTable } from "@tanstack/react-table";
import { ArrowDown, ArrowUp, ChevronLeft, ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "@/lib/cx";
import { Button } from "./button";

const features = tableFeatures({});

/** How a column looks and by which key the server sorts it. */
interface ColumnMeta {
  sortKey?: string;
  numeric?: boolean;
  /** Hidden below this breakpoint; the row's details hold it. */
  from?: "md" | "lg" | "xl";
}

export type Column<Row extends object> = DisplayColumnDef<typeof features, Row, unknown> & {
  id: string;
  meta?: ColumnMeta;
};

const hidden: Record<NonNullable<ColumnMeta["from"]>, string> = {
  md: "max-md:hidden",
  lg: "max-lg:hidden",
  xl: "max-xl:hidden",
};

interface DataTableProps<Row extends object> {
  caption: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  rowId: (row: Row) => string;
  /** Sort key as the server takes it, "-" in front for descending. */
  sort?: string;
  onSort?: (sort: string) => void;
  selected?: string;
  /** What is on screen belongs to the question before. */
  stale?: boolean;
}

export function DataTable<Row extends object>({
  caption,
  columns,
  rows,
  rowId,
  sort,
  onSort,
  selected,
  stale,
}: DataTableProps<Row>) {
  const table = useTable({ features, columns, data: rows, getRowId: rowId });
  return (
    <div className={cx("relative overflow-x-auto", stale && "opacity-60")} aria-busy={stale || undefined}>
      <table className="w-full border-collapse text-left">
        <caption className="sr-only">{caption}</caption>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id} className="border-b border-line">
              {group.headers.map((header) => {
                const meta = header.column.columnDef.meta as ColumnMeta | undefined;
                return (
                  <HeaderCell key={header.id} meta={meta} sort={sort} onSort={onSort}>
                    <table.FlexRender header={header} />
                  </HeaderCell>
                );
              })}
            </tr>
          ))}
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row) => (
            <tr
              key={row.id}
              aria-current={row.id === selected ? "true" : undefined}
              className={cx(
                "border-b border-line last:border-0",
                row.id === selected ? "bg-primary-wash" : "hover:bg-sunken",
              )}
            >
              {row.getAllCells().map((cell) => {
                const meta = cell.column.columnDef.meta as ColumnMeta | undefined;
                return (
                  <td
                    key={cell.id}
                    className={cx(
                      "px-3 py-2 align-middle",
                      meta?.numeric && "figure text-right",
                      meta?.from && hidden[meta.from],
                    )}
                  >
                    <table.FlexRender cell={cell} />
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface HeaderCellProps {
  meta: ColumnMeta | undefined;
  sort: string | undefined;
  onSort: ((sort: string) => void) | undefined;
  children: ReactNode;
}

function HeaderCell({ meta, sort, onSort, children }: HeaderCellProps) {
  const key = meta?.sortKey;
  const className = cx(
    "px-3 py-1 text-xs font-medium whitespace-nowrap text-quiet",
    meta?.numeric && "text-right",
    meta?.from && hidden[meta.from],
  );
  if (!key || !onSort) {
    return (
      <th scope="col" className={className}>
        {children}
      </th>
    );
  }
  const direction = sort === key ? "ascending" : sort === `-${key}` ? "descending" : undefined;
  // Numbers and dates are asked for from the top first.
  const first = meta?.numeric || key === "created_at" ? `-${key}` : key;
  const next = direction === undefined ? first : direction === "ascending" ? `-${key}` : key;
  const Arrow = direction === "ascending" ? ArrowUp : ArrowDown;
  return (
    <th scope="col" aria-sort={direction ?? "none"} className={className}>
      <button
        type="button"
        onClick={() => onSort(next)}
        className={cx("inline-flex min-h-8 items-center gap-1 rounded-sm hover:text-ink", direction && "text-ink")}
      >
        {children}
        <Arrow aria-hidden="true" className={cx("size-3.5", !direction && "opacity-0")} />
      </button>
    </th>
  );
}

interface PagerProps {
  label: string;
  summary: ReactNode;
  onPrevious: (() => void) | undefined;
  onNext: (() => void) | undefined;
}

/** Shows nothing but the summary when there is one page only. */
export function Pager({ label, summary, onPrevious, onNext }: PagerProps) {
  if (!onPrevious && !onNext) return summary ? <p className="figure mt-4 text-quiet">{summary}</p> : null;
  return (
    <nav aria-label={label} className="mt-4 flex flex-wrap items-center justify-between gap-2">
      <p className="figure text-quiet" aria-live="polite">
        {summary}
      </p>
      <div className="flex gap-2">
        <Button size="small" disabled={!onPrevious} onClick={onPrevious}>
          <ChevronLeft aria-hidden="true" className="size-4" />
          Previous
        </Button>
        <Button size="small" disabled={!onNext} onClick={onNext}>
          Next
          <ChevronRight aria-hidden="true" className="size-4" />
        </Button>
      </div>
    </nav>
  );
}
