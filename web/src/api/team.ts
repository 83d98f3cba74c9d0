import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, ifMatch, ok } from "./client";
import type { components } from "./schema.gen";

export type Member = components["schemas"]["OrgMember"];
export type Invited = components["schemas"]["Invited"];
export type Role = components["schemas"]["AddMemberInputBody"]["role"];
export type ApiKey = components["schemas"]["AuthAPIKey"];
export type ApiKeyDraft = components["schemas"]["CreateAPIKeyInputBody"];
export type AuditEntry = components["schemas"]["OrgAuditEntry"];

export const ROLES = ["admin", "manager", "content_creator", "analyst", "api_user"] as const satisfies readonly Role[];

/** What a role is for, in a line. */
export const ROLE_WORDS: Record<Role, { name: string; may: string }> = {
  admin: { name: "Admin", may: "Everything, including people, keys and settings" },
  manager: { name: "Manager", may: "Leads, campaigns, approvals and mailboxes; invites creators and analysts" },
  content_creator: { name: "Content creator", may: "Writes and previews; sends nothing" },
  analyst: { name: "Analyst", may: "Reads numbers and campaigns; changes nothing" },
  api_user: { name: "API user", may: "For programs: leads and enrolments, no people or keys" },
};

export const team = {
  members: queryOptions({
    queryKey: ["members"],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/members", { signal })),
  }),
  roles: queryOptions({
    queryKey: ["roles"],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/roles", { signal })),
    staleTime: Number.POSITIVE_INFINITY, // part of the program
  }),
  keys: queryOptions({
    queryKey: ["api-keys"],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/api-keys", { params: { query: { limit: 200 } }, signal })),
  }),
  audit: (filter: { action?: string; actor?: string }) =>
    infiniteQueryOptions({
      queryKey: ["audit", filter],
      initialPageParam: "",
      queryFn: ({ signal, pageParam }) => auditPage(filter, pageParam, 50, signal),
      getNextPageParam: (page) => page.next_cursor ?? undefined,
    }),
};

export const auditPage = (
  filter: { action?: string; actor?: string },
  cursor: string,
  limit: number,
  signal?: AbortSignal,
) =>
  ok(
    api.GET("/api/v1/audit-log", {
      params: { query: { ...filter, limit, ...(cursor ? { cursor } : {}) } },
      ...(signal ? { signal } : {}),
    }),
  );

export const inviteMember = (email: string, role: Role) => ok(api.POST("/api/v1/members", { body: { email, role } }));
export const setMemberRole = (member: Member, role: Role) =>
  ok(
    api.PATCH("/api/v1/members/{id}", {
      params: { path: { id: member.id } },
      body: { role },
      headers: ifMatch(member.version),
    }),
  );
export const removeMember = (id: string) => ok(api.DELETE("/api/v1/members/{id}", { params: { path: { id } } }));

export const createKey = (body: ApiKeyDraft) => ok(api.POST("/api/v1/api-keys", { body }));
export const revokeKey = (id: string) => ok(api.DELETE("/api/v1/api-keys/{id}", { params: { path: { id } } }));
