const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** A day of the calendar, or undefined. */
export function dayOf(value: unknown): string | undefined {
  if (typeof value !== "string" || !DAY.test(value)) return undefined;
  const at = new Date(`${value}T00:00:00Z`);
  return Number.isNaN(at.getTime()) || at.toISOString().slice(0, 10) !== value ? undefined : value;
}
