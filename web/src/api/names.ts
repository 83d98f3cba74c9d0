import type { Lead } from "./types";

/** What a lead is called: the name, else the address, else the number. */
export function leadName(lead: Pick<Lead, "first_name" | "last_name" | "email" | "phone">): string {
  const name = `${lead.first_name} ${lead.last_name}`.trim();
  return name || lead.email || lead.phone || "Unnamed lead";
}
