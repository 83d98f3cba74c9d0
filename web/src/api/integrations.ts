import { queryOptions } from "@tanstack/react-query";
import { api, ifMatch, ok } from "./client";
import type { components } from "./schema.gen";

export type WebhookEndpoint = components["schemas"]["WebhookEndpoint"];
export type WebhookDelivery = components["schemas"]["WebhookDelivery"];

export const webhooks = {
  key: ["webhooks"] as const,
  list: queryOptions({
    queryKey: ["webhooks", "list"],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/webhook-endpoints", { signal })),
  }),
  deliveries: (id: string) =>
    queryOptions({
      queryKey: ["webhooks", "deliveries", id],
      queryFn: ({ signal }) =>
        ok(
          api.GET("/api/v1/webhook-endpoints/{id}/deliveries", {
            params: { path: { id }, query: { limit: 20 } },
            signal,
          }),
        ),
    }),
};

const path = (id: string) => ({ params: { path: { id } } });

export const createWebhook = (url: string, events: string[]) =>
  ok(api.POST("/api/v1/webhook-endpoints", { body: { url, events } }));
export const deleteWebhook = (id: string) => ok(api.DELETE("/api/v1/webhook-endpoints/{id}", path(id)));
export const testWebhook = (id: string) => ok(api.POST("/api/v1/webhook-endpoints/{id}/test", path(id)));
export const redeliver = (id: string, delivery_id: string) =>
  ok(
    api.POST("/api/v1/webhook-endpoints/{id}/deliveries/{delivery_id}/redeliver", {
      params: { path: { id, delivery_id } },
    }),
  );
export const enableWebhook = ({ id, version }: WebhookEndpoint) =>
  ok(
    api.PATCH("/api/v1/webhook-endpoints/{id}", { ...path(id), body: { state: "active" }, headers: ifMatch(version) }),
  );
