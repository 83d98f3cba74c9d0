import { useQuery } from "@tanstack/react-query";
import { messageOf } from "@/api/problem";
import { reports } from "@/api/reports";
import { Card } from "@/components/ui/card";
import { Failure, Skeleton } from "@/components/ui/state";
import { count, share } from "@/lib/format";
import type { Period } from "./period";

const NAMES: Record<string, string> = {
  leads_created: "Leads that came in",
  touches: "Mails and calls",
  answers: "Answers by people",
  positive_replies: "Interested answers",
  meetings: "Meetings",
  deals_won: "Deals won",
};

/** How far people came: what happened in the period, stage by stage. */
export function Funnel({ period, zone }: { period: Period; zone: string }) {
  const query = useQuery(reports.funnel({ ...period, timezone: zone }));
  const items = query.data?.items ?? [];
  const most = Math.max(...items.map((item) => item.count), 1);
  return (
    <Card title="Funnel">
      {query.isPending && <Skeleton lines={6} />}
      {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      <ol className="flex flex-col gap-3">
        {items.map((item, i) => {
          const earlier = items[i - 1]?.count ?? 0;
          return (
            <li key={item.stage}>
              <div className="flex flex-wrap justify-between gap-2">
                <span>{NAMES[item.stage] ?? item.stage}</span>
                <span className="figure">
                  {count(item.count)}
                  {i > 0 && earlier > 0 && item.count <= earlier && (
                    <span className="ml-2 text-quiet">{share(item.count, earlier)} of these</span>
                  )}
                </span>
              </div>
              <svg aria-hidden="true" viewBox="0 0 100 2" preserveAspectRatio="none" className="mt-1 h-2 w-full">
                <rect width="100" height="2" rx="1" className="fill-sunken" />
                <rect width={(item.count / most) * 100} height="2" rx="1" className="fill-primary" />
              </svg>
            </li>
          );
        })}
      </ol>
      {items.length > 0 && (
        <p className="mt-3 text-xs text-quiet">
          Each stage counts what happened in this time: a late answer counts in the month it came.
        </p>
      )}
    </Card>
  );
}
