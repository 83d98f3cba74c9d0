import { useSuspenseQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { me } from "@/api/session";
import { PageHeader } from "@/components/ui/card";
import { type Tab, Tabs } from "@/components/ui/tabs";
import { MailboxSettings } from "@/features/settings/mailboxes";
import { OrganizationSettings } from "@/features/settings/organization";
import { ProfileSettings } from "@/features/settings/profile";
import { useTitle } from "@/lib/title";
import type { SETTINGS_TABS } from "./choices";

const route = getRouteApi("/app/settings");

export function SettingsPage() {
  useTitle("Settings");
  const { tab = "organization" } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: who } = useSuspenseQuery(me);
  const tabs: Tab<(typeof SETTINGS_TABS)[number]>[] = [
    { value: "profile", label: "Profile", content: <ProfileSettings who={who} /> },
    { value: "organization", label: "Organization", content: <OrganizationSettings organization={who.organization} /> },
    { value: "mailboxes", label: "Mailboxes", content: <MailboxSettings /> },
  ];
  return (
    <div className="max-w-4xl">
      <PageHeader title="Settings" />
      <Tabs label="Settings" tabs={tabs} value={tab} onChange={(next) => void navigate({ search: { tab: next } })} />
    </div>
  );
}
