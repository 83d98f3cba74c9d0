import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { messageOf, Problem } from "@/api/problem";
import { confirmReset, requestReset } from "@/api/security";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { Failure, Notice } from "@/components/ui/state";

/** Asks for a reset link; the answer is the same whoever asks. */
export function RequestResetForm() {
  const [email, setEmail] = useState("");
  const [missing, setMissing] = useState(false);
  const ask = useMutation({ mutationFn: () => requestReset(email.trim()) });
  if (ask.isSuccess)
    return (
      <Notice tone="success">
        If there is an account with that address, a mail is on its way. Its link is good once, for ten minutes.
      </Notice>
    );
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        const wrong = !/^\S+@\S+$/.test(email.trim());
        setMissing(wrong);
        if (!wrong && !ask.isPending) ask.mutate();
      }}
    >
      {ask.isError && <Failure message={messageOf(ask.error)} />}
      <Field label="E-mail" {...(missing ? { error: "Enter your e-mail address." } : {})}>
        <Input type="email" autoComplete="username" value={email} onChange={(event) => setEmail(event.target.value)} />
      </Field>
      <Button type="submit" look="primary" busy={ask.isPending}>
        Send the link
      </Button>
    </form>
  );
}

/** Chooses a new password; somebody with a second factor is asked for it. */
export function ResetForm({ token, onDone }: { token: string; onDone: () => void }) {
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const save = useMutation({
    mutationFn: () => confirmReset({ token, password, ...(code ? { totp_code: code.trim() } : {}) }),
    onSuccess: onDone,
  });
  const problem = save.error instanceof Problem ? save.error : undefined;
  const wantsCode = problem?.code === "mfa_required" || problem?.code === "mfa_invalid" || code !== "";
  const field = problem?.fields.find(({ location }) => location === "body.password")?.message;
  const failure = save.isError && !field && problem?.code !== "mfa_required" ? messageOf(save.error) : undefined;
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!save.isPending) save.mutate();
      }}
    >
      {failure && <Failure message={failure} />}
      <Field
        label="New password"
        hint="At least 8 characters; a sentence is good."
        {...(field ? { error: `${field.charAt(0).toUpperCase()}${field.slice(1)}.` } : {})}
      >
        <Input
          type="password"
          autoComplete="new-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
      {wantsCode && (
        <Field label="Code from your authenticator" hint="Or a recovery code.">
          <Input
            autoComplete="one-time-code"
            autoFocus
            value={code}
            onChange={(event) => setCode(event.target.value)}
          />
        </Field>
      )}
      <Button type="submit" look="primary" busy={save.isPending} disabled={password === ""}>
        Change password
      </Button>
    </form>
  );
}
