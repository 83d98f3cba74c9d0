import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, Eye, Rocket } from "lucide-react";
import { useState } from "react";
import { campaigns, moveCampaign } from "@/api/campaigns";
import { messageOf } from "@/api/problem";
import type { Campaign, Obstacle, Preflight } from "@/api/types";
import { Button, ButtonLink } from "@/components/ui/button";
import { Failure, Notice, Skeleton } from "@/components/ui/state";
import { toast } from "@/components/ui/toast";
import { count, plural } from "@/lib/format";
import { stepFor } from "./draft";
import { PreviewDialog } from "./preview";
import { Summary } from "./summary";

type Page = "basics" | "audience" | "sequence";

interface ReviewProps {
  campaign: Campaign;
  onGo: (page: Page) => void;
  onLaunched: () => void;
}

/** Step 4: the gate's verdict, and the launch. */
export function ReviewStep({ campaign, onGo, onLaunched }: ReviewProps) {
  const queries = useQueryClient();
  const [previewing, setPreviewing] = useState(false);
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
        <Button onClick={() => setPreviewing(true)}>
          <Eye aria-hidden="true" className="size-4" /> Preview
        </Button>
        <Button look="primary" busy={launch.isPending} disabled={!verdict.data?.ready} onClick={() => launch.mutate()}>
          <Rocket aria-hidden="true" className="size-4" /> Launch campaign
        </Button>
      </div>
      <PreviewDialog campaign={campaign} open={previewing} onOpenChange={setPreviewing} />
    </div>
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
