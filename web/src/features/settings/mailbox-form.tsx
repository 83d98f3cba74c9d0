import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type FieldErrors, type UseFormRegister, useForm } from "react-hook-form";
import { showProblem } from "@/api/form";
import type { Mailbox, MailboxDraft } from "@/api/types";
import { changeMailbox, createMailbox, mailboxes } from "@/api/workspace";
import { Button } from "@/components/ui/button";
import { Check, Field, Input, Select } from "@/components/ui/field";
import { Failure } from "@/components/ui/state";
import { toast } from "@/components/ui/toast";
import { z } from "@/lib/zod";

const port = z
  .string()
  .check(
    z.refine(
      (typed) => /^\d{1,5}$/.test(typed) && Number(typed) >= 1 && Number(typed) <= 65_535,
      "A number from 1 to 65535.",
    ),
  );

const schema = z
  .object({
    from_name: z.string().check(z.trim(), z.minLength(1, "Enter the name that people see.")),
    from_address: z.string().check(z.trim(), z.regex(/^\S+@\S+$/, "This is not an e-mail address.")),
    smtp: z.object({
      host: z.string().check(z.trim(), z.minLength(1, "Enter the name of the mail server.")),
      port,
      username: z.string(),
      password: z.string(),
      tls: z.enum(["starttls", "tls", "none"]),
    }),
    reads: z.boolean(),
    imap: z.object({
      host: z.string(),
      port,
      username: z.string(),
      password: z.string(),
      tls: z.enum(["tls", "starttls", "none"]),
    }),
    daily_limit: z.string().check(z.regex(/^(\d{1,7})?$/, "A whole number, or empty.")),
  })
  .check(
    z.refine(({ reads, imap }) => !reads || imap.host.trim() !== "", {
      path: ["imap", "host"],
      message: "Enter the name of the server that keeps the mail.",
    }),
    z.refine(({ reads, imap, smtp }) => !reads || (imap.username.trim() || smtp.username.trim()) !== "", {
      path: ["imap", "username"],
      message: "Enter who signs in there.",
    }),
  );

type Values = z.infer<typeof schema>;

function valuesOf(box?: Mailbox): Values {
  const { smtp, imap } = box ?? {};
  return {
    from_name: box?.from_name ?? "",
    from_address: box?.from_address ?? "",
    smtp: {
      host: smtp?.host ?? "",
      port: String(smtp?.port ?? 587),
      username: smtp?.username ?? "",
      password: "",
      tls: smtp?.tls ?? "starttls",
    },
    reads: imap !== null && imap !== undefined,
    imap: {
      host: imap?.host ?? "",
      port: String(imap?.port ?? 993),
      username: imap?.username ?? "",
      password: "",
      tls: imap?.tls ?? "tls",
    },
    daily_limit: box?.daily_limit ? String(box.daily_limit) : "",
  };
}

/** What is sent: who signs in for reading is who signs in for sending, unless the form says otherwise. */
function draftOf({ from_name, from_address, smtp, reads, imap, daily_limit }: Values, box?: Mailbox): MailboxDraft {
  const sender = smtp.username.trim();
  const reader = imap.username.trim() || sender;
  const password = imap.password || (reader === sender ? smtp.password : "");
  return {
    from_name: from_name.trim(),
    from_address: from_address.trim(),
    smtp: {
      host: smtp.host.trim(),
      port: Number(smtp.port),
      tls: smtp.tls,
      ...(sender ? { username: sender } : {}),
      ...(smtp.password ? { password: smtp.password } : {}),
    },
    ...(reads && {
      imap: {
        host: imap.host.trim(),
        port: Number(imap.port),
        tls: imap.tls,
        username: reader,
        ...(password ? { password } : {}),
      },
    }),
    ...(!reads && box?.imap ? { imap: null } : {}),
    ...(daily_limit ? { daily_limit: Number(daily_limit) } : box?.daily_limit ? { daily_limit: null } : {}),
  };
}

interface MailboxFormProps {
  /** The one to edit; a new one without. */
  box?: Mailbox;
  onDone: () => void;
}

export function MailboxForm({ box, onDone }: MailboxFormProps) {
  const [failure, setFailure] = useState<string>();
  const queries = useQueryClient();
  const form = useForm<Values>({ resolver: zodResolver(schema), defaultValues: valuesOf(box) });
  const { errors, isSubmitting } = form.formState;
  const reads = form.watch("reads");
  const submit = form.handleSubmit(async (values) => {
    setFailure(undefined);
    try {
      const draft = draftOf(values, box);
      await (box ? changeMailbox(box, draft) : createMailbox(draft));
      await queries.invalidateQueries({ queryKey: mailboxes.key });
      toast(box ? "Mailbox saved." : "Mailbox added.");
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
      <Field
        label="Password"
        optional
        hint={box?.smtp.username ? "Empty keeps the one that is stored." : undefined}
        error={errors.smtp?.password?.message}
        className="md:col-span-3"
      >
        <Input type="password" autoComplete="new-password" {...form.register("smtp.password")} />
      </Field>
      <Check
        label="Read answers and bounces in this mailbox"
        hint="By IMAP, every half minute; nothing in it is changed. Not needed where they are delivered to Rainmaker."
        className="md:col-span-6"
        {...form.register("reads")}
      />
      {reads && <InboxFields register={form.register} errors={errors.imap} known={Boolean(box?.imap)} />}
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
          {box ? "Save" : "Add mailbox"}
        </Button>
      </div>
    </form>
  );
}

interface InboxFieldsProps {
  register: UseFormRegister<Values>;
  errors: FieldErrors<Values["imap"]> | undefined;
  /** A password is stored. */
  known: boolean;
}

function InboxFields({ register, errors, known }: InboxFieldsProps) {
  return (
    <>
      <Field label="IMAP server" error={errors?.host?.message} className="md:col-span-4">
        <Input autoComplete="off" placeholder="imap.example.com" {...register("imap.host")} />
      </Field>
      <Field label="IMAP port" error={errors?.port?.message} className="md:col-span-2">
        <Input inputMode="numeric" {...register("imap.port")} />
      </Field>
      <Field label="IMAP encryption" error={errors?.tls?.message} className="md:col-span-6">
        <Select {...register("imap.tls")}>
          <option value="tls">TLS from the start (usual on port 993)</option>
          <option value="starttls">STARTTLS (usual on port 143)</option>
          <option value="none">None, for a server on this machine</option>
        </Select>
      </Field>
      <Field
        label="IMAP user name"
        optional
        hint="Empty: who signs in for sending."
        error={errors?.username?.message}
        className="md:col-span-3"
      >
        <Input autoComplete="off" {...register("imap.username")} />
      </Field>
      <Field
        label="IMAP password"
        optional
        hint={known ? "Empty keeps the one that is stored." : "Empty: that for sending."}
        error={errors?.password?.message}
        className="md:col-span-3"
      >
        <Input type="password" autoComplete="new-password" {...register("imap.password")} />
      </Field>
    </>
  );
}
