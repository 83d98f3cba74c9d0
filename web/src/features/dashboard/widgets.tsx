import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Activity as ActivityIcon, ArrowUp, CircleAlert, Info, Megaphone, Sparkles, Users } from "lucide-react";
import { type ReactNode, useState } from "react";
import { campaigns } from "@/api/campaigns";
import { leads } from "@/api/leads";
import { leadName } from "@/api/names";
import { messageOf } from "@/api/problem";
import { me, useMay } from "@/api/session";
import type { Activity } from "@/api/types";
import { activity, analytics, replies } from "@/api/workspace";
import { Badge } from "@/components/ui/badge";
import { Button, ButtonLink } from "@/components/ui/button";
import { Card, Stat } from "@/components/ui/card";
import { Help } from "@/components/ui/help";
import { Progress } from "@/components/ui/progress";
import { Sparkline } from "@/components/ui/sparkline";
import { Empty, Failure, Skeleton } from "@/components/ui/state";
import { ago, count, moment, money, ownZone, plural, share, words } from "@/lib/format";
import { useNow } from "@/lib/time";
import { feedView } from "./feed";

function More({ to, children }: { to: "/leads" | "/campaigns" | "/replies"; children: ReactNode }) {
  return (
    <Link to={to} className="inline-flex min-h-8 items-center font-medium text-primary-ink hover:underline">
      {children}
    </Link>
  );
}

const RUNNING = { status: "running", limit: 5 } as const;

function monthStart(): string {
  const now = new Date();
  return `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, "0")}-01`;
}

export function Revenue() {
  const { data: who } = useSuspenseQuery(me);
  const may = useMay();
  const goal = who.organization.revenue_goal;
  const currency = goal?.currency ?? "USD";
  const query = useQuery(analytics.query({ metrics: ["revenue"], from: monthStart(), timezone: ownZone(), currency }));
  const made = query.data?.totals.revenue;
  return (
    <Card title="Revenue overview">
      {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton lines={2} />}
      {made !== undefined && (
        <>
          <p className="figure text-2xl font-semibold">{money({ amount_minor: made, currency })}</p>
          <p className="mb-3 text-quiet">
            this month
            {goal && `, ${share(made, goal.amount_minor)} of ${money(goal)}`}
          </p>
          {goal ? (
            <Progress
              label="Revenue to goal"
              value={made}
              max={goal.amount_minor}
              text={`${share(made, goal.amount_minor)} of ${money(goal)}`}
            />
          ) : (
            <p className="text-quiet">
              No goal is set.{" "}
              {may("update-organization") && (
                <>
                  <Link to="/settings" className="font-medium text-primary-ink underline">
                    Set a revenue goal
                  </Link>{" "}
                  to see how far the month has come.
                </>
              )}
            </p>
          )}
          {made === 0 && (
            <p className="mt-3 text-xs text-quiet">Won deals are counted here. None has been recorded this month.</p>
          )}
        </>
      )}
    </Card>
  );
}

const DAYS = 14;

function daysAgo(days: number): string {
  const day = new Date();
  day.setDate(day.getDate() - days);
  return `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, "0")}-${String(day.getDate()).padStart(2, "0")}`;
}

/** One value a day, in order; days without a row are zero. */
function series(items: readonly Record<string, unknown>[] | undefined, metric: string): number[] {
  const byDay = new Map<string, number>();
  for (const item of items ?? []) {
    if (typeof item.day === "string" && typeof item[metric] === "number")
      byDay.set(item.day.slice(0, 10), item[metric]);
  }
  return Array.from({ length: DAYS }, (_, i) => byDay.get(daysAgo(DAYS - 1 - i)) ?? 0);
}

function part(some: number | undefined, all: number | undefined, of: string, none: string): string {
  return all ? `${share(some ?? 0, all)} ${of}` : none;
}

export function ActiveCalls() {
  return (
    <Stat
      className="md:col-span-3"
      label="Active calls"
      value="None"
      note="No phone line is connected to this workspace."
    />
  );
}

export function LeadQuality() {
  const all = useQuery(leads.total({}));
  const good = useQuery(leads.total({ min_score: 50 }));
  return (
    <Stat
      className="md:col-span-3"
      label="Lead quality"
      value={all.data === undefined || good.data === undefined ? "…" : share(good.data, all.data)}
      note={
        all.data === undefined
          ? " "
          : all.data === 0
            ? "No leads yet"
            : `${count(good.data ?? 0)} of ${plural(all.data, "lead")}`
      }
      help={
        <Help label="About lead quality">
          The share of leads with a score of 50 or more. Scores follow from answers, meetings and who the person is.
        </Help>
      }
    />
  );
}

/** Tiles of what the last days brought. */
export function Numbers() {
  const query = useQuery(
    analytics.query({
      metrics: ["emails_sent", "replies", "positive_replies"],
      group_by: ["day"],
      from: daysAgo(DAYS - 1),
      timezone: ownZone(),
    }),
  );
  const totals = query.data?.totals;
  const value = (metric: string) => (totals ? count(totals[metric] ?? 0) : "…");
  const chart = (metric: string, label: string) =>
    query.data && <Sparkline label={`${label} a day, last ${DAYS} days`} values={series(query.data.items, metric)} />;
  return (
    <>
      {query.isError && (
        <div className="col-span-full">
          <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />
        </div>
      )}
      <Stat
        className="max-md:col-span-2 md:col-span-2"
        label="Mails sent"
        value={value("emails_sent")}
        note={`Last ${DAYS} days`}
        chart={chart("emails_sent", "Mails sent")}
      />
      <Stat
        className="md:col-span-2"
        label="Replies"
        value={value("replies")}
        note={totals ? part(totals.replies, totals.emails_sent, "of the mails", "No mails yet") : " "}
        chart={chart("replies", "Replies")}
      />
      <Stat
        className="md:col-span-2"
        label="Interested"
        value={value("positive_replies")}
        note={totals ? part(totals.positive_replies, totals.replies, "of the replies", "No replies yet") : " "}
        chart={chart("positive_replies", "Interested replies")}
      />
    </>
  );
}

export function ActiveCampaigns() {
  const query = useQuery(campaigns.list(RUNNING));
  const may = useMay();
  return (
    <Card title="Active campaigns" aside={<More to="/campaigns">All campaigns</More>}>
      {query.isPending && <Skeleton />}
      {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      {query.data?.items.length === 0 && (
        <Empty
          compact
          icon={Megaphone}
          title="No campaign is running"
          action={
            may("create-campaign") && (
              <ButtonLink to="/campaigns/new" size="small">
                Create a campaign
              </ButtonLink>
            )
          }
        >
          Nothing leaves this workspace at the moment.
        </Empty>
      )}
      {query.data && query.data.items.length > 0 && (
        <ul className="flex flex-col divide-y divide-line">
          {query.data.items.map((campaign) => (
            <li key={campaign.id} className="flex flex-wrap items-center justify-between gap-x-4 py-2">
              <Link
                to="/campaigns/$campaignId"
                params={{ campaignId: campaign.id }}
                className="inline-block min-h-6 min-w-0 font-medium break-words text-primary-ink hover:underline"
              >
                {campaign.name}
              </Link>
              {campaign.metrics && (
                <span className="figure text-xs text-quiet">
                  {plural(campaign.metrics.emails_sent, "mail")} ·{" "}
                  {plural(campaign.metrics.replies, "reply", "replies")} · {count(campaign.metrics.positive_replies)}{" "}
                  interested
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

export function RecentLeads() {
  const query = useQuery(leads.list({ sort: "-created_at", limit: 5 }));
  const now = useNow();
  return (
    <Card title="Recent leads" aside={<More to="/leads">All leads</More>}>
      {query.isPending && <Skeleton />}
      {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      {query.data?.items.length === 0 && (
        <Empty
          compact
          icon={Users}
          title="No leads yet"
          action={
            <ButtonLink to="/leads/import" size="small">
              Import leads
            </ButtonLink>
          }
        />
      )}
      {query.data && query.data.items.length > 0 && (
        <ul className="flex flex-col divide-y divide-line">
          {query.data.items.map((lead, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a place of the newest, not a row that wanders down
            <li key={i} className="flex items-center justify-between gap-4 py-2">
              <span className="min-w-0">
                <Link
                  to="/leads"
                  search={{ lead: lead.id }}
                  className="inline-block min-h-6 font-medium break-words text-primary-ink hover:underline"
                >
                  {leadName(lead)}
                </Link>
                <span className="block truncate text-xs text-quiet">{lead.company || lead.title || lead.source}</span>
              </span>
              <span className="shrink-0 text-xs text-quiet">{ago(lead.created_at, now)}</span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

export function AiActivity() {
  const query = useQuery(replies.list({ limit: 4 }));
  const now = useNow();
  return (
    <Card title="AI activity" aside={<More to="/replies">All replies</More>}>
      {query.isPending && <Skeleton />}
      {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      {query.data?.items.length === 0 && (
        <Empty compact icon={Sparkles} title="Nothing has been decided yet">
          When people answer, each verdict appears here with its reason.
        </Empty>
      )}
      {query.data && query.data.items.length > 0 && (
        <ul className="flex flex-col divide-y divide-line">
          {query.data.items.map((reply, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a place of the newest, not a row that wanders down
            <li key={i} className="py-2">
              <p className="flex flex-wrap items-center gap-2">
                <Link
                  to="/replies"
                  search={{ reply: reply.id }}
                  className="inline-block min-h-6 font-medium text-primary-ink hover:underline"
                >
                  {reply.lead_name || "Unnamed lead"}
                </Link>
                <Badge tone={reply.intent === "interested" ? "success" : "neutral"}>{words(reply.intent)}</Badge>
                <span className="text-xs text-quiet">{ago(reply.received_at, now)}</span>
              </p>
              <p className="line-clamp-2 h-8 text-xs text-quiet">Why: {reply.reason || "not recorded"}</p>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

const FEED = 50;
// Lines that want a person's eye.
const ALARM = /in_doubt|bounced|complained|failed|paused/;

/** What happened lately. The box has a fixed height; newer lines wait behind a chip. */
export function RecentActivity() {
  const query = useQuery(activity.latest(FEED));
  const now = useNow();
  const [held, setHeld] = useState<readonly Activity[]>([]);
  const lines = query.data?.items ?? [];
  if (held.length === 0 && lines.length > 0) setHeld(lines);
  const { shown, waiting } = feedView(lines, held);
  return (
    <Card
      title="Recent activity"
      aside={
        <span aria-live="polite" className="min-h-8">
          {waiting > 0 && (
            <Button size="small" look="primary" onClick={() => setHeld(lines)}>
              <ArrowUp aria-hidden="true" className="size-4" /> {waiting >= FEED ? `${waiting}+` : waiting} new
            </Button>
          )}
        </span>
      }
    >
      <section
        className="relative h-96 overflow-y-auto [overflow-anchor:none]"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
        tabIndex={0}
        aria-label="Recent activity list"
      >
        {query.isPending && <Skeleton lines={6} />}
        {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
        {query.data && shown.length === 0 && (
          <Empty compact icon={ActivityIcon} title="Nothing has happened yet">
            Imports, mails, answers and changes appear here as they happen.
          </Empty>
        )}
        <ol className="flex flex-col">
          {shown.map((line) => (
            <FeedLine key={line.seq} line={line} now={now} />
          ))}
        </ol>
      </section>
    </Card>
  );
}

function FeedLine({ line, now }: { line: Activity; now: number }) {
  const may = useMay();
  const Icon = ALARM.test(line.event) ? CircleAlert : Info;
  return (
    <li className="flex gap-2 py-1.5">
      <Icon
        aria-hidden="true"
        className={
          ALARM.test(line.event) ? "mt-0.5 size-4 shrink-0 text-warning-ink" : "mt-0.5 size-4 shrink-0 text-quiet"
        }
      />
      <p className="min-w-0 flex-1">
        {line.lead_id && may("show-lead") ? (
          <Link to="/leads" search={{ lead: line.lead_id, tab: "history" }} className="hover:underline">
            {line.text}
          </Link>
        ) : line.campaign_id ? (
          <Link to="/campaigns/$campaignId" params={{ campaignId: line.campaign_id }} className="hover:underline">
            {line.text}
          </Link>
        ) : (
          line.text
        )}{" "}
        <time
          dateTime={line.occurred_at}
          title={moment(line.occurred_at)}
          className="text-xs whitespace-nowrap text-quiet"
        >
          {ago(line.occurred_at, now)}
        </time>
      </p>
    </li>
  );
}
