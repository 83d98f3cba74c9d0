import createClient, { type Middleware } from "openapi-fetch";
import { Problem, problemOf, unreachable } from "./problem";
import type { paths } from "./schema.gen";

/** 128 random bits; crypto.randomUUID exists on https only. */
export function idempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Lists whose values may hold a comma come as repeated parameters, the others as
// one, separated by commas: "explode" in the OpenAPI document.
const REPEATED = new Set(["source", "company"]);

/** Writes a query; what is undefined or empty is left out. */
export function queryText(query: object): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined || value === null || value === "") continue;
    if (!Array.isArray(value)) params.set(key, String(value));
    else if (REPEATED.has(key)) for (const part of value) params.append(key, String(part));
    else if (value.length > 0) params.set(key, value.join(","));
  }
  return params.toString();
}

// Each write has a key of its own, so that a proxy's retry does nothing twice.
const once: Middleware = {
  onRequest({ request }) {
    const writes = request.method !== "GET" && request.method !== "DELETE";
    if (writes && !request.headers.has("Idempotency-Key")) request.headers.set("Idempotency-Key", idempotencyKey());
    return request;
  },
};

/** The API. The session is an HttpOnly cookie of this origin. */
export const api = createClient<paths>({ credentials: "same-origin", querySerializer: queryText });
api.use(once);

interface Outcome<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The answer of a call, or its Problem thrown. */
export async function ok<T>(pending: Promise<Outcome<T>>): Promise<T> {
  let outcome: Outcome<T>;
  try {
    outcome = await pending;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    // A body that is no JSON is an answer of something between us and the server.
    if (error instanceof SyntaxError) throw new Problem(502, "The answer was not from this program. Try again.");
    throw unreachable();
  }
  const { response, error, data } = outcome;
  if (!response.ok) throw problemOf(response.status, error, response.headers.get("Retry-After"));
  return data as T; // present for each operation with content, and not asked for of others
}

/** The header that makes a change fail when somebody else changed the object first. */
export const ifMatch = (version: number) => ({ "If-Match": `"${version}"` });
