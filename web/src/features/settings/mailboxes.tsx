import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Mail, Plus } from "lucide-react";
import { useState } from "react";
import { SANDBOX_HOST } from "@/api/onboarding";
import { messageOf } from "@/api/problem";
import type { Mailbox } from "@/api/types";
import { deleteMailbox, mailboxes, testMailbox } from "@/api/workspace";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm, Dialog } from "@/components/ui/dialog";
import { Empty, Failure, Skeleton } from "@/components/ui/state";
import { toast } from "@/components/ui/toast";
import { plural, words } from "@/lib/format";
import { MailboxForm } from "./mailbox-form";

export function MailboxSettings() {
  const query = useQuery(mailboxes.list);
  const [adding, setAdding] = useState(false);
  const add = (
    <Button look="primary" onClick={() => setAdding(true)}>
      <Plus aria-hidden="true" className="size-4" /> Add mailbox
    </Button>
  );
  return (
    <Card title="Mailboxes" aside={query.data && query.data.items.length > 0 ? add : undefined}>
      {query.isPending && <Skeleton />}
      {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      {query.data?.items.length === 0 && (
        <Empty icon={Mail} title="No mailbox yet" action={add}>
          Campaigns send from your own address, through your own mail server. Any server that speaks SMTP will do.
        </Empty>
      )}
      {query.data && query.data.items.length > 0 && (
        <ul className="flex flex-col divide-y divide-line">
          {query.data.items.map((box) => (
            <MailboxLine key={box.id} box={box} />
          ))}
        </ul>
      )}
      <Dialog
        open={adding}
        onOpenChange={setAdding}
        title="Add mailbox"
        description="Nothing is sent until you test it or a campaign uses it."
      >
        {adding && <MailboxForm onDone={() => setAdding(false)} />}
      </Dialog>
    </Card>
  );
}

function MailboxLine({ box }: { box: Mailbox }) {
  const [removing, setRemoving] = useState(false);
  const [editing, setEditing] = useState(false);
  const queries = useQueryClient();
  const renew = () => queries.invalidateQueries({ queryKey: mailboxes.key });
  const test = useMutation({
    mutationFn: () => testMailbox(box.id),
    onSuccess: ({ ok, message }) =>
      ok ? toast(`${box.smtp.host} accepts mail from ${box.from_address}.`) : toast(message, { tone: "error" }),
    onError: (error) => toast(messageOf(error), { tone: "error" }),
    onSettled: renew,
  });
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-3">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          {box.from_name} <Badge tone={box.state === "active" ? "success" : "warning"}>{words(box.state)}</Badge>
        </p>
        <p className="break-all text-quiet">
          {box.from_address} by {box.smtp.host}:{box.smtp.port}
          {box.daily_limit ? `, at most ${plural(box.daily_limit, "mail")} a day` : ""}
        </p>
        {box.last_error && <p className="text-xs text-danger-ink">{box.last_error}</p>}
        {box.smtp.host !== SANDBOX_HOST && <Inbox imap={box.imap} />}
      </div>
      <div className="flex gap-2">
        <Button size="small" busy={test.isPending} onClick={() => test.mutate()}>
          Test
        </Button>
        {box.smtp.host !== SANDBOX_HOST && (
          <Button size="small" look="quiet" onClick={() => setEditing(true)}>
            Edit<span className="sr-only"> {box.from_address}</span>
          </Button>
        )}
        <Button size="small" look="quiet" onClick={() => setRemoving(true)}>
          Remove
        </Button>
      </div>
      <Dialog open={editing} onOpenChange={setEditing} title={`Edit ${box.from_address}`}>
        {editing && <MailboxForm box={box} onDone={() => setEditing(false)} />}
      </Dialog>
      <Confirm
        open={removing}
        onOpenChange={setRemoving}
        title="Remove this mailbox?"
        description={`Campaigns that send from ${box.from_address} cannot send any more.`}
        confirm="Remove"
        danger
        onConfirm={async () => {
          try {
            await deleteMailbox(box.id);
            toast("Mailbox removed.");
            await renew();
          } catch (error) {
            toast(messageOf(error), { tone: "error" });
            throw error;
          }
        }}
      />
    </li>
  );
}

/** Whether answers are read in the mailbox, and how that goes. */
function Inbox({ imap }: { imap: Mailbox["imap"] }) {
  if (!imap)
    return <p className="text-xs text-quiet">No inbox is read: answers count when they are delivered to Rainmaker.</p>;
  if (imap.last_error)
    return (
      <p className="text-xs text-danger-ink">
        Answers cannot be read at {imap.host}: {imap.last_error}
      </p>
    );
  return (
    <p className="text-xs text-quiet">
      {imap.checked_at ? `Answers are read at ${imap.host}.` : `Answers at ${imap.host} are read for the first time.`}
    </p>
  );
}
