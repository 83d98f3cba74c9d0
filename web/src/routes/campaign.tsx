import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { campaigns } from "@/api/campaigns";
import { messageOf } from "@/api/problem";
import { useMay } from "@/api/session";
import type { Operation } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { ButtonLink } from "@/components/ui/button";
import { Card, PageHeader } from "@/components/ui/card";
import { Failure, Skeleton } from "@/components/ui/state";
import { type Tab, Tabs } from "@/components/ui/tabs";
import { audienceWords } from "@/features/campaigns/draft";
import { CampaignActions, InDoubt, Overview, People, Steps } from "@/features/campaigns/page";
import { Record } from "@/features/campaigns/record";
import { Versions } from "@/features/campaigns/versions";
import { STATUS_TONES } from "@/features/campaigns/words";
import { count, words } from "@/lib/format";
import { useCursorPager } from "@/lib/pager";
import { useTitle } from "@/lib/title";
import type { CAMPAIGN_TABS } from "./choices";
import { TabNotAllowed } from "./fallback";

const route = getRouteApi("/app/campaigns/$campaignId");

/** A tab, and what it asks the server for. */
interface CampaignTab extends Tab<(typeof CAMPAIGN_TABS)[number]> {
  needs?: Operation;
}

export function CampaignPage() {
  const { campaignId } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(campaigns.one(campaignId));
  const metrics = useQuery(campaigns.metrics(campaignId));
  const pagerOf = useCursorPager(
    search.cursor,
    (cursor, depth) => void navigate({ search: { ...search, cursor }, state: { pagerDepth: depth } }),
  );
  const may = useMay();
  useTitle(query.data?.name ?? "Campaign");

  if (query.isPending) return <Skeleton lines={8} />;
  if (query.isError) {
    return (
      <>
        <PageHeader title="Campaign" actions={<ButtonLink to="/campaigns">All campaigns</ButtonLink>} />
        <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />
      </>
    );
  }
  const campaign = query.data;
  const doubtful = metrics.data?.in_doubt ?? 0;
  const all: CampaignTab[] = [
    {
      value: "overview",
      label: "Overview",
      content: metrics.isError ? (
        <Failure message={messageOf(metrics.error)} onRetry={() => void metrics.refetch()} />
      ) : (
        <Overview campaign={campaign} metrics={metrics.data} />
      ),
    },
    { value: "versions", label: "Versions", content: <Versions campaign={campaign} metrics={metrics.data} /> },
    { value: "steps", label: "Steps", content: <Steps campaign={campaign} metrics={metrics.data} /> },
    {
      value: "people",
      needs: "list-campaign-enrolments",
      label: "People",
      content: (
        <Card>
          <People
            campaignId={campaignId}
            state={search.state}
            onState={(state) => void navigate({ search: { tab: "people", state } })}
            cursor={search.cursor}
            pager={pagerOf}
          />
        </Card>
      ),
    },
    { value: "record", needs: "list-campaign-launches", label: "Record", content: <Record campaign={campaign} /> },
    {
      value: "doubt",
      needs: "list-actions",
      label: doubtful > 0 ? `In doubt (${count(doubtful)})` : "In doubt",
      content: (
        <Card>
          <InDoubt campaignId={campaignId} />
        </Card>
      ),
    },
  ];

  const tabs = all.filter(({ needs }) => needs === undefined || may(needs));
  const open = tabs.find(({ value }) => value === search.tab);

  return (
    <>
      <PageHeader
        title={campaign.name}
        lead={
          <span className="flex flex-wrap items-center gap-2">
            <Badge tone={STATUS_TONES[campaign.status]}>{words(campaign.status)}</Badge>
            <span>Audience: {audienceWords(campaign.audience?.filter)}</span>
          </span>
        }
        actions={<CampaignActions campaign={campaign} />}
      />
      {search.tab && !open && <TabNotAllowed />}
      <Tabs
        label="About this campaign"
        tabs={tabs}
        value={open?.value ?? "overview"}
        onChange={(tab) => void navigate({ search: { tab } })}
      />
    </>
  );
}
