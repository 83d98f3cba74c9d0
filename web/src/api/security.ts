import { queryOptions } from "@tanstack/react-query";
import { api, ok } from "./client";
import type { components } from "./schema.gen";

export type Session = components["schemas"]["AuthSession"];
export type Proof = components["schemas"]["Proof"];
export type Enrolment = components["schemas"]["Enrolment"];

export const security = {
  factors: queryOptions({
    queryKey: ["security", "factors"],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/auth/mfa", { signal })),
  }),
  sessions: queryOptions({
    queryKey: ["security", "sessions"],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/auth/sessions", { signal })),
  }),
};

export const verifySession = (body: Proof) => ok(api.POST("/api/v1/auth/verify", { body }));
export const changePassword = (current: string, fresh: string) =>
  ok(api.POST("/api/v1/auth/password", { body: { current, new: fresh } }));
export const enrolTotp = () => ok(api.POST("/api/v1/auth/mfa/totp"));
export const confirmTotp = (totp_code: string) =>
  ok(api.POST("/api/v1/auth/mfa/totp/confirm", { body: { totp_code } }));
export const disableTotp = (body: Proof) => ok(api.POST("/api/v1/auth/mfa/totp/disable", { body }));
export const renewRecoveryCodes = () => ok(api.POST("/api/v1/auth/mfa/recovery-codes"));
export const endSession = (id: string) => ok(api.DELETE("/api/v1/auth/sessions/{id}", { params: { path: { id } } }));
export const endOtherSessions = () => ok(api.DELETE("/api/v1/auth/sessions"));

export const requestReset = (email: string) => ok(api.POST("/api/v1/auth/password-reset", { body: { email } }));
export const confirmReset = (body: components["schemas"]["ResetInputBody"]) =>
  ok(api.POST("/api/v1/auth/password-reset/confirm", { body }));
