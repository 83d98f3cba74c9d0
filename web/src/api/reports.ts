import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, ok } from "./client";
import type { components, operations } from "./schema.gen";

export type Insight = components["schemas"]["Insight"];
export type Share = components["schemas"]["Share"];
export type SharedReport = components["schemas"]["SharedReport"];
export type ShareDraft = NonNullable<operations["create-share"]["requestBody"]>["content"]["application/json"];

type Query<Name extends keyof operations> = NonNullable<operations[Name]["parameters"]["query"]>;

// Under the root of the numbers: what makes those stale makes these stale.
export const reports = {
  insights: (query: Query<"list-insights">) =>
    queryOptions({
      queryKey: ["analytics", "insights", query],
      queryFn: ({ signal }) => ok(api.GET("/api/v1/analytics/insights", { params: { query }, signal })),
      placeholderData: keepPreviousData,
    }),
  funnel: (query: Query<"show-funnel">) =>
    queryOptions({
      queryKey: ["analytics", "funnel", query],
      queryFn: ({ signal }) => ok(api.GET("/api/v1/analytics/funnel", { params: { query }, signal })),
      placeholderData: keepPreviousData,
    }),
  forecast: (query: Query<"show-forecast">) =>
    queryOptions({
      queryKey: ["analytics", "forecast", query],
      queryFn: ({ signal }) => ok(api.GET("/api/v1/analytics/forecast", { params: { query }, signal })),
    }),
};

export const shares = {
  key: ["shares"] as const,
  list: queryOptions({
    queryKey: ["shares", "list"],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/shares", { signal })),
  }),
  open: (token: string) =>
    queryOptions({
      queryKey: ["shared", token],
      queryFn: ({ signal }) => ok(api.GET("/api/v1/shared/{token}", { params: { path: { token } }, signal })),
    }),
};

export const createShare = (body: ShareDraft) => ok(api.POST("/api/v1/shares", { body }));
export const revokeShare = (id: string) => ok(api.DELETE("/api/v1/shares/{id}", { params: { path: { id } } }));
