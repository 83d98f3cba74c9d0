import { type ReactNode, useId } from "react";
import { cx } from "@/lib/cx";

interface CardProps {
  title?: string;
  /** Stands beside the title: a link or a small button. */
  aside?: ReactNode;
  className?: string;
  children: ReactNode;
}

/** A boxed region of a page; with a title it is a landmark of that name. */
export function Card({ title, aside, className, children }: CardProps) {
  const id = useId();
  return (
    <section
      aria-labelledby={title ? id : undefined}
      className={cx("min-w-0 rounded-xl border border-line bg-surface p-4 shadow-light md:p-6", className)}
    >
      {title && (
        <div className="mb-4 flex min-h-8 flex-wrap items-center justify-between gap-2">
          <h2 id={id} className="text-base">
            {title}
          </h2>
          {aside}
        </div>
      )}
      {children}
    </section>
  );
}

interface PageHeaderProps {
  title: string;
  lead?: ReactNode;
  actions?: ReactNode;
}

/** The one h1 of a page with what can be done there. */
export function PageHeader({ title, lead, actions }: PageHeaderProps) {
  return (
    <div className="mb-6 flex flex-wrap items-start justify-between gap-4">
      <div className="min-w-0">
        <h1 className="text-xl break-words">{title}</h1>
        {lead && <div className="mt-1 text-quiet">{lead}</div>}
      </div>
      {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </div>
  );
}

interface StatProps {
  label: string;
  value: ReactNode;
  note?: ReactNode;
  help?: ReactNode;
  chart?: ReactNode;
  className?: string;
}

/** One number with its name. */
export function Stat({ label, value, note, help, chart, className }: StatProps) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className={cx("flex min-w-0 flex-col rounded-xl border border-line bg-surface p-4 shadow-light", className)}
    >
      <div className="flex min-h-6 items-center gap-1">
        <h2 id={id} className="text-sm font-medium text-quiet">
          {label}
        </h2>
        {help}
      </div>
      <div className="mt-1 flex flex-wrap items-end justify-between gap-2">
        <p className="figure text-xl font-semibold">{value}</p>
        {chart}
      </div>
      {note && <p className="mt-1 text-xs text-quiet">{note}</p>}
    </section>
  );
}
