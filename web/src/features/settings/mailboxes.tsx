import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Mail, Plus } from "lucide-react";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { showProblem } from "@/api/form";
import { messageOf } from "@/api/problem";
import type { Mailbox } from "@/api/types";
import { createMailbox, deleteMailbox, mailboxes, testMailbox } from "@/api/workspace";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm, Dialog } from "@/components/ui/dialog";
import { Field, Input, Select } from "@/components/ui/field";
import { Empty, Failure, Skeleton } from "@/components/ui/state";
import { toast } from "@/components/ui/toast";
import { plural, words } from "@/lib/format";
import { z } from "@/lib/zod";

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
      </div>
      <div className="flex gap-2">
        <Button size="small" busy={test.isPending} onClick={() => test.mutate()}>
          Test
        </Button>
        <Button size="small" look="quiet" onClick={() => setRemoving(true)}>
          Remove
        </Button>
      </div>
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

const schema = z.object({
  from_name: z.string().check(z.trim(), z.minLength(1, "Enter the name that people see.")),
  from_address: z.string().check(z.trim(), z.regex(/^\S+@\S+$/, "This is not an e-mail address.")),
  smtp: z.object({
    host: z.string().check(z.trim(), z.minLength(1, "Enter the name of the mail server.")),
    port: z
      .string()
      .check(
        z.refine(
          (typed) => /^\d{1,5}$/.test(typed) && Number(typed) >= 1 && Number(typed) <= 65_535,
          "A number from 1 to 65535.",
        ),
      ),
    username: z.string(),
    password: z.string(),
    tls: z.enum(["starttls", "tls", "none"]),
  }),
  daily_limit: z.string().check(z.regex(/^(\d{1,7})?$/, "A whole number, or empty.")),
});

type Values = z.infer<typeof schema>;
const EMPTY: Values = {
  from_name: "",
  from_address: "",
  smtp: { host: "", port: "587", username: "", password: "", tls: "starttls" },
  daily_limit: "",
};

function MailboxForm({ onDone }: { onDone: () => void }) {
  const [failure, setFailure] = useState<string>();
  const queries = useQueryClient();
  const form = useForm<Values>({ resolver: zodResolver(schema), defaultValues: EMPTY });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async ({ from_name, from_address, smtp, daily_limit }) => {
    setFailure(undefined);
    try {
      await createMailbox({
        from_name: from_name.trim(),
        from_address: from_address.trim(),
        smtp: {
          host: smtp.host.trim(),
          port: Number(smtp.port),
          tls: smtp.tls,
          ...(smtp.username.trim() ? { username: smtp.username.trim() } : {}),
          ...(smtp.password ? { password: smtp.password } : {}),
        },
        ...(daily_limit ? { daily_limit: Number(daily_limit) } : {}),
      });
      await queries.invalidateQueries({ queryKey: mailboxes.key });
      toast("Mailbox added.");
      onDone();
    } catch (error) {
      setFailure(showProblem(form, error));
    }
  });
  return (
    <form
      noValidate
      className="grid gap-4 md:grid-cols-6"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {failure && (
        <div className="md:col-span-6">
          <Failure message={failure} />
        </div>
      )}
      <Field label="From name" error={errors.from_name?.message} className="md:col-span-3">
        <Input autoFocus autoComplete="off" {...form.register("from_name")} />
      </Field>
      <Field label="From address" error={errors.from_address?.message} className="md:col-span-3">
        <Input type="email" autoComplete="off" {...form.register("from_address")} />
      </Field>
      <Field label="SMTP server" error={errors.smtp?.host?.message} className="md:col-span-4">
        <Input autoComplete="off" placeholder="smtp.example.com" {...form.register("smtp.host")} />
      </Field>
      <Field label="Port" error={errors.smtp?.port?.message} className="md:col-span-2">
        <Input inputMode="numeric" {...form.register("smtp.port")} />
      </Field>
      <Field label="Encryption" error={errors.smtp?.tls?.message} className="md:col-span-6">
        <Select {...form.register("smtp.tls")}>
          <option value="starttls">STARTTLS (usual on port 587)</option>
          <option value="tls">TLS from the start (usual on port 465)</option>
          <option value="none">None, for a server on this machine</option>
        </Select>
      </Field>
      <Field label="User name" optional error={errors.smtp?.username?.message} className="md:col-span-3">
        <Input autoComplete="off" {...form.register("smtp.username")} />
      </Field>
      <Field label="Password" optional error={errors.smtp?.password?.message} className="md:col-span-3">
        <Input type="password" autoComplete="new-password" {...form.register("smtp.password")} />
      </Field>
      <Field
        label="Mails a day at most"
        optional
        hint="Empty sets no limit of ours; the server may have its own."
        error={errors.daily_limit?.message}
        className="md:col-span-6"
      >
        <Input inputMode="numeric" {...form.register("daily_limit")} />
      </Field>
      <div className="flex justify-end gap-2 md:col-span-6">
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" look="primary" busy={isSubmitting}>
          Add mailbox
        </Button>
      </div>
    </form>
  );
}
