import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { addPasskey, type Passkey, passkeys, passkeysWork, removePasskey, renamePasskey } from "@/api/passkeys";
import { messageOf } from "@/api/problem";
import { security } from "@/api/security";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm, Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { Empty, Failure, Skeleton } from "@/components/ui/state";
import { toast } from "@/components/ui/toast";
import { ago } from "@/lib/format";
import { useNow } from "@/lib/time";
import { RecoveryCodes } from "./recovery";
import { useVerified } from "./verify";

type Verified = ReturnType<typeof useVerified>["verified"];

/** The passkeys of the person: each signs in alone, or stands for the second factor. */
export function Passkeys() {
  const query = useQuery(passkeys);
  const factors = useQuery(security.factors);
  const queries = useQueryClient();
  const [naming, setNaming] = useState<Passkey | "new">();
  const [codes, setCodes] = useState<readonly string[]>();
  const items = query.data?.items ?? [];
  const { verified, dialog } = useVerified(factors.data?.totp ?? false, items.length > 0);
  const renew = () => queries.invalidateQueries({ queryKey: ["security"] });
  const add = passkeysWork() && (
    <Button look={items.length > 0 ? "plain" : "primary"} onClick={() => setNaming("new")}>
      <Plus aria-hidden="true" className="size-4" /> Add a passkey
    </Button>
  );
  return (
    <Card title="Passkeys" aside={items.length > 0 && add}>
      {query.isPending && <Skeleton />}
      {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      {query.data && items.length === 0 && (
        <Empty compact icon={KeyRound} title="No passkey yet" action={add}>
          A passkey lives in your phone, computer or security key and opens your account by finger, face or PIN. Nobody
          can guess or phish it.
          {!passkeysWork() && " This browser has none to offer: use a current one, over https."}
        </Empty>
      )}
      <ul className="flex flex-col divide-y divide-line">
        {items.map((passkey) => (
          <PasskeyLine
            key={passkey.id}
            passkey={passkey}
            last={items.length === 1 && !factors.data?.totp}
            verified={verified}
            onRename={() => setNaming(passkey)}
            onGone={renew}
          />
        ))}
      </ul>
      <Dialog
        open={naming !== undefined}
        onOpenChange={(open) => !open && setNaming(undefined)}
        title={naming === "new" ? "Add a passkey" : "Rename the passkey"}
        description={
          naming === "new"
            ? "Your browser asks next. From then on the password alone does not open your account, and every other session of yours ends."
            : undefined
        }
      >
        {naming && (
          <NameForm
            name={naming === "new" ? "" : naming.name}
            action={naming === "new" ? "Add" : "Save"}
            save={async (name) => {
              if (naming !== "new") {
                await renamePasskey(naming.id, name);
                return [];
              }
              return (await verified(() => addPasskey(name))).recovery_codes;
            }}
            onCancel={() => setNaming(undefined)}
            onDone={async (fresh) => {
              toast(naming === "new" ? "Passkey added." : "Passkey renamed.");
              setNaming(undefined);
              if (fresh.length > 0) setCodes(fresh);
              await renew();
            }}
          />
        )}
      </Dialog>
      <RecoveryCodes codes={codes} onDone={() => setCodes(undefined)} />
      {dialog}
    </Card>
  );
}

interface PasskeyLineProps {
  passkey: Passkey;
  /** Without it the password alone is enough again. */
  last: boolean;
  verified: Verified;
  onRename: () => void;
  onGone: () => Promise<void>;
}

function PasskeyLine({ passkey, last, verified, onRename, onGone }: PasskeyLineProps) {
  const [removing, setRemoving] = useState(false);
  const now = useNow();
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-3">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          <span className="break-all">{passkey.name}</span>
          {passkey.synced && <Badge>Synced</Badge>}
        </p>
        <p className="text-xs text-quiet">
          Added {ago(passkey.created_at, now)},{" "}
          {passkey.last_used_at ? `last used ${ago(passkey.last_used_at, now)}` : "not used yet"}
        </p>
      </div>
      <div className="flex flex-wrap gap-2">
        <Button size="small" look="quiet" className="min-h-10" onClick={onRename}>
          Rename<span className="sr-only"> {passkey.name}</span>
        </Button>
        <Button size="small" look="quiet" className="min-h-10" onClick={() => setRemoving(true)}>
          Remove<span className="sr-only"> {passkey.name}</span>
        </Button>
      </div>
      <Confirm
        open={removing}
        onOpenChange={setRemoving}
        title={`Remove ${passkey.name}?`}
        description={
          last
            ? "It is your last second factor: from then on the password alone opens your account. Every other session of yours ends."
            : "It opens your account no longer. Every other session of yours ends."
        }
        confirm="Remove"
        danger
        onConfirm={async () => {
          try {
            await verified(() => removePasskey(passkey.id));
            toast("Passkey removed.");
            await onGone();
          } catch (error) {
            toast(messageOf(error), { tone: "error" });
            throw error;
          }
        }}
      />
    </li>
  );
}

interface NameFormProps {
  name: string;
  action: string;
  save: (name: string) => Promise<readonly string[]>;
  onCancel: () => void;
  onDone: (codes: readonly string[]) => Promise<void>;
}

function NameForm({ name: before, action, save, onCancel, onDone }: NameFormProps) {
  const [name, setName] = useState(before);
  const [missing, setMissing] = useState(false);
  const run = useMutation({ mutationFn: () => save(name.trim()), onSuccess: onDone });
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        setMissing(name.trim() === "");
        if (name.trim() !== "" && !run.isPending) run.mutate();
      }}
    >
      {run.isError && <Failure message={messageOf(run.error)} />}
      <Field
        label="Name"
        hint="So that you know it again, such as Work laptop."
        {...(missing ? { error: "Enter a name." } : {})}
      >
        <Input
          autoFocus
          autoComplete="off"
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </Field>
      <div className="flex justify-end gap-2">
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" look="primary" busy={run.isPending}>
          {action}
        </Button>
      </div>
    </form>
  );
}
