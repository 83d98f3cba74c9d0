import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, Rocket } from "lucide-react";
import type { ReactNode } from "react";
import { campaigns, moveCampaign } from "@/api/campaigns";
import { messageOf } from "@/api/problem";
import type { Campaign, Obstacle, Preflight } from "@/api/types";
import { Button, ButtonLink } from "@/components/ui/button";
import { Failure, Notice, Skeleton } from "@/components/ui/state";
import { toast } from "@/components/ui/toast";
import { delayWords } from "@/lib/duration";
import { count, money, plural } from "@/lib/format";
import { AUTONOMY, audienceWords, basicsOf, stepFor } from "./draft";

type Page = "basics" | "audience" | "sequence";

interface ReviewProps {
  campaign: Campaign;
  onGo: (page: Page) => void;
  onLaunched: () => void;
}

/** Step 4: the gate's verdict, and the launch. */
export function ReviewStep({ campaign, onGo, onLaunched }: ReviewProps) {
  const queries = useQueryClient();
  const verdict = useQuery(campaigns.preflight(campaign.id, campaign.version));
  const launch = useMutation({
    mutationFn: () => moveCampaign(campaign.id, "launch"),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: campaigns.key });
      toast(`“${campaign.name}” is running.`);
      onLaunched();
    },
    onError: () => void verdict.refetch(),
  });
  return (
    <div className="flex flex-col gap-6">
      {launch.isError && <Failure message={messageOf(launch.error)} />}
      <Summary campaign={campaign} onGo={onGo} />
      {verdict.isPending && <Skeleton lines={5} label="Checking who can be reached" />}
      {verdict.isError && <Failure message={messageOf(verdict.error)} onRetry={() => void verdict.refetch()} />}
      {verdict.data && <Gate verdict={verdict.data} onGo={onGo} />}
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="quiet" onClick={() => onGo("sequence")}>
          Back
        </Button>
        <ButtonLink to="/campaigns">Keep as draft</ButtonLink>
        <Button look="primary" busy={launch.isPending} disabled={!verdict.data?.ready} onClick={() => launch.mutate()}>
          <Rocket aria-hidden="true" className="size-4" /> Launch campaign
        </Button>
      </div>
    </div>
  );
}

function Line({
  label,
  children,
  onEdit,
  what,
}: {
  label: string;
  children: ReactNode;
  onEdit: () => void;
  what: string;
}) {
  return (
    <div className="grid grid-cols-[1fr_auto] gap-x-2 py-2 md:grid-cols-[8rem_1fr_auto]">
      <dt className="text-quiet max-md:col-span-2">{label}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
      <dd>
        <button
          type="button"
          onClick={onEdit}
          aria-label={`Change ${what}`}
          className="min-h-6 px-1 font-medium text-primary-ink underline"
        >
          Change
        </button>
      </dd>
    </div>
  );
}

function Summary({ campaign, onGo }: { campaign: Campaign; onGo: (page: Page) => void }) {
  const basics = basicsOf(campaign);
  return (
    <dl className="divide-y divide-line rounded-lg border border-line px-4">
      <Line label="Campaign" what="the basics" onEdit={() => onGo("basics")}>
        <span className="font-medium">{campaign.name}</span>
        {campaign.goal && <span className="text-quiet">: {campaign.goal}</span>}
      </Line>
      <Line label="Acts" what="autonomy" onEdit={() => onGo("basics")}>
        {AUTONOMY.find(({ value }) => value === basics.autonomy)?.hint}
      </Line>
      <Line label="When" what="the schedule" onEdit={() => onGo("basics")}>
        {basics.days.length === 7 ? "Every day" : basics.days.join(", ")}, {basics.from} to {basics.to},{" "}
        {basics.timezone === "lead" ? "in each person's own time" : basics.timezone}
      </Line>
      <Line label="Budget" what="the budget" onEdit={() => onGo("basics")}>
        {campaign.budget?.daily ? `${money(campaign.budget.daily)} a day` : "No limit"}
      </Line>
      <Line label="Audience" what="the audience" onEdit={() => onGo("audience")}>
        {audienceWords(campaign.audience?.filter)}
      </Line>
      <Line label="Steps" what="the steps" onEdit={() => onGo("sequence")}>
        <ol className="flex flex-col gap-1">
          {campaign.steps.map((step, i) => (
            <li key={step.id ?? i}>
              {i + 1}. {step.channel === "task" ? "Task" : "Mail"}, {delayWords(step.delay)}:{" "}
              {step.variants[0]?.subject || "no subject"}
              {step.variants.length > 1 && <span className="text-quiet"> ({step.variants.length} versions)</span>}
            </li>
          ))}
        </ol>
      </Line>
    </dl>
  );
}

export function Gate({ verdict, onGo }: { verdict: Preflight; onGo: (page: Page) => void }) {
  const { total, reachable, excluded } = verdict.audience;
  return (
    <section aria-label="Launch check" className="flex flex-col gap-4">
      <div>
        <h3 className="text-base font-semibold">
          {plural(total, "person", "people")}: {count(reachable)} reachable, {count(total - reachable)} excluded
        </h3>
        {excluded.length > 0 && (
          <ul className="mt-2 flex flex-col gap-1">
            {excluded.map(({ rule, count: n, message }) => (
              <li key={rule} className="flex gap-2">
                <span className="figure w-14 shrink-0 text-right font-medium">{count(n)}</span>
                <span className="text-quiet">{message}</span>
              </li>
            ))}
          </ul>
        )}
        {Boolean(verdict.audience.zone_unknown) && (
          <p className="mt-2 text-quiet">
            {plural(verdict.audience.zone_unknown ?? 0, "reachable person", "reachable people")} with unknown time zone:
            mailed in the organization's hours.
          </p>
        )}
      </div>
      {verdict.ready ? (
        <Notice tone="success">
          <span className="flex items-center gap-2 font-medium">
            <CircleCheck aria-hidden="true" className="size-4" /> Ready to launch
          </span>
        </Notice>
      ) : (
        <Notice tone="warning">
          <p className="mb-2 font-medium">What stands in the way</p>
          <ul className="flex flex-col gap-2">
            {verdict.reasons.map((reason) => (
              <li key={`${reason.code}${reason.location}`} className="flex flex-wrap items-center gap-2">
                <CircleAlert aria-hidden="true" className="size-4 shrink-0" />
                <span className="min-w-0 flex-1">{reason.message}</span>
                <Mend reason={reason} onGo={onGo} />
              </li>
            ))}
          </ul>
        </Notice>
      )}
    </section>
  );
}

/** Leads to where an obstacle is removed. */
function Mend({ reason, onGo }: { reason: Obstacle; onGo: (page: Page) => void }) {
  if (reason.code === "no_postal_address") {
    return (
      <ButtonLink to="/settings" size="small">
        Set the address
      </ButtonLink>
    );
  }
  const page = stepFor(reason.location);
  if (!page) return null;
  return (
    <Button size="small" onClick={() => onGo(page)}>
      Mend it
    </Button>
  );
}
