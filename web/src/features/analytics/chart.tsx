import { type PointerEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { count } from "@/lib/format";
import { addDays, type Period } from "./period";

interface ChartProps {
  /** What is counted, such as "Mails sent". */
  name: string;
  values: readonly number[];
  period: Period;
}

const WIDTH = 600;
const HEIGHT = 160;

const dayFormat = new Intl.DateTimeFormat("en-US", { month: "short", day: "numeric", timeZone: "UTC" });

/** A day as people write it: Mar 4. */
export function dayName(day: string): string {
  return dayFormat.format(new Date(`${day}T00:00:00Z`));
}

/** One number a day as bars, and the same as a table. */
export function DayChart({ name, values, period }: ChartProps) {
  const [table, setTable] = useState(false);
  return (
    <>
      <div className="min-h-52">
        {table ? (
          <DayTable name={name} values={values} period={period} />
        ) : (
          <Bars name={name} values={values} period={period} />
        )}
      </div>
      <Button size="small" aria-pressed={table} onClick={() => setTable(!table)} className="mt-3">
        View as table
      </Button>
    </>
  );
}

function Bars({ name, values, period }: ChartProps) {
  const [at, setAt] = useState<number>();
  const most = Math.max(...values, 1);
  const total = values.reduce((sum, value) => sum + value, 0);
  const step = WIDTH / values.length;
  const follow = (event: PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const index = Math.floor(((event.clientX - box.left) / box.width) * values.length);
    setAt(Math.min(Math.max(index, 0), values.length - 1));
  };
  const shown = at === undefined ? undefined : values[at];
  return (
    <figure>
      <figcaption className="figure mb-2 flex min-h-6 flex-wrap justify-between gap-2 text-quiet">
        <span>
          {at === undefined || shown === undefined
            ? `${count(total)} in all`
            : `${dayName(addDays(period.from, at))}: ${count(shown)}`}
        </span>
        <span>{`most in a day: ${count(Math.max(...values, 0))}`}</span>
      </figcaption>
      <svg
        role="img"
        aria-label={`${name} a day from ${dayName(period.from)} to ${dayName(period.to)}: ${count(total)} in all, ${count(Math.max(...values, 0))} on the best day`}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="h-40 w-full text-primary-ink"
        onPointerMove={follow}
        onPointerLeave={() => setAt(undefined)}
      >
        <line x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} stroke="currentColor" opacity={0.4} />
        {values.map((value, i) => {
          const height = (value / most) * (HEIGHT - 4);
          return (
            <rect
              // biome-ignore lint/suspicious/noArrayIndexKey: a day is its place
              key={i}
              x={i * step + step * 0.12}
              width={step * 0.76}
              y={HEIGHT - height}
              height={height}
              fill="currentColor"
              opacity={at === undefined || at === i ? 0.85 : 0.45}
            />
          );
        })}
      </svg>
      <div className="mt-1 flex justify-between text-xs text-quiet">
        <span>{dayName(period.from)}</span>
        <span>{dayName(period.to)}</span>
      </div>
    </figure>
  );
}

function DayTable({ name, values, period }: ChartProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section aria-label={`${name} by day`} tabIndex={0} className="relative max-h-52 overflow-y-auto">
      <table className="w-full">
        <caption className="sr-only">{`${name} by day`}</caption>
        <thead>
          <tr className="border-b border-line text-left text-xs text-quiet">
            <th scope="col" className="py-1 font-medium">
              Day
            </th>
            <th scope="col" className="py-1 text-right font-medium">
              {name}
            </th>
          </tr>
        </thead>
        <tbody>
          {values.map((value, i) => {
            const day = addDays(period.from, i);
            return (
              <tr key={day} className="border-b border-line last:border-0">
                <td className="py-1">{dayName(day)}</td>
                <td className="figure py-1 text-right">{count(value)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
