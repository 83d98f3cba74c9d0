import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus, Webhook } from "lucide-react";
import { useState } from "react";
import {
  createWebhook,
  deleteWebhook,
  enableWebhook,
  redeliver,
  testWebhook,
  type WebhookDelivery,
  type WebhookEndpoint,
  webhooks,
} from "@/api/integrations";
import { messageOf, Problem } from "@/api/problem";
import { Badge, type Tone } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm, Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { Secret } from "@/components/ui/secret";
import { Empty, Failure, Skeleton } from "@/components/ui/state";
import { toast } from "@/components/ui/toast";
import { ago, words } from "@/lib/format";
import { useNow } from "@/lib/time";

/** Systems of yours that are told of events. */
export function IntegrationSettings() {
  const query = useQuery(webhooks.list);
  const [adding, setAdding] = useState(false);
  const [secret, setSecret] = useState<string>();
  const add = (
    <Button look="primary" onClick={() => setAdding(true)}>
      <Plus aria-hidden="true" className="size-4" /> Add endpoint
    </Button>
  );
  const items = query.data?.items ?? [];
  return (
    <Card title="Webhook endpoints" aside={items.length > 0 ? add : undefined}>
      {query.isPending && <Skeleton />}
      {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      {query.data && items.length === 0 && (
        <Empty icon={Webhook} title="No endpoint yet" action={add}>
          An endpoint is an address of yours that is told when something happens here: a lead came, a campaign started,
          somebody replied. Messages are signed and tried for three days.
        </Empty>
      )}
      <ul className="flex flex-col divide-y divide-line">
        {items.map((endpoint) => (
          <EndpointLine key={endpoint.id} endpoint={endpoint} />
        ))}
      </ul>
      <Dialog open={adding} onOpenChange={setAdding} title="Add a webhook endpoint">
        {adding && (
          <EndpointForm
            onCancel={() => setAdding(false)}
            onDone={(value) => {
              setAdding(false);
              setSecret(value);
            }}
          />
        )}
      </Dialog>
      <Dialog
        open={secret !== undefined}
        onOpenChange={(open) => !open && setSecret(undefined)}
        title="The signing secret"
        description="Check each message with it (Standard Webhooks). It is shown only now."
      >
        {secret && (
          <div className="flex flex-col gap-4">
            <Secret label="Signing secret" value={secret} />
            <div className="flex justify-end">
              <Button look="primary" onClick={() => setSecret(undefined)}>
                I have kept it
              </Button>
            </div>
          </div>
        )}
      </Dialog>
    </Card>
  );
}

function EndpointLine({ endpoint }: { endpoint: WebhookEndpoint }) {
  const [removing, setRemoving] = useState(false);
  const queries = useQueryClient();
  const renew = () => queries.invalidateQueries({ queryKey: webhooks.key });
  const told = (error: unknown) => toast(messageOf(error), { tone: "error" });
  const test = useMutation({
    mutationFn: () => testWebhook(endpoint.id),
    onSuccess: ({ state, status, answer }) =>
      state === "delivered"
        ? toast(`${endpoint.url} took the test message (HTTP ${status}).`)
        : toast(`The test message was not taken: ${answer || `HTTP ${status}`}.`, { tone: "error" }),
    onError: told,
    onSettled: renew,
  });
  const enable = useMutation({ mutationFn: () => enableWebhook(endpoint), onError: told, onSettled: renew });
  return (
    <li className="flex flex-col gap-2 py-3">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <div className="min-w-0 flex-1 basis-48">
          <p className="flex flex-wrap items-center gap-2 font-medium">
            <span className="break-all">{endpoint.url}</span>
            <Badge tone={endpoint.state === "active" ? "success" : "warning"}>{words(endpoint.state)}</Badge>
          </p>
          <p className="text-quiet">{endpoint.events?.join(", ")}</p>
          {endpoint.disabled_because && <p className="text-xs text-danger-ink">{endpoint.disabled_because}</p>}
        </div>
        <div className="flex flex-wrap gap-2">
          {endpoint.state === "disabled" && (
            <Button size="small" className="min-h-10" busy={enable.isPending} onClick={() => enable.mutate()}>
              Turn on
            </Button>
          )}
          <Button size="small" className="min-h-10" busy={test.isPending} onClick={() => test.mutate()}>
            Test
          </Button>
          <Button size="small" look="quiet" className="min-h-10" onClick={() => setRemoving(true)}>
            Remove<span className="sr-only"> {endpoint.url}</span>
          </Button>
        </div>
      </div>
      <Deliveries endpoint={endpoint} />
      <Confirm
        open={removing}
        onOpenChange={setRemoving}
        title="Remove this endpoint?"
        description={`${endpoint.url} is told of nothing any more; what waits for it is dropped.`}
        confirm="Remove"
        danger
        onConfirm={async () => {
          try {
            await deleteWebhook(endpoint.id);
            toast("Endpoint removed.");
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

const TONES: Record<WebhookDelivery["state"], Tone> = { pending: "neutral", delivered: "success", failed: "danger" };

function Deliveries({ endpoint }: { endpoint: WebhookEndpoint }) {
  const [open, setOpen] = useState(false);
  const query = useQuery({ ...webhooks.deliveries(endpoint.id), enabled: open, refetchInterval: open ? 3000 : false });
  const queries = useQueryClient();
  const now = useNow();
  const again = useMutation({
    mutationFn: (id: string) => redeliver(endpoint.id, id),
    onError: (error) => toast(messageOf(error), { tone: "error" }),
    onSettled: () => queries.invalidateQueries({ queryKey: webhooks.key }),
  });
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="flex min-h-8 items-center font-medium text-primary-ink">Last deliveries</summary>
      {open && query.isPending && <Skeleton />}
      {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      {query.data?.items.length === 0 && <p className="py-2 text-quiet">Nothing has been sent yet.</p>}
      <ul className="flex flex-col divide-y divide-line">
        {query.data?.items.map((delivery) => (
          <li key={delivery.id} className="flex flex-wrap items-center justify-between gap-2 py-2">
            <div className="min-w-0">
              <p className="flex flex-wrap items-center gap-2">
                <code className="text-xs">{delivery.event_type}</code>
                <Badge tone={TONES[delivery.state]}>{words(delivery.state)}</Badge>
                {delivery.status !== null && <span className="figure text-xs text-quiet">HTTP {delivery.status}</span>}
              </p>
              <p className="text-xs break-all text-quiet">
                {ago(delivery.created_at, now)}
                {delivery.answer && `: ${delivery.answer}`}
              </p>
            </div>
            {delivery.state !== "pending" && (
              <Button size="small" busy={again.isPending} onClick={() => again.mutate(delivery.id)}>
                Send again
              </Button>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}

function EndpointForm({ onCancel, onDone }: { onCancel: () => void; onDone: (secret: string) => void }) {
  const [url, setUrl] = useState("");
  const [events, setEvents] = useState("*");
  const queries = useQueryClient();
  const create = useMutation({
    mutationFn: () =>
      createWebhook(
        url.trim(),
        events
          .split(",")
          .map((part) => part.trim())
          .filter(Boolean),
      ),
    onSuccess: async ({ secret }) => {
      await queries.invalidateQueries({ queryKey: webhooks.key });
      onDone(secret);
    },
  });
  const problem = create.error instanceof Problem ? create.error : undefined;
  const wrong = (field: string) => {
    const found = problem?.fields.find(({ location }) => location.startsWith(`body.${field}`))?.message;
    return found ? { error: `${found.charAt(0).toUpperCase()}${found.slice(1)}.` } : {};
  };
  const beside = "error" in wrong("url") || "error" in wrong("events");
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!create.isPending) create.mutate();
      }}
    >
      {create.isError && !beside && <Failure message={messageOf(create.error)} />}
      <Field label="Address" {...wrong("url")}>
        <Input
          type="url"
          autoFocus
          autoComplete="off"
          placeholder="https://example.com/hooks/rainmaker"
          value={url}
          onChange={(event) => setUrl(event.target.value)}
        />
      </Field>
      <Field
        label="Events"
        hint="With commas: types such as lead.created, families such as lead.*, or * for all."
        {...wrong("events")}
      >
        <Input autoComplete="off" value={events} onChange={(event) => setEvents(event.target.value)} />
      </Field>
      <div className="flex justify-end gap-2">
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" look="primary" busy={create.isPending}>
          Add endpoint
        </Button>
      </div>
    </form>
  );
}
