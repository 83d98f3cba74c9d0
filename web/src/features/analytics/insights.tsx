import { useQuery } from "@tanstack/react-query";
import { CircleAlert, Lightbulb, Sparkles, TrendingUp } from "lucide-react";
import { messageOf } from "@/api/problem";
import { type Insight, reports } from "@/api/reports";
import { ButtonLink } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Help } from "@/components/ui/help";
import { Empty, Failure, Skeleton } from "@/components/ui/state";
import { count } from "@/lib/format";
import type { Period } from "./period";

const LOOKS = {
  act: { icon: CircleAlert, tone: "text-danger-ink", name: "Act on this" },
  look: { icon: Lightbulb, tone: "text-warning-ink", name: "Worth a look" },
  shine: { icon: TrendingUp, tone: "text-success-ink", name: "Works well" },
} as const;

/** What the numbers show with enough evidence; each says what it stands on. */
export function Insights({ period, zone }: { period: Period; zone: string }) {
  const query = useQuery(reports.insights({ ...period, timezone: zone }));
  return (
    <Card
      title="AI insights"
      aside={
        <Help label="About insights">
          Fixed rules over your own counts, at 99 % confidence and corrected for how many comparisons are looked at. No
          model writes them. What has too little evidence is not shown.
        </Help>
      }
    >
      {query.isPending && <Skeleton lines={4} />}
      {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      {query.data?.items.length === 0 && (
        <Empty compact icon={Sparkles} title="Nothing stands out">
          Either all is within its bounds, or there are too few mails to tell luck from a pattern. A hundred mails of a
          wording and ten answers are the least.
        </Empty>
      )}
      <ul className="flex flex-col gap-4">
        {query.data?.items.map((insight) => (
          <Item key={`${insight.kind} ${insight.campaign_id} ${insight.step_id} ${insight.variant_id}`} {...insight} />
        ))}
      </ul>
    </Card>
  );
}

function Item({ weight, title, text, sample, action, campaign_id }: Insight) {
  const { icon: Icon, tone, name } = LOOKS[weight];
  return (
    <li className="flex gap-3">
      <Icon role="img" aria-label={name} className={`mt-0.5 size-5 shrink-0 ${tone}`} />
      <div className="min-w-0 flex-1">
        <h3 className="font-medium break-words">{title}</h3>
        <p className="text-quiet">{text}</p>
        <p className="mt-1 text-xs text-quiet">{`Stands on ${count(sample)} mails.`}</p>
        {campaign_id && (
          <ButtonLink
            to="/campaigns/$campaignId"
            params={{ campaignId: campaign_id }}
            search={{ tab: action.place === "variants" ? "steps" : undefined }}
            size="small"
            className="mt-2"
          >
            {action.label}
          </ButtonLink>
        )}
      </div>
    </li>
  );
}
