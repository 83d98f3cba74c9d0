/** Amounts travel in the smallest unit of their currency. */
export interface Money {
  amount_minor: number;
  currency: string;
}

const whole = new Intl.NumberFormat("en-US");
const percent = new Intl.NumberFormat("en-US", { style: "percent", maximumFractionDigits: 1 });

export function count(value: number): string {
  return whole.format(value);
}

/** part of total as a percentage; a dash when there is nothing to divide by. */
export function share(part: number, total: number): string {
  return total > 0 ? percent.format(part / total) : "–";
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Digits behind the point of a currency: 2 for USD, 0 for JPY. */
export function decimals(currency: string): number {
  try {
    return new Intl.NumberFormat("en-US", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

export function money({ amount_minor, currency }: Money): string {
  const digits = decimals(currency);
  const amount = amount_minor / 10 ** digits;
  return new Intl.NumberFormat("en-US", {
    style: "currency",
    currency,
    minimumFractionDigits: Number.isInteger(amount) ? 0 : digits,
  }).format(amount);
}

/** Reads what a person types ("1,250.50") into the smallest unit, or undefined. */
export function minorOf(typed: string, currency: string): number | undefined {
  const digits = decimals(currency);
  const match = /^(\d{1,12})(?:\.(\d*))?$/.exec(typed.trim().replaceAll(",", ""));
  if (!match) return undefined;
  const [, major = "0", minor = ""] = match;
  if (minor.length > digits) return undefined;
  return Number(major) * 10 ** digits + Number(minor.padEnd(digits, "0") || "0");
}

export function typedOf({ amount_minor, currency }: Money): string {
  const digits = decimals(currency);
  const amount = amount_minor / 10 ** digits;
  return Number.isInteger(amount) ? String(amount) : amount.toFixed(digits);
}

/** The browser's own zone, which is the one times are shown in. */
export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Date and time with its zone, as one unit. */
export function moment(iso: string, zone?: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "–";
  const date = new Intl.DateTimeFormat("en-US", { dateStyle: "medium", timeZone: zone }).format(at);
  return `${date}, ${clock(iso, zone)}`;
}

/** Time of day with its zone. */
export function clock(iso: string, zone?: string): string {
  return new Intl.DateTimeFormat("en-US", {
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
    timeZone: zone,
  }).format(new Date(iso));
}

const relative = new Intl.RelativeTimeFormat("en-US", { numeric: "auto", style: "short" });
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** How long ago, or in how long; older than a month it is the date. */
export function ago(iso: string, now: number): string {
  const at = new Date(iso).getTime();
  if (Number.isNaN(at)) return "–";
  const seconds = Math.round((at - now) / 1000);
  if (Math.abs(seconds) > 30 * 86_400) return new Intl.DateTimeFormat("en-US", { dateStyle: "medium" }).format(at);
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return "just now";
}

/** snake_case of the API as words: meeting_booked is "Meeting booked". */
export function words(name: string): string {
  const spaced = name.replaceAll(/[_.]/g, " ").trim();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
