import type { Ids, Sequence } from "./model";

// What cannot be stored yet stays in this tab, also over a reload.
const key = (campaign: string) => `sequence:${campaign}`;

interface Kept {
  version: number;
  sequence: Sequence;
  ids: [string, string][];
}

/** Remembers an unfinished sequence that is based on a version of the campaign. */
export function keep(campaign: string, version: number, sequence: Sequence, ids: Ids): void {
  try {
    sessionStorage.setItem(key(campaign), JSON.stringify({ version, sequence, ids: [...ids] } satisfies Kept));
  } catch {
    // No room, or none allowed: it is still on the page.
  }
}

export function forget(campaign: string): void {
  try {
    sessionStorage.removeItem(key(campaign));
  } catch {
    // Nothing was kept.
  }
}

/** The unfinished sequence, when the campaign is still the one it was based on. */
export function kept(campaign: string, version: number): { sequence: Sequence; ids: Ids } | undefined {
  try {
    const raw = sessionStorage.getItem(key(campaign));
    if (!raw) return undefined;
    const found = JSON.parse(raw) as Kept; // written by keep
    if (found.version === version && Array.isArray(found.sequence))
      return { sequence: found.sequence, ids: new Map(found.ids) };
  } catch {
    // Not ours to read.
  }
  return undefined;
}
