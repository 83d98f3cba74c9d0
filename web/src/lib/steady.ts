import { useState } from "react";
import { actedWithin } from "./acted";

// As long as what somebody has done may take to come back as rows.
const ACTED_MS = 5000;

interface Row {
  id: string;
}

/**
 * What is on screen when fresh rows come: the same rows in their places, with their
 * fresh contents; a row that is not among the fresh ones stays as it was. Undefined
 * when the fresh rows can be drawn as they are, because none of them moves another.
 */
export function inPlace<T extends Row>(shown: readonly T[], fresh: readonly T[]): readonly T[] | undefined {
  // Something was deleted or matches no more: it must not stay.
  if (fresh.length < shown.length) return undefined;
  const places = new Map(fresh.map(({ id }, i) => [id, i]));
  const moved = shown.some(({ id }, i) => (places.get(id) ?? i) !== i);
  if (!moved) return undefined;
  return shown.map((row) => fresh[places.get(row.id) ?? -1] ?? row);
}

interface Steady<T> {
  rows: readonly T[];
  /** Rows stand elsewhere by now. */
  moved: boolean;
  /** Draws them where they belong. */
  show: () => void;
}

/**
 * Keeps rows where they are while the live stream changes their order: nobody's
 * next click should meet another row. What a person has just done may move them.
 * The scope says to which question the rows are the answer; another one begins anew.
 */
export function useSteady<T extends Row>(fresh: readonly T[], scope: string): Steady<T> {
  const [kept, setKept] = useState({ scope, fresh, rows: fresh });
  const show = () => setKept({ scope, fresh, rows: fresh });
  if (kept.scope === scope && kept.fresh === fresh) return { rows: kept.rows, moved: kept.rows !== fresh, show };
  const held = kept.scope === scope && !actedWithin(ACTED_MS) ? inPlace(kept.rows, fresh) : undefined;
  const rows = held ?? fresh;
  setKept({ scope, fresh, rows });
  return { rows, moved: held !== undefined, show };
}
