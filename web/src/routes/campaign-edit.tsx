import { useQuery, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { getRouteApi, Navigate, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { campaigns, createCampaign, updateCampaign } from "@/api/campaigns";
import { messageOf } from "@/api/problem";
import { me } from "@/api/session";
import type { Campaign, CampaignDraft } from "@/api/types";
import { ButtonLink } from "@/components/ui/button";
import { Card, PageHeader } from "@/components/ui/card";
import { WizardSteps } from "@/components/ui/progress";
import { Failure, Skeleton } from "@/components/ui/state";
import { AudienceStep } from "@/features/campaigns/audience";
import { BasicsStep } from "@/features/campaigns/basics";
import { basicsOf, fromBasics, NEW_CAMPAIGN, sequenceOf, stepsOf } from "@/features/campaigns/draft";
import { ReviewStep } from "@/features/campaigns/review";
import { SequenceStep } from "@/features/campaigns/sequence";
import { useTitle } from "@/lib/title";
import { EDIT_STEPS } from "./choices";

const route = getRouteApi("/app/campaigns/$campaignId/edit");
const NAMES = ["Basics", "Audience", "Steps", "Review"] as const;

/** The first step makes the draft; from then on the draft on the server is the state. */
export function NewCampaignPage() {
  useTitle("Create new campaign");
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { data: who } = useSuspenseQuery(me);
  return (
    <>
      <PageHeader title="Create new campaign" />
      <Card className="max-w-4xl">
        <WizardSteps label="Campaign steps" steps={NAMES} current={0} />
        <BasicsStep
          initial={NEW_CAMPAIGN}
          organizationZone={who.organization.timezone}
          onSave={async (form) => {
            const made = await createCampaign(fromBasics(form));
            queries.setQueryData(campaigns.one(made.id).queryKey, made);
            void queries.invalidateQueries({ queryKey: ["campaigns", "list"] });
            await navigate({
              to: "/campaigns/$campaignId/edit",
              params: { campaignId: made.id },
              search: { step: "audience" },
              replace: true,
            });
          }}
        />
      </Card>
    </>
  );
}

export function EditCampaignPage() {
  const { campaignId } = route.useParams();
  const { step } = route.useSearch();
  const query = useQuery(campaigns.one(campaignId));
  useTitle(query.data ? `Edit ${query.data.name}` : "Edit campaign");
  if (query.isPending) return <Skeleton lines={6} />;
  if (query.isError) {
    return (
      <>
        <PageHeader title="Edit campaign" />
        <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />
      </>
    );
  }
  if (query.data.status === "running" || query.data.status === "archived") {
    return <Navigate to="/campaigns/$campaignId" params={{ campaignId }} />;
  }
  return <Editor key={step} campaign={query.data} />;
}

function Editor({ campaign }: { campaign: Campaign }) {
  const { step = "basics" } = route.useSearch();
  const navigate = route.useNavigate();
  const queries = useQueryClient();
  const { data: who } = useSuspenseQuery(me);
  // What the form was filled from: if somebody else saves meanwhile, saving this
  // is refused instead of undoing their work.
  const [version] = useState(campaign.version);
  const go = (next: (typeof EDIT_STEPS)[number]) => void navigate({ search: { step: next } });
  const save = async (part: CampaignDraft, next: (typeof EDIT_STEPS)[number]) => {
    const saved = await updateCampaign(campaign.id, part, version);
    queries.setQueryData(campaigns.one(campaign.id).queryKey, saved);
    void queries.invalidateQueries({ queryKey: ["campaigns", "list"] });
    go(next);
  };
  return (
    <>
      <PageHeader
        title={campaign.name}
        lead="Every step is saved as you go on."
        actions={<ButtonLink to="/campaigns">All campaigns</ButtonLink>}
      />
      <Card className="max-w-4xl">
        <WizardSteps label="Campaign steps" steps={NAMES} current={EDIT_STEPS.indexOf(step)} />
        {step === "basics" && (
          <BasicsStep
            initial={basicsOf(campaign)}
            organizationZone={who.organization.timezone}
            onSave={(form) => save(fromBasics(form, campaign), "audience")}
          />
        )}
        {step === "audience" && (
          <AudienceStep
            initial={campaign.audience?.filter}
            onBack={() => go("basics")}
            onSave={(filter) => save({ audience: { filter } }, "sequence")}
          />
        )}
        {step === "sequence" && (
          <SequenceStep
            initial={sequenceOf(campaign)}
            onBack={() => go("audience")}
            onSave={(form) => save({ steps: stepsOf(form, campaign.steps) }, "review")}
          />
        )}
        {step === "review" && (
          <ReviewStep
            campaign={campaign}
            onGo={go}
            onLaunched={() =>
              void navigate({ to: "/campaigns/$campaignId", params: { campaignId: campaign.id }, search: {} })
            }
          />
        )}
      </Card>
    </>
  );
}
