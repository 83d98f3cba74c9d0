import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import type { Activity, Mailbox, Page, Reply } from "./types";

export const replies = {
  key: ["replies"] as const,
  list: (query: { intent?: string; cursor?: string; limit?: number }) =>
    queryOptions({
      queryKey: ["replies", "list", query],
      queryFn: ({ signal }) => call<Page<Reply>>("GET", "/replies", { query, signal }),
      placeholderData: keepPreviousData,
    }),
};

export const activity = {
  key: ["activity"] as const,
  latest: (limit: number) =>
    queryOptions({
      queryKey: ["activity", limit],
      queryFn: ({ signal }) => call<Page<Activity>>("GET", "/activity", { query: { limit }, signal }),
    }),
};

export interface AnalyticsAnswer {
  items: Record<string, string | number | null>[];
  totals: Record<string, number>;
  timezone: string;
}

export const analytics = {
  key: ["analytics"] as const,
  query: (query: {
    metrics: string;
    group_by?: string;
    from?: string;
    to?: string;
    timezone?: string;
    currency?: string;
  }) =>
    queryOptions({
      queryKey: ["analytics", query],
      queryFn: ({ signal }) => call<AnalyticsAnswer>("GET", "/analytics", { query, signal }),
      placeholderData: keepPreviousData,
    }),
};

export interface MailboxDraft {
  from_name: string;
  from_address: string;
  reply_to?: string;
  smtp: { host: string; port: number; username?: string; password?: string; tls: "none" | "starttls" | "tls" };
  daily_limit?: number;
}

export const mailboxes = {
  key: ["mailboxes"] as const,
  list: queryOptions({
    queryKey: ["mailboxes", "list"],
    queryFn: ({ signal }) => call<Page<Mailbox>>("GET", "/mailboxes", { query: { limit: 100 }, signal }),
  }),
};

export const createMailbox = (body: MailboxDraft) => call<Mailbox>("POST", "/mailboxes", { body });
export const deleteMailbox = (id: string) => call<unknown>("DELETE", `/mailboxes/${id}`);
export const testMailbox = (id: string) => call<unknown>("POST", `/mailboxes/${id}/test`);
