import { queryOptions } from "@tanstack/react-query";
import type { Money } from "@/lib/format";
import { call } from "./client";
import type { Me, Organization, PostalAddress } from "./types";

export interface SignUp {
  organization_name: string;
  name: string;
  email: string;
  password: string;
}

export interface SignIn {
  email: string;
  password: string;
  totp_code?: string;
}

export const signUp = (body: SignUp) => call<unknown>("POST", "/auth/signup", { body });
export const signIn = (body: SignIn) => call<unknown>("POST", "/auth/login", { body });
export const signOut = () => call<unknown>("POST", "/auth/logout");

/** Who is signed in; fails with 401 when nobody is. */
export const me = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => call<Me>("GET", "/auth/me", { signal }),
  staleTime: 60_000,
});

export interface OrganizationPatch {
  name?: string;
  postal_address?: PostalAddress;
  timezone?: string;
  revenue_goal?: Money | null;
}

export const updateOrganization = (body: OrganizationPatch, version: number) =>
  call<Organization>("PATCH", "/organization", { body, version });

export const pauseAll = () => call<unknown>("POST", "/pause-all");
export const resumeAll = () => call<unknown>("POST", "/resume-all");

/** What the server put into the page, read once at start. */
export function preloaded(): Me | undefined {
  const element = document.getElementById("preload");
  try {
    const data: unknown = JSON.parse(element?.textContent ?? "null");
    if (typeof data === "object" && data !== null && "user" in data && "organization" in data) return data as Me;
  } catch {
    // A broken preload costs one request.
  }
  return undefined;
}
