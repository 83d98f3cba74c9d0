import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, ok } from "./client";
import type { components, operations } from "./schema.gen";

export type Waiting = components["schemas"]["ActionWaiting"];
export type ActionMessage = components["schemas"]["ActionMessage"];
export type Intent = NonNullable<NonNullable<operations["list-replies"]["parameters"]["query"]>["intent"]>;

/** What waits for a person. Its keys begin with "actions", so that live events renew it. */
export const queue = {
  waiting: queryOptions({
    queryKey: ["actions", "waiting"],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/actions/waiting", { signal })),
  }),
  list: (state: "proposed" | "in_doubt") =>
    infiniteQueryOptions({
      queryKey: ["actions", "queue", state],
      initialPageParam: "",
      queryFn: ({ signal, pageParam }) =>
        ok(
          api.GET("/api/v1/actions", {
            params: { query: { state, limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } },
            signal,
          }),
        ),
      getNextPageParam: (page) => page.next_cursor ?? undefined,
    }),
  message: (id: string) =>
    queryOptions({
      queryKey: ["actions", "message", id],
      queryFn: ({ signal }) => ok(api.GET("/api/v1/actions/{id}/message", { params: { path: { id } }, signal })),
    }),
  decisions: (lead: string) =>
    queryOptions({
      queryKey: ["decisions", lead],
      queryFn: ({ signal }) =>
        ok(api.GET("/api/v1/decisions", { params: { query: { lead_id: lead, limit: 50 } }, signal })),
    }),
};

export const rewordAction = (id: string, body: { subject: string; body: string }) =>
  ok(api.PUT("/api/v1/actions/{id}/message", { params: { path: { id } }, body }));

export const correctReply = (id: string, intent: Intent) =>
  ok(api.POST("/api/v1/replies/{id}/correct", { params: { path: { id } }, body: { intent } }));
