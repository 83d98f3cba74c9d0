import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Check, ShieldAlert, Split, Trophy } from "lucide-react";
import { useState } from "react";
import { campaigns, shipVariant, updateCampaign } from "@/api/campaigns";
import { messageOf } from "@/api/problem";
import { useMay } from "@/api/session";
import type { Campaign, Comparison, Report, Step, Variant } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm } from "@/components/ui/dialog";
import { Help } from "@/components/ui/help";
import { Empty, Notice } from "@/components/ui/state";
import { toast } from "@/components/ui/toast";
import { count, share } from "@/lib/format";
import { asRead } from "@/lib/merge";
import { chancesToWin, guardrails } from "./odds";
import { verdictWords } from "./words";

const percent = (value: number) => `${(value * 100).toFixed(1)} %`;

/** The comparison of versions: how many got which, how sure we are, and its end. */
export function Versions({ campaign, metrics }: { campaign: Campaign; metrics: Report | undefined }) {
  const tests = campaign.steps.map((step, index) => ({ step, index })).filter(({ step }) => step.variants.length > 1);
  if (tests.length === 0) {
    return (
      <Card>
        <Empty compact icon={Split} title="Nothing is compared here">
          Give a step several versions to learn which gets more answers. Each person gets one of them by its share.
        </Empty>
      </Card>
    );
  }
  return (
    <ol className="flex flex-col gap-6">
      {tests.map(({ step, index }) => (
        <li key={step.id ?? index}>
          <Test campaign={campaign} step={step} index={index} metrics={metrics} />
        </li>
      ))}
    </ol>
  );
}

interface TestProps {
  campaign: Campaign;
  step: Step;
  index: number;
  metrics: Report | undefined;
}

function Test({ campaign, step, index, metrics }: TestProps) {
  const may = useMay();
  const [shipping, setShipping] = useState<Variant>();
  const queries = useQueryClient();
  const figuresOf = (id: string | undefined): Record<string, number | undefined> =>
    metrics?.by_variant.find(({ variant_id }) => variant_id === id)?.metrics ?? {};
  const samples = step.variants.map(({ id }) => {
    const figures = figuresOf(id);
    return { sent: figures.emails_sent ?? 0, replied: figures.replies ?? 0 };
  });
  const comparisons = (metrics?.comparisons ?? []).filter(({ step_id }) => step_id === step.id);
  const enough = comparisons.length > 0 && comparisons.every(({ verdict }) => verdict !== "not_enough_data");
  const chances = enough ? chancesToWin(samples) : [];
  const sum = step.variants.reduce((all, { weight }) => all + (weight ?? 100), 0);
  const running = step.variants.filter(({ weight }) => (weight ?? 100) > 0).length > 1;
  const ship = useMutation({
    mutationFn: (variant: Variant) => shipVariant(campaign.id, variant.id ?? ""),
    onSuccess: (saved, variant) => {
      toast(`Everybody gets “${variant.name}” from now on.`, {
        undo: () =>
          void updateCampaign(campaign.id, { steps: campaign.steps }, saved.version)
            .then(() => toast("The shares are as they were."))
            .catch((error: unknown) => toast(messageOf(error), { tone: "error" }))
            .finally(() => queries.invalidateQueries({ queryKey: campaigns.key })),
      });
    },
    onError: (error) => toast(messageOf(error), { tone: "error" }),
    onSettled: () => queries.invalidateQueries({ queryKey: campaigns.key }),
  });
  const title = `Step ${index + 1}: ${step.variants.length} versions`;
  return (
    <section aria-label={title} className="rounded-xl border border-line bg-surface p-4 shadow-light">
      <h2 className="flex flex-wrap items-center gap-2 text-base">
        {title}
        <Badge tone={running ? "primary" : "neutral"}>{running ? "Comparing" : "Decided"}</Badge>
        <Help label="About this comparison">
          Only answers of people count; opens never do. The interval is at 99 % and the chance to win assumes nothing
          before the test. Who gets which version follows from ids alone, so it can be replayed.
        </Help>
      </h2>
      {!enough && (
        <div className="mt-3">
          <Notice>
            Not enough data yet: each version needs 100 mails and both together 10 answers before anything is said. So
            far: {samples.map(({ sent }, i) => `${step.variants[i]?.name ?? i + 1} ${count(sent)}`).join(", ")}.
          </Notice>
        </div>
      )}
      <ul className="mt-3 grid gap-4 md:grid-cols-2">
        {step.variants.map((variant, i) => {
          const { sent, replied } = samples[i] ?? { sent: 0, replied: 0 };
          const chance = chances[i];
          return (
            <li key={variant.id ?? i} aria-label={`Version ${variant.name}`} className="rounded-lg bg-sunken p-3">
              <div className="flex flex-wrap items-center justify-between gap-2">
                <p className="font-semibold">{variant.name}</p>
                <p className="figure text-quiet">gets {share(variant.weight ?? 100, sum)}</p>
              </div>
              <p className="mt-1 break-words">{asRead(variant.subject ?? "") || "No subject"}</p>
              <dl className="figure mt-3 grid grid-cols-3 gap-2">
                <div>
                  <dt className="text-xs text-quiet">Mails</dt>
                  <dd className="text-base font-semibold">{count(sent)}</dd>
                </div>
                <div>
                  <dt className="text-xs text-quiet">Answers</dt>
                  <dd className="text-base font-semibold">
                    {count(replied)} <span className="text-xs font-normal text-quiet">{share(replied, sent)}</span>
                  </dd>
                </div>
                <div>
                  <dt className="text-xs text-quiet">Chance to win</dt>
                  <dd className="text-base font-semibold">{chance === undefined ? "–" : percent(chance)}</dd>
                </div>
              </dl>
              <ul aria-label="Guardrails" className="mt-2 flex flex-wrap gap-x-3 gap-y-1 text-xs">
                {guardrails(figuresOf(variant.id)).map(({ name, share: part, most }) => (
                  <li key={name} className="flex items-center gap-1">
                    {part > most ? (
                      <ShieldAlert aria-hidden="true" className="size-3.5 text-danger-ink" />
                    ) : (
                      <Check aria-hidden="true" className="size-3.5 text-success-ink" />
                    )}
                    <span className={part > most ? "font-medium text-danger-ink" : "text-quiet"}>
                      {name} {percent(part)} (limit {percent(most)})
                    </span>
                  </li>
                ))}
              </ul>
              {running && may("ship-campaign-variant") && campaign.status !== "archived" && variant.id && (
                <Button size="small" className="mt-3" onClick={() => setShipping(variant)}>
                  <Trophy aria-hidden="true" className="size-4" /> Ship {variant.name}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      {comparisons.map((entry) => (
        <p key={`${entry.first}${entry.second}`} className="mt-3">
          <Verdict entry={entry} step={step} />
        </p>
      ))}
      <Confirm
        open={shipping !== undefined}
        onOpenChange={(open) => {
          if (!open) setShipping(undefined);
        }}
        title={`Ship “${shipping?.name ?? ""}”?`}
        description="It ends the comparison: everybody who has not had this step yet gets this version. Mails that are prepared keep their words. You can undo it."
        confirm="Ship it"
        onConfirm={async () => {
          if (shipping) await ship.mutateAsync(shipping);
        }}
      />
    </section>
  );
}

function Verdict({ entry, step }: { entry: Comparison; step: Step }) {
  const nameOf = (id: string) => step.variants.find((variant) => variant.id === id)?.name ?? "another version";
  return (
    <>
      {verdictWords(entry, nameOf(entry.first), nameOf(entry.second))}
      {entry.verdict !== "not_enough_data" && (
        <span className="figure text-quiet">
          {" "}
          Difference {percent(entry.difference)}, from {percent(entry.low)} to {percent(entry.high)}.
        </span>
      )}
    </>
  );
}
