const FIELD = /\{\{\s*([^{}|\n]+?)\s*(?:\|([^{}\n]*))?\}\}/g;

/**
 * Words with merge fields as a person gets them of whom nothing is known: what
 * is known of everybody is filled in, then the fallback; a field without one
 * stands as its name in brackets, so that nobody takes the gap for the mail.
 */
export function asRead(text: string, known: Readonly<Record<string, string | undefined>> = {}): string {
  return text
    .replaceAll(FIELD, (_, name: string, fallback?: string) => {
      const value = known[name];
      if (value) return value;
      return fallback === undefined ? `[${name.replace(/^custom\./, "").replaceAll("_", " ")}]` : fallback.trim();
    })
    .replaceAll(/ {2,}/g, " ")
    .trim();
}
