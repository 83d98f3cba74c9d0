import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Megaphone, Plus } from "lucide-react";
import { campaigns } from "@/api/campaigns";
import { messageOf } from "@/api/problem";
import { useMay } from "@/api/session";
import { ButtonLink } from "@/components/ui/button";
import { Card, PageHeader } from "@/components/ui/card";
import { Field, Select } from "@/components/ui/field";
import { Empty, Failure, Skeleton } from "@/components/ui/state";
import { Pager } from "@/components/ui/table";
import { CampaignTable } from "@/features/campaigns/list";
import { plural, words } from "@/lib/format";
import { useCursorPager } from "@/lib/pager";
import { useTitle } from "@/lib/title";
import { oneOf } from "@/lib/url";
import { CAMPAIGN_STATUSES } from "./choices";

const route = getRouteApi("/app/campaigns");
const PAGE = 25;

export function CampaignsPage() {
  useTitle("Campaigns");
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const page = useQuery(campaigns.list({ status: search.status, cursor: search.cursor, limit: PAGE }));
  const pager = useCursorPager(
    search.cursor,
    (cursor, depth) => void navigate({ search: { ...search, cursor }, state: { pagerDepth: depth } }),
  );
  const may = useMay();
  const create = may("create-campaign") && (
    <ButtonLink to="/campaigns/new" look="primary">
      <Plus aria-hidden="true" className="size-4" /> New campaign
    </ButtonLink>
  );
  return (
    <>
      <PageHeader title="Campaigns" actions={create} />
      <Card>
        <Field label="Status" className="max-w-48">
          <Select
            value={search.status ?? ""}
            onChange={(event) => void navigate({ search: { status: oneOf(event.target.value, CAMPAIGN_STATUSES) } })}
          >
            <option value="">Any status</option>
            {CAMPAIGN_STATUSES.map((status) => (
              <option key={status} value={status}>
                {words(status)}
              </option>
            ))}
          </Select>
        </Field>
        <div className="mt-4">
          {page.isPending && <Skeleton lines={8} />}
          {page.isError && <Failure message={messageOf(page.error)} onRetry={() => void page.refetch()} />}
          {page.data?.items.length === 0 &&
            (search.status ? (
              <Empty
                icon={Megaphone}
                title={`No campaign is ${search.status}`}
                action={<ButtonLink to="/campaigns">Show all campaigns</ButtonLink>}
              />
            ) : (
              <Empty icon={Megaphone} title="No campaigns yet" action={create}>
                A campaign writes to an audience of your leads in steps, stops for each person who answers, and shows
                here what came of it.
              </Empty>
            ))}
          {page.data && page.data.items.length > 0 && (
            <>
              <CampaignTable rows={page.data.items} stale={page.isPlaceholderData} />
              <Pager
                label="Pages of campaigns"
                summary={plural(page.data.items.length, "campaign")}
                {...pager(page.data.next_cursor)}
              />
            </>
          )}
        </div>
      </Card>
    </>
  );
}
