import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Archive, CircleCheck, Copy, Ellipsis, Pause, Pencil, Play, Users } from "lucide-react";
import { useState } from "react";
import {
  type ActionMove,
  actions,
  type CampaignMove,
  campaigns,
  copyCampaign,
  moveAction,
  moveCampaign,
} from "@/api/campaigns";
import { leads } from "@/api/leads";
import { messageOf } from "@/api/problem";
import { useMay } from "@/api/session";
import type { Action, Campaign, Enrolment, Report, Step } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button, ButtonLink } from "@/components/ui/button";
import { Card, Stat } from "@/components/ui/card";
import { Confirm } from "@/components/ui/dialog";
import { Field, Select } from "@/components/ui/field";
import { Help } from "@/components/ui/help";
import { Menu, MenuItem } from "@/components/ui/menu";
import { Progress } from "@/components/ui/progress";
import { Empty, Failure, Skeleton } from "@/components/ui/state";
import { type Column, DataTable, Pager } from "@/components/ui/table";
import { toast } from "@/components/ui/toast";
import { delayWords } from "@/lib/duration";
import { ago, count, moment, plural, share, words } from "@/lib/format";
import { asRead } from "@/lib/merge";
import { useNow } from "@/lib/time";
import { Happened, Outlook } from "./happening";
import { Summary } from "./summary";
import { ENROLMENT_TONES, verdictWords } from "./words";

/** What can be done with a campaign as it is now. */
export function CampaignActions({ campaign }: { campaign: Campaign }) {
  const [archiving, setArchiving] = useState(false);
  const may = useMay();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const copy = useMutation({
    mutationFn: () => copyCampaign(campaign.id),
    onSuccess: (made) => {
      toast(`“${made.name}” is a draft.`);
      return navigate({ to: "/campaigns/$campaignId/edit", params: { campaignId: made.id }, search: {} });
    },
    onError: (error) => toast(messageOf(error), { tone: "error" }),
    onSettled: () => queries.invalidateQueries({ queryKey: campaigns.key }),
  });
  const move = useMutation({
    mutationFn: (to: CampaignMove) => moveCampaign(campaign.id, to),
    onSuccess: (_, to) => {
      const undo = { pause: "resume", resume: "pause" } as const;
      toast(to === "pause" ? "Paused: nothing more leaves." : to === "resume" ? "Running again." : "Archived.", {
        undo: to === "pause" || to === "resume" ? () => move.mutate(undo[to]) : undefined,
      });
    },
    onError: (error) => toast(messageOf(error), { tone: "error" }),
    onSettled: () => queries.invalidateQueries({ queryKey: campaigns.key }),
  });
  return (
    <>
      {campaign.status === "running" && may("pause-campaign") && (
        <Button busy={move.isPending} onClick={() => move.mutate("pause")}>
          <Pause aria-hidden="true" className="size-4" /> Pause
        </Button>
      )}
      {campaign.status === "paused" && may("resume-campaign") && (
        <Button look="primary" busy={move.isPending} onClick={() => move.mutate("resume")}>
          <Play aria-hidden="true" className="size-4" /> Resume
        </Button>
      )}
      {campaign.status !== "archived" && may("update-campaign") && (
        <Link
          to="/campaigns/$campaignId/edit"
          params={{ campaignId: campaign.id }}
          className="inline-flex min-h-11 items-center gap-2 rounded-lg border border-edge px-4 font-medium hover:bg-sunken md:min-h-10"
        >
          <Pencil aria-hidden="true" className="size-4" />{" "}
          {campaign.status === "draft" ? "Continue setting up" : "Edit"}
        </Link>
      )}
      {may("copy-campaign") && (
        <Menu label="More actions" trigger={<Ellipsis aria-hidden="true" className="size-5" />}>
          <MenuItem onClick={() => copy.mutate()}>
            <Copy aria-hidden="true" className="size-4 text-quiet" /> Duplicate
          </MenuItem>
          {campaign.status !== "archived" && may("archive-campaign") && (
            <MenuItem onClick={() => setArchiving(true)}>
              <Archive aria-hidden="true" className="size-4 text-quiet" /> Archive
            </MenuItem>
          )}
        </Menu>
      )}
      <Confirm
        open={archiving}
        onOpenChange={setArchiving}
        title="Archive this campaign?"
        description="It stops for good: nobody in it is contacted again by it. Its figures and history stay."
        confirm="Archive"
        danger
        onConfirm={() => move.mutateAsync("archive")}
      />
    </>
  );
}

export function Overview({ campaign, metrics }: { campaign: Campaign; metrics: Report | undefined }) {
  const may = useMay();
  if (!metrics) return <Skeleton lines={4} />;
  const { emails_sent: sent } = metrics;
  return (
    <div className="flex flex-col gap-6">
      <div className="grid grid-cols-2 gap-4 md:grid-cols-5">
        <Stat
          label="People"
          value={count(metrics.enrolled)}
          note={`${count(metrics.active)} active, ${count(metrics.finished)} finished`}
        />
        <Stat
          label="Sent"
          value={count(sent)}
          note={metrics.queued > 0 ? `${count(metrics.queued)} waiting to go` : "None waiting"}
        />
        <Stat
          label="Delivered"
          value={count(Math.max(0, sent - metrics.bounces))}
          note="Taken by the other side and not sent back"
        />
        <Stat
          label="Replies"
          value={count(metrics.replies)}
          note={sent > 0 ? `${share(metrics.replies, sent)} of the mails` : "No mails yet"}
        />
        <Stat
          label="Interested"
          value={count(metrics.positive_replies)}
          note={
            metrics.replies > 0
              ? `${share(metrics.positive_replies, metrics.replies)} of the replies`
              : "No replies yet"
          }
        />
        <Stat
          label="Bounces"
          value={count(metrics.bounces)}
          note={sent > 0 ? `${share(metrics.bounces, sent)} of the mails` : "No mails yet"}
        />
        <Stat
          label="Opt-outs"
          value={count(metrics.unsubscribes)}
          note={metrics.complaints > 0 ? plural(metrics.complaints, "spam complaint") : "No spam complaints"}
        />
        <Stat
          label="In doubt"
          value={count(metrics.in_doubt)}
          note={metrics.in_doubt > 0 ? "A person decides: see the tab" : "None"}
          help={
            <Help label="About mails in doubt">
              The connection broke at the very moment a mail was handed over, so nobody knows whether it left. Such a
              mail is never sent again by itself.
            </Help>
          }
        />
        <Stat label="Clicks" value={count(metrics.clicks)} note="By people, as far as scanners can be told" />
        <Stat
          label="Opens"
          value={count(metrics.opens)}
          note="Not proof that anybody read it"
          help={
            <Help label="About opens">
              Mail programs and scanners load pictures by themselves. Opens neither move a score nor steer a campaign.
            </Help>
          }
        />
      </div>
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <Outlook campaign={campaign} />
        {may("show-activity") && <Happened campaign={campaign} />}
      </div>
      <Card title="Plan">
        <Summary campaign={campaign} />
      </Card>
      {campaign.status === "running" && metrics.enrolled === 0 && (
        <p className="text-quiet">
          People are being put into the campaign; the first mails follow within the schedule.
        </p>
      )}
    </div>
  );
}

export function Steps({ campaign, metrics }: { campaign: Campaign; metrics: Report | undefined }) {
  if (campaign.steps.length === 0) {
    return (
      <Empty compact title="This campaign has no steps yet">
        Continue setting it up to write the first mail.
      </Empty>
    );
  }
  return (
    <ol aria-label="Step funnel" className="flex flex-col gap-4">
      {campaign.steps.map((step, i) => (
        <StepCard key={step.id ?? i} index={i} step={step} metrics={metrics} />
      ))}
    </ol>
  );
}

function StepCard({ index, step, metrics }: { index: number; step: Step; metrics: Report | undefined }) {
  const of = (id: string | undefined) => metrics?.by_variant.find((entry) => entry.variant_id === id)?.metrics;
  const sent = step.variants.reduce((sum, { id }) => sum + (of(id)?.emails_sent ?? 0), 0);
  const comparisons = (metrics?.comparisons ?? []).filter((entry) => entry.step_id === step.id);
  const nameOf = (id: string) => step.variants.find((variant) => variant.id === id)?.name ?? "another version";
  return (
    <li className="rounded-xl border border-line bg-surface p-4 shadow-light">
      <h2 className="text-sm">
        Step {index + 1}: {step.channel === "task" ? "task" : "mail"}, {delayWords(step.delay)}
      </h2>
      {step.channel === "email" && metrics && (
        <div className="mt-2 flex items-center gap-3">
          <div className="min-w-0 flex-1">
            <Progress label={`People who got step ${index + 1}`} value={sent} max={Math.max(1, metrics.enrolled)} />
          </div>
          <p className="figure shrink-0 text-xs text-quiet">
            {count(sent)} of {count(metrics.enrolled)} people
          </p>
        </div>
      )}
      <ul className="mt-3 flex flex-col gap-3">
        {step.variants.map((variant, v) => {
          const figures = of(variant.id);
          return (
            <li key={variant.id ?? v} className="rounded-lg bg-sunken p-3">
              <div className="flex flex-wrap items-baseline justify-between gap-2">
                <p className="min-w-0 font-medium break-words">
                  {step.variants.length > 1 && (
                    <span className="mr-2">
                      <Badge tone="primary">{variant.name}</Badge>
                    </span>
                  )}
                  {asRead(variant.subject ?? "") || "No subject"}
                </p>
                {figures && (
                  <p className="figure text-xs text-quiet">
                    {count(figures.emails_sent ?? 0)} sent · {count(figures.replies ?? 0)} replies (
                    {share(figures.replies ?? 0, figures.emails_sent ?? 0)}) · {count(figures.positive_replies ?? 0)}{" "}
                    interested
                  </p>
                )}
              </div>
              {variant.body && (
                <details className="mt-2">
                  <summary className="min-h-6 text-quiet">Text as written</summary>
                  <p className="mt-2 whitespace-pre-wrap">{variant.body}</p>
                </details>
              )}
            </li>
          );
        })}
      </ul>
      {comparisons.map((entry) => (
        <p key={`${entry.first}${entry.second}`} className="mt-3 text-quiet">
          {verdictWords(entry, nameOf(entry.first), nameOf(entry.second))}
        </p>
      ))}
    </li>
  );
}

const STATES = ["active", "waiting", "finished", "stopped"] as const;

interface PeopleProps {
  campaignId: string;
  state: (typeof STATES)[number] | undefined;
  onState: (state: (typeof STATES)[number] | undefined) => void;
  cursor: string | undefined;
  pager: (next: string | null | undefined) => {
    onPrevious: (() => void) | undefined;
    onNext: (() => void) | undefined;
  };
}

const peopleColumns: Column<Enrolment>[] = [
  {
    id: "lead",
    header: "Person",
    cell: ({ row: { original } }) => (
      <Link
        to="/leads"
        search={{ lead: original.lead_id, tab: "history" }}
        className="inline-block min-h-6 min-w-6 font-medium text-primary-ink hover:underline"
      >
        <LeadName id={original.lead_id} />
      </Link>
    ),
  },
  {
    id: "state",
    header: "State",
    cell: ({ row }) => <Badge tone={ENROLMENT_TONES[row.original.state]}>{words(row.original.state)}</Badge>,
  },
  {
    id: "step",
    header: "Next step",
    meta: { numeric: true },
    cell: ({ row: { original } }) => (ended(original) ? "–" : original.step + 1),
  },
  {
    id: "next",
    header: "When",
    meta: { from: "md" },
    cell: ({ row: { original } }) => (ended(original) ? words(original.reason) || "–" : <When at={original.next_at} />),
  },
  { id: "joined", header: "Joined", meta: { from: "lg" }, cell: ({ row }) => <When at={row.original.enrolled_at} /> },
];

/** The list names people by id only. */
function LeadName({ id }: { id: string }) {
  const query = useQuery(leads.name(id));
  return query.data ?? (query.isError ? "Deleted lead" : "…");
}

function ended({ state }: Enrolment): boolean {
  return state === "finished" || state === "stopped";
}

function When({ at }: { at: string }) {
  return <span title={moment(at)}>{ago(at, useNow())}</span>;
}

export function People({ campaignId, state, onState, cursor, pager }: PeopleProps) {
  const page = useQuery(campaigns.enrolments(campaignId, { state, cursor }));
  return (
    <>
      <Field label="State" className="mb-4 max-w-48">
        <Select
          value={state ?? ""}
          onChange={(event) => onState(STATES.find((candidate) => candidate === event.target.value))}
        >
          <option value="">Any state</option>
          {STATES.map((name) => (
            <option key={name} value={name}>
              {words(name)}
            </option>
          ))}
        </Select>
      </Field>
      {page.isPending && <Skeleton lines={6} />}
      {page.isError && <Failure message={messageOf(page.error)} onRetry={() => void page.refetch()} />}
      {page.data?.items.length === 0 && (
        <Empty compact icon={Users} title={state ? `Nobody is ${state}` : "Nobody is in this campaign yet"}>
          {state ? "Choose another state to see the others." : "People join when the campaign is launched."}
        </Empty>
      )}
      {page.data && page.data.items.length > 0 && (
        <>
          <DataTable
            caption="People in this campaign"
            columns={peopleColumns}
            rows={page.data.items}
            rowId={(row) => row.id}
            stale={page.isPlaceholderData}
          />
          <Pager label="Pages of people" summary="" {...pager(page.data.next_cursor)} />
        </>
      )}
    </>
  );
}

/** Mails of which nobody knows whether they left. */
export function InDoubt({ campaignId }: { campaignId: string }) {
  const query = useQuery(actions.list({ state: "in_doubt", campaign_id: campaignId, limit: 100 }));
  if (query.isPending) return <Skeleton lines={4} />;
  if (query.isError) return <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />;
  if (query.data.items.length === 0) {
    return (
      <Empty compact icon={CircleCheck} title="No mail is in doubt">
        When a connection breaks at the very moment a mail is handed over, the mail waits here for you instead of being
        sent twice.
      </Empty>
    );
  }
  return (
    <>
      <p className="mb-4 text-quiet">
        The connection broke as these mails were handed over. Look whether the person has it, then send it again or drop
        it. A bounce, reply or open settles it by itself.
      </p>
      <ul className="flex flex-col divide-y divide-line">
        {query.data.items.map((action) => (
          <Doubt key={action.id} action={action} />
        ))}
      </ul>
    </>
  );
}

function Doubt({ action }: { action: Action }) {
  const may = useMay();
  const queries = useQueryClient();
  const now = useNow();
  const move = useMutation({
    mutationFn: (to: ActionMove) => moveAction(action.id, to),
    onSuccess: (_, to) => toast(to === "release" ? "It will be sent again." : "Dropped; it stays unsent."),
    onError: (error) => toast(messageOf(error), { tone: "error" }),
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: actions.key }),
        queries.invalidateQueries({ queryKey: campaigns.key }),
      ]),
  });
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-3">
      <div className="min-w-0">
        <p className="font-medium">{action.lead_id ? <LeadName id={action.lead_id} /> : words(action.kind)}</p>
        <p className="text-xs text-quiet">
          {ago(action.intent_at ?? action.created_at, now)}
          {action.reason && `: ${action.reason}`}
        </p>
      </div>
      <div className="flex flex-wrap gap-2">
        {action.lead_id && (
          <ButtonLink to="/leads" search={{ lead: action.lead_id, tab: "history" }} look="quiet" size="small">
            See the lead
          </ButtonLink>
        )}
        {may("release-action") && (
          <>
            <Button size="small" busy={move.isPending} onClick={() => move.mutate("abandon")}>
              Drop
            </Button>
            <Button size="small" look="primary" busy={move.isPending} onClick={() => move.mutate("release")}>
              Send again
            </Button>
          </>
        )}
      </div>
    </li>
  );
}
