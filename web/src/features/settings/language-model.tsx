import { useQuery } from "@tanstack/react-query";
import { writerStatus } from "@/api/campaigns";
import { messageOf } from "@/api/problem";
import { Card } from "@/components/ui/card";
import { Failure, Skeleton } from "@/components/ui/state";
import { ago, count, money, plural } from "@/lib/format";
import { useNow } from "@/lib/time";

/** Which language model writes, how it does, and what it cost. */
export function LanguageModel() {
  const query = useQuery(writerStatus);
  const now = useNow();
  const status = query.data;
  return (
    <Card title="Language model">
      {query.isPending && <Skeleton lines={3} />}
      {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      {status?.offline && (
        <p className="text-quiet">
          Templates, no model: words come from templates and the facts you give, and answers are sorted by rules.
          Nothing is sent to a provider, and it costs nothing. {plural(status.month_offline, "text")} this month. Who
          runs this program configures a model.
        </p>
      )}
      {status && !status.offline && (
        <dl className="grid gap-3 sm:grid-cols-2">
          {[
            ["Model", `${status.model} (${status.provider})`],
            [
              "Cost this month",
              `${money(status.month_cost)}${status.month_unknown_cost > 0 ? `, and ${plural(status.month_unknown_cost, "call")} of unknown cost` : ""}`,
            ],
            ["Calls this month", `${count(status.month_calls)}, ${count(status.month_failed)} failed`],
            ["Last success", status.last_success_at ? ago(status.last_success_at, now) : "None yet"],
            ["Last error", status.last_error_at ? `${ago(status.last_error_at, now)}: ${status.last_error}` : "None"],
          ].map(([label, value]) => (
            <div key={label}>
              <dt className="text-xs text-quiet">{label}</dt>
              <dd className="figure break-words">{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </Card>
  );
}
