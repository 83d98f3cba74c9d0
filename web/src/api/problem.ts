/** One wrong input, such as body.smtp.host. */
export interface FieldError {
  location: string;
  message: string;
}

/** A refusal of the server (RFC 9457), or no answer at all (status 0). */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: FieldError[];
  readonly retryAfter: number | undefined;

  constructor(
    status: number,
    message: string,
    options: { code?: string; fields?: FieldError[]; retryAfter?: number } = {},
  ) {
    super(message);
    this.name = "Problem";
    this.status = status;
    this.code = options.code ?? "";
    this.fields = options.fields ?? [];
    this.retryAfter = options.retryAfter;
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function string(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Reads a problem document, or whatever came instead of one. */
export function problemOf(status: number, body: unknown, retryAfter: string | null): Problem {
  const doc = record(body);
  const fields = (Array.isArray(doc.errors) ? doc.errors : []).map((entry: unknown) => ({
    location: string(record(entry).location),
    message: string(record(entry).message),
  }));
  const seconds = Number(retryAfter);
  const wait = retryAfter && Number.isFinite(seconds) ? seconds : undefined;
  return new Problem(status, string(doc.detail) || string(doc.title) || fallback(status, wait), {
    code: string(doc.code),
    fields,
    retryAfter: wait,
  });
}

function fallback(status: number, wait: number | undefined): string {
  if (status === 429)
    return wait ? `Too many requests. Try again in ${wait} s.` : "Too many requests. Try again shortly.";
  if (status === 403) return "Your role does not allow this.";
  if (status === 404) return "This is not here (any more).";
  if (status >= 500) return "The server failed. Nothing you typed is lost; try again.";
  return `The server refused the request (${status}).`;
}

/** No answer: the network or the server is away. */
export function unreachable(): Problem {
  return new Problem(0, "The server cannot be reached. Check the connection and try again.");
}

/** What to tell a person about any failure. */
export function messageOf(error: unknown): string {
  return error instanceof Problem ? error.message : "Something went wrong in this page. Reload it and try again.";
}

/** body.steps[0].variants[1].subject as a form names it: steps.0.variants.1.subject. */
export function fieldOf(location: string): string {
  return location.replace(/^body\.?/, "").replaceAll(/\[(\d+)\]/g, ".$1");
}
