/**
 * Search parameters as plain strings. The router's own codec is JSON, which
 * turns `?q=12` into a number and `?q=true` into a boolean, so that links typed
 * by hand or shared from elsewhere lose their value.
 */
export type SearchStrings = Record<string, string>;

export function parseSearch(search: string): SearchStrings {
  return Object.fromEntries(new URLSearchParams(search));
}

/** Writes defined, non-empty values, in the order given. */
export function stringifySearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    if (value === undefined || value === null || value === "") continue;
    params.set(key, String(value));
  }
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

/** The value of a key when it is one of the allowed, else undefined. */
export function oneOf<T extends string>(value: unknown, allowed: readonly T[]): T | undefined {
  return allowed.find((candidate) => candidate === value);
}

/** A non-empty string, else undefined. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A whole number within bounds as the string it was, else undefined. */
export function wholeNumber(value: unknown, min: number, max: number): string | undefined {
  if (typeof value !== "string" || !/^\d{1,9}$/.test(value)) return undefined;
  const number = Number(value);
  return number >= min && number <= max ? value : undefined;
}

/**
 * Where to go after sign-in: only a path of this app, so that a crafted link
 * cannot send people elsewhere.
 */
export function safeNext(next: string | undefined): string {
  if (!next?.startsWith("/") || next.startsWith("//") || next.includes("\\")) return "/";
  if (next.startsWith("/signin") || next.startsWith("/signup")) return "/";
  return next;
}
