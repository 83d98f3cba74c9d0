import type { APIRequestContext } from "@playwright/test";

/** What the addresses of pages about one thing are made of. */
export interface Things {
  campaign: string;
  lead: string;
  reply: string | undefined;
}

export interface Place {
  name: string;
  path: (things: Things) => string;
  /** The page of somebody who is not signed in. */
  outside?: boolean;
}

/**
 * Every page there is, and every tab of it: what the matrix goes through.
 * A page joins this list when it joins the router.
 */
export const PLACES: Place[] = [
  { name: "signin", path: () => "/signin", outside: true },
  { name: "signin-refused", path: () => "/signin?error=sso_denied", outside: true },
  { name: "signup", path: () => "/signup", outside: true },
  { name: "forgot-password", path: () => "/forgot-password", outside: true },
  { name: "reset-password", path: () => "/reset-password#token=x", outside: true },
  { name: "invitation", path: () => "/invitation#token", outside: true },
  { name: "dashboard", path: () => "/" },
  { name: "leads", path: () => "/leads" },
  {
    name: "leads-columns",
    path: () => "/leads?columns=company,title,email,phone,score,status,tags&sort=company&min_score=1",
  },
  { name: "lead", path: ({ lead }) => `/leads?lead=${lead}` },
  { name: "lead-history", path: ({ lead }) => `/leads?lead=${lead}&tab=history` },
  { name: "leads-import", path: () => "/leads/import" },
  { name: "campaigns", path: () => "/campaigns" },
  { name: "campaign-new", path: () => "/campaigns/new" },
  { name: "campaign", path: ({ campaign }) => `/campaigns/${campaign}` },
  { name: "replies", path: () => "/replies" },
  { name: "reply", path: ({ reply }) => (reply ? `/replies?reply=${reply}` : "/replies") },
  { name: "queue", path: () => "/queue" },
  { name: "queue-doubt", path: () => "/queue?state=in_doubt" },
  { name: "analytics", path: () => "/analytics" },
  { name: "analytics-custom", path: () => "/analytics?range=custom&from=2026-01-01&to=2026-03-31&metric=replies" },
  { name: "settings-profile", path: () => "/settings?tab=profile" },
  { name: "settings", path: () => "/settings" },
  { name: "settings-security", path: () => "/settings?tab=security" },
  { name: "settings-team", path: () => "/settings?tab=team" },
  { name: "settings-sso", path: () => "/settings?tab=sso" },
  { name: "settings-keys", path: () => "/settings?tab=keys" },
  { name: "settings-integrations", path: () => "/settings?tab=integrations" },
  { name: "settings-alerts", path: () => "/settings?tab=watch" },
  { name: "settings-audit", path: () => "/settings?tab=audit" },
  { name: "settings-mailboxes", path: () => "/settings?tab=mailboxes" },
  { name: "not-found", path: () => "/no/such/page" },
];

async function first(api: APIRequestContext, path: string): Promise<string | undefined> {
  const body: { items: { id: string }[] } = await (await api.get(path)).json();
  return body.items[0]?.id;
}

/** One of each kind from the demo's workspace. */
export async function things(api: APIRequestContext): Promise<Things> {
  const campaign = await first(api, "/api/v1/campaigns?limit=1");
  const lead = await first(api, "/api/v1/leads?limit=1");
  if (!campaign || !lead) throw new Error("the demo has no campaign or no lead");
  return { campaign, lead, reply: await first(api, "/api/v1/replies?limit=1") };
}
