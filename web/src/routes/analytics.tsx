import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Download, Share2 } from "lucide-react";
import { useState } from "react";
import { messageOf } from "@/api/problem";
import { can, me } from "@/api/session";
import { analytics } from "@/api/workspace";
import { Button } from "@/components/ui/button";
import { Card, PageHeader } from "@/components/ui/card";
import { Field, Input, Select } from "@/components/ui/field";
import { Failure, Skeleton } from "@/components/ui/state";
import { DayChart, dayName } from "@/features/analytics/chart";
import { csvOf, save } from "@/features/analytics/csv";
import { Forecast } from "@/features/analytics/forecast";
import { Funnel } from "@/features/analytics/funnel";
import { Insights } from "@/features/analytics/insights";
import { Performance, roas, sorted, useCampaignRows } from "@/features/analytics/performance";
import {
  addDays,
  before,
  daysBetween,
  localToday,
  type Period,
  periodOf,
  RANGE_NAMES,
  type Range,
  series,
} from "@/features/analytics/period";
import { ShareDialog } from "@/features/analytics/share";
import { Tiles } from "@/features/analytics/tiles";
import { STATUS_TONES } from "@/features/campaigns/words";
import { ownZone, plural, typedOf } from "@/lib/format";
import { useTitle } from "@/lib/title";
import { oneOf } from "@/lib/url";
import { CHARTED, PERFORMANCE_SORTS, RANGES } from "./choices";

const route = getRouteApi("/app/analytics");

const CHART_NAMES: Record<(typeof CHARTED)[number], string> = {
  emails_sent: "Mails sent",
  replies: "Replies",
  positive_replies: "Interested replies",
  unsubscribes: "Opt-outs",
  hard_bounces: "Hard bounces",
};

const TILE_METRICS = ["revenue", "calls", "meetings", "emails_sent", "replies", "positive_replies", "unsubscribes"];

export function AnalyticsPage() {
  useTitle("Analytics");
  const { data: who } = useSuspenseQuery(me);
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [sharing, setSharing] = useState(false);
  const zone = ownZone();
  const currency = who.organization.revenue_goal?.currency ?? "USD";
  const range = search.range ?? "30";
  const period = periodOf(range, localToday(), search.from, search.to);
  const earlier = before(period);
  const metric = search.metric ?? "emails_sent";
  const sort = search.sort ?? "-revenue";

  const now = useQuery(
    analytics.query({
      ...period,
      timezone: zone,
      currency,
      metrics: [...new Set([...TILE_METRICS, ...CHARTED])],
      group_by: ["day"],
    }),
  );
  const past = useQuery(analytics.query({ ...earlier, timezone: zone, currency, metrics: TILE_METRICS }));
  const performance = useCampaignRows(period, zone, currency);
  const periodName = `${dayName(period.from)} to ${dayName(period.to)}`;

  const download = () => {
    const days = now.data?.items ?? [];
    const columns = CHARTED.map((name) => series(days, name, period));
    save(
      `analytics ${period.from} to ${period.to}.csv`,
      csvOf([
        ["Day", ...CHARTED.map((name) => CHART_NAMES[name])],
        ...Array.from({ length: daysBetween(period) }, (_, i) => [
          addDays(period.from, i),
          ...columns.map((column) => column[i] ?? 0),
        ]),
        [],
        [
          "Campaign",
          "Status",
          "Mails",
          "Replies",
          "Interested",
          `Spend (${currency})`,
          `Revenue (${currency})`,
          "ROAS",
        ],
        ...sorted(performance.rows, sort).map((row) => [
          row.name,
          row.status ?? "",
          row.sent,
          row.replies,
          row.positive,
          Number(typedOf({ amount_minor: row.spend, currency })),
          Number(typedOf({ amount_minor: row.revenue, currency })),
          roas(row),
        ]),
      ]),
    );
  };

  return (
    <>
      <PageHeader
        title="Analytics"
        lead={`${periodName}, times of ${zone.replaceAll("_", " ")}`}
        actions={
          <>
            <Button disabled={!now.data} onClick={download}>
              <Download aria-hidden="true" className="size-4" /> Export
            </Button>
            {can(who, "create-share") && (
              <Button onClick={() => setSharing(true)}>
                <Share2 aria-hidden="true" className="size-4" /> Share
              </Button>
            )}
          </>
        }
      />
      <div className="flex flex-col gap-6">
        <RangeBar
          range={range}
          period={period}
          onChange={(next) => void navigate({ search: { ...search, from: undefined, to: undefined, ...next } })}
        />
        {now.isError && <Failure message={messageOf(now.error)} onRetry={() => void now.refetch()} />}
        <Tiles
          now={now.data?.totals}
          earlier={past.data?.totals}
          currency={currency}
          against={`the ${plural(daysBetween(period), "day")} before`}
        />
        <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
          <Card
            title="Day by day"
            aside={
              <Field label="Metric" hideLabel>
                <Select
                  value={metric}
                  onChange={(event) =>
                    void navigate({ search: { ...search, metric: oneOf(event.target.value, CHARTED) } })
                  }
                >
                  {CHARTED.map((name) => (
                    <option key={name} value={name}>
                      {CHART_NAMES[name]}
                    </option>
                  ))}
                </Select>
              </Field>
            }
          >
            {now.isPending ? (
              <Skeleton height="min-h-64" />
            ) : (
              <DayChart
                name={CHART_NAMES[metric]}
                values={series(now.data?.items ?? [], metric, period)}
                period={period}
              />
            )}
          </Card>
          <Insights period={period} zone={zone} />
        </div>
        <Performance
          {...performance}
          currency={currency}
          tones={STATUS_TONES}
          sort={sort}
          onSort={(next) => void navigate({ search: { ...search, sort: oneOf(next, PERFORMANCE_SORTS) } })}
        />
        <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
          <Funnel period={period} zone={zone} />
          <Forecast zone={zone} />
        </div>
      </div>
      <ShareDialog
        open={sharing}
        onOpenChange={setSharing}
        period={period}
        periodName={periodName}
        zone={zone}
        currency={currency}
      />
    </>
  );
}

interface RangeBarProps {
  range: Range;
  period: Period;
  onChange: (next: { range?: Range; from?: string; to?: string }) => void;
}

function RangeBar({ range, period, onChange }: RangeBarProps) {
  return (
    <div className="flex flex-wrap items-end gap-4">
      <Field label="Date range" className="min-w-44">
        <Select
          value={range}
          onChange={(event) => {
            const next = oneOf(event.target.value, RANGES);
            onChange(next === "custom" ? { range: next, ...period } : { range: next });
          }}
        >
          {RANGES.map((name) => (
            <option key={name} value={name}>
              {RANGE_NAMES[name]}
            </option>
          ))}
        </Select>
      </Field>
      {range === "custom" && (
        <>
          <Field label="From">
            <Input
              type="date"
              value={period.from}
              max={period.to}
              onChange={(event) => event.target.value && onChange({ range, from: event.target.value, to: period.to })}
            />
          </Field>
          <Field label="To">
            <Input
              type="date"
              value={period.to}
              min={period.from}
              onChange={(event) => event.target.value && onChange({ range, from: period.from, to: event.target.value })}
            />
          </Field>
        </>
      )}
    </div>
  );
}
