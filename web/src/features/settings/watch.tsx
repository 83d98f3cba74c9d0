import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ShieldAlert, ShieldCheck } from "lucide-react";
import { useState } from "react";
import { messageOf } from "@/api/problem";
import { team } from "@/api/team";
import {
  type Alert,
  type AlertState,
  acknowledgeAlert,
  closeAlert,
  openIncident,
  SEVERITIES,
  type Severity,
  watch,
} from "@/api/watch";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input, Select, TextArea } from "@/components/ui/field";
import { Empty, Failure, Skeleton } from "@/components/ui/state";
import { toast } from "@/components/ui/toast";
import { ago, count, moment, words } from "@/lib/format";
import { useOnce } from "@/lib/once";
import { useNow } from "@/lib/time";
import { oneOf } from "@/lib/url";
import { actorOf } from "./audit";
import { IncidentPage } from "./incident";
import { KINDS, TONES, titleOf } from "./watch-words";

const ALERT_STATES = ["open", "acknowledged", "closed"] as const satisfies readonly AlertState[];

export interface WatchFilter {
  state?: AlertState | undefined;
  incident?: string | undefined;
}

interface WatchSettingsProps {
  filter: { state?: string | undefined; incident?: string | undefined };
  onFilter: (filter: WatchFilter) => void;
}

/** What looked suspicious, and what is done about it. */
export function WatchSettings({ filter, onFilter }: WatchSettingsProps) {
  const [opening, setOpening] = useState<Alert | "new">();
  const state = oneOf(filter.state, ALERT_STATES);
  // Both lists at once, so that the first does not push the second down.
  const alerts = useInfiniteQuery({ ...watch.alerts(state), placeholderData: keepPreviousData });
  const incidents = useInfiniteQuery(watch.incidents);
  const ready = useOnce(!alerts.isPending && !incidents.isPending);
  if (filter.incident) return <IncidentPage id={filter.incident} onBack={() => onFilter({})} />;
  if (!ready) return <Skeleton lines={8} />;
  return (
    <div className="flex flex-col gap-6">
      <Alerts state={state} onState={(state) => onFilter({ state })} onIncident={setOpening} />
      <Incidents onOpen={(incident) => onFilter({ incident })} onNew={() => setOpening("new")} />
      <Dialog
        open={opening !== undefined}
        onOpenChange={(open) => !open && setOpening(undefined)}
        title="Open an incident"
        description="It keeps what was found and done, and can shut a member, a key or the organization out."
      >
        {opening && (
          <IncidentForm
            alert={opening === "new" ? undefined : opening}
            onCancel={() => setOpening(undefined)}
            onDone={(incident) => {
              setOpening(undefined);
              onFilter({ incident });
            }}
          />
        )}
      </Dialog>
    </div>
  );
}

interface AlertsProps {
  state: AlertState | undefined;
  onState: (state: AlertState | undefined) => void;
  onIncident: (alert: Alert) => void;
}

function Alerts({ state, onState, onIncident }: AlertsProps) {
  const query = useInfiniteQuery({ ...watch.alerts(state), placeholderData: keepPreviousData });
  const rows = query.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Card
      title="Alerts"
      aside={
        <Field label="Alerts shown" hideLabel>
          <Select value={state ?? ""} onChange={(event) => onState(oneOf(event.target.value, ALERT_STATES))}>
            <option value="">All</option>
            {ALERT_STATES.map((value) => (
              <option key={value} value={value}>
                {words(value)}
              </option>
            ))}
          </Select>
        </Field>
      }
    >
      {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      {query.isSuccess && rows.length === 0 && (
        <Empty
          compact
          icon={ShieldCheck}
          title={state ? `No alert is ${words(state).toLowerCase()}` : "Nothing deserves a look"}
          action={state ? <Button onClick={() => onState(undefined)}>Show all</Button> : undefined}
        >
          {!state &&
            "Failed sign-ins, wrong second factors, access that is not allowed, floods, unusual exports and work at odd hours appear here."}
        </Empty>
      )}
      <ul className="flex flex-col divide-y divide-line">
        {rows.map((alert) => (
          <AlertLine key={alert.id} alert={alert} onIncident={() => onIncident(alert)} />
        ))}
      </ul>
      {query.hasNextPage && (
        <Button className="mt-4 w-full" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          Show more alerts
        </Button>
      )}
    </Card>
  );
}

function AlertLine({ alert, onIncident }: { alert: Alert; onIncident: () => void }) {
  const members = useQuery(team.members).data?.items ?? [];
  const queries = useQueryClient();
  const now = useNow();
  const judge = useMutation({
    mutationFn: (to: "acknowledged" | "closed") =>
      to === "closed" ? closeAlert(alert.id) : acknowledgeAlert(alert.id),
    onError: (error) => toast(messageOf(error), { tone: "error" }),
    onSettled: () => queries.invalidateQueries({ queryKey: watch.key }),
  });
  const title = titleOf(alert);
  return (
    <li className="flex flex-wrap items-start justify-between gap-3 py-3">
      <div className="min-w-0 flex-1 basis-60">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          {title}
          <Badge tone={TONES[alert.severity]}>{words(alert.severity)}</Badge>
          {alert.state !== "open" && <Badge>{words(alert.state)}</Badge>}
        </p>
        <p className="text-quiet">
          {KINDS[alert.kind]?.why} {evidenceOf(alert)}
        </p>
        <p className="text-xs text-quiet">
          {alert.actor && `${actorOf(alert.actor, members)}, `}
          {ago(alert.last_at, now)}
          {alert.judged_by && `; ${words(alert.state).toLowerCase()} by ${actorOf(alert.judged_by, members)}`}
        </p>
      </div>
      {alert.state !== "closed" && (
        <div className="flex flex-wrap gap-2">
          {alert.state === "open" && (
            <Button
              size="small"
              className="min-h-10"
              disabled={judge.isPending}
              onClick={() => judge.mutate("acknowledged")}
            >
              Acknowledge<span className="sr-only"> {title}</span>
            </Button>
          )}
          <Button size="small" className="min-h-10" disabled={judge.isPending} onClick={() => judge.mutate("closed")}>
            Close<span className="sr-only"> {title}</span>
          </Button>
          <Button size="small" className="min-h-10" onClick={onIncident}>
            Open an incident<span className="sr-only"> about {title}</span>
          </Button>
        </div>
      )}
    </li>
  );
}

/** How often, and in which time. */
function evidenceOf({ evidence }: Alert): string {
  const said = typeof evidence === "object" && evidence !== null ? Object.fromEntries(Object.entries(evidence)) : {};
  if (typeof said.count !== "number" || typeof said.window_seconds !== "number") return "";
  const hours = said.window_seconds / 3600;
  const minutes = said.window_seconds / 60;
  const time = hours >= 1 ? `${count(hours)} h` : `${count(minutes)} min`;
  const usual = typeof said.normal_per_day === "number" ? `; usual is ${count(said.normal_per_day)} a day` : "";
  return `${count(said.count)} in ${time}${usual}.`;
}

function Incidents({ onOpen, onNew }: { onOpen: (id: string) => void; onNew: () => void }) {
  const query = useInfiniteQuery(watch.incidents);
  const rows = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const add = <Button onClick={onNew}>Open an incident</Button>;
  return (
    <Card title="Incidents" aside={rows.length > 0 ? add : undefined}>
      {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      {query.isSuccess && rows.length === 0 && (
        <Empty compact icon={ShieldAlert} title="No incident yet" action={add}>
          When something went wrong, an incident keeps the steps from its detection to its lessons in one place.
        </Empty>
      )}
      <ul className="flex flex-col divide-y divide-line">
        {rows.map((incident) => (
          <li key={incident.id}>
            <button
              type="button"
              className="flex min-h-11 w-full flex-wrap items-center justify-between gap-x-3 gap-y-1 rounded-lg px-2 py-2 text-left hover:bg-sunken"
              onClick={() => onOpen(incident.id)}
            >
              <span className="min-w-0 font-medium break-words text-primary-ink underline">{incident.title}</span>
              <span className="flex flex-wrap items-center gap-2">
                <Badge tone={TONES[incident.severity]}>{words(incident.severity)}</Badge>
                <Badge tone={incident.state === "closed" ? "success" : "primary"}>{words(incident.state)}</Badge>
                <time dateTime={incident.opened_at} className="figure text-xs text-quiet">
                  {moment(incident.opened_at)}
                </time>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {query.hasNextPage && (
        <Button className="mt-4 w-full" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          Show more incidents
        </Button>
      )}
    </Card>
  );
}

interface IncidentFormProps {
  alert: Alert | undefined;
  onCancel: () => void;
  onDone: (incident: string) => void;
}

function IncidentForm({ alert, onCancel, onDone }: IncidentFormProps) {
  const [title, setTitle] = useState(alert ? titleOf(alert) : "");
  const [severity, setSeverity] = useState<Severity>(alert?.severity ?? "medium");
  const [note, setNote] = useState("");
  const [missing, setMissing] = useState(false);
  const queries = useQueryClient();
  const open = useMutation({
    mutationFn: () =>
      openIncident({
        title: title.trim(),
        severity,
        ...(note.trim() ? { note: note.trim() } : {}),
        ...(alert ? { alert_ids: [alert.id] } : {}),
      }),
    onSuccess: async ({ id }) => {
      // Who opens an incident about it looks into it.
      if (alert?.state === "open") await acknowledgeAlert(alert.id).catch(() => undefined);
      await queries.invalidateQueries({ queryKey: watch.key });
      onDone(id);
    },
  });
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        setMissing(title.trim() === "");
        if (title.trim() !== "" && !open.isPending) open.mutate();
      }}
    >
      {open.isError && <Failure message={messageOf(open.error)} />}
      <Field label="Title" {...(missing ? { error: "Say in a line what happened." } : {})}>
        <Input
          autoFocus
          autoComplete="off"
          maxLength={200}
          value={title}
          onChange={(event) => setTitle(event.target.value)}
        />
      </Field>
      <Field label="Severity">
        <Select value={severity} onChange={(event) => setSeverity(oneOf(event.target.value, SEVERITIES) ?? severity)}>
          {SEVERITIES.map((value) => (
            <option key={value} value={value}>
              {words(value)}
            </option>
          ))}
        </Select>
      </Field>
      <Field label="What is known" optional>
        <TextArea maxLength={5000} value={note} onChange={(event) => setNote(event.target.value)} />
      </Field>
      <div className="flex justify-end gap-2">
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" look="primary" busy={open.isPending}>
          Open the incident
        </Button>
      </div>
    </form>
  );
}
