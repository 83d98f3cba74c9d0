import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Link2Off } from "lucide-react";
import { messageOf, Problem } from "@/api/problem";
import { type SharedReport, shares } from "@/api/reports";
import { Card, Stat } from "@/components/ui/card";
import { Empty, Failure, Skeleton } from "@/components/ui/state";
import { DayChart, dayName } from "@/features/analytics/chart";
import { type Period, series } from "@/features/analytics/period";
import { count, moment, money, share } from "@/lib/format";
import { useTitle } from "@/lib/title";

const route = getRouteApi("/shared/$token");

/** A report for somebody who has its link and no account. */
export function SharedPage() {
  const { token } = route.useParams();
  const query = useQuery({ ...shares.open(token), retry: false });
  useTitle(query.data?.title ?? "Shared report");
  const gone = query.error instanceof Problem && query.error.status === 404;
  return (
    <main className="mx-auto flex min-h-dvh max-w-5xl flex-col gap-6 p-4 md:p-8">
      {!query.data && <h1 className="text-xl">Shared report</h1>}
      {query.isPending && <Skeleton lines={6} />}
      {gone && (
        <Empty icon={Link2Off} title="This link shows nothing">
          It has ended, was ended, or never was. Ask whoever sent it for a new one.
        </Empty>
      )}
      {query.isError && !gone && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      {query.data && <Report {...query.data} />}
    </main>
  );
}

/** The day in a zone at which a time lies. */
function dayIn(iso: string, zone: string): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(new Date(iso));
}

function Report({ title, from, to, timezone, currency, expires_at, totals, days, campaigns }: SharedReport) {
  // The end is exclusive: a report up to midnight ends the day before.
  const period: Period = {
    from: dayIn(from, timezone),
    to: dayIn(new Date(Date.parse(to) - 1).toISOString(), timezone),
  };
  const value = (metric: string) => totals[metric] ?? 0;
  return (
    <>
      <div>
        <h1 className="text-xl break-words">{title}</h1>
        <p className="mt-1 text-quiet">{`${dayName(period.from)} to ${dayName(period.to)}, times of ${timezone.replaceAll("_", " ")}`}</p>
      </div>
      <div className="grid grid-cols-2 gap-4 md:grid-cols-4">
        <Stat label="Mails sent" value={count(value("emails_sent"))} />
        <Stat
          label="Replies"
          value={count(value("replies"))}
          note={`${share(value("replies"), value("emails_sent"))} of the mails`}
        />
        <Stat label="Interested" value={count(value("positive_replies"))} />
        <Stat label="Revenue" value={money({ amount_minor: value("revenue"), currency })} />
      </div>
      <Card title="Mails sent, day by day">
        <DayChart
          name="Mails sent"
          values={series(
            days.map((day) => ({ day: day.day, emails_sent: day.metrics.emails_sent ?? 0 })),
            "emails_sent",
            period,
          )}
          period={period}
        />
      </Card>
      <Card title="Campaigns">
        {campaigns.length === 0 ? (
          <p className="text-quiet">No campaign did anything in this time.</p>
        ) : (
          <table className="w-full">
            <caption className="sr-only">Campaigns</caption>
            <thead>
              <tr className="border-b border-line text-left text-xs text-quiet">
                {["Campaign", "Mails", "Replies", "Interested"].map((name, i) => (
                  <th key={name} scope="col" className={i === 0 ? "py-1 font-medium" : "py-1 text-right font-medium"}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {campaigns.map((campaign, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: two campaigns may share a name
                <tr key={i} className="border-b border-line last:border-0">
                  <td className="py-2 break-words">{campaign.name}</td>
                  {["emails_sent", "replies", "positive_replies"].map((metric) => (
                    <td key={metric} className="figure py-2 text-right">
                      {count(campaign.metrics[metric] ?? 0)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Card>
      <p className="text-xs text-quiet">{`This link shows sums only, and ends ${moment(expires_at)}.`}</p>
    </>
  );
}
