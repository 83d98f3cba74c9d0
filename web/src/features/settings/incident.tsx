import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ArrowLeft, Download } from "lucide-react";
import { useState } from "react";
import { messageOf } from "@/api/problem";
import { me } from "@/api/session";
import { type ApiKey, type Member, team } from "@/api/team";
import {
  addIncidentNote,
  advanceIncident,
  type Dossier,
  type Entry,
  exportIncident,
  INCIDENT_STATES,
  type Isolation,
  isolate,
  releaseIsolation,
  watch,
} from "@/api/watch";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm } from "@/components/ui/dialog";
import { Field, Select, TextArea } from "@/components/ui/field";
import { Failure, Skeleton } from "@/components/ui/state";
import { toast } from "@/components/ui/toast";
import { cx } from "@/lib/cx";
import { moment, words } from "@/lib/format";
import { actorOf } from "./audit";
import { TONES, titleOf } from "./watch-words";

/** One incident: its state, who is shut out, and everything that was done. */
export function IncidentPage({ id, onBack }: { id: string; onBack: () => void }) {
  const query = useQuery(watch.incident(id));
  const download = useMutation({
    mutationFn: () => exportIncident(id),
    onSuccess: (evidence) => save(`incident-${id}.json`, JSON.stringify(evidence, undefined, 2)),
    onError: (error) => toast(messageOf(error), { tone: "error" }),
  });
  return (
    <div className="flex flex-col gap-6">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <Button look="quiet" onClick={onBack}>
          <ArrowLeft aria-hidden="true" className="size-4" /> All alerts and incidents
        </Button>
        <Button busy={download.isPending} disabled={!query.data} onClick={() => download.mutate()}>
          <Download aria-hidden="true" className="size-4" /> Export evidence
        </Button>
      </div>
      {query.isPending && <Skeleton lines={6} />}
      {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      {query.data && (
        <>
          <Progress incident={query.data} />
          <Isolations incident={query.data} />
          <Timeline incident={query.data} />
        </>
      )}
    </div>
  );
}

function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

function useRenew(id: string): (fresh: Dossier) => Promise<void> {
  const queries = useQueryClient();
  return (fresh) => {
    queries.setQueryData(watch.incident(id).queryKey, fresh);
    return queries.invalidateQueries({ queryKey: watch.incidents.queryKey });
  };
}

function Progress({ incident }: { incident: Dossier }) {
  const [note, setNote] = useState("");
  const renew = useRenew(incident.id);
  const at = INCIDENT_STATES.indexOf(incident.state);
  const next = INCIDENT_STATES[at + 1];
  const advance = useMutation({
    mutationFn: (state: Exclude<Dossier["state"], "detection">) =>
      advanceIncident(incident.id, { state, ...(note.trim() ? { note: note.trim() } : {}) }),
    onSuccess: async (fresh) => {
      setNote("");
      toast(`The incident is in ${words(fresh.state).toLowerCase()} now.`);
      await renew(fresh);
    },
  });
  return (
    <Card title={incident.title} aside={<Badge tone={TONES[incident.severity]}>{words(incident.severity)}</Badge>}>
      <ol aria-label="States of the incident" className="mb-4 flex flex-wrap gap-x-4 gap-y-2">
        {INCIDENT_STATES.map((state, i) => (
          <li
            key={state}
            aria-current={i === at ? "step" : undefined}
            className={cx("flex items-center gap-2", i === at ? "font-medium text-primary-ink" : "text-quiet")}
          >
            <span
              aria-hidden="true"
              className={cx("size-3 rounded-full border-2 border-current", i <= at && "bg-current")}
            />
            {words(state)}
            {i < at && <span className="sr-only"> (done)</span>}
          </li>
        ))}
      </ol>
      {next && next !== "detection" && (
        <form
          noValidate
          className="flex flex-col gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            if (!advance.isPending) advance.mutate(next);
          }}
        >
          {advance.isError && <Failure message={messageOf(advance.error)} />}
          <Field label="What was found or done" optional>
            <TextArea rows={2} maxLength={5000} value={note} onChange={(event) => setNote(event.target.value)} />
          </Field>
          <div className="flex justify-end">
            <Button type="submit" look="primary" busy={advance.isPending}>
              {next === "closed" ? "Close the incident" : `Go on to ${words(next).toLowerCase()}`}
            </Button>
          </div>
        </form>
      )}
      {incident.closed_at && <p className="text-quiet">Closed {moment(incident.closed_at)}.</p>}
    </Card>
  );
}

/** Names the subject of an isolation. */
function subjectOf({ kind, subject_id }: Isolation, members: readonly Member[], keys: readonly ApiKey[]): string {
  if (kind === "organization") return "The whole organization, except its admins";
  if (kind === "key") return `API key ${keys.find(({ id }) => id === subject_id)?.name ?? subject_id.slice(-6)}`;
  return actorOf(`user:${subject_id}`, members);
}

function Isolations({ incident }: { incident: Dossier }) {
  const members = useQuery(team.members).data?.items ?? [];
  const keys = useQuery(team.keys).data?.items ?? [];
  const who = useQuery(me).data;
  const [subject, setSubject] = useState("");
  const [asking, setAsking] = useState(false);
  const renew = useRenew(incident.id);
  const told = (error: unknown) => toast(messageOf(error), { tone: "error" });
  const release = useMutation({
    mutationFn: (id: string) => releaseIsolation(incident.id, id),
    onSuccess: async (fresh) => {
      toast("Let in again; they sign in anew.");
      await renew(fresh);
    },
    onError: told,
  });
  const [kind = "", id = ""] = subject.split(":", 2);
  const name =
    kind === "organization"
      ? "everybody but the admins"
      : kind === "key"
        ? `the API key ${keys.find((key) => key.id === id)?.name ?? ""}`
        : actorOf(subject, members);
  return (
    <Card title="Shut out">
      {incident.isolations.length === 0 && (
        <p className="text-quiet">
          Nobody is shut out. Whoever is has no session and no key until they are let in again.
        </p>
      )}
      <ul className="flex flex-col divide-y divide-line">
        {incident.isolations.map((isolation) => {
          const subject = subjectOf(isolation, members, keys);
          return (
            <li key={isolation.id} className="flex flex-wrap items-center justify-between gap-3 py-3">
              <div className="min-w-0">
                <p className="flex flex-wrap items-center gap-2 font-medium">
                  <span className="break-words">{subject}</span>
                  <Badge tone={isolation.released_at ? "neutral" : "danger"}>
                    {isolation.released_at ? "Let in again" : "Shut out"}
                  </Badge>
                </p>
                <p className="text-xs text-quiet">
                  {moment(isolation.at)} by {actorOf(isolation.by, members)}
                  {isolation.released_at && `; let in ${moment(isolation.released_at)}`}
                </p>
              </div>
              {!isolation.released_at && (
                <Button
                  size="small"
                  className="min-h-10"
                  busy={release.isPending}
                  onClick={() => release.mutate(isolation.id)}
                >
                  Let in again<span className="sr-only"> {subject}</span>
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      {incident.state !== "closed" && (
        <div className="mt-4 flex flex-wrap items-end gap-3">
          <Field label="Whom to shut out" className="grow basis-60">
            <Select value={subject} onChange={(event) => setSubject(event.target.value)}>
              <option value="">Choose a member, a key or all</option>
              <optgroup label="Members">
                {members
                  .filter((member) => member.id !== who?.user?.id)
                  .map((member) => (
                    <option key={member.id} value={`user:${member.id}`}>
                      {member.name || member.email}
                    </option>
                  ))}
              </optgroup>
              <optgroup label="API keys">
                {keys
                  .filter(({ revoked_at }) => !revoked_at)
                  .map((key) => (
                    <option key={key.id} value={`key:${key.id}`}>
                      {key.name}
                    </option>
                  ))}
              </optgroup>
              <optgroup label="All">
                <option value="organization:">The whole organization, except its admins</option>
              </optgroup>
            </Select>
          </Field>
          <Button look="danger" disabled={subject === ""} onClick={() => setAsking(true)}>
            Shut out now
          </Button>
        </div>
      )}
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={`Shut ${name} out?`}
        description={
          kind === "organization"
            ? "Sessions and keys of everybody but the admins end at once, and nothing leaves until it is resumed."
            : "Their sessions end at once, and neither sign-in nor key is accepted until they are let in again."
        }
        confirm="Shut out"
        danger
        onConfirm={async () => {
          try {
            const fresh = await isolate(
              incident.id,
              kind === "key" ? "key" : kind === "user" ? "user" : "organization",
              id || undefined,
            );
            setSubject("");
            toast("Shut out.");
            await renew(fresh);
          } catch (error) {
            told(error);
            throw error;
          }
        }}
      />
    </Card>
  );
}

/** What an entry of the timeline says, in words. */
function sentenceOf(entry: Entry, members: readonly Member[], keys: readonly ApiKey[]): string {
  const data =
    typeof entry.data === "object" && entry.data !== null ? Object.fromEntries(Object.entries(entry.data)) : {};
  switch (entry.kind) {
    case "alert":
      return `Alert: ${titleOf({ kind: String(data.kind ?? "") })}`;
    case "state":
      return data.from ? `${words(String(data.from))} → ${words(String(data.to))}` : "Opened, in detection";
    case "isolated":
    case "released": {
      const subject = subjectOf(
        { kind: data.kind, subject_id: String(data.subject_id ?? "") } as Isolation,
        members,
        keys,
      );
      return entry.kind === "isolated" ? `Shut out: ${subject}` : `Let in again: ${subject}`;
    }
    default:
      return "Note";
  }
}

function Timeline({ incident }: { incident: Dossier }) {
  const members = useQuery(team.members).data?.items ?? [];
  const keys = useQuery(team.keys).data?.items ?? [];
  const [text, setText] = useState("");
  const renew = useRenew(incident.id);
  const add = useMutation({
    mutationFn: () => addIncidentNote(incident.id, text.trim()),
    onSuccess: async (fresh) => {
      setText("");
      await renew(fresh);
    },
  });
  return (
    <Card title="Timeline">
      <ol className="flex flex-col divide-y divide-line">
        {incident.timeline.map((entry) => (
          <li key={entry.id} className="grid gap-x-4 gap-y-1 py-3 md:grid-cols-[minmax(0,1fr)_auto]">
            <div className="min-w-0">
              <p className="font-medium break-words">{sentenceOf(entry, members, keys)}</p>
              {entry.text && <p className="break-words whitespace-pre-line">{entry.text}</p>}
              <p className="text-xs text-quiet">{actorOf(entry.actor, members)}</p>
            </div>
            <time dateTime={entry.at} className="figure text-xs text-quiet">
              {moment(entry.at)}
            </time>
          </li>
        ))}
      </ol>
      <form
        noValidate
        className="mt-4 flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() !== "" && !add.isPending) add.mutate();
        }}
      >
        {add.isError && <Failure message={messageOf(add.error)} />}
        <Field label="Note">
          <TextArea rows={2} maxLength={5000} value={text} onChange={(event) => setText(event.target.value)} />
        </Field>
        <div className="flex justify-end">
          <Button type="submit" busy={add.isPending} disabled={text.trim() === ""}>
            Add the note
          </Button>
        </div>
      </form>
    </Card>
  );
}
