import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, Eye, Rocket } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { campaigns, moveCampaign } from "@/api/campaigns";
import { messageOf } from "@/api/problem";
import type { Campaign, Obstacle, Preflight } from "@/api/types";
import { Button, ButtonLink } from "@/components/ui/button";
import { Failure, Notice, Skeleton } from "@/components/ui/state";
import { toast } from "@/components/ui/toast";
import { chunk } from "@/lib/chunk";
import { count, plural } from "@/lib/format";
import { stepFor } from "./draft";
import { Summary } from "./summary";

type Page = "basics" | "ai" | "audience" | "sequence";

const MailPreview = lazy(chunk(() => import("./mail-preview")));
const PeopleByRule = lazy(chunk(() => import("./excluded")));

interface ReviewProps {
  campaign: Campaign;
  onGo: (page: Page) => void;
  onLaunched: () => void;
}

/** Step 4: the gate's verdict, and the launch. */
export function ReviewStep({ campaign, onGo, onLaunched }: ReviewProps) {
  const queries = useQueryClient();
  const [previewing, setPreviewing] = useState(false);
  const mails = campaign.steps.flatMap((step, i) =>
    step.channel === "email"
      ? step.variants.map(({ id, name }) => ({
          id: id ?? "",
          label: step.variants.length > 1 ? `Step ${i + 1}, version ${name}` : `Step ${i + 1}`,
        }))
      : [],
  );
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
      <p className="text-quiet">Nothing has left yet. Cancel keeps it as a draft.</p>
      <Summary campaign={campaign} onGo={onGo} />
      {verdict.isPending && <Skeleton lines={5} label="Checking who can be reached" />}
      {verdict.isError && <Failure message={messageOf(verdict.error)} onRetry={() => void verdict.refetch()} />}
      {verdict.data && <Gate campaign={campaign} verdict={verdict.data} onGo={onGo} />}
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="quiet" onClick={() => onGo("sequence")}>
          Back
        </Button>
        <ButtonLink to="/campaigns">Cancel</ButtonLink>
        <Button onClick={() => setPreviewing(true)}>
          <Eye aria-hidden="true" className="size-4" /> Preview
        </Button>
        <Button look="primary" busy={launch.isPending} disabled={!verdict.data?.ready} onClick={() => launch.mutate()}>
          <Rocket aria-hidden="true" className="size-4" /> Launch Campaign
        </Button>
      </div>
      {previewing && (
        <Suspense>
          <MailPreview
            campaign={campaign}
            variantId={undefined}
            mails={mails}
            waiting={mails.length === 0 ? "There is no mail in this campaign yet." : undefined}
            onClose={() => setPreviewing(false)}
          />
        </Suspense>
      )}
    </div>
  );
}

interface GateProps {
  campaign: Campaign;
  verdict: Preflight;
  onGo: (page: Page) => void;
}

/** Who can be reached and who cannot, each reason leading to its people; then what stands in the way. */
export function Gate({ campaign, verdict, onGo }: GateProps) {
  const { total, reachable, excluded, zone_unknown: zoneless } = verdict.audience;
  const [asked, setAsked] = useState<{ rule: string; title: string }>();
  const link = (rule: string, title: string, text: string) => (
    <button
      type="button"
      onClick={() => setAsked({ rule, title })}
      className="min-h-6 font-medium text-primary-ink underline"
    >
      {text}
    </button>
  );
  return (
    <section aria-label="Launch check" className="flex flex-col gap-4">
      <div>
        <p className="figure text-base font-semibold">
          {plural(total, "person", "people")}: {count(reachable)} reachable, {count(total - reachable)} excluded
          {excluded.length > 0 && ": "}
          {excluded.map(({ rule, count: n, message }, i) => (
            <span key={rule}>
              {i > 0 && ", "}
              {link(rule, `Excluded: ${message}`, `${count(n)} ${message}`)}
            </span>
          ))}
        </p>
        <p className="mt-2 flex flex-wrap gap-x-4 gap-y-1">
          {reachable > 0 && link("allowed", "Reachable people", "See who is reachable")}
          {Boolean(zoneless) &&
            link(
              "zone_unknown",
              "Reachable, time zone unknown",
              `${count(zoneless ?? 0)} reachable with unknown time zone: mailed in the organization's hours`,
            )}
        </p>
        {asked && (
          <Suspense>
            <PeopleByRule campaign={campaign} {...asked} onClose={() => setAsked(undefined)} />
          </Suspense>
        )}
      </div>
      {verdict.warnings.length > 0 && (
        <Notice>
          <p className="mb-1 font-medium">Good to know</p>
          <ul className="flex flex-col gap-1">
            {verdict.warnings.map(({ location, message }) => (
              <li key={location + message}>{message.charAt(0).toUpperCase() + message.slice(1)}.</li>
            ))}
          </ul>
        </Notice>
      )}
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
