import { queryOptions, useSuspenseQuery } from "@tanstack/react-query";
import { keepChoices } from "@/lib/machine";
import { api, ifMatch, ok } from "./client";
import { Problem } from "./problem";
import type { components } from "./schema.gen";
import type { Me, Operation, OrganizationPatch } from "./types";

export type SignUp = components["schemas"]["SignupInputBody"];
export type SignIn = components["schemas"]["LoginInputBody"];

export const signUp = (body: SignUp) => ok(api.POST("/api/v1/auth/signup", { body }));
export const signIn = (body: SignIn) => ok(api.POST("/api/v1/auth/login", { body }));
export type Acceptance = components["schemas"]["AcceptInputBody"];
export const acceptInvitation = (body: Acceptance) => ok(api.POST("/api/v1/auth/accept", { body }));

/**
 * Ends the session. The server makes the browser forget what is stored; the choices
 * of this machine, which are nobody's data, are put back.
 */
export async function signOut(): Promise<void> {
  const putBack = keepChoices();
  await ok(api.POST("/api/v1/auth/logout", {}));
  putBack();
}

/** Who is signed in; fails with 401 when nobody is. */
export const me = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => {
    const known = takePreload();
    if (known === null) throw new Problem(401, "Nobody is signed in.");
    return known ?? ok(api.GET("/api/v1/auth/me", { signal }));
  },
  staleTime: 60_000,
});

/** Whether the role may call an operation. The server decides; this only spares people a refusal. */
export function can(who: Me, operation: Operation): boolean {
  return who.operations.includes(operation);
}

/** The same about whoever is signed in: what they may not do is neither asked for nor drawn. */
export function useMay(): (operation: Operation) => boolean {
  const { data: who } = useSuspenseQuery(me);
  return (operation) => can(who, operation);
}

export const updateOrganization = (body: OrganizationPatch, version: number) =>
  ok(api.PATCH("/api/v1/organization", { body, headers: ifMatch(version) }));

export const pauseAll = () => ok(api.POST("/api/v1/pause-all"));
export const resumeAll = () => ok(api.POST("/api/v1/resume-all"));

/**
 * What the server put into the page: who is signed in, null for nobody, or
 * undefined when it did not say. It is good for one question only.
 */
export function takePreload(): Me | null | undefined {
  const element = document.getElementById("preload");
  element?.remove();
  try {
    const data: unknown = JSON.parse(element?.textContent ?? "null");
    if (typeof data === "object" && data !== null && "me" in data) return data.me as Me | null;
  } catch {
    // A broken preload costs one request.
  }
  return undefined;
}
