import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { messageOf } from "@/api/problem";
import { type Identity, linkIdentity, sso, unlinkIdentity } from "@/api/sso";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { Failure, Skeleton } from "@/components/ui/state";
import { toast } from "@/components/ui/toast";
import { ago } from "@/lib/format";
import { useNow } from "@/lib/time";

/** The identities at providers by which the person is known here. */
export function Identities() {
  const query = useQuery(sso.identities);
  const [name, setName] = useState("");
  const link = useMutation({
    mutationFn: () => linkIdentity(name.trim()),
    // The browser itself has to go: the provider is another site.
    onSuccess: ({ url }) => window.location.assign(url),
  });
  return (
    <Card title="Linked identities">
      {query.isPending && <Skeleton lines={1} />}
      {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      <ul className="flex flex-col divide-y divide-line">
        {query.data?.items.map((identity) => (
          <IdentityLine key={identity.id} identity={identity} />
        ))}
      </ul>
      <form
        noValidate
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== "" && !link.isPending) link.mutate();
        }}
      >
        {link.isError && <Failure message={messageOf(link.error)} />}
        <div className="flex flex-wrap items-end gap-3">
          <Field
            label="Name of the organization's sign-in"
            hint="Link your account at its identity provider, and sign in through it from then on."
            className="grow basis-60"
          >
            <Input
              autoCapitalize="none"
              autoComplete="off"
              spellCheck={false}
              maxLength={100}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          </Field>
          <Button type="submit" busy={link.isPending} disabled={name.trim() === ""}>
            Link
          </Button>
        </div>
      </form>
    </Card>
  );
}

function IdentityLine({ identity }: { identity: Identity }) {
  const [unlinking, setUnlinking] = useState(false);
  const queries = useQueryClient();
  const now = useNow();
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-3">
      <div className="min-w-0">
        <p className="font-medium break-words">{identity.provider}</p>
        <p className="text-xs text-quiet">
          Linked {ago(identity.created_at, now)},{" "}
          {identity.last_used_at ? `last used ${ago(identity.last_used_at, now)}` : "not used yet"}
        </p>
      </div>
      <Button size="small" look="quiet" className="min-h-10" onClick={() => setUnlinking(true)}>
        Unlink<span className="sr-only"> {identity.provider}</span>
      </Button>
      <Confirm
        open={unlinking}
        onOpenChange={setUnlinking}
        title={`Unlink ${identity.provider}?`}
        description="It opens your account no longer."
        confirm="Unlink"
        danger
        onConfirm={async () => {
          try {
            await unlinkIdentity(identity.id);
            toast("Identity unlinked.");
            await queries.invalidateQueries({ queryKey: sso.key });
          } catch (error) {
            toast(messageOf(error), { tone: "error" });
            throw error;
          }
        }}
      />
    </li>
  );
}
