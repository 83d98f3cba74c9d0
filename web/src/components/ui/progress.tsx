import { Check } from "lucide-react";
import { cx } from "@/lib/cx";

interface ProgressProps {
  label: string;
  value: number;
  max: number;
  /** What stands for the value when it is read out. */
  text?: string;
}

export function Progress({ label, value, max, text }: ProgressProps) {
  const part = max > 0 ? Math.min(1, value / max) : 0;
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={max}
      aria-valuenow={value}
      aria-valuetext={text}
      className="h-3 overflow-hidden rounded-full bg-sunken ring-1 ring-edge ring-inset"
    >
      <div className="h-full rounded-full bg-primary transition-[width]" style={{ width: `${part * 100}%` }} />
    </div>
  );
}

/** Where one is in a wizard. */
export function WizardSteps({ label, steps, current }: { label: string; steps: readonly string[]; current: number }) {
  return (
    <nav aria-label={label} className="mb-6">
      <ol className="flex gap-2">
        {steps.map((name, i) => (
          <li key={name} aria-current={i === current ? "step" : undefined} className="min-w-0 flex-1">
            <div className={cx("h-1 rounded-full", i <= current ? "bg-primary" : "bg-line")} />
            <div
              className={cx(
                "mt-2 flex items-center gap-1 text-xs md:text-sm",
                i === current ? "font-medium text-ink" : "text-quiet",
              )}
            >
              {i < current ? (
                <Check aria-hidden="true" className="size-4 shrink-0 text-success-ink" />
              ) : (
                <span className="figure">{i + 1}</span>
              )}
              <span className={cx("truncate", i !== current && "max-md:sr-only")}>{name}</span>
              {i < current && <span className="sr-only">(done)</span>}
            </div>
          </li>
        ))}
      </ol>
    </nav>
  );
}
