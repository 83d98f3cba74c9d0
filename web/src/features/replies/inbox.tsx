import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { messageOf } from "@/api/problem";
import { correctReply, type Intent, queue } from "@/api/queue";
import type { Reply } from "@/api/types";
import { Badge, type Tone } from "@/components/ui/badge";
import { Button, ButtonLink } from "@/components/ui/button";
import { Check, Group } from "@/components/ui/field";
import { Failure } from "@/components/ui/state";
import { toast } from "@/components/ui/toast";
import { cx } from "@/lib/cx";
import { ago, moment, words } from "@/lib/format";
import { useNow } from "@/lib/time";

const TONES: Record<string, Tone> = {
  interested: "success",
  question: "primary",
  not_now: "warning",
  out_of_office: "neutral",
  wrong_person: "warning",
  not_interested: "neutral",
  opt_out: "danger",
  other: "neutral",
};

/** What the program did with an answer, by how it was sorted. */
const MEANING: Record<string, string> = {
  interested: "The sequence has ended; a person should take over.",
  question: "The sequence has ended; the question waits for an answer.",
  not_now: "The sequence has ended for now.",
  not_interested: "The sequence has ended.",
  wrong_person: "The sequence has ended.",
  out_of_office: "The sequence waits until the person is back.",
  opt_out: "Nobody here will contact this person again.",
  other: "The sequence has ended; please read it.",
};

export function ReplyList({ rows, selected }: { rows: readonly Reply[]; selected: string | undefined }) {
  const now = useNow();
  return (
    <ul className="flex flex-col divide-y divide-line">
      {rows.map((reply) => (
        <li key={reply.id}>
          <Link
            to="/replies"
            search={(search: Record<string, unknown>) => ({ ...search, reply: reply.id })}
            aria-current={reply.id === selected ? "true" : undefined}
            className={cx(
              "block rounded-lg px-3 py-3 -outline-offset-2",
              reply.id === selected ? "bg-primary-wash" : "hover:bg-sunken",
            )}
          >
            <span className="flex items-center justify-between gap-2">
              <span className="truncate font-medium">{reply.lead_name || "Unnamed lead"}</span>
              <span className="shrink-0 text-xs text-quiet">{ago(reply.received_at, now)}</span>
            </span>
            <span className="mt-0.5 line-clamp-2 block text-quiet">{reply.text || reply.subject}</span>
            <span className="mt-1 block">
              <Badge tone={TONES[reply.intent]}>{words(reply.intent)}</Badge>
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

export const INTENTS = [
  "interested",
  "question",
  "not_now",
  "not_interested",
  "wrong_person",
  "out_of_office",
  "opt_out",
  "other",
] as const satisfies readonly Intent[];

interface DetailProps {
  reply: Reply;
  mayCorrect: boolean;
  /** What else can be done about the person. */
  children?: ReactNode;
}

export function ReplyDetail({ reply, mayCorrect, children }: DetailProps) {
  return (
    <article aria-label={`Reply of ${reply.lead_name}`} className="flex flex-col gap-4">
      <header>
        <h2 className="text-lg break-words">{reply.lead_name || "Unnamed lead"}</h2>
        <p className="break-words text-quiet">{reply.subject || "No subject"}</p>
        <p className="text-xs text-quiet">{moment(reply.received_at)}</p>
      </header>
      <p className="rounded-lg bg-sunken p-4 text-base break-words whitespace-pre-wrap">
        {reply.text || "The mail has no text of its own."}
      </p>
      <Why reply={reply} mayCorrect={mayCorrect} />
      <div className="flex flex-wrap gap-2">
        <ButtonLink to="/leads" search={{ lead: reply.lead_id, tab: "history" }} look="primary">
          Open the lead
        </ButtonLink>
        {reply.campaign_id && (
          <ButtonLink to="/campaigns/$campaignId" params={{ campaignId: reply.campaign_id }}>
            Open the campaign
          </ButtonLink>
        )}
        {children}
      </div>
    </article>
  );
}

/** Who sorted an answer, in words. */
export function deciderOf(decider: string): string {
  if (decider === "person") return "A person";
  const rules = /^rules\/(.+)$/.exec(decider);
  return rules ? `The rules, version ${rules[1]}` : `The model ${decider}`;
}

/** The verdict on an answer, its evidence, and a way to correct it. */
function Why({ reply, mayCorrect }: { reply: Reply; mayCorrect: boolean }) {
  const [correcting, setCorrecting] = useState(false);
  return (
    <section aria-labelledby="why" className="rounded-lg border border-line p-4">
      <div className="flex flex-wrap items-center gap-2">
        <h3 id="why" className="font-semibold">
          Why?
        </h3>
        <Badge tone={TONES[reply.intent]}>{words(reply.intent)}</Badge>
        <span className="figure text-xs text-quiet">{Math.round(reply.confidence * 100)} % sure</span>
      </div>
      <p className="mt-2 first-letter:uppercase">{reply.reason || "No reason was recorded."}</p>
      <p className="mt-1 text-quiet">{MEANING[reply.intent] ?? MEANING.other}</p>
      <p className="mt-1 text-xs text-quiet">
        Sorted by {deciderOf(reply.decider).replace(/^T/, "t").replace(/^A/, "a")}
        {reply.machine && "; the mail itself says that a machine wrote it"}.
      </p>
      <Earlier reply={reply} />
      {correcting ? (
        <Correct key={reply.id} reply={reply} onDone={() => setCorrecting(false)} />
      ) : (
        mayCorrect && (
          <Button size="small" className="mt-3 min-h-10" onClick={() => setCorrecting(true)}>
            Correct this
          </Button>
        )
      )}
    </section>
  );
}

/** Each verdict that was ever given, when there was more than one. */
function Earlier({ reply }: { reply: Reply }) {
  const decisions = useQuery(queue.decisions(reply.lead_id)).data?.items ?? [];
  const about = decisions.filter(({ kind, inputs }) => kind === "reply.sort" && replyOf(inputs) === reply.id);
  if (about.length < 2) return null;
  return (
    <details className="mt-2">
      <summary className="flex min-h-8 items-center font-medium text-primary-ink">
        All {about.length} verdicts on this answer
      </summary>
      <ol className="mt-1 flex flex-col gap-2">
        {about.map((decision) => (
          <li key={decision.id} className="text-quiet">
            <span className="font-medium text-ink">{words(decision.chosen)}</span>, {decision.reason}{" "}
            <span className="text-xs">
              ({deciderOf(decision.decider)}, {moment(decision.decided_at)})
            </span>
          </li>
        ))}
      </ol>
    </details>
  );
}

function replyOf(inputs: unknown): unknown {
  return typeof inputs === "object" && inputs !== null && "reply_id" in inputs ? inputs.reply_id : undefined;
}

function Correct({ reply, onDone }: { reply: Reply; onDone: () => void }) {
  const [intent, setIntent] = useState<Intent | undefined>(INTENTS.find((value) => value === reply.intent));
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: (next: Intent) => correctReply(reply.id, next),
    onSuccess: async (after) => {
      toast(`Sorted as “${words(after.intent)}” now.`);
      onDone();
      await queries.invalidateQueries({ queryKey: ["replies"] });
      await queries.invalidateQueries({ queryKey: ["decisions"] });
    },
  });
  return (
    <form
      className="mt-4 flex flex-col gap-4 border-t border-line pt-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (intent && !save.isPending) save.mutate(intent);
      }}
    >
      {save.isError && <Failure message={messageOf(save.error)} />}
      <Group
        legend="What does the person want?"
        role="radiogroup"
        hint="It is acted on as if it had been sorted so at first. What has ended stays ended; an opt-out stays one."
      >
        <div className="grid md:grid-cols-2">
          {INTENTS.map((value) => (
            <Check
              key={value}
              kind="radio"
              name="intent"
              value={value}
              checked={intent === value}
              onChange={() => setIntent(value)}
              label={words(value)}
            />
          ))}
        </div>
      </Group>
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" busy={save.isPending} disabled={!intent}>
          Correct
        </Button>
        <Button onClick={onDone}>Cancel</Button>
      </div>
    </form>
  );
}
