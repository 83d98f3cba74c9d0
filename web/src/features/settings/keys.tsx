import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { messageOf } from "@/api/problem";
import { type ApiKey, type ApiKeyDraft, createKey, ROLE_WORDS, ROLES, type Role, revokeKey, team } from "@/api/team";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm, Dialog } from "@/components/ui/dialog";
import { Field, Input, Select } from "@/components/ui/field";
import { Secret } from "@/components/ui/secret";
import { Empty, Failure, Skeleton } from "@/components/ui/state";
import { toast } from "@/components/ui/toast";
import { ago, moment } from "@/lib/format";
import { useNow } from "@/lib/time";
import { oneOf } from "@/lib/url";

const DAY_MS = 86_400_000;
const LIVES = { "30": "30 days", "90": "90 days", "365": "A year", never: "Until it is revoked" } as const;
type Life = keyof typeof LIVES;

interface Created {
  key_id: string;
  secret: string;
}

export function KeySettings() {
  const query = useQuery(team.keys);
  const [adding, setAdding] = useState(false);
  const [rotating, setRotating] = useState<ApiKey>();
  const [created, setCreated] = useState<Created>();
  const live = query.data?.items.filter(({ revoked_at }) => revoked_at === null) ?? [];
  const add = (
    <Button look="primary" onClick={() => setAdding(true)}>
      <Plus aria-hidden="true" className="size-4" /> Create key
    </Button>
  );
  return (
    <Card title="API keys" aside={live.length > 0 ? add : undefined}>
      {query.isPending && <Skeleton />}
      {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      {query.data && live.length === 0 && (
        <Empty icon={KeyRound} title="No API key yet" action={add}>
          A key lets a program of yours in: a form that adds leads, a warehouse that reads numbers. The{" "}
          <a href="/api/docs" className="font-medium text-primary-ink underline">
            API's own pages
          </a>{" "}
          say what it can do.
        </Empty>
      )}
      <ul className="flex flex-col divide-y divide-line">
        {live.map((key) => (
          <KeyLine key={key.id} apiKey={key} onRotate={() => setRotating(key)} />
        ))}
      </ul>
      <Dialog open={adding} onOpenChange={setAdding} title="Create an API key">
        {adding && (
          <KeyForm
            onCancel={() => setAdding(false)}
            onDone={(made) => {
              setAdding(false);
              setCreated(made);
            }}
          />
        )}
      </Dialog>
      <Rotate apiKey={rotating} onClose={() => setRotating(undefined)} onDone={setCreated} />
      <Dialog
        open={created !== undefined}
        onOpenChange={(open) => !open && setCreated(undefined)}
        title="Your new key"
        description="The secret is shown only now. Put it where your program keeps its secrets."
      >
        {created && (
          <div className="flex flex-col gap-4">
            <Secret label="Key id" value={created.key_id} />
            <Secret label="Secret" value={created.secret} />
            <p className="text-quiet">
              Send it as <code className="break-all">Authorization: ApiKey {"<key id>:<secret>"}</code>, or sign
              requests with it.
            </p>
            <div className="flex justify-end">
              <Button look="primary" onClick={() => setCreated(undefined)}>
                I have kept it
              </Button>
            </div>
          </div>
        )}
      </Dialog>
    </Card>
  );
}

function KeyLine({ apiKey, onRotate }: { apiKey: ApiKey; onRotate: () => void }) {
  const [revoking, setRevoking] = useState(false);
  const now = useNow();
  const queries = useQueryClient();
  const expired = apiKey.expires_at !== null && new Date(apiKey.expires_at).getTime() < now;
  const role = oneOf(apiKey.role, ROLES);
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-3">
      <div className="min-w-0 flex-1 basis-48">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          <span className="break-words">{apiKey.name}</span>
          <Badge>{role ? ROLE_WORDS[role].name : apiKey.role}</Badge>
          {expired && <Badge tone="danger">Expired</Badge>}
        </p>
        <p className="break-all text-quiet">
          <code>{apiKey.key_id}</code>
          {apiKey.scopes.length > 0 && `, only ${apiKey.scopes.join(", ")}`}
        </p>
        <p className="text-xs text-quiet">
          {apiKey.last_used_at ? `Used ${ago(apiKey.last_used_at, now)}. ` : "Never used. "}
          {apiKey.expires_at && `${expired ? "Ended" : "Ends"} ${moment(apiKey.expires_at)}.`}
        </p>
      </div>
      <div className="flex gap-2">
        <Button size="small" className="min-h-10" onClick={onRotate}>
          Rotate<span className="sr-only"> {apiKey.name}</span>
        </Button>
        <Button size="small" look="quiet" className="min-h-10" onClick={() => setRevoking(true)}>
          Revoke<span className="sr-only"> {apiKey.name}</span>
        </Button>
      </div>
      <Confirm
        open={revoking}
        onOpenChange={setRevoking}
        title={`Revoke ${apiKey.name}?`}
        description="Whatever uses it is locked out at once. This cannot be taken back; a new key can be created."
        confirm="Revoke"
        danger
        onConfirm={async () => {
          try {
            await revokeKey(apiKey.id);
            toast("The key is revoked.");
            await queries.invalidateQueries({ queryKey: team.keys.queryKey });
          } catch (error) {
            toast(messageOf(error), { tone: "error" });
            throw error;
          }
        }}
      />
    </li>
  );
}

interface RotateProps {
  apiKey: ApiKey | undefined;
  onClose: () => void;
  onDone: (created: Created) => void;
}

/** A new secret under the same name and rights; the old key goes first or later, as the person likes. */
function Rotate({ apiKey, onClose, onDone }: RotateProps) {
  const queries = useQueryClient();
  const rotate = async () => {
    if (!apiKey) return;
    try {
      const made = await createKey(twinOf(apiKey));
      await queries.invalidateQueries({ queryKey: team.keys.queryKey });
      onDone({ key_id: made.key_id, secret: made.secret });
      toast(`A second key is called ${apiKey.name}. Revoke the old one when nothing uses it any more.`);
    } catch (error) {
      toast(messageOf(error), { tone: "error" });
      throw error;
    }
  };
  return (
    <Confirm
      open={apiKey !== undefined}
      onOpenChange={(open) => !open && onClose()}
      title={`Rotate ${apiKey?.name ?? "this key"}?`}
      description="A second key with the same name and rights is created. The old one keeps working until you revoke it, so that nothing stops in between."
      confirm="Create the second key"
      onConfirm={rotate}
    />
  );
}

/** What creates a key like another; its end is as far away as the other's was at first. */
export function twinOf(key: ApiKey): ApiKeyDraft {
  const role = oneOf(key.role, ROLES) ?? "api_user";
  const life = key.expires_at ? new Date(key.expires_at).getTime() - new Date(key.created_at).getTime() : 0;
  return {
    name: key.name,
    role,
    ...(key.scopes.length > 0 ? { scopes: key.scopes } : {}),
    ...(key.rate_limit === null ? {} : { rate_limit: key.rate_limit }),
    ...(Object.keys(key.limits).length > 0 ? { limits: key.limits } : {}),
    ...(life > 0 ? { expires_at: new Date(Date.now() + life).toISOString() } : {}),
  };
}

function KeyForm({ onCancel, onDone }: { onCancel: () => void; onDone: (created: Created) => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("api_user");
  const [life, setLife] = useState<Life>("90");
  const [missing, setMissing] = useState(false);
  const queries = useQueryClient();
  const create = useMutation({
    mutationFn: () =>
      createKey({
        name: name.trim(),
        role,
        ...(life === "never" ? {} : { expires_at: new Date(Date.now() + Number(life) * DAY_MS).toISOString() }),
      }),
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: team.keys.queryKey });
      onDone({ key_id: made.key_id, secret: made.secret });
    },
  });
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        setMissing(name.trim() === "");
        if (name.trim() !== "" && !create.isPending) create.mutate();
      }}
    >
      {create.isError && <Failure message={messageOf(create.error)} />}
      <Field label="Name" hint="What uses it." {...(missing ? { error: "Enter a name." } : {})}>
        <Input autoFocus autoComplete="off" value={name} onChange={(event) => setName(event.target.value)} />
      </Field>
      <Field label="Role" hint={`${ROLE_WORDS[role].may}.`}>
        <Select value={role} onChange={(event) => setRole(oneOf(event.target.value, ROLES) ?? role)}>
          {ROLES.map((value) => (
            <option key={value} value={value}>
              {ROLE_WORDS[value].name}
            </option>
          ))}
        </Select>
      </Field>
      <Field label="Good for">
        <Select
          value={life}
          onChange={(event) => setLife(oneOf(event.target.value, ["30", "90", "365", "never"] as const) ?? life)}
        >
          {Object.entries(LIVES).map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </Select>
      </Field>
      <div className="flex justify-end gap-2">
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" look="primary" busy={create.isPending}>
          Create key
        </Button>
      </div>
    </form>
  );
}
