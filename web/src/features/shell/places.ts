import type { LinkProps } from "@tanstack/react-router";
import { ChartColumn, House, Inbox, ListChecks, type LucideIcon, Megaphone, Settings, Users } from "lucide-react";
import { can } from "@/api/session";
import type { Me, Operation } from "@/api/types";

export interface Place {
  to: NonNullable<LinkProps["to"]>;
  label: string;
  icon: LucideIcon;
  /** Second key after g. */
  key: string;
  /** Whoever may not do this finds nothing there. */
  needs?: Operation;
}

// A page joins this list when it works; nothing here leads nowhere. The first
// four stand in the bottom bar of a small screen, the others behind More.
const PLACES: readonly Place[] = [
  { to: "/", label: "Home", icon: House, key: "h" },
  { to: "/leads", label: "Leads", icon: Users, key: "l", needs: "list-leads" },
  { to: "/campaigns", label: "Campaigns", icon: Megaphone, key: "c", needs: "list-campaigns" },
  { to: "/queue", label: "Needs you", icon: ListChecks, key: "n", needs: "show-waiting" },
  { to: "/replies", label: "Replies", icon: Inbox, key: "r", needs: "list-replies" },
  { to: "/analytics", label: "Analytics", icon: ChartColumn, key: "a", needs: "query-analytics" },
  { to: "/settings", label: "Settings", icon: Settings, key: "s" },
];

/** Where somebody can go. */
export function placesOf(who: Me): readonly Place[] {
  return PLACES.filter(({ needs }) => needs === undefined || can(who, needs));
}
