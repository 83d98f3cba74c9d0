import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, idempotencyKey, ifMatch, ok, queryText } from "./client";
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
  /** People of the audience, by what the gate says of them. */
  audience: (id: string, version: number, rule: string) =>
    infiniteQueryOptions({
      queryKey: ["campaigns", "audience", id, version, rule],
      queryFn: ({ signal, pageParam }) =>
        ok(
          api.GET("/api/v1/campaigns/{id}/audience", {
            params: { path: { id }, query: { rule, limit: 50, cursor: pageParam } },
            signal,
          }),
        ),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: (last) => last.next_cursor ?? undefined,
    }),
  /** What is next, and what limits it. */
  outlook: (id: string) =>
    queryOptions({
      queryKey: ["campaigns", "outlook", id],
      queryFn: ({ signal }) => ok(api.GET("/api/v1/campaigns/{id}/outlook", { params: { path: { id } }, signal })),
    }),
  launches: (id: string) =>
    queryOptions({
      queryKey: ["campaigns", "launches", id],
      queryFn: ({ signal }) => ok(api.GET("/api/v1/campaigns/{id}/launches", { params: { path: { id } }, signal })),
    }),
};

let creating: { body: string; key: string } | undefined;

/** The same draft sent twice, by a double click or after a lost answer, is one campaign. */
export async function createCampaign(body: CampaignDraft) {
  const text = JSON.stringify(body);
  if (creating?.body !== text) creating = { body: text, key: idempotencyKey() };
  const made = await ok(api.POST("/api/v1/campaigns", { body, headers: { "Idempotency-Key": creating.key } }));
  creating = undefined;
  return made;
}
export const updateCampaign = (id: string, body: CampaignDraft, version: number) =>
  ok(api.PATCH("/api/v1/campaigns/{id}", { params: { path: { id } }, body, headers: ifMatch(version) }));

export const copyCampaign = (id: string) => ok(api.POST("/api/v1/campaigns/{id}/copy", { params: { path: { id } } }));

/** Ends a test. Whatever else changed about the campaign since, the person means this version of the mail. */
export const shipVariant = (id: string, variant: string) =>
  ok(api.POST("/api/v1/campaigns/{id}/variants/{variant_id}/ship", { params: { path: { id, variant_id: variant } } }));

/** Sends one mail to the user's own address. */
export const sendTest = (id: string, body: { variant_id: string; lead_id?: string }) =>
  ok(api.POST("/api/v1/campaigns/{id}/test-send", { params: { path: { id } }, body }));

interface MailView {
  lead: string | undefined;
  part: "html" | "text";
  theme: "light" | "dark";
}

/** Address of one mail as a page for a frame. */
export function mailPath(id: string, variant: string, { lead, part, theme }: MailView): string {
  return `/api/v1/campaigns/${id}/variants/${variant}/mail?${queryText({ lead_id: lead, part, theme })}`;
}

/** Who writes mails from a brief. */
export const writer = queryOptions({
  queryKey: ["writer"],
  queryFn: ({ signal }) => ok(api.GET("/api/v1/writer", { signal })),
});

/** How the language model does, and what it cost. */
export const writerStatus = queryOptions({
  queryKey: ["writer", "status"],
  queryFn: ({ signal }) => ok(api.GET("/api/v1/writer/status", { signal })),
});

export const decisions = {
  list: (query: NonNullable<operations["list-decisions"]["parameters"]["query"]>) =>
    queryOptions({
      queryKey: ["campaigns", "decisions", query],
      queryFn: ({ signal }) => ok(api.GET("/api/v1/decisions", { params: { query }, signal })),
    }),
};

export type CampaignMove = "launch" | "pause" | "resume" | "archive";
export const moveCampaign = (id: string, move: CampaignMove): Promise<unknown> =>
  ok(api.POST(`/api/v1/campaigns/{id}/${move}`, { params: { path: { id } } }));

export const actions = {
  key: ["actions"] as const,
  one: (id: string) =>
    queryOptions({
      queryKey: ["actions", "one", id],
      queryFn: ({ signal }) => ok(api.GET("/api/v1/actions/{id}", { params: { path: { id } }, signal })),
    }),
  list: (query: NonNullable<operations["list-actions"]["parameters"]["query"]>) =>
    queryOptions({
      queryKey: ["actions", "list", query],
      queryFn: ({ signal }) => ok(api.GET("/api/v1/actions", { params: { query }, signal })),
    }),
};

export type ActionMove = "approve" | "reject" | "release" | "abandon";
export const moveAction = (id: string, move: ActionMove): Promise<unknown> =>
  ok(api.POST(`/api/v1/actions/{id}/${move}`, { params: { path: { id } } }));
