import { useSuspenseQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense } from "react";
import { can, me } from "@/api/session";
import type { Me, Operation } from "@/api/types";
import { PageHeader } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/state";
import { type Tab, Tabs } from "@/components/ui/tabs";
import { AuditSettings } from "@/features/settings/audit";
import { FactorPolicy } from "@/features/settings/factor-policy";
import { IntegrationSettings } from "@/features/settings/integrations";
import { KeySettings } from "@/features/settings/keys";
import { LanguageModel } from "@/features/settings/language-model";
import { MailboxSettings } from "@/features/settings/mailboxes";
import { OrganizationSettings } from "@/features/settings/organization";
import { ProfileSettings } from "@/features/settings/profile";
import { RoleMatrix } from "@/features/settings/roles";
import { SecuritySettings } from "@/features/settings/security";
import { TeamSettings } from "@/features/settings/team";
import { chunk } from "@/lib/chunk";
import { useTitle } from "@/lib/title";
import type { SETTINGS_TABS } from "./choices";
import { TabNotAllowed } from "./fallback";

// What few people open and is large comes when it is opened.
const WatchSettings = lazy(chunk(async () => ({ default: (await import("@/features/settings/watch")).WatchSettings })));
const SsoSettings = lazy(chunk(async () => ({ default: (await import("@/features/settings/sso")).SsoSettings })));

const route = getRouteApi("/app/settings");
type SettingsTab = (typeof SETTINGS_TABS)[number];

/** What a tab needs; whoever may not do it does not see the tab. */
const NEEDS: Partial<Record<SettingsTab, Operation>> = {
  organization: "update-organization",
  mailboxes: "list-mailboxes",
  sso: "list-sso-connections",
  watch: "list-alerts",
  keys: "list-api-keys",
  integrations: "create-webhook-endpoint",
  audit: "list-audit-log",
};

export function SettingsPage() {
  useTitle("Settings");
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data: who } = useSuspenseQuery(me);
  const tabs: Tab<SettingsTab>[] = [
    { value: "profile", label: "Profile", content: <ProfileSettings who={who} /> },
    { value: "security", label: "Sign-in", content: <SecuritySettings /> },
    {
      value: "organization",
      label: "Organization",
      content: (
        <div className="flex flex-col gap-6">
          <OrganizationSettings organization={who.organization} />
          <FactorPolicy organization={who.organization} />
        </div>
      ),
    },
    { value: "team", label: "Team", content: can(who, "list-members") ? <TeamSettings who={who} /> : <RoleMatrix /> },
    { value: "sso", label: "Single sign-on", content: later(<SsoSettings />) },
    { value: "mailboxes", label: "Mailboxes", content: <MailboxSettings /> },
    { value: "keys", label: "API keys", content: <KeySettings /> },
    {
      value: "integrations",
      label: "Integrations",
      content: (
        <div className="flex flex-col gap-6">
          {can(who, "show-writer-status") && <LanguageModel />}
          <IntegrationSettings />
        </div>
      ),
    },
    {
      value: "watch",
      label: "Alerts",
      content: later(
        <WatchSettings
          filter={{ state: search.state, incident: search.incident }}
          onFilter={(filter) => void navigate({ search: { tab: "watch", ...filter } })}
        />,
      ),
    },
    {
      value: "audit",
      label: "Audit log",
      content: (
        <AuditSettings
          filter={{ action: search.action, actor: search.actor }}
          onFilter={(filter) => void navigate({ search: { tab: "audit", ...filter } })}
        />
      ),
    },
  ];
  const open = tabs.filter(({ value }) => mayOpen(who, value));
  const fallback = mayOpen(who, "organization") ? "organization" : "profile";
  const tab = open.find(({ value }) => value === search.tab)?.value ?? fallback;
  return (
    <div className="max-w-4xl">
      <PageHeader title="Settings" />
      {search.tab && tab !== search.tab && <TabNotAllowed />}
      <Tabs label="Settings" tabs={open} value={tab} onChange={(next) => void navigate({ search: { tab: next } })} />
    </div>
  );
}

function later(content: ReactNode): ReactNode {
  return <Suspense fallback={<Skeleton />}>{content}</Suspense>;
}

function mayOpen(who: Me, tab: SettingsTab): boolean {
  const needed = NEEDS[tab];
  return needed === undefined || can(who, needed);
}
