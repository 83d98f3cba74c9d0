import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, ifMatch, ok } from "./client";
import type { operations } from "./schema.gen";
import type { CampaignDraft, CampaignStatus, Enrolment } from "./types";

export const campaigns = {
  key: ["campaigns"] as const,
  list: (query: { status?: CampaignStatus; limit?: number; cursor?: string }) =>
    queryOptions({
      queryKey: ["campaigns", "list", query],
      queryFn: ({ signal }) => ok(api.GET("/api/v1/campaigns", { params: { query }, signal })),
      placeholderData: keepPreviousData,
    }),
  one: (id: string) =>
    queryOptions({
      queryKey: ["campaigns", "one", id],
      queryFn: ({ signal }) => ok(api.GET("/api/v1/campaigns/{id}", { params: { path: { id } }, signal })),
    }),
  metrics: (id: string) =>
    queryOptions({
      queryKey: ["campaigns", "metrics", id],
      queryFn: ({ signal }) => ok(api.GET("/api/v1/campaigns/{id}/metrics", { params: { path: { id } }, signal })),
    }),
  enrolments: (id: string, query: { state?: Enrolment["state"]; cursor?: string }) =>
    queryOptions({
      queryKey: ["campaigns", "enrolments", id, query],
      queryFn: ({ signal }) =>
        ok(
          api.GET("/api/v1/campaigns/{id}/enrolments", {
            params: { path: { id }, query: { ...query, limit: 25 } },
            signal,
          }),
        ),
      placeholderData: keepPreviousData,
    }),
  /** The gate's verdict; asked anew on each visit because people and rules change. */
  preflight: (id: string, version: number) =>
    queryOptions({
      queryKey: ["preflight", id, version],
      queryFn: ({ signal }) => ok(api.POST("/api/v1/campaigns/{id}/preflight", { params: { path: { id } }, signal })),
      staleTime: 0,
      gcTime: 0,
    }),
  /** What each step would say to one person. */
  preview: (id: string, version: number, lead: string) =>
    queryOptions({
      queryKey: ["preview", id, version, lead],
      queryFn: ({ signal }) =>
        ok(api.POST("/api/v1/campaigns/{id}/preview", { params: { path: { id } }, body: { lead_id: lead }, signal })),
    }),
};

export const createCampaign = (body: CampaignDraft) => ok(api.POST("/api/v1/campaigns", { body }));
export const updateCampaign = (id: string, body: CampaignDraft, version: number) =>
  ok(api.PATCH("/api/v1/campaigns/{id}", { params: { path: { id } }, body, headers: ifMatch(version) }));

export type CampaignMove = "launch" | "pause" | "resume" | "archive";
export const moveCampaign = (id: string, move: CampaignMove): Promise<unknown> =>
  ok(api.POST(`/api/v1/campaigns/{id}/${move}`, { params: { path: { id } } }));

export const actions = {
  key: ["actions"] as const,
  list: (query: NonNullable<operations["list-actions"]["parameters"]["query"]>) =>
    queryOptions({
      queryKey: ["actions", "list", query],
      queryFn: ({ signal }) => ok(api.GET("/api/v1/actions", { params: { query }, signal })),
    }),
};

export type ActionMove = "approve" | "reject" | "release" | "abandon";
export const moveAction = (id: string, move: ActionMove): Promise<unknown> =>
  ok(api.POST(`/api/v1/actions/{id}/${move}`, { params: { path: { id } } }));
