import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Megaphone } from "lucide-react";
import { campaigns } from "@/api/campaigns";
import { messageOf } from "@/api/problem";
import type { CampaignStatus } from "@/api/types";
import { analytics } from "@/api/workspace";
import { Badge, type Tone } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { Sparkline } from "@/components/ui/sparkline";
import { Empty, Failure, Skeleton } from "@/components/ui/state";
import { type Column, DataTable } from "@/components/ui/table";
import { count, money, share, words } from "@/lib/format";
import { type Period, series } from "./period";

export interface CampaignRow {
  id: string;
  name: string;
  status: CampaignStatus | undefined;
  sent: number;
  replies: number;
  positive: number;
  spend: number;
  revenue: number;
  trend: number[];
}

type Sort = "name" | "sent" | "replies" | "positive" | "spend" | "revenue";
const METRICS = ["emails_sent", "replies", "positive_replies", "spend", "revenue"];

/** Revenue for each unit spent; a dash where one of both is missing. */
export function roas({ revenue, spend }: Pick<CampaignRow, "revenue" | "spend">): string {
  return spend > 0 && revenue > 0 ? `${(revenue / spend).toFixed(1)}×` : "–";
}

/** In the order of one column; what is equal there, by interest and then by name. */
export function sorted(rows: readonly CampaignRow[], sort: string): CampaignRow[] {
  const down = sort.startsWith("-");
  const key = (down ? sort.slice(1) : sort) as Sort;
  const order = (a: CampaignRow, b: CampaignRow) =>
    key === "name"
      ? a.name.localeCompare(b.name)
      : a[key] - b[key] || a.positive - b.positive || b.name.localeCompare(a.name);
  return rows.toSorted((a, b) => (down ? order(b, a) : order(a, b)));
}

/** Every campaign that something happened in, with its name and course. */
export function useCampaignRows(period: Period, zone: string, currency: string) {
  const sums = useQuery(
    analytics.query({ ...period, timezone: zone, currency, metrics: METRICS, group_by: ["campaign"] }),
  );
  const days = useQuery(
    analytics.query({ ...period, timezone: zone, metrics: ["replies"], group_by: ["campaign", "day"] }),
  );
  const list = useQuery(campaigns.list({ limit: 200 }));
  const known = new Map(list.data?.items.map((campaign) => [campaign.id, campaign]));
  const value = (item: Record<string, unknown>, metric: string) => {
    const found = item[metric];
    return typeof found === "number" ? found : 0;
  };
  const rows = (sums.data?.items ?? []).flatMap((item): CampaignRow[] => {
    const id = item.campaign_id;
    if (typeof id !== "string") return [];
    return [
      {
        id,
        name: known.get(id)?.name ?? "A campaign that was deleted",
        status: known.get(id)?.status,
        sent: value(item, "emails_sent"),
        replies: value(item, "replies"),
        positive: value(item, "positive_replies"),
        spend: value(item, "spend"),
        revenue: value(item, "revenue"),
        trend: series(
          (days.data?.items ?? []).filter((day) => day.campaign_id === id),
          "replies",
          period,
        ),
      },
    ];
  });
  return { rows, sums, pending: sums.isPending || list.isPending };
}

const columns = (currency: string, tones: Tones): Column<CampaignRow>[] => [
  {
    id: "name",
    header: "Campaign",
    meta: { sortKey: "name" },
    cell: ({ row: { original } }) => (
      <Link
        to="/campaigns/$campaignId"
        params={{ campaignId: original.id }}
        className="inline-block min-h-6 min-w-36 font-medium text-primary-ink hover:underline"
      >
        {original.name}
      </Link>
    ),
  },
  {
    id: "status",
    header: "Status",
    meta: { from: "lg" },
    cell: ({ row: { original } }) =>
      original.status && <Badge tone={tones[original.status]}>{words(original.status)}</Badge>,
  },
  {
    id: "sent",
    header: "Mails",
    meta: { numeric: true, sortKey: "sent", from: "md" },
    cell: ({ row }) => count(row.original.sent),
  },
  {
    id: "replies",
    header: "Replies",
    meta: { numeric: true, sortKey: "replies", from: "md" },
    cell: ({ row: { original } }) => (
      <>
        {count(original.replies)}{" "}
        <span className="text-quiet max-lg:hidden">{share(original.replies, original.sent)}</span>
      </>
    ),
  },
  {
    id: "positive",
    header: "Interested",
    meta: { numeric: true, sortKey: "positive", from: "md" },
    cell: ({ row }) => count(row.original.positive),
  },
  {
    id: "spend",
    header: "Spend",
    meta: { numeric: true, sortKey: "spend", from: "md" },
    cell: ({ row }) => money({ amount_minor: row.original.spend, currency }),
  },
  {
    id: "revenue",
    header: "Revenue",
    meta: { numeric: true, sortKey: "revenue" },
    cell: ({ row }) => money({ amount_minor: row.original.revenue, currency }),
  },
  { id: "roas", header: "ROAS", meta: { numeric: true }, cell: ({ row }) => roas(row.original) },
  {
    id: "trend",
    header: "Trend",
    meta: { from: "md" },
    cell: ({ row: { original } }) => (
      <Sparkline
        label={`Replies to ${original.name}, day by day: ${count(original.replies)} in all`}
        values={original.trend}
      />
    ),
  },
];

type Tones = Record<CampaignStatus, Tone>;

interface PerformanceProps extends ReturnType<typeof useCampaignRows> {
  currency: string;
  /** How each status looks. */
  tones: Tones;
  sort: string;
  onSort: (sort: string) => void;
}

export function Performance({ rows, sums, pending, currency, tones, sort, onSort }: PerformanceProps) {
  return (
    <Card title="Campaign performance">
      {pending && <Skeleton lines={5} />}
      {sums.isError && <Failure message={messageOf(sums.error)} onRetry={() => void sums.refetch()} />}
      {!pending && !sums.isError && rows.length === 0 && (
        <Empty compact icon={Megaphone} title="No campaign did anything in this time">
          Choose a longer time, or launch one.
        </Empty>
      )}
      {rows.length > 0 && (
        <DataTable
          caption="Campaigns of this time"
          columns={columns(currency, tones)}
          rows={sorted(rows, sort)}
          rowId={({ id }) => id}
          sort={sort}
          onSort={onSort}
          stale={sums.isPlaceholderData}
        />
      )}
    </Card>
  );
}
