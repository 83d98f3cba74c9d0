import { queryOptions } from "@tanstack/react-query";
import { api, ifMatch, ok } from "./client";
import type { components } from "./schema.gen";

export type Connection = components["schemas"]["SsoConnection"];
export type ConnectionPatch = components["schemas"]["UpdateConnectionInputBody"];
export type Identity = components["schemas"]["SsoIdentity"];

/** Providers of the whole installation, which the sign-in page offers to everybody. */
export const providers = queryOptions({
  queryKey: ["providers"],
  queryFn: ({ signal }) => ok(api.GET("/api/v1/auth/providers", { signal })),
  staleTime: 60_000,
});

/** Where a browser goes to sign in at the connection of this name. */
export const startAt = (slug: string) => `/api/v1/auth/sso/${encodeURIComponent(slug)}/start`;

export const sso = {
  key: ["sso"] as const,
  connections: queryOptions({
    queryKey: ["sso", "connections"],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/sso-connections", { signal })),
  }),
  identities: queryOptions({
    queryKey: ["sso", "identities"],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/auth/identities", { signal })),
  }),
};

const path = (id: string) => ({ params: { path: { id } } });

export const createConnection = (body: components["schemas"]["CreateConnectionInputBody"]) =>
  ok(api.POST("/api/v1/sso-connections", { body }));
export const updateConnection = ({ id, version }: Connection, body: ConnectionPatch) =>
  ok(api.PATCH("/api/v1/sso-connections/{id}", { ...path(id), body, headers: ifMatch(version) }));
export const testConnection = (id: string) => ok(api.POST("/api/v1/sso-connections/{id}/test", path(id)));
export const removeConnection = (id: string) => ok(api.DELETE("/api/v1/sso-connections/{id}", path(id)));

export const linkIdentity = (provider: string) =>
  ok(api.POST("/api/v1/auth/identities/link", { body: { provider, next: "/settings?tab=security" } }));
export const unlinkIdentity = (id: string) => ok(api.DELETE("/api/v1/auth/identities/{id}", path(id)));
