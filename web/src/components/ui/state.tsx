import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "@/lib/cx";
import { useDelayed } from "@/lib/time";
import { Button } from "./button";

/** Grey lines in the place of what is being loaded; nothing for the first 150 ms. */
export function Skeleton({
  lines = 3,
  height,
  label = "Loading",
}: {
  lines?: number;
  height?: string;
  label?: string;
}) {
  const late = useDelayed();
  const widths = ["w-full", "w-5/6", "w-2/3"];
  return (
    <div role="status" aria-label={label} className={cx("flex flex-col gap-3", !late && "invisible", height)}>
      {Array.from({ length: lines }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all alike
        <div key={i} className={cx("skeleton h-5", widths[i % widths.length])} />
      ))}
    </div>
  );
}

interface EmptyProps {
  icon?: LucideIcon;
  title: string;
  /** Why there is nothing, and what to do next. */
  children?: ReactNode;
  action?: ReactNode;
  compact?: boolean;
}

export function Empty({ icon: Icon, title, children, action, compact }: EmptyProps) {
  return (
    <div className={cx("flex flex-col items-center justify-center gap-2 text-center", compact ? "py-4" : "py-12")}>
      {Icon && <Icon aria-hidden="true" className="size-8 text-quiet" strokeWidth={1.5} />}
      <p className="font-medium">{title}</p>
      {children && <div className="max-w-md text-quiet">{children}</div>}
      {action && <div className="mt-2 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}

/** A failure with its cause and a way on. */
export function Failure({ message, onRetry }: { message: string; onRetry?: () => void }) {
  return (
    <div
      role="alert"
      className="flex flex-wrap items-center justify-between gap-3 rounded-lg bg-danger-wash p-3 text-danger-ink"
    >
      <p className="min-w-0">{message}</p>
      {onRetry && (
        <Button size="small" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

export function Notice({
  tone = "primary",
  children,
}: {
  tone?: "primary" | "warning" | "success";
  children: ReactNode;
}) {
  const tones = {
    primary: "bg-primary-wash text-primary-ink",
    warning: "bg-warning-wash text-warning-ink",
    success: "bg-success-wash text-success-ink",
  };
  return <div className={cx("rounded-lg p-3", tones[tone])}>{children}</div>;
}
