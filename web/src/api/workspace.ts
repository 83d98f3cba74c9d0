import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, ifMatch, ok } from "./client";
import type { operations } from "./schema.gen";
import type { Mailbox, MailboxDraft } from "./types";

type Query<Name extends keyof operations> = NonNullable<operations[Name]["parameters"]["query"]>;

export const replies = {
  key: ["replies"] as const,
  list: (query: Query<"list-replies">) =>
    queryOptions({
      queryKey: ["replies", "list", query],
      queryFn: ({ signal }) => ok(api.GET("/api/v1/replies", { params: { query }, signal })),
      placeholderData: keepPreviousData,
    }),
  one: (id: string) =>
    queryOptions({
      queryKey: ["replies", "one", id],
      queryFn: ({ signal }) => ok(api.GET("/api/v1/replies/{id}", { params: { path: { id } }, signal })),
    }),
};

export const activity = {
  key: ["activity"] as const,
  latest: (limit: number) =>
    queryOptions({
      queryKey: ["activity", limit],
      queryFn: ({ signal }) => ok(api.GET("/api/v1/activity", { params: { query: { limit } }, signal })),
    }),
};

export const analytics = {
  key: ["analytics"] as const,
  query: (query: Query<"query-analytics">) =>
    queryOptions({
      queryKey: ["analytics", query],
      queryFn: ({ signal }) => ok(api.GET("/api/v1/analytics", { params: { query }, signal })),
      placeholderData: keepPreviousData,
    }),
};

export const mailboxes = {
  key: ["mailboxes"] as const,
  list: queryOptions({
    queryKey: ["mailboxes", "list"],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/mailboxes", { signal })),
  }),
};

export const createMailbox = (body: MailboxDraft) => ok(api.POST("/api/v1/mailboxes", { body }));
export const changeMailbox = ({ id, version }: Mailbox, body: MailboxDraft) =>
  ok(api.PATCH("/api/v1/mailboxes/{id}", { params: { path: { id }, header: ifMatch(version) }, body }));
export const deleteMailbox = (id: string) => ok(api.DELETE("/api/v1/mailboxes/{id}", { params: { path: { id } } }));
export const testMailbox = (id: string) => ok(api.POST("/api/v1/mailboxes/{id}/test", { params: { path: { id } } }));
