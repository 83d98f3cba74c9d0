/** Days as the API takes them: 2026-01-31, local to the person who asks. */
export interface Period {
  from: string;
  /** Inclusive. */
  to: string;
}

export type Range = "7" | "30" | "90" | "month" | "last_month" | "custom";

export const RANGE_NAMES: Record<Range, string> = {
  "7": "Last 7 days",
  "30": "Last 30 days",
  "90": "Last 90 days",
  month: "This month",
  last_month: "Last month",
  custom: "From … to …",
};

/** Counts in whole days, so that a change of the clock moves nothing. */
export function addDays(day: string, days: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

export function daysBetween({ from, to }: Period): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000) + 1;
}

export function localToday(now = new Date()): string {
  return `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, "0")}-${String(now.getDate()).padStart(2, "0")}`;
}

/** What a choice means today. A custom one without both ends is the last 30 days. */
export function periodOf(range: Range, today: string, from?: string, to?: string): Period {
  switch (range) {
    case "month":
      return { from: `${today.slice(0, 7)}-01`, to: today };
    case "last_month": {
      const end = addDays(`${today.slice(0, 7)}-01`, -1);
      return { from: `${end.slice(0, 7)}-01`, to: end };
    }
    case "custom":
      if (from && to) return from <= to ? { from, to } : { from: to, to: from };
      return periodOf("30", today);
    default:
      return { from: addDays(today, 1 - Number(range)), to: today };
  }
}

/** As many days right before. */
export function before(period: Period): Period {
  const to = addDays(period.from, -1);
  return { from: addDays(to, 1 - daysBetween(period)), to };
}

/** One value a day in order; days without a row are zero. */
export function series(items: readonly Record<string, unknown>[], metric: string, period: Period): number[] {
  const byDay = new Map<string, number>();
  for (const item of items) {
    const value = item[metric];
    if (typeof item.day === "string" && typeof value === "number") byDay.set(item.day.slice(0, 10), value);
  }
  return Array.from({ length: daysBetween(period) }, (_, i) => byDay.get(addDays(period.from, i)) ?? 0);
}

/** How a number changed, in words; undefined where there was none to compare with. */
export function delta(now: number, earlier: number): string | undefined {
  if (earlier === 0) return undefined;
  const change = (now - earlier) / earlier;
  if (Math.abs(change) < 0.0005) return "unchanged";
  const digits = Math.abs(change) >= 0.1 ? 0 : 1;
  return `${change > 0 ? "+" : "−"}${(Math.abs(change) * 100).toFixed(digits)} %`;
}
