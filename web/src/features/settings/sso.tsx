import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Fingerprint, Plus } from "lucide-react";
import { useState } from "react";
import { fieldOf, messageOf, Problem } from "@/api/problem";
import { type Connection, removeConnection, sso, testConnection, updateConnection } from "@/api/sso";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm, Dialog } from "@/components/ui/dialog";
import { Secret } from "@/components/ui/secret";
import { Empty, Failure, Skeleton } from "@/components/ui/state";
import { toast } from "@/components/ui/toast";
import { ConnectionForm, NewConnection } from "./sso-form";

const PROTOCOLS: Record<Connection["kind"], string> = { oidc: "OpenID Connect", saml: "SAML 2.0" };

/** The identity providers through which the organization's people sign in. */
export function SsoSettings() {
  const query = useQuery(sso.connections);
  const [adding, setAdding] = useState(false);
  const [editing, setEditing] = useState<string>();
  const items = query.data?.items ?? [];
  const edited = items.find(({ id }) => id === editing);
  const add = (
    <Button look="primary" onClick={() => setAdding(true)}>
      <Plus aria-hidden="true" className="size-4" /> Add connection
    </Button>
  );
  return (
    <Card title="Identity providers" aside={items.length > 0 ? add : undefined}>
      {query.isPending && <Skeleton />}
      {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      {query.data && items.length === 0 && (
        <Empty icon={Fingerprint} title="No identity provider yet" action={add}>
          Let your people sign in with the account they have at Google, Okta, Entra, Keycloak or another provider. A
          connection changes nothing until you turn it on.
        </Empty>
      )}
      <ul className="flex flex-col divide-y divide-line">
        {items.map((connection) => (
          <ConnectionLine key={connection.id} connection={connection} onEdit={() => setEditing(connection.id)} />
        ))}
      </ul>
      <Dialog
        open={adding}
        onOpenChange={setAdding}
        title="Add a connection"
        description="It gets the addresses that your provider asks for; what the provider gives you comes next."
      >
        {adding && (
          <NewConnection
            onCancel={() => setAdding(false)}
            onDone={(made) => {
              setAdding(false);
              setEditing(made.id);
            }}
          />
        )}
      </Dialog>
      <Dialog
        wide
        open={edited !== undefined}
        onOpenChange={(open) => !open && setEditing(undefined)}
        title={edited ? `Edit ${edited.name}` : ""}
      >
        {edited && (
          <div className="flex flex-col gap-6">
            <Addresses connection={edited} />
            <ConnectionForm key={edited.version} connection={edited} onDone={() => setEditing(undefined)} />
          </div>
        )}
      </Dialog>
    </Card>
  );
}

function ConnectionLine({ connection, onEdit }: { connection: Connection; onEdit: () => void }) {
  const { id, name, kind, enabled, enforce } = connection;
  const [removing, setRemoving] = useState(false);
  const [turningOff, setTurningOff] = useState(false);
  const queries = useQueryClient();
  const renew = () => queries.invalidateQueries({ queryKey: sso.key });
  const told = (error: unknown) => toast(messageOf(error), { tone: "error" });
  const test = useMutation({
    mutationFn: () => testConnection(id),
    onSuccess: ({ ready, field, detail }) =>
      ready ? toast(`${name} can be used as it is set up.`) : toast(notYet(name, field, detail), { tone: "error" }),
    onError: told,
  });
  const turn = useMutation({
    mutationFn: (on: boolean) =>
      updateConnection(connection, on ? { enabled: true } : { enabled: false, enforce: false }),
    onSuccess: (_, on) => toast(on ? `${name} is on.` : `${name} is off; the sessions it opened have ended.`),
    onError: (error) => {
      const wrong = error instanceof Problem ? error.fields[0] : undefined;
      if (wrong) toast(notYet(name, fieldOf(wrong.location), wrong.message), { tone: "error" });
      else told(error);
    },
    onSettled: renew,
  });
  return (
    <li className="flex flex-col gap-2 py-3">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <div className="min-w-0 flex-1 basis-48">
          <p className="flex flex-wrap items-center gap-2 font-medium">
            <span className="break-words">{name}</span>
            <Badge tone={enabled ? "success" : "neutral"}>{enabled ? "On" : "Off"}</Badge>
            {enforce && <Badge tone="primary">The only way in</Badge>}
          </p>
          <p className="break-all text-quiet">
            {PROTOCOLS[kind]}
            {connection.issuer && `, ${connection.issuer}`}
          </p>
        </div>
        <div className="flex flex-wrap gap-2">
          <Button
            size="small"
            className="min-h-10"
            look={enabled ? "plain" : "primary"}
            busy={turn.isPending}
            onClick={() => (enabled ? setTurningOff(true) : turn.mutate(true))}
          >
            {enabled ? "Turn off" : "Turn on"}
            <span className="sr-only"> {name}</span>
          </Button>
          <Button size="small" className="min-h-10" busy={test.isPending} onClick={() => test.mutate()}>
            Test<span className="sr-only"> {name}</span>
          </Button>
          <Button size="small" className="min-h-10" onClick={onEdit}>
            Edit<span className="sr-only"> {name}</span>
          </Button>
          <Button size="small" look="quiet" className="min-h-10" onClick={() => setRemoving(true)}>
            Remove<span className="sr-only"> {name}</span>
          </Button>
        </div>
      </div>
      <details>
        <summary className="flex min-h-8 items-center font-medium text-primary-ink">
          Addresses<span className="sr-only"> of {name}</span>
        </summary>
        <div className="py-2">
          <Addresses connection={connection} />
        </div>
      </details>
      <Confirm
        open={turningOff}
        onOpenChange={setTurningOff}
        title={`Turn ${name} off?`}
        description="Nobody signs in through it any more, and the sessions it opened end now. What is set up stays."
        confirm="Turn off"
        danger
        onConfirm={() => turn.mutateAsync(false)}
      />
      <Confirm
        open={removing}
        onOpenChange={setRemoving}
        title={`Remove ${name}?`}
        description="The sessions it opened end now, and nobody is known by it any more. This cannot be taken back."
        confirm="Remove"
        danger
        onConfirm={async () => {
          try {
            await removeConnection(id);
            toast("Connection removed.");
            await renew();
          } catch (error) {
            told(error);
            throw error;
          }
        }}
      />
    </li>
  );
}

function notYet(name: string, field: string, detail: string): string {
  return `${name} cannot be used yet: ${LABELS[field] ?? field} ${detail}.`;
}

// What the server calls fields, as the form names them.
const LABELS: Record<string, string> = {
  issuer: "the issuer",
  client_id: "the client ID",
  client_secret: "the client secret",
  sso_url: "the sign-on address",
  certificates: "the certificate",
};

/** What to enter at the provider, and where people begin. */
function Addresses({ connection }: { connection: Connection }) {
  return (
    <div className="flex flex-col gap-3">
      {connection.kind === "oidc" ? (
        <Secret label="Redirect address" value={connection.redirect_url} />
      ) : (
        <>
          <Secret label="Single sign-on address (ACS)" value={connection.acs_url} />
          <Secret label="Entity ID and metadata" value={connection.metadata_url} />
        </>
      )}
      <Secret label="Where people begin" value={connection.start_url} />
      <Secret label="Name at sign-in" value={connection.slug} />
    </div>
  );
}
