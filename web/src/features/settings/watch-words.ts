import type { Alert, Severity } from "@/api/watch";
import type { Tone } from "@/components/ui/badge";
import { words } from "@/lib/format";

export const TONES: Record<Severity, Tone> = { low: "neutral", medium: "warning", high: "danger" };

// docs/security-operations.md, "Alerts".
export const KINDS: Record<string, { title: string; why: string }> = {
  failed_sign_ins: { title: "Many failed sign-ins", why: "Somebody may be guessing passwords." },
  mfa_failures: {
    title: "Wrong second factors",
    why: "The password was right: whoever tries may have stolen it. Shut the person out or have them change it.",
  },
  token_reused: { title: "A refresh token was used twice", why: "Somebody holds a copy; its session has ended." },
  denied_access: { title: "Access that is not allowed", why: "A member or a key tries what its role may not do." },
  request_flood: { title: "A flood of requests", why: "One member or key asks far more than it may." },
  export_volume: { title: "Far more exported than usual", why: "Data may be leaving." },
  off_hours_access: { title: "Access at night or on a weekend", why: "Nobody is expected to work at this hour." },
};

export function titleOf({ kind }: Pick<Alert, "kind">): string {
  return KINDS[kind]?.title ?? words(kind);
}
