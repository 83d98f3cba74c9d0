import { LEAD_STATUSES, type LeadCompliance, type LeadStatus } from "@/api/types";
import type { Tone } from "@/components/ui/badge";

const STATUS_TONES: Record<LeadStatus, Tone> = {
  new: "neutral",
  active: "primary",
  engaged: "primary",
  qualified: "success",
  meeting_booked: "success",
  customer: "success",
  cold: "neutral",
  unsubscribed: "danger",
  invalid: "danger",
};

/** The status of a lead; one this page does not know yet counts as new. */
export function statusOf({ status }: { status: string }): LeadStatus {
  return LEAD_STATUSES.find((known) => known === status) ?? "new";
}

export function statusTone(status: string): Tone {
  return LEAD_STATUSES.some((known) => known === status) ? STATUS_TONES[status as LeadStatus] : "neutral";
}

/** Headline of one thing that passed between us and a lead. */
const HEADLINES: Record<string, string> = {
  "email.sent": "Mail sent",
  "email.opened": "Mail opened",
  "email.clicked": "Link followed",
  "email.replied": "Replied",
  "reply.corrected": "Answer sorted by a person",
  "reply.resorted": "Answer sorted by the model",
  "email.bounced": "Mail bounced",
  "email.complained": "Marked as spam",
  "email.unsubscribed": "Opted out",
  "email.failed": "Mail could not be sent",
  "email.in_doubt": "Mail in doubt",
  "email.refused": "Mail held back",
  "lead.created": "Lead created",
  "lead.imported": "Imported",
  "lead.status_changed": "Status changed",
  "note.added": "Note",
  note: "Note",
  "meeting.booked": "Meeting booked",
  "payment.received": "Payment received",
  "call.answered": "Call answered",
};

export function headline(type: string): string {
  const known = HEADLINES[type];
  if (known) return known;
  const spaced = type.replaceAll(/[._]/g, " ");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

/** The parts of an interaction's data that mean something to a person. */
export function details(raw: unknown): { label: string; value: string }[] {
  const data: Record<string, unknown> =
    typeof raw === "object" && raw !== null ? Object.fromEntries(Object.entries(raw)) : {};
  const shown: [string, string][] = [
    ["subject", "Subject"],
    ["intent", "Sorted as"],
    ["reason", "Why"],
    ["detail", "Detail"],
    ["url", "Link"],
    ["from", "From"],
    ["to", "To"],
  ];
  const found: { label: string; value: string }[] = [];
  for (const [key, label] of shown) {
    const value = data[key];
    if (typeof value === "string" && value !== "")
      found.push({ label, value: key === "intent" ? value.replaceAll("_", " ") : value });
  }
  if (data.human === false) found.push({ label: "Note", value: "by a scanner or privacy proxy, not by a person" });
  return found;
}

/** Why a person must not be contacted at all, as far as it is on record. */
export function stopOf({ status, suppressions }: Pick<LeadCompliance, "status" | "suppressions">): string | undefined {
  const first = suppressions[0];
  if (first) return `No: on the suppression list (${first.reason.replaceAll("_", " ")}).`;
  if (status === "unsubscribed") return "No: this person has opted out.";
  if (status === "invalid") return "No: the address cannot receive.";
  return undefined;
}
