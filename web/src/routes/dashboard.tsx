import { Plus } from "lucide-react";
import { ButtonLink } from "@/components/ui/button";
import { PageHeader } from "@/components/ui/card";
import {
  ActiveCampaigns,
  AiActivity,
  Numbers,
  RecentActivity,
  RecentLeads,
  Revenue,
} from "@/features/dashboard/widgets";
import { Checklist, SampleNotice, useOnboardingKnown } from "@/features/onboarding/checklist";
import { cx } from "@/lib/cx";
import { useTitle } from "@/lib/title";

export function DashboardPage() {
  useTitle("");
  const known = useOnboardingKnown();
  return (
    <>
      <PageHeader
        title="Dashboard"
        actions={
          <ButtonLink to="/campaigns/new" look="primary">
            <Plus aria-hidden="true" className="size-4" /> New campaign
          </ButtonLink>
        }
      />
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <div className={cx("flex min-w-0 flex-col gap-6", !known && "invisible")}>
          <Checklist />
          <SampleNotice />
          <Revenue />
          <Numbers />
          <div className="grid items-start gap-6 xl:grid-cols-2">
            <ActiveCampaigns />
            <RecentLeads />
          </div>
        </div>
        <div className="flex min-w-0 flex-col gap-6">
          <RecentActivity />
          <AiActivity />
        </div>
      </div>
    </>
  );
}
