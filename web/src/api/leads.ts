import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, ok, queryText } from "./client";
import { leadName } from "./names";
import type { Import, LeadDraft, LeadFilter, LeadQuery, LeadStatus } from "./types";

const list = (query: LeadQuery, signal?: AbortSignal) => ok(api.GET("/api/v1/leads", { params: { query }, signal }));

export const leads = {
  /** Root of all lead queries, for renewing them together. */
  key: ["leads"] as const,
  list: (query: LeadQuery) =>
    queryOptions({
      queryKey: ["leads", "list", query],
      queryFn: ({ signal }) => list(query, signal),
      placeholderData: keepPreviousData,
    }),
  /** How many match; keeps the last answer while the next is on its way. */
  total: (query: LeadQuery) =>
    queryOptions({
      queryKey: ["leads", "total", query],
      queryFn: async ({ signal }) => (await list({ ...query, limit: 1, count: true }, signal)).total ?? 0,
      placeholderData: keepPreviousData,
    }),
  one: (id: string) =>
    queryOptions({
      queryKey: ["leads", "one", id],
      queryFn: ({ signal }) => ok(api.GET("/api/v1/leads/{id}", { params: { path: { id } }, signal })),
    }),
  /** What a lead is called. Not renewed with the others: names rarely change. */
  name: (id: string) =>
    queryOptions({
      queryKey: ["lead-name", id],
      queryFn: async ({ signal }) =>
        leadName(await ok(api.GET("/api/v1/leads/{id}", { params: { path: { id } }, signal }))),
      staleTime: Number.POSITIVE_INFINITY,
    }),
  interactions: (id: string) =>
    queryOptions({
      queryKey: ["leads", "interactions", id],
      queryFn: ({ signal }) =>
        ok(api.GET("/api/v1/leads/{id}/interactions", { params: { path: { id }, query: { limit: 100 } }, signal })),
    }),
  compliance: (id: string) =>
    queryOptions({
      queryKey: ["leads", "compliance", id],
      queryFn: ({ signal }) => ok(api.GET("/api/v1/leads/{id}/compliance", { params: { path: { id } }, signal })),
    }),
};

export const createLead = (body: LeadDraft) => ok(api.POST("/api/v1/leads", { body }));
export const setStatus = (id: string, status: LeadStatus) =>
  ok(api.PATCH("/api/v1/leads/{id}", { params: { path: { id } }, body: { status } }));

/** Which leads a bulk change is about: some, or all that match. */
export type Which = { ids: string[] } | { filter: LeadFilter };

export type BulkChange =
  | { action: "set_status"; status: LeadStatus }
  | { action: "add_tags"; tags: string[] }
  | { action: "delete" };

export const changeLeads = (which: Which, change: BulkChange) =>
  ok(api.POST("/api/v1/leads/bulk", { body: { ...which, ...change } }));

export const enrolLeads = (campaign: string, which: Which) =>
  ok(
    api.POST("/api/v1/campaigns/{id}/enrol", {
      params: { path: { id: campaign } },
      body: "ids" in which ? { lead_ids: which.ids } : which,
    }),
  );

/** Takes back what one enrolment put in a campaign, but whom something has reached. */
export const undoEnrolment = (campaign: string, batch: string) =>
  ok(api.POST("/api/v1/campaigns/{id}/enrol/undo", { params: { path: { id: campaign } }, body: { batch_id: batch } }));

export const addNote = (id: string, body: string) =>
  ok(api.POST("/api/v1/leads/{id}/notes", { params: { path: { id } }, body: { body } }));

/** Address of a CSV with exactly the leads that match. */
export function exportPath({
  limit: _limit,
  cursor: _cursor,
  count: _count,
  sort: _sort,
  ...filter
}: LeadQuery): string {
  const query = queryText(filter);
  return `/api/v1/leads/export.csv${query ? `?${query}` : ""}`;
}

export const imports = {
  key: ["imports"] as const,
  list: queryOptions({
    queryKey: ["imports", "list"],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/imports", { params: { query: { limit: 20 } }, signal })),
  }),
  one: (id: string) =>
    queryOptions({
      queryKey: ["imports", "one", id],
      queryFn: ({ signal }) => ok(api.GET("/api/v1/imports/{id}", { params: { path: { id } }, signal })),
      // The live stream may not tell each step of the progress.
      refetchInterval: ({ state }) => (state.data && isMoving(state.data) ? 500 : false),
    }),
  /** Rows that were refused, with their cells. */
  refused: (id: string) =>
    infiniteQueryOptions({
      queryKey: ["imports", "refused", id],
      queryFn: ({ signal, pageParam }) =>
        ok(
          api.GET("/api/v1/imports/{id}/errors", {
            params: { path: { id }, query: { limit: 25, cursor: pageParam } },
            signal,
          }),
        ),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: (last) => last.next_cursor ?? undefined,
    }),
};

export function isMoving(run: Pick<Import, "state">): boolean {
  return run.state === "pending" || run.state === "running" || run.state === "undoing";
}

/** Cells written over before an import: row number, column, value. */
export type Corrections = Readonly<Record<number, Readonly<Record<string, string>>>>;

export interface Upload {
  file: File;
  corrections?: Corrections;
  mapping?: Record<string, string>;
  dryRun: boolean;
  updateExisting: boolean;
}

export function startImport({ file, mapping, corrections, dryRun, updateExisting }: Upload) {
  const body = {
    file: file.name,
    dry_run: dryRun,
    update_existing: updateExisting,
    ...(mapping ? { mapping: JSON.stringify(mapping) } : {}),
    ...(corrections && Object.keys(corrections).length > 0 ? { corrections: JSON.stringify(corrections) } : {}),
  };
  return ok(
    api.POST("/api/v1/leads/import", {
      body,
      bodySerializer: () => {
        const form = new FormData();
        for (const [key, value] of Object.entries(body)) if (key !== "file") form.set(key, String(value));
        form.set("file", file);
        return form;
      },
    }),
  );
}

export const undoImport = (id: string) => ok(api.POST("/api/v1/imports/{id}/undo", { params: { path: { id } } }));
export const importErrorsPath = (id: string) => `/api/v1/imports/${encodeURIComponent(id)}/errors.csv?outcome=all`;
