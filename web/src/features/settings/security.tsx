import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { passkeys } from "@/api/passkeys";
import { messageOf, Problem } from "@/api/problem";
import { changePassword, endOtherSessions, endSession, type Session, security } from "@/api/security";
import { sso } from "@/api/sso";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field, Input } from "@/components/ui/field";
import { Failure, Skeleton } from "@/components/ui/state";
import { toast } from "@/components/ui/toast";
import { ago } from "@/lib/format";
import { useOnce } from "@/lib/once";
import { useNow } from "@/lib/time";
import { Factors } from "./factors";
import { Identities } from "./identities";
import { Passkeys } from "./passkeys";

/** How you sign in, and where you are signed in. */
export function SecuritySettings() {
  // Drawn at once when all of it is there: cards that grow one after the other push the rest about.
  const pending = [
    useQuery(security.factors).isPending,
    useQuery(passkeys).isPending,
    useQuery(sso.identities).isPending,
    useQuery(security.sessions).isPending,
  ];
  if (!useOnce(!pending.includes(true))) return <Skeleton lines={8} />;
  return (
    <div className="flex flex-col gap-6">
      <Factors />
      <Passkeys />
      <Password />
      <Identities />
      <Sessions />
    </div>
  );
}

function Password() {
  const [current, setCurrent] = useState("");
  const [fresh, setFresh] = useState("");
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: () => changePassword(current, fresh),
    onSuccess: async () => {
      setCurrent("");
      setFresh("");
      toast("Password changed. Every other session of yours has ended.");
      await queries.invalidateQueries({ queryKey: ["security"] });
    },
  });
  const wrong = (field: string) => {
    const found =
      change.error instanceof Problem && change.error.fields.find(({ location }) => location === `body.${field}`);
    return found ? { error: `${found.message.charAt(0).toUpperCase()}${found.message.slice(1)}.` } : {};
  };
  const told = "error" in wrong("new") || "error" in wrong("current");
  return (
    <Card title="Password">
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!change.isPending) change.mutate();
        }}
      >
        {change.isError && !told && <Failure message={messageOf(change.error)} />}
        <div className="grid gap-4 md:grid-cols-2">
          <Field label="Current password" {...wrong("current")}>
            <Input
              type="password"
              autoComplete="current-password"
              value={current}
              onChange={(event) => setCurrent(event.target.value)}
            />
          </Field>
          <Field label="New password" hint="At least 8 characters; a sentence is good." {...wrong("new")}>
            <Input
              type="password"
              autoComplete="new-password"
              value={fresh}
              onChange={(event) => setFresh(event.target.value)}
            />
          </Field>
        </div>
        <div className="flex justify-end">
          <Button type="submit" look="primary" busy={change.isPending} disabled={current === "" || fresh === ""}>
            Change password
          </Button>
        </div>
      </form>
    </Card>
  );
}

function Sessions() {
  const query = useQuery(security.sessions);
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: (id: string | undefined) => (id ? endSession(id) : endOtherSessions()),
    onSuccess: (_, id) => toast(id ? "That session has ended." : "Every other session has ended."),
    onError: (error) => toast(messageOf(error), { tone: "error" }),
    onSettled: () => queries.invalidateQueries({ queryKey: security.sessions.queryKey }),
  });
  const others = query.data?.items.filter(({ current }) => !current) ?? [];
  return (
    <Card
      title="Where you are signed in"
      aside={
        others.length > 0 && (
          <Button size="small" className="min-h-10" busy={end.isPending} onClick={() => end.mutate(undefined)}>
            End all others
          </Button>
        )
      }
    >
      {query.isPending && <Skeleton />}
      {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      <ul className="flex flex-col divide-y divide-line">
        {query.data?.items.map((session) => (
          <SessionLine key={session.id} session={session} busy={end.isPending} onEnd={() => end.mutate(session.id)} />
        ))}
      </ul>
    </Card>
  );
}

function SessionLine({ session, busy, onEnd }: { session: Session; busy: boolean; onEnd: () => void }) {
  const now = useNow();
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-3">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          {session.device || "An unknown device"} {session.current && <Badge tone="primary">This one</Badge>}
        </p>
        <p className="text-xs text-quiet">
          {session.address && `${session.address}, `}last seen {ago(session.last_seen_at, now)}, signed in{" "}
          {ago(session.created_at, now)}
        </p>
      </div>
      {!session.current && (
        <Button size="small" look="quiet" className="min-h-10" disabled={busy} onClick={onEnd}>
          End<span className="sr-only"> the session on {session.device}</span>
        </Button>
      )}
    </li>
  );
}
