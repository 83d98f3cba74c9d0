import { useQuery } from "@tanstack/react-query";
import { CircleHelp } from "lucide-react";
import { campaigns, decisions } from "@/api/campaigns";
import { messageOf } from "@/api/problem";
import type { Campaign } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { Empty, Failure, Skeleton } from "@/components/ui/state";
import { delayWords } from "@/lib/duration";
import { count, moment, words } from "@/lib/format";
import { audienceWords } from "./draft";

/** What was launched, as it was, and every decision with its reason. */
export function Record({ campaign }: { campaign: Campaign }) {
  return (
    <div className="grid items-start gap-6 lg:grid-cols-2">
      <Launches campaign={campaign} />
      <Decisions campaign={campaign} />
    </div>
  );
}

function Launches({ campaign }: { campaign: Campaign }) {
  const query = useQuery(campaigns.launches(campaign.id));
  return (
    <Card title="What was launched">
      {query.isPending && <Skeleton lines={4} />}
      {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      {query.data?.items.length === 0 && (
        <Empty compact title="Not launched yet">
          At the launch the words, the audience and the counts of the check are kept as they were.
        </Empty>
      )}
      <ol className="flex flex-col gap-4">
        {query.data?.items.map(({ id, launched_at, audience, counts, steps }) => (
          <li key={id}>
            <p className="font-medium">{moment(launched_at)}</p>
            <p className="figure text-quiet">
              {count(counts.total)} people: {count(counts.reachable)} reachable,{" "}
              {count(counts.total - counts.reachable)} excluded
              {counts.excluded.length > 0 &&
                `: ${counts.excluded.map(({ count: n, message }) => `${count(n)} ${message}`).join(", ")}`}
            </p>
            <p className="text-quiet">Audience: {audienceWords(audience.filter)}</p>
            <details className="mt-1">
              <summary className="min-h-6 font-medium text-primary-ink">The words as they were</summary>
              <ol className="mt-2 flex flex-col gap-3">
                {steps.map((step, i) => (
                  <li key={step.id ?? i}>
                    <p className="text-xs text-quiet">
                      Step {i + 1}, {delayWords(step.delay ?? "0s")}
                    </p>
                    {step.variants.map((variant, v) => (
                      <div key={variant.id ?? v} className="mt-1 rounded-lg bg-sunken p-3">
                        <p className="font-medium break-words">{variant.subject || "No subject"}</p>
                        <p className="mt-1 break-words whitespace-pre-wrap">{variant.body}</p>
                      </div>
                    ))}
                  </li>
                ))}
              </ol>
            </details>
          </li>
        ))}
      </ol>
    </Card>
  );
}

function Decisions({ campaign }: { campaign: Campaign }) {
  const query = useQuery(decisions.list({ campaign_id: campaign.id, limit: 20 }));
  return (
    <Card title="Decisions">
      {query.isPending && <Skeleton lines={4} />}
      {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      {query.data?.items.length === 0 && (
        <Empty compact title="Nothing was decided yet">
          Launches, sorted answers and shipped versions stand here with their reasons.
        </Empty>
      )}
      <ol className="flex flex-col divide-y divide-line">
        {query.data?.items.map((decision) => (
          <li key={decision.id} className="py-2">
            <p className="flex flex-wrap items-center gap-x-2">
              <span className="font-medium">{words(decision.kind)}</span>
              <Badge tone="primary">{words(decision.chosen)}</Badge>
              <span className="text-xs text-quiet">{moment(decision.decided_at)}</span>
            </p>
            <details className="mt-1">
              <summary className="flex min-h-6 items-center gap-1 font-medium text-primary-ink">
                <CircleHelp aria-hidden="true" className="size-4" /> Why?
              </summary>
              <p className="mt-1 break-words">{decision.reason || "No reason was recorded."}</p>
              <p className="text-xs text-quiet">
                Decided by {decision.decider.startsWith("user:") ? "a person" : decision.decider}
                {decision.probability > 0 &&
                  decision.probability < 1 &&
                  `, ${Math.round(decision.probability * 100)} % sure`}
              </p>
            </details>
          </li>
        ))}
      </ol>
    </Card>
  );
}
