/** A delay as people set it. */
export interface Delay {
  value: number;
  unit: DelayUnit;
}

export type DelayUnit = "seconds" | "minutes" | "hours" | "days";

const SECONDS: Record<DelayUnit, number> = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 };
const PART = /(\d+(?:\.\d+)?)(h|m|s)/g;
const WHOLE = /^(?:\d+(?:\.\d+)?(?:h|m|s))+$/;

/** Seconds of a duration as the server writes it ("72h", "1h30m0s"). */
export function secondsOf(duration: string): number {
  if (!WHOLE.test(duration)) return 0;
  let seconds = 0;
  for (const [, number, unit] of duration.matchAll(PART)) {
    seconds += Number(number) * (unit === "h" ? 3600 : unit === "m" ? 60 : 1);
  }
  return seconds;
}

/** The largest unit in which the duration is a whole number. */
export function delayOf(duration: string): Delay {
  const seconds = secondsOf(duration);
  for (const unit of ["days", "hours", "minutes", "seconds"] as const) {
    if (seconds > 0 && seconds % SECONDS[unit] === 0) return { value: seconds / SECONDS[unit], unit };
  }
  return { value: 0, unit: "days" };
}

/** The duration as the server reads it: days have no letter there. */
export function durationOf(delay: Delay): string {
  if (delay.value === 0) return "0s";
  if (delay.unit === "seconds" || delay.unit === "minutes") return `${delay.value}${delay.unit.charAt(0)}`;
  return `${(delay.value * SECONDS[delay.unit]) / 3600}h`;
}

/** The delay in words: "at once", "3 days later". */
export function delayWords(duration: string): string {
  const { value, unit } = delayOf(duration);
  if (value === 0) return "at once";
  return `${value} ${value === 1 ? unit.slice(0, -1) : unit} later`;
}
