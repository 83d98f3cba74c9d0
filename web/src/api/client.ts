import { problemOf, unreachable } from "./problem";

const BASE = "/api/v1";

type Query = Record<string, string | number | boolean | undefined>;

interface Call {
  query?: Query;
  body?: unknown;
  form?: FormData;
  version?: number;
  signal?: AbortSignal;
}

/** 128 random bits; crypto.randomUUID exists on https only. */
function idempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function pathWith(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") params.set(key, String(value));
  }
  const text = params.toString();
  return `${BASE}${path}${text ? `?${text}` : ""}`;
}

/**
 * One request. The session is an HttpOnly cookie of this origin. Each write has
 * its own Idempotency-Key, so that a proxy's retry does nothing twice.
 */
export async function call<T>(
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  options: Call = {},
): Promise<T> {
  const headers = new Headers({ Accept: "application/json" });
  if (options.body !== undefined) headers.set("Content-Type", "application/json");
  if (options.version !== undefined) headers.set("If-Match", `"${options.version}"`);
  if (method !== "GET" && method !== "DELETE") headers.set("Idempotency-Key", idempotencyKey());
  let response: Response;
  try {
    response = await fetch(pathWith(path, options.query), {
      method,
      headers,
      body: options.form ?? (options.body === undefined ? undefined : JSON.stringify(options.body)),
      credentials: "same-origin",
      signal: options.signal,
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw unreachable();
  }
  const text = await response.text();
  let data: unknown;
  try {
    data = text === "" ? undefined : JSON.parse(text);
  } catch {
    data = undefined; // an answer of something between us and the server
  }
  if (!response.ok) throw problemOf(response.status, data, response.headers.get("Retry-After"));
  return data as T;
}
