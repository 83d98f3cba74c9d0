import { Link } from "@tanstack/react-router";
import type { Reply } from "@/api/types";
import { Badge, type Tone } from "@/components/ui/badge";
import { ButtonLink } from "@/components/ui/button";
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

export function ReplyList({ rows, selected }: { rows: Reply[]; selected: string | undefined }) {
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

export function ReplyDetail({ reply }: { reply: Reply }) {
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
      <section aria-labelledby="why" className="rounded-lg border border-line p-4">
        <div className="flex flex-wrap items-center gap-2">
          <h3 id="why" className="font-semibold">
            Why?
          </h3>
          <Badge tone={TONES[reply.intent]}>{words(reply.intent)}</Badge>
          <span className="figure text-xs text-quiet">{Math.round(reply.confidence * 100)} % sure</span>
        </div>
        <p className="mt-2">{reply.reason || "No reason was recorded."}</p>
        <p className="mt-1 text-quiet">{MEANING[reply.intent] ?? MEANING.other}</p>
      </section>
      <div className="flex flex-wrap gap-2">
        <ButtonLink to="/leads" search={{ lead: reply.lead_id, tab: "history" }} look="primary">
          Open the lead
        </ButtonLink>
        {reply.campaign_id && (
          <Link
            to="/campaigns/$campaignId"
            params={{ campaignId: reply.campaign_id }}
            className="inline-flex min-h-11 items-center rounded-lg border border-edge px-4 font-medium hover:bg-sunken md:min-h-10"
          >
            Open the campaign
          </Link>
        )}
      </div>
    </article>
  );
}
