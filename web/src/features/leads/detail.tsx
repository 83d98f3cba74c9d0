import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import {
  CalendarCheck,
  CircleAlert,
  CircleCheck,
  Mail,
  MousePointerClick,
  Reply,
  ShieldX,
  StickyNote,
  X,
} from "lucide-react";
import { type ReactNode, useState } from "react";
import { addNote, leads } from "@/api/leads";
import { leadName } from "@/api/names";
import { messageOf } from "@/api/problem";
import type { Interaction, Lead, LeadCompliance, LeadStatus } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Field, TextArea } from "@/components/ui/field";
import { Empty, Failure, Skeleton } from "@/components/ui/state";
import { type Tab, Tabs } from "@/components/ui/tabs";
import { toast } from "@/components/ui/toast";
import { ago, clock, moment, words } from "@/lib/format";
import { useNow } from "@/lib/time";
import { Score } from "./score";
import { StatusSelect } from "./status";
import { details, headline, statusTone, stopOf } from "./words";

export type DetailTab = "contact" | "history" | "compliance";

interface DetailProps {
  id: string;
  tab: DetailTab;
  onTab: (tab: DetailTab) => void;
  /** Undefined: the reader may not change leads. */
  onStatus: ((lead: Lead, status: LeadStatus) => void) | undefined;
  onClose: () => void;
}

/** Everything about one lead. */
export function LeadDetail({ id, tab, onTab, onStatus, onClose }: DetailProps) {
  const lead = useQuery(leads.one(id));
  const tabs: Tab<DetailTab>[] = [
    { value: "contact", label: "Contact info", content: lead.data && <Contact lead={lead.data} onStatus={onStatus} /> },
    { value: "history", label: "History", content: <History id={id} /> },
    { value: "compliance", label: "Compliance", content: <Compliance id={id} /> },
  ];
  return (
    <section
      aria-label="Lead details"
      className="min-w-0 rounded-xl border border-line bg-surface p-4 shadow-light md:p-6"
    >
      <div className="mb-4 flex items-start justify-between gap-2">
        <div className="min-w-0">
          <h2 className="text-lg break-words">{lead.data ? leadName(lead.data) : "Lead"}</h2>
          {lead.data && (
            <p className="text-quiet">
              {[lead.data.title, lead.data.company].filter(Boolean).join(" · ") || "No title or company known"}
            </p>
          )}
        </div>
        <button
          type="button"
          onClick={onClose}
          aria-label="Close details"
          className="inline-flex size-10 shrink-0 items-center justify-center rounded-lg text-quiet hover:bg-sunken hover:text-ink"
        >
          <X aria-hidden="true" className="size-5" />
        </button>
      </div>
      {lead.isPending && <Skeleton lines={6} />}
      {lead.isError && <Failure message={messageOf(lead.error)} onRetry={() => void lead.refetch()} />}
      {lead.data && <Tabs label="About this lead" tabs={tabs} value={tab} onChange={onTab} />}
    </section>
  );
}

function Row({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[7rem_minmax(0,1fr)] gap-2 max-sm:grid-cols-[5.5rem_minmax(0,1fr)] py-1.5">
      <dt className="text-quiet">{label}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </div>
  );
}

function Contact({ lead, onStatus }: { lead: Lead; onStatus: DetailProps["onStatus"] }) {
  const now = useNow();
  const history = useQuery(leads.interactions(lead.id));
  const last = history.data?.items.find(({ direction }) => direction !== "none");
  const custom = Object.entries(lead.custom ?? {});
  return (
    <>
      <dl>
        <Row label="Status">
          {onStatus ? (
            <StatusSelect lead={lead} label="Lead status" onStatus={onStatus} />
          ) : (
            <Badge tone={statusTone(lead.status)}>{words(lead.status)}</Badge>
          )}
          {lead.status_reason && <span className="ml-2 inline-block text-xs text-quiet">{lead.status_reason}</span>}
        </Row>
        <Row label="Score">
          <Score value={lead.score} />
        </Row>
        <Row label="E-mail">
          {lead.email ? (
            <a className="text-primary-ink underline" href={`mailto:${lead.email}`}>
              {lead.email}
            </a>
          ) : (
            "Not known"
          )}
        </Row>
        <Row label="Phone">
          {lead.phone ? (
            <a className="text-primary-ink underline" href={`tel:${lead.phone}`}>
              {lead.phone}
            </a>
          ) : (
            "Not known"
          )}
        </Row>
        <Row label="Region">{lead.region || "Not known"}</Row>
        <Row label="Their time">
          {lead.timezone
            ? `${clock(new Date(now).toISOString(), lead.timezone)} (${lead.timezone})`
            : "No time zone stated; region and number tell where they may be (see Compliance)"}
        </Row>
        <Row label="Last contact">
          {last ? `${headline(last.type)}, ${ago(last.occurred_at, now)}` : history.isPending ? "…" : "None yet"}
        </Row>
        <Row label="Source">{lead.source || "Not known"}</Row>
        {lead.tags.length > 0 && (
          <Row label="Tags">
            <span className="flex flex-wrap gap-1">
              {lead.tags.map((tag) => (
                <Badge key={tag}>{tag}</Badge>
              ))}
            </span>
          </Row>
        )}
        {custom.map(([key, value]) => (
          <Row key={key} label={words(key)}>
            {String(value)}
          </Row>
        ))}
        <Row label="Added">{moment(lead.created_at)}</Row>
      </dl>
      <h3 className="mt-6 mb-2 font-semibold">Why this score</h3>
      {lead.score_reasons.length === 0 ? (
        <p className="text-quiet">
          Nothing speaks for or against this lead yet. Answers, meetings and who they are count; opens do not.
        </p>
      ) : (
        <ul className="flex flex-col gap-1">
          {lead.score_reasons.map((reason) => (
            <li key={reason.code} className="flex justify-between gap-4">
              <span>{reason.text}</span>
              <span className="figure font-medium">{reason.points > 0 ? `+${reason.points}` : reason.points}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

const ICONS: Record<string, typeof Mail> = {
  "email.replied": Reply,
  "email.clicked": MousePointerClick,
  "email.bounced": CircleAlert,
  "email.complained": CircleAlert,
  "email.unsubscribed": ShieldX,
  "meeting.booked": CalendarCheck,
};

function History({ id }: { id: string }) {
  const history = useQuery(leads.interactions(id));
  return (
    <>
      <NoteForm id={id} />
      {history.isPending && <Skeleton lines={5} />}
      {history.isError && <Failure message={messageOf(history.error)} onRetry={() => void history.refetch()} />}
      {history.data &&
        (history.data.items.length === 0 ? (
          <Empty compact title="Nothing has passed between you yet">
            Mails, answers, calls and notes appear here. Put this lead into a campaign to begin.
          </Empty>
        ) : (
          <ol className="relative flex flex-col gap-4 border-l border-line pl-6">
            {history.data.items.map((item) => (
              <Moment key={item.id} item={item} />
            ))}
          </ol>
        ))}
    </>
  );
}

function Moment({ item }: { item: Interaction }) {
  const now = useNow();
  const Icon = ICONS[item.type] ?? (item.type.startsWith("note") ? StickyNote : Mail);
  return (
    <li className="relative">
      <span className="absolute top-0 -left-[37px] flex size-6 items-center justify-center rounded-full border border-line bg-surface">
        <Icon aria-hidden="true" className="size-3.5 text-quiet" />
      </span>
      <p className="flex flex-wrap items-baseline gap-x-2">
        <span className="font-medium">{headline(item.type)}</span>
        <time dateTime={item.occurred_at} title={moment(item.occurred_at)} className="text-xs text-quiet">
          {ago(item.occurred_at, now)}
        </time>
        {item.campaign_id && (
          <Link
            to="/campaigns/$campaignId"
            params={{ campaignId: item.campaign_id }}
            className="inline-flex min-h-6 items-center text-xs text-primary-ink underline"
          >
            campaign
          </Link>
        )}
      </p>
      {item.body && <p className="mt-1 rounded-lg bg-sunken p-3 whitespace-pre-wrap">{item.body}</p>}
      {details(item.data).map(({ label, value }) => (
        <p key={label} className="text-quiet">
          {label}: {value}
        </p>
      ))}
    </li>
  );
}

function NoteForm({ id }: { id: string }) {
  const [body, setBody] = useState("");
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () => addNote(id, body.trim()),
    onSuccess: async () => {
      setBody("");
      await queries.invalidateQueries({ queryKey: leads.interactions(id).queryKey });
      toast("Note kept.");
    },
  });
  return (
    <form
      className="mb-6 flex flex-col items-end gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (body.trim()) save.mutate();
      }}
    >
      <Field label="Add a note" className="w-full" error={save.isError ? messageOf(save.error) : undefined}>
        <TextArea rows={2} value={body} onChange={(event) => setBody(event.target.value)} />
      </Field>
      <Button type="submit" size="small" busy={save.isPending} disabled={body.trim() === ""}>
        Save note
      </Button>
    </form>
  );
}

function Compliance({ id }: { id: string }) {
  const query = useQuery(leads.compliance(id));
  if (query.isPending) return <Skeleton lines={4} />;
  if (query.isError) return <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />;
  return <Ledger ledger={query.data} />;
}

function Ledger({ ledger }: { ledger: LeadCompliance }) {
  const stop = stopOf(ledger);
  return (
    <div className="flex flex-col gap-6">
      <div>
        <h3 className="mb-2 font-semibold">May we contact this person?</h3>
        <p className="flex items-start gap-2">
          {stop ? (
            <CircleAlert aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-danger-ink" />
          ) : (
            <CircleCheck aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-success-ink" />
          )}
          <span>{stop ?? "Nothing on record forbids it."}</span>
        </p>
        <p className="mt-2 text-quiet">
          Hours, frequency and consent are checked again at the very moment of each touch.
          {ledger.timezones.length > 0
            ? ` This person may be in ${ledger.timezones.join(" or ")}.`
            : " This person's time zone is not known: mail keeps the organization's hours, and no call is made."}
        </p>
      </div>
      <div>
        <h3 className="mb-2 font-semibold">Suppressions</h3>
        {ledger.suppressions.length === 0 ? (
          <p className="text-quiet">None: this person has not opted out, bounced or been listed.</p>
        ) : (
          <ul className="flex flex-col gap-1">
            {ledger.suppressions.map((item) => (
              <li key={item.id}>
                {words(item.kind)}: {words(item.reason)} <span className="text-quiet">({moment(item.created_at)})</span>
              </li>
            ))}
          </ul>
        )}
      </div>
      <div>
        <h3 className="mb-2 font-semibold">Consents</h3>
        {ledger.consents.length === 0 ? (
          <p className="text-quiet">
            None recorded. AI calls need one; commercial mail to this person does not in the United States.
          </p>
        ) : (
          <ul className="flex flex-col gap-1">
            {ledger.consents.map((item) => (
              <li key={item.id}>
                {words(item.channel)}: {item.state}, {item.purpose}{" "}
                <span className="text-quiet">({moment(item.occurred_at)})</span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}
