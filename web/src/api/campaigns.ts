import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import type { Action, Campaign, CampaignDraft, Enrolment, Metrics, Page, Preflight } from "./types";

export const campaigns = {
  key: ["campaigns"] as const,
  list: (query: { status?: string; limit?: number; cursor?: string }) =>
    queryOptions({
      queryKey: ["campaigns", "list", query],
      queryFn: ({ signal }) => call<Page<Campaign>>("GET", "/campaigns", { query, signal }),
      placeholderData: keepPreviousData,
    }),
  one: (id: string) =>
    queryOptions({
      queryKey: ["campaigns", "one", id],
      queryFn: ({ signal }) => call<Campaign>("GET", `/campaigns/${id}`, { signal }),
    }),
  metrics: (id: string) =>
    queryOptions({
      queryKey: ["campaigns", "metrics", id],
      queryFn: ({ signal }) => call<Metrics>("GET", `/campaigns/${id}/metrics`, { signal }),
    }),
  enrolments: (id: string, query: { state?: string; cursor?: string }) =>
    queryOptions({
      queryKey: ["campaigns", "enrolments", id, query],
      queryFn: ({ signal }) =>
        call<Page<Enrolment>>("GET", `/campaigns/${id}/enrolments`, { query: { ...query, limit: 25 }, signal }),
      placeholderData: keepPreviousData,
    }),
  /** The gate's verdict; asked anew on each visit because people and rules change. */
  preflight: (id: string, version: number) =>
    queryOptions({
      queryKey: ["campaigns", "preflight", id, version],
      queryFn: ({ signal }) => call<Preflight>("POST", `/campaigns/${id}/preflight`, { signal }),
      staleTime: 0,
      gcTime: 0,
    }),
};

export const createCampaign = (body: CampaignDraft) => call<Campaign>("POST", "/campaigns", { body });
export const updateCampaign = (id: string, body: Partial<CampaignDraft>, version: number) =>
  call<Campaign>("PATCH", `/campaigns/${id}`, { body, version });
export const deleteCampaign = (id: string) => call<unknown>("DELETE", `/campaigns/${id}`);

export type CampaignMove = "launch" | "pause" | "resume" | "archive";
export const moveCampaign = (id: string, move: CampaignMove) => call<Campaign>("POST", `/campaigns/${id}/${move}`);

export const actions = {
  key: ["actions"] as const,
  list: (query: { state: string; campaign_id?: string; limit?: number; cursor?: string }) =>
    queryOptions({
      queryKey: ["actions", "list", query],
      queryFn: ({ signal }) => call<Page<Action>>("GET", "/actions", { query, signal }),
    }),
};

export type ActionMove = "approve" | "reject" | "release" | "abandon";
export const moveAction = (id: string, move: ActionMove) => call<unknown>("POST", `/actions/${id}/${move}`);
