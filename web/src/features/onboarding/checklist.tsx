import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { Circle, CircleCheck, FlaskConical } from "lucide-react";
import { useState } from "react";
import { campaigns } from "@/api/campaigns";
import { leads } from "@/api/leads";
import { addSample, createSandboxMailbox, removeSample, SAMPLE } from "@/api/onboarding";
import { messageOf } from "@/api/problem";
import { can, me } from "@/api/session";
import { mailboxes, replies } from "@/api/workspace";
import { Button, ButtonLink } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { toast } from "@/components/ui/toast";
import { plural } from "@/lib/format";
import { type Step, stepsOf } from "./steps";

const facts = {
  boxes: mailboxes.list,
  people: leads.total({}),
  plans: campaigns.list({ limit: 50 }),
  answers: replies.list({ limit: 4 }),
  booked: leads.total({ status: ["meeting_booked", "customer"] }),
  samples: leads.total(SAMPLE),
};

/** Whether it is known what of this stands on the page, so that nothing is drawn below it too early. */
export function useOnboardingKnown(): boolean {
  const { data: who } = useSuspenseQuery(me);
  const [known, setKnown] = useState(!can(who, "create-campaign"));
  const enabled = !known;
  const waits = [
    useQuery({ ...facts.boxes, enabled }),
    useQuery({ ...facts.people, enabled }),
    useQuery({ ...facts.plans, enabled }),
    useQuery({ ...facts.answers, enabled }),
    useQuery({ ...facts.booked, enabled }),
    useQuery({ ...facts.samples, enabled }),
  ].some(({ isPending, failureCount }) => isPending && failureCount === 0);
  if (!known && !waits) setKnown(true);
  return known;
}

/** The way from an empty workspace to the first demo; gone once it is walked. */
export function Checklist() {
  const { data: who } = useSuspenseQuery(me);
  const [walked, setWalked] = useState(false);
  const enabled = can(who, "create-campaign") && !walked;
  const boxes = useQuery({ ...facts.boxes, enabled });
  const people = useQuery({ ...facts.people, enabled });
  const plans = useQuery({ ...facts.plans, enabled });
  const answers = useQuery({ ...facts.answers, enabled });
  const booked = useQuery({ ...facts.booked, enabled }).data;
  if (!enabled || !boxes.data || people.data === undefined || !plans.data || !answers.data || booked === undefined)
    return null;
  const steps = stepsOf({
    hasAddress: who.organization.postal_address !== null,
    mailboxes: boxes.data.items.length,
    leads: people.data,
    campaigns: plans.data.items,
    replies: answers.data.items.length,
    booked,
  });
  const open = steps.filter(({ done }) => !done);
  const next = open[0]?.key;
  if (!next) {
    setWalked(true); // nothing more is asked for
    return null;
  }
  return (
    <Card
      title="Get started"
      aside={<span className="figure text-quiet">{`${steps.length - open.length} of ${steps.length} done`}</span>}
    >
      <div
        role="progressbar"
        aria-label="Get started"
        aria-valuemin={0}
        aria-valuemax={steps.length}
        aria-valuenow={steps.length - open.length}
        className="mb-4 grid grid-flow-col gap-1"
      >
        {steps.map(({ key, done }) => (
          <span key={key} className={`h-1.5 rounded-full ${done ? "bg-success" : "bg-line"}`} />
        ))}
      </div>
      <ol className="flex flex-col divide-y divide-line">
        {steps.map((step) => (
          <StepLine key={step.key} step={step} next={step.key === next} />
        ))}
      </ol>
    </Card>
  );
}

function StepLine({ step: { key, title, why, done }, next }: { step: Step; next: boolean }) {
  return (
    <li className="flex flex-wrap items-start gap-3 py-3" aria-current={next ? "step" : undefined}>
      {done ? (
        <CircleCheck aria-label="Done" className="mt-0.5 size-5 shrink-0 text-success-ink" />
      ) : (
        <Circle aria-label="To do" className="mt-0.5 size-5 shrink-0 text-quiet" />
      )}
      <div className="min-w-0 flex-1 basis-48">
        <p className={done ? "text-quiet" : "font-medium"}>{title}</p>
        {next && <p className="text-quiet">{why}</p>}
      </div>
      {!done && <Ways step={key} primary={next} />}
    </li>
  );
}

/** How a step is done: by oneself, and where there is one, the quick way to try it. */
function Ways({ step, primary }: { step: Step["key"]; primary: boolean }) {
  const look = primary ? "primary" : "plain";
  if (step === "leads")
    return (
      <div className="flex flex-wrap gap-2">
        <ButtonLink to="/leads/import" size="small" look={look} className="min-h-10">
          Import a file
        </ButtonLink>
        <AddSample />
      </div>
    );
  if (step === "mailbox")
    return (
      <div className="flex flex-wrap gap-2">
        <ButtonLink to="/settings" search={{ tab: "mailboxes" }} size="small" look={look} className="min-h-10">
          Connect
        </ButtonLink>
        <PracticeMailbox />
      </div>
    );
  const ways = {
    address: { to: "/settings", search: { tab: "organization" }, text: "Enter" },
    campaign: { to: "/campaigns/new", search: {}, text: "Create" },
    reply: { to: "/replies", search: {}, text: "Open replies" },
    demo: { to: "/replies", search: { intent: "interested" }, text: "Who is interested" },
  } as const;
  const { to, search, text } = ways[step];
  return (
    <ButtonLink to={to} search={search} size="small" look={look} className="min-h-10">
      {text}
    </ButtonLink>
  );
}

/** Twenty invented people with one click. */
export function AddSample() {
  const queries = useQueryClient();
  const add = useMutation({
    mutationFn: addSample,
    onSuccess: ({ leads: n }) => toast(`${plural(n, "sample lead")} added.`),
    onError: (error) => toast(messageOf(error), { tone: "error" }),
    onSettled: () => queries.invalidateQueries({ queryKey: leads.key }),
  });
  return (
    <Button size="small" className="min-h-10" busy={add.isPending} onClick={() => add.mutate()}>
      Use sample leads
    </Button>
  );
}

function PracticeMailbox() {
  const queries = useQueryClient();
  const create = useMutation({
    mutationFn: createSandboxMailbox,
    onSuccess: () => toast("The practice mailbox is ready. Simulated people will answer."),
    onError: (error) => toast(messageOf(error), { tone: "error" }),
    onSettled: () => queries.invalidateQueries({ queryKey: mailboxes.key }),
  });
  return (
    <Button size="small" className="min-h-10" busy={create.isPending} onClick={() => create.mutate()}>
      Use the practice mailbox
    </Button>
  );
}

/** Says that there are invented people, and takes them away with one click. */
export function SampleNotice() {
  const { data: who } = useSuspenseQuery(me);
  const queries = useQueryClient();
  const total = useQuery({ ...facts.samples, enabled: can(who, "remove-sample") }).data ?? 0;
  const remove = useMutation({
    mutationFn: removeSample,
    onSuccess: ({ leads: n }) => toast(`${plural(n, "sample lead")} removed.`, { undo: () => void restore() }),
    onError: (error) => toast(messageOf(error), { tone: "error" }),
    onSettled: () => queries.invalidateQueries({ queryKey: leads.key }),
  });
  const restore = async () => {
    try {
      await addSample();
      await queries.invalidateQueries({ queryKey: leads.key });
    } catch (error) {
      toast(messageOf(error), { tone: "error" });
    }
  };
  if (total === 0) return null;
  return (
    <section
      aria-label="Sample data"
      className="flex flex-wrap items-center justify-between gap-3 rounded-xl border border-line bg-surface p-4"
    >
      <p className="flex min-w-0 items-center gap-3">
        <FlaskConical aria-hidden="true" className="size-5 shrink-0 text-quiet" />
        {plural(total, "sample lead")} {total === 1 ? "is" : "are"} among your leads.
      </p>
      <Button size="small" className="min-h-10" busy={remove.isPending} onClick={() => remove.mutate()}>
        Remove sample data
      </Button>
    </section>
  );
}
