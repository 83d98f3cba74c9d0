import { queryOptions } from "@tanstack/react-query";
import { api, ok } from "./client";
import type { View, ViewChange, ViewDraft } from "./types";

export const views = {
  key: ["views"] as const,
  list: queryOptions({
    queryKey: ["views"],
    queryFn: async ({ signal }): Promise<View[]> => (await ok(api.GET("/api/v1/views", { signal }))).items,
    staleTime: 60_000,
  }),
};

export const createView = (body: ViewDraft) => ok(api.POST("/api/v1/views", { body }));
export const updateView = (id: string, body: ViewChange) =>
  ok(api.PATCH("/api/v1/views/{id}", { params: { path: { id } }, body }));
export const deleteView = (id: string) => ok(api.DELETE("/api/v1/views/{id}", { params: { path: { id } } }));
