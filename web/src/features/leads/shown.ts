import { LEAD_STATUSES, type LeadStatus, type View, type ViewSearch } from "@/api/types";
import { oneOf, wholeNumber } from "@/lib/url";

/** What the list shows: the part of an address that a view can keep. */
export interface Shown {
  q?: string;
  status?: LeadStatus;
  min_score?: string;
  campaign?: string;
  sort?: string;
  columns?: string;
}

/** The name of the address for "no view": the whole list, whatever one's default is. */
export const ALL = "all";

const KEYS = ["q", "status", "min_score", "campaign", "sort", "columns"] as const;

function filled(search: Shown): Shown {
  return Object.fromEntries(KEYS.flatMap((key) => (search[key] ? [[key, search[key]]] : [])));
}

/** Whether an address says itself what to show. */
export const isExplicit = (search: Shown): boolean => KEYS.some((key) => search[key] !== undefined);

/** What a view shows; values this page does not know are left out. */
export function shownBy({ search }: Pick<View, "search">, sorts: readonly string[]): Shown {
  return filled({
    q: search.q,
    status: oneOf(search.status, LEAD_STATUSES),
    min_score: wholeNumber(String(search.min_score || ""), 1, 100),
    campaign: search.campaign,
    sort: oneOf(search.sort, sorts),
    columns: search.columns,
  });
}

/** As the server keeps it. */
export function searchOf(shown: Shown): ViewSearch {
  const { min_score, ...rest } = filled(shown);
  return min_score ? { ...rest, min_score: Number(min_score) } : rest;
}

export const sameShown = (a: Shown, b: Shown, sort: string): boolean =>
  KEYS.every(
    (key) => (a[key] ?? (key === "sort" ? sort : undefined)) === (b[key] ?? (key === "sort" ? sort : undefined)),
  );

/**
 * What an address shows: what it says itself, else the view it names, else one's
 * own default view.
 */
export function resolve(
  search: Shown & { view?: string },
  known: readonly View[] | undefined,
  sorts: readonly string[],
): { shown: Shown; view: View | undefined; missing: boolean } {
  const explicit = isExplicit(search);
  const own = filled(search);
  const view = search.view
    ? known?.find(({ id }) => id === search.view)
    : explicit
      ? undefined
      : known?.find((one) => one.default);
  const missing = known !== undefined && search.view !== undefined && search.view !== ALL && view === undefined;
  return { shown: explicit || !view ? own : shownBy(view, sorts), view, missing };
}
