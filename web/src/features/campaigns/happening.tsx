import { useQuery } from "@tanstack/react-query";
import { CalendarClock, Gauge } from "lucide-react";
import { campaigns } from "@/api/campaigns";
import { messageOf } from "@/api/problem";
import type { Campaign, CampaignOutlook, Upcoming } from "@/api/types";
import { activity } from "@/api/workspace";
import { Card } from "@/components/ui/card";
import { Failure, Skeleton } from "@/components/ui/state";
import { ago, count, moment, plural } from "@/lib/format";
import { asRead } from "@/lib/merge";
import { useNow } from "@/lib/time";

const SHOWN = 5;

/** "Mon, Nov 23" of a date of the organisation's calendar. */
function dayWords(day: string, today: string): string {
  if (day === today) return "today";
  return new Intl.DateTimeFormat("en-US", { weekday: "short", month: "short", day: "numeric", timeZone: "UTC" }).format(
    new Date(`${day}T00:00:00Z`),
  );
}

/** The next touches in a sentence, as the server counts them. */
export function nextWords(
  upcoming: Upcoming,
  { window }: Pick<CampaignOutlook, "window">,
  campaign: Campaign,
  today: string,
): string {
  const step = campaign.steps[upcoming.step];
  const what = step?.channel === "task" ? plural(upcoming.count, "task") : plural(upcoming.count, "mail");
  const hours = window.from || window.to ? ` between ${window.from || "00:00"} and ${window.to || "24:00"}` : "";
  const zone = hours ? (window.timezone && window.timezone !== "lead" ? ` ${window.timezone}` : " local") : "";
  return `${what}${hours}${zone} ${dayWords(upcoming.day, today)}: step ${upcoming.step + 1}`;
}

/** What is next in a campaign, and what slows it down. */
export function Outlook({ campaign }: { campaign: Campaign }) {
  const query = useQuery(campaigns.outlook(campaign.id));
  if (query.isPending) return <Skeleton lines={3} />;
  if (query.isError) return <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />;
  const { upcoming, limits, queued, timezone } = query.data;
  const today = new Intl.DateTimeFormat("en-CA", { timeZone: timezone }).format(new Date());
  return (
    <Card title="What is next">
      {upcoming.length === 0 && queued === 0 ? (
        <p className="text-quiet">
          {campaign.status === "draft"
            ? "Nothing happens before the launch."
            : "Nobody has a step before them in the next two weeks."}
        </p>
      ) : (
        <ol className="flex flex-col gap-2">
          {queued > 0 && <li>{plural(queued, "mail")} prepared, waiting for their turn.</li>}
          {upcoming.slice(0, SHOWN).map((entry) => (
            <li key={`${entry.day}${entry.step}`} className="figure flex items-start gap-2">
              <CalendarClock aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-quiet" />
              <span>
                {nextWords(entry, query.data, campaign, today)}
                {campaign.steps[entry.step]?.variants[0]?.subject && (
                  <span className="text-quiet">
                    {" "}
                    “{asRead(campaign.steps[entry.step]?.variants[0]?.subject ?? "")}”
                  </span>
                )}
              </span>
            </li>
          ))}
          {upcoming.length > SHOWN && (
            <li className="text-quiet">
              and {count(upcoming.slice(SHOWN).reduce((sum, entry) => sum + entry.count, 0))} touches on the days after
            </li>
          )}
        </ol>
      )}
      {limits.length > 0 && (
        <ul aria-label="Limits" className="mt-3 flex flex-col gap-1 text-quiet">
          {limits.map(({ code, message }) => (
            <li key={code} className="flex items-start gap-2">
              <Gauge aria-hidden="true" className="mt-0.5 size-4 shrink-0" /> {message}
            </li>
          ))}
        </ul>
      )}
      <p className="mt-3 text-xs text-quiet">Days are those of {timezone}. Answers end a person's sequence earlier.</p>
    </Card>
  );
}

/** The last things that happened in a campaign. */
export function Happened({ campaign }: { campaign: Campaign }) {
  const query = useQuery(activity.latest(200));
  const now = useNow();
  const lines = (query.data?.items ?? []).filter(({ campaign_id }) => campaign_id === campaign.id).slice(0, 12);
  return (
    <Card title="What happened">
      {query.isPending && <Skeleton lines={4} />}
      {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      {query.data && lines.length === 0 && (
        <p className="text-quiet">
          {campaign.launched_at
            ? "Nothing of this campaign is among the last 200 things of this workspace."
            : "Nothing yet: it was not launched."}
        </p>
      )}
      <ol className="flex flex-col gap-2">
        {lines.map((line, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a place of the newest, not a line that wanders down
          <li key={i} className="flex justify-between gap-3">
            <span title={line.text} className="min-w-0 truncate">
              {line.text.split(" · ")[0]}
            </span>
            <time dateTime={line.occurred_at} title={moment(line.occurred_at)} className="shrink-0 text-xs text-quiet">
              {ago(line.occurred_at, now)}
            </time>
          </li>
        ))}
      </ol>
    </Card>
  );
}
