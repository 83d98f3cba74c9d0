import { cx } from "@/lib/cx";

/** A score of 0 to 100 as a number and a bar. */
export function Score({ value }: { value: number }) {
  return (
    <span className="inline-flex items-center gap-2" title={`Score ${value} of 100`}>
      <span className="figure w-7 text-right font-medium">{value}</span>
      <span aria-hidden="true" className="h-1.5 w-12 overflow-hidden rounded-full bg-line max-md:hidden">
        <span
          className={cx(
            "block h-full rounded-full",
            value >= 70 ? "bg-success" : value >= 40 ? "bg-secondary" : "bg-edge",
          )}
          style={{ width: `${value}%` }}
        />
      </span>
    </span>
  );
}
