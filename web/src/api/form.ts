import type { FieldPath, FieldValues, UseFormReturn } from "react-hook-form";
import { fieldOf, messageOf, Problem } from "./problem";

/**
 * Shows a refusal at the fields it names and returns what remains to be said
 * about the form as a whole, or undefined. known maps names of the API to those
 * of the form where they differ.
 */
export function showProblem<T extends FieldValues>(
  form: Pick<UseFormReturn<T>, "setError" | "getValues">,
  error: unknown,
  known: Partial<Record<string, FieldPath<T>>> = {},
): string | undefined {
  if (!(error instanceof Problem) || error.fields.length === 0) return messageOf(error);
  const values = form.getValues();
  const rest: string[] = [];
  let focused = false;
  for (const { location, message } of error.fields) {
    const name = fieldOf(location);
    const path = known[name] ?? (holds(values, name) ? (name as FieldPath<T>) : undefined);
    if (!path) {
      rest.push(name ? `${name}: ${message}` : message);
      continue;
    }
    form.setError(path, { type: "server", message: sentence(message) }, { shouldFocus: !focused });
    focused = true;
  }
  return rest.length > 0 ? rest.map(sentence).join(" ") : undefined;
}

/** Whether the form has a field of this path; it may be empty. */
function holds(values: unknown, path: string): boolean {
  if (path === "") return false;
  let at: unknown = values;
  for (const part of path.split(".")) {
    if (typeof at !== "object" || at === null || !(part in at)) return false;
    at = Object.entries(at).find(([key]) => key === part)?.[1];
  }
  return true;
}

function sentence(message: string): string {
  const text = message.trim();
  if (text === "") return "Not valid.";
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}
