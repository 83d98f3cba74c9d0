import { useQuery } from "@tanstack/react-query";
import { messageOf } from "@/api/problem";
import { reports } from "@/api/reports";
import { Card } from "@/components/ui/card";
import { Help } from "@/components/ui/help";
import { Failure, Skeleton } from "@/components/ui/state";
import { count, plural } from "@/lib/format";

const NAMES: Record<string, string> = { emails_sent: "Mails", replies: "Replies", positive_replies: "Interested" };

/** What the next days bring if they are like those before, or that nobody can tell yet. */
export function Forecast({ zone }: { zone: string }) {
  const query = useQuery(reports.forecast({ timezone: zone }));
  const data = query.data;
  const missing = data?.items.find((item) => item.not_enough_data)?.missing_days;
  return (
    <Card title="Next 30 days" aside={data && <Help label="About the forecast">{data.method}</Help>}>
      {query.isPending && <Skeleton lines={3} />}
      {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      {missing ? (
        <p className="text-quiet">
          {`Not enough data: ${plural(missing, "more day")} with mails are needed before a forecast says anything.`}
        </p>
      ) : (
        <dl className="flex flex-col gap-2">
          {data?.items.map((item) => (
            <div key={item.metric} className="flex flex-wrap justify-between gap-2">
              <dt>{NAMES[item.metric] ?? item.metric}</dt>
              <dd className="figure">
                {count(Math.round(item.expected ?? 0))}
                <span className="ml-2 text-quiet">
                  {`${count(Math.floor(item.low ?? 0))} to ${count(Math.ceil(item.high ?? 0))}`}
                </span>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </Card>
  );
}
