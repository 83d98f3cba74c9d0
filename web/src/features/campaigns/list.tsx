import { Link } from "@tanstack/react-router";
import type { Campaign } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { type Column, DataTable } from "@/components/ui/table";
import { ago, count, share, words } from "@/lib/format";
import { useNow } from "@/lib/time";
import { STATUS_TONES } from "./words";

const NOTHING = <span className="text-quiet">–</span>;

const columns: Column<Campaign>[] = [
  {
    id: "name",
    header: "Campaign",
    cell: ({ row: { original } }) => (
      <div className="min-w-36">
        <Link
          to={original.status === "draft" ? "/campaigns/$campaignId/edit" : "/campaigns/$campaignId"}
          params={{ campaignId: original.id }}
          className="inline-block min-h-6 font-medium text-primary-ink hover:underline"
        >
          {original.name}
        </Link>
        <div className="md:hidden">
          <Badge tone={STATUS_TONES[original.status]}>{words(original.status)}</Badge>
        </div>
      </div>
    ),
  },
  {
    id: "status",
    header: "Status",
    meta: { from: "md" },
    cell: ({ row }) => <Badge tone={STATUS_TONES[row.original.status]}>{words(row.original.status)}</Badge>,
  },
  {
    id: "people",
    header: "People",
    meta: { numeric: true, from: "lg" },
    cell: ({ row }) => number(row.original.metrics?.enrolled),
  },
  {
    id: "sent",
    header: "Mails",
    meta: { numeric: true, from: "md" },
    cell: ({ row }) => number(row.original.metrics?.emails_sent),
  },
  {
    id: "replies",
    header: "Replies",
    meta: { numeric: true },
    cell: ({ row: { original } }) =>
      original.metrics ? (
        <span title={`${share(original.metrics.replies, original.metrics.emails_sent)} of the mails`}>
          {count(original.metrics.replies)}
        </span>
      ) : (
        NOTHING
      ),
  },
  {
    id: "positive",
    header: "Interested",
    meta: { numeric: true, from: "md" },
    cell: ({ row }) => number(row.original.metrics?.positive_replies),
  },
  {
    id: "changed",
    header: "Changed",
    meta: { from: "xl" },
    cell: ({ row }) => <Changed at={row.original.updated_at} />,
  },
];

function number(value: number | undefined) {
  return value === undefined ? NOTHING : count(value);
}

function Changed({ at }: { at: string }) {
  return <span className="whitespace-nowrap text-quiet">{ago(at, useNow())}</span>;
}

export function CampaignTable({ rows, stale }: { rows: Campaign[]; stale: boolean }) {
  return (
    <DataTable caption="Campaigns" columns={columns} rows={rows} rowId={(campaign) => campaign.id} stale={stale} />
  );
}
