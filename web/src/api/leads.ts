import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { call, pathWith } from "./client";
import type { Import, Interaction, Lead, LeadCompliance, LeadDraft, LeadQuery, Page } from "./types";

const list = (query: LeadQuery, signal?: AbortSignal) =>
  call<Page<Lead>>("GET", "/leads", { query: { ...query }, signal });

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
      queryFn: ({ signal }) => call<Lead>("GET", `/leads/${id}`, { signal }),
    }),
  interactions: (id: string) =>
    queryOptions({
      queryKey: ["leads", "interactions", id],
      queryFn: ({ signal }) =>
        call<Page<Interaction>>("GET", `/leads/${id}/interactions`, { query: { limit: 100 }, signal }),
    }),
  compliance: (id: string) =>
    queryOptions({
      queryKey: ["leads", "compliance", id],
      queryFn: ({ signal }) => call<LeadCompliance>("GET", `/leads/${id}/compliance`, { signal }),
    }),
};

export const createLead = (body: LeadDraft) => call<Lead>("POST", "/leads", { body });
export const updateLead = (id: string, body: LeadDraft & { status?: string }, version: number) =>
  call<Lead>("PATCH", `/leads/${id}`, { body, version });
export const addNote = (id: string, body: string) =>
  call<Interaction>("POST", `/leads/${id}/notes`, { body: { body } });

/** Address of a CSV with exactly the leads that match. */
export const exportPath = ({ limit: _limit, cursor: _cursor, count: _count, ...filter }: LeadQuery) =>
  pathWith("/leads/export.csv", filter);

export const imports = {
  key: ["imports"] as const,
  list: queryOptions({
    queryKey: ["imports", "list"],
    queryFn: ({ signal }) => call<Page<Import>>("GET", "/imports", { query: { limit: 20 }, signal }),
  }),
  one: (id: string) =>
    queryOptions({
      queryKey: ["imports", "one", id],
      queryFn: ({ signal }) => call<Import>("GET", `/imports/${id}`, { signal }),
      // The live stream may not tell each step of the progress.
      refetchInterval: ({ state }) => (state.data && isMoving(state.data) ? 500 : false),
    }),
};

export function isMoving(run: Pick<Import, "state">): boolean {
  return run.state === "pending" || run.state === "running" || run.state === "undoing";
}

export interface Upload {
  file: File;
  mapping?: Record<string, string>;
  dryRun: boolean;
  updateExisting: boolean;
}

export function startImport({ file, mapping, dryRun, updateExisting }: Upload): Promise<{ id: string }> {
  const form = new FormData();
  if (mapping) form.set("mapping", JSON.stringify(mapping));
  form.set("dry_run", String(dryRun));
  form.set("update_existing", String(updateExisting));
  form.set("file", file);
  return call<{ id: string }>("POST", "/leads/import", { form });
}

export const undoImport = (id: string) => call<Import>("POST", `/imports/${id}/undo`);
export const importErrorsPath = (id: string) => pathWith(`/imports/${id}/errors.csv`);
