import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { type ActionMove, moveAction } from "@/api/campaigns";
import { messageOf, Problem } from "@/api/problem";
import { queue, rewordAction } from "@/api/queue";
import type { Action } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Field, Input, TextArea } from "@/components/ui/field";
import { Failure, Notice, Skeleton } from "@/components/ui/state";
import { toast } from "@/components/ui/toast";
import { ago, moment } from "@/lib/format";
import { useShortcuts } from "@/lib/shortcuts";

const DONE: Record<ActionMove, string> = {
  approve: "Approved: it leaves as soon as its hour comes.",
  reject: "Rejected: it will not be sent.",
  release: "Put back in the queue: it is sent again.",
  abandon: "Given up: it is not sent again.",
};

interface DetailProps {
  action: Action;
  mayJudge: boolean;
  now: number;
  /** It has left the list. */
  onJudged: () => void;
}

/** One draft or doubtful mail: what it says, why it is here, and what to do. */
export function QueueDetail({ action, mayJudge, now, onJudged }: DetailProps) {
  const [editing, setEditing] = useState(false);
  const queries = useQueryClient();
  const judge = useMutation({
    mutationFn: (move: ActionMove) => moveAction(action.id, move),
    onSuccess: (_, move) => {
      toast(DONE[move]);
      onJudged();
    },
    onError: (error) => toast(messageOf(error), { tone: "error" }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["actions"] }),
  });
  const run = (move: ActionMove) => () => {
    if (!judge.isPending) judge.mutate(move);
  };
  const draft = action.state === "proposed";
  useShortcuts(
    draft ? "This draft" : "This mail",
    !mayJudge || editing
      ? []
      : draft
        ? [
            { keys: "a", label: "Approve", run: run("approve") },
            { keys: "e", label: "Edit", run: () => setEditing(true) },
            { keys: "r", label: "Reject", run: run("reject") },
          ]
        : [
            { keys: "s", label: "Send again", run: run("release") },
            { keys: "d", label: "Do not send again", run: run("abandon") },
          ],
  );
  return (
    <article aria-label={`Mail to ${action.lead_name || "an unnamed lead"}`} className="flex flex-col gap-4">
      <header>
        <h2 className="text-lg break-words">
          <Link
            to="/leads"
            search={{ lead: action.lead_id ?? undefined }}
            className="rounded-sm underline decoration-edge underline-offset-4 hover:decoration-current"
          >
            {action.lead_name || "Unnamed lead"}
          </Link>
        </h2>
        <p className="text-quiet">
          {action.campaign_id ? (
            <Link
              to="/campaigns/$campaignId"
              params={{ campaignId: action.campaign_id }}
              className="rounded-sm underline decoration-edge underline-offset-4 hover:decoration-current"
            >
              {action.campaign_name || "Campaign"}
            </Link>
          ) : (
            "Outside a campaign"
          )}
          {draft
            ? `, written ${ago(action.created_at, now)}`
            : `, handed over ${ago(action.intent_at ?? action.created_at, now)}`}
        </p>
      </header>
      {!draft && (
        <Notice tone="warning">
          The mail server took the whole mail and then fell silent, so nobody can know whether it arrived. Look into the
          sent folder or ask the person; a reply, an open or a bounce settles it by itself.
          {action.reason && <span className="mt-1 block text-xs">What was seen: {action.reason}.</span>}
        </Notice>
      )}
      {editing ? <Edit action={action} onDone={() => setEditing(false)} /> : <Message action={action} />}
      {!editing && <WhyAction action={action} />}
      {!editing && mayJudge && (
        <div className="flex flex-wrap gap-2">
          {draft ? (
            <>
              <Act look="primary" busy={judge.isPending} onClick={run("approve")} hint="A">
                Approve
              </Act>
              <Act onClick={() => setEditing(true)} hint="E">
                Edit
              </Act>
              <Act look="quiet" busy={judge.isPending} onClick={run("reject")} hint="R">
                Reject
              </Act>
            </>
          ) : (
            <>
              <Act look="primary" busy={judge.isPending} onClick={run("release")} hint="S">
                It did not arrive: send again
              </Act>
              <Act busy={judge.isPending} onClick={run("abandon")} hint="D">
                Do not send again
              </Act>
            </>
          )}
        </div>
      )}
      {!mayJudge && <p className="text-quiet">An admin or a manager decides about this.</p>}
    </article>
  );
}

interface ActProps {
  look?: "primary" | "quiet";
  busy?: boolean;
  hint: string;
  onClick: () => void;
  children: ReactNode;
}

function Act({ look, busy, hint, onClick, children }: ActProps) {
  return (
    <Button {...(look ? { look } : {})} busy={busy ?? false} onClick={onClick} aria-keyshortcuts={hint}>
      {children}
      <span
        aria-hidden="true"
        className="rounded-sm border border-current px-1 text-xs leading-4 font-normal opacity-80 max-md:hidden"
      >
        {hint}
      </span>
    </Button>
  );
}

function Message({ action }: { action: Action }) {
  const query = useQuery(queue.message(action.id));
  if (query.isPending) return <Skeleton lines={6} />;
  if (query.isError) return <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />;
  const { shown, missing } = query.data;
  return (
    <section aria-label="What it says" className="rounded-lg bg-sunken p-4">
      <p className="font-semibold break-words">{shown.subject}</p>
      <p className="mt-3 text-base break-words whitespace-pre-wrap">{shown.text}</p>
      {missing.length > 0 && (
        <p className="mt-3 text-xs font-medium text-warning-ink">
          Comes out empty for this person: {missing.join(", ")}.
        </p>
      )}
    </section>
  );
}

function Edit({ action, onDone }: { action: Action; onDone: () => void }) {
  const query = useQuery(queue.message(action.id));
  if (!query.data) return <Skeleton lines={6} />;
  return <EditForm action={action} subject={query.data.subject} body={query.data.body} onDone={onDone} />;
}

interface EditFormProps {
  action: Action;
  subject: string;
  body: string;
  onDone: () => void;
}

function EditForm({ action, subject: oldSubject, body: oldBody, onDone }: EditFormProps) {
  const [subject, setSubject] = useState(oldSubject);
  const [body, setBody] = useState(oldBody);
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () => rewordAction(action.id, { subject, body }),
    onSuccess: (message) => {
      queries.setQueryData(queue.message(action.id).queryKey, message);
      toast("Changed for this person only. It still waits for your approval.");
      onDone();
    },
  });
  const problem = save.error instanceof Problem ? save.error : undefined;
  const wrong = (field: string) => problem?.fields.find(({ location }) => location === `body.${field}`)?.message;
  const rest = save.isError && !wrong("subject") && !wrong("body") ? messageOf(save.error) : undefined;
  return (
    <form
      noValidate
      aria-label="Edit this mail"
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") onDone();
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save.mutate();
      }}
    >
      {rest && <Failure message={rest} />}
      <Field label="Subject" {...errorOf(wrong("subject"))}>
        <Input autoFocus value={subject} onChange={(event) => setSubject(event.target.value)} />
      </Field>
      <Field
        label="Text"
        hint="Only for this person; the campaign keeps its words. {{first_name | there}} puts in a name, or “there”."
        {...errorOf(wrong("body"))}
      >
        <TextArea rows={10} value={body} onChange={(event) => setBody(event.target.value)} />
      </Field>
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" busy={save.isPending}>
          Save the draft
        </Button>
        <Button onClick={onDone}>Cancel</Button>
      </div>
    </form>
  );
}

const errorOf = (message: string | undefined) =>
  message ? { error: `${message.charAt(0).toUpperCase()}${message.slice(1)}.` } : {};

/** The recorded decisions that led here. */
function WhyAction({ action }: { action: Action }) {
  const lead = action.lead_id;
  const query = useQuery({ ...queue.decisions(lead ?? ""), enabled: lead !== null });
  const about = query.data?.items.filter((decision) => decision.action_id === action.id) ?? [];
  return (
    <section aria-labelledby="why-action" className="rounded-lg border border-line p-4">
      <h3 id="why-action" className="font-semibold">
        Why?
      </h3>
      {about.map((decision) => (
        <p key={decision.id} className="mt-2">
          {decision.reason || "No reason was recorded."}{" "}
          <span className="text-xs text-quiet">
            Decided by {decision.decider}, {moment(decision.decided_at)}.
          </span>
        </p>
      ))}
      {about.length === 0 && (
        <p className="mt-2 text-quiet">
          {action.state === "proposed"
            ? "The campaign's next step is due for this person, and its autonomy asks for your approval first."
            : "The step was due and every rule allowed it when it was handed over."}
        </p>
      )}
      <dl className="mt-2 flex flex-wrap gap-x-6 gap-y-1 text-xs text-quiet">
        <div>
          <dt className="inline">Due:</dt> <dd className="inline">{moment(action.due_at)}</dd>
        </div>
        {action.propensity !== undefined && action.propensity < 1 && (
          <div>
            <dt className="inline">Variant chosen with:</dt>{" "}
            <dd className="inline">{Math.round(action.propensity * 100)} %</dd>
          </div>
        )}
        {action.attempts > 0 && (
          <div>
            <dt className="inline">Attempts:</dt> <dd className="inline">{action.attempts}</dd>
          </div>
        )}
      </dl>
    </section>
  );
}
