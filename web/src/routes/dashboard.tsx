import { Plus } from "lucide-react";
import { useMay } from "@/api/session";
import { ButtonLink } from "@/components/ui/button";
import { PageHeader } from "@/components/ui/card";
import {
  ActiveCalls,
  ActiveCampaigns,
  AiActivity,
  LeadQuality,
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
  const may = useMay();
  return (
    <>
      <PageHeader
        title="Dashboard"
        actions={
          may("create-campaign") && (
            <ButtonLink to="/campaigns/new" look="primary">
              <Plus aria-hidden="true" className="size-4" /> New campaign
            </ButtonLink>
          )
        }
      />
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <div className={cx("flex min-w-0 flex-col gap-6", !known && "invisible")}>
          <Checklist />
          <SampleNotice />
          {may("query-analytics") && <Revenue />}
          <div className="grid grid-cols-2 gap-4 md:grid-cols-6">
            <ActiveCalls />
            {may("list-leads") && <LeadQuality />}
            {may("query-analytics") && <Numbers />}
          </div>
          <div className="grid items-start gap-6 xl:grid-cols-2">
            <ActiveCampaigns />
            {may("list-leads") && <RecentLeads />}
          </div>
        </div>
        <div className="flex min-w-0 flex-col gap-6">
          {may("show-activity") && <RecentActivity />}
          {may("list-replies") && <AiActivity />}
        </div>
      </div>
    </>
  );
}
