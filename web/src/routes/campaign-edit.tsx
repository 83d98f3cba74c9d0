import { useQuery, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { getRouteApi, Navigate, useNavigate } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { campaigns, createCampaign } from "@/api/campaigns";
import { messageOf } from "@/api/problem";
import { me } from "@/api/session";
import type { Campaign, CampaignDraft } from "@/api/types";
import { ButtonLink } from "@/components/ui/button";
import { Card, PageHeader } from "@/components/ui/card";
import { Failure, Skeleton } from "@/components/ui/state";
import { AiStep } from "@/features/campaigns/ai";
import { AudienceStep } from "@/features/campaigns/audience";
import { useSaver } from "@/features/campaigns/autosave";
import { BasicsStep } from "@/features/campaigns/basics";
import { aiOf, type BasicsForm, basicsOf, fromAi, fromBasics, NEW_CAMPAIGN } from "@/features/campaigns/draft";
import { ReviewStep } from "@/features/campaigns/review";
import { Conflict, SaveLine } from "@/features/campaigns/save-state";
import { SequenceRoom } from "@/features/campaigns/sequence";
import { WizardProgress } from "@/features/campaigns/wizard";
import { useTitle } from "@/lib/title";
import type { EDIT_STEPS } from "./choices";

const route = getRouteApi("/app/campaigns/$campaignId/edit");
const TYPED = "campaign:new";

/** What was typed before in this tab and has made no draft yet. */
function typedBefore(): BasicsForm {
  try {
    const raw = sessionStorage.getItem(TYPED);
    if (raw) return { ...NEW_CAMPAIGN, ...(JSON.parse(raw) as Partial<BasicsForm>) }; // written below
  } catch {
    // Not ours to read.
  }
  return NEW_CAMPAIGN;
}

/** The first step makes the draft; from then on the draft on the server is the state. */
export function NewCampaignPage() {
  useTitle("Create New Campaign");
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { data: who } = useSuspenseQuery(me);
  const [initial] = useState(typedBefore);
  const remember = useCallback((form: BasicsForm) => {
    try {
      sessionStorage.setItem(TYPED, JSON.stringify(form));
    } catch {
      // No room, or none allowed: it is still on the page.
    }
  }, []);
  return (
    <>
      <PageHeader title="Create New Campaign" />
      <Card className="max-w-4xl">
        <WizardProgress current="basics" campaignId={undefined} />
        <BasicsStep
          initial={initial}
          organizationZone={who.organization.timezone}
          onChange={remember}
          onSave={async (form) => {
            const made = await createCampaign(fromBasics(form));
            sessionStorage.removeItem(TYPED);
            queries.setQueryData(campaigns.one(made.id).queryKey, made);
            void queries.invalidateQueries({ queryKey: ["campaigns", "list"] });
            await navigate({
              to: "/campaigns/$campaignId/edit",
              params: { campaignId: made.id },
              search: { step: "ai" },
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
  const query = useQuery(campaigns.one(campaignId));
  const [take, setTake] = useState(0);
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
  if (query.data.status === "archived") return <Navigate to="/campaigns/$campaignId" params={{ campaignId }} />;
  return (
    <Editor
      key={`${campaignId}${take}`}
      campaign={query.data}
      onReload={async () => {
        await query.refetch();
        setTake(take + 1);
      }}
    />
  );
}

interface EditorProps {
  campaign: Campaign;
  /** Starts again from what the server has. */
  onReload: () => Promise<void>;
}

function Editor({ campaign, onReload }: EditorProps) {
  const { step = "basics", view = "list" } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: who } = useSuspenseQuery(me);
  const saver = useSaver(campaign);
  const { later, drop } = saver;
  const go = (next: (typeof EDIT_STEPS)[number]) => void navigate({ search: { step: next } });
  const save = async (part: CampaignDraft, next: (typeof EDIT_STEPS)[number]) => {
    await saver.now(part);
    go(next);
  };
  const draft = campaign.status === "draft";
  return (
    <>
      <PageHeader
        title={campaign.name}
        lead={draft ? "What you change is saved as you go." : "This campaign was launched: changes hold at once."}
        actions={
          draft ? (
            <ButtonLink to="/campaigns">All campaigns</ButtonLink>
          ) : (
            <ButtonLink to="/campaigns/$campaignId" params={{ campaignId: campaign.id }}>
              Back to the campaign
            </ButtonLink>
          )
        }
      />
      <Card className={step === "sequence" && view === "canvas" ? "max-w-6xl" : "max-w-4xl"}>
        <WizardProgress current={step} campaignId={campaign.id} />
        {step !== "sequence" && step !== "review" && (
          <div className="mb-4 flex flex-col items-end gap-2">
            <SaveLine state={saver.state} />
            {saver.state.kind === "conflict" && (
              <Conflict onMine={() => void saver.keepMine()} onTheirs={() => void onReload()} />
            )}
          </div>
        )}
        {step === "basics" && (
          <BasicsStep
            initial={basicsOf(campaign)}
            organizationZone={who.organization.timezone}
            onChange={(form, valid) => (valid ? later(() => fromBasics(form, campaign)) : drop())}
            onSave={(form) => save(fromBasics(form, campaign), "ai")}
          />
        )}
        {step === "ai" && (
          <AiStep
            initial={aiOf(campaign)}
            onBack={() => go("basics")}
            onChange={(form) => later(() => fromAi(form, campaign))}
            onSave={(form) => save(fromAi(form, campaign), "audience")}
          />
        )}
        {step === "audience" && (
          <AudienceStep
            initial={campaign.audience?.filter}
            onBack={() => go("ai")}
            onChange={(filter) => later(() => ({ audience: { filter } }))}
            onSave={(filter) => save({ audience: { filter } }, "sequence")}
          />
        )}
        {step === "sequence" && (
          <SequenceRoom
            campaign={campaign}
            saver={saver}
            view={view}
            onView={(next) =>
              void navigate({ search: { step, view: next === "canvas" ? next : undefined }, replace: true })
            }
            onBack={() => go("audience")}
            onNext={() => go("review")}
            onReload={() => void onReload()}
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
