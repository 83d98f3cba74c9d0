import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, ok } from "./client";
import type { components } from "./schema.gen";

export type Alert = components["schemas"]["WatchAlert"];
export type Incident = components["schemas"]["WatchIncident"];
export type Dossier = components["schemas"]["WatchDossier"];
export type Entry = components["schemas"]["WatchEntry"];
export type Isolation = components["schemas"]["Isolation"];
export type Severity = Alert["severity"];
export type AlertState = Alert["state"];

/** The states of an incident in their order (SPEC 7.3.4); it moves one at a time. */
export const INCIDENT_STATES = [
  "detection",
  "analysis",
  "containment",
  "eradication",
  "recovery",
  "post_incident",
  "closed",
] as const satisfies readonly Incident["state"][];

export const SEVERITIES = ["low", "medium", "high"] as const satisfies readonly Severity[];

const page = (cursor: string) => (cursor ? { cursor } : {});

export const watch = {
  key: ["watch"] as const,
  alerts: (state: AlertState | undefined) =>
    infiniteQueryOptions({
      queryKey: ["watch", "alerts", state ?? "all"],
      initialPageParam: "",
      queryFn: ({ signal, pageParam }) =>
        ok(
          api.GET("/api/v1/alerts", {
            params: { query: { limit: 20, ...(state ? { state } : {}), ...page(pageParam) } },
            signal,
          }),
        ),
      getNextPageParam: (last) => last.next_cursor ?? undefined,
    }),
  incidents: infiniteQueryOptions({
    queryKey: ["watch", "incidents"],
    initialPageParam: "",
    queryFn: ({ signal, pageParam }) =>
      ok(api.GET("/api/v1/incidents", { params: { query: { limit: 20, ...page(pageParam) } }, signal })),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  }),
  incident: (id: string) =>
    queryOptions({
      queryKey: ["watch", "incident", id],
      queryFn: ({ signal }) => ok(api.GET("/api/v1/incidents/{id}", { ...of(id), signal })),
    }),
};

const of = (id: string) => ({ params: { path: { id } } });

export const acknowledgeAlert = (id: string) => ok(api.POST("/api/v1/alerts/{id}/acknowledge", of(id)));
export const closeAlert = (id: string) => ok(api.POST("/api/v1/alerts/{id}/close", of(id)));
export const openIncident = (body: components["schemas"]["OpenIncidentInputBody"]) =>
  ok(api.POST("/api/v1/incidents", { body }));
export const advanceIncident = (id: string, body: components["schemas"]["AdvanceIncidentInputBody"]) =>
  ok(api.POST("/api/v1/incidents/{id}/advance", { ...of(id), body }));
export const addIncidentNote = (id: string, text: string) =>
  ok(api.POST("/api/v1/incidents/{id}/notes", { ...of(id), body: { text } }));
export const isolate = (id: string, kind: Isolation["kind"], subject?: string) =>
  ok(
    api.POST("/api/v1/incidents/{id}/isolate", {
      ...of(id),
      body: { kind, ...(subject ? { subject_id: subject } : {}) },
    }),
  );
export const releaseIsolation = (id: string, isolation_id: string) =>
  ok(api.POST("/api/v1/incidents/{id}/release", { ...of(id), body: { isolation_id } }));
export const exportIncident = (id: string) => ok(api.GET("/api/v1/incidents/{id}/export", of(id)));
