import { zodResolver } from "@hookform/resolvers/zod";
import { type ReactNode, useState } from "react";
import { useForm } from "react-hook-form";
import { showProblem } from "@/api/form";
import { passkeysWork, provePasskey } from "@/api/passkeys";
import { messageOf, Problem } from "@/api/problem";
import { acceptInvitation, type SignIn, type SignUp, signIn, signUp } from "@/api/session";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { Failure } from "@/components/ui/state";
import { z } from "@/lib/zod";

const MIN_PASSWORD = 8; // the server's rule, said before it is broken

const email = z
  .string()
  .check(
    z.trim(),
    z.minLength(1, "Enter your e-mail address."),
    z.regex(/^\S+@\S+$/, "This is not an e-mail address."),
  );

const signInSchema = z.object({
  email,
  password: z.string().check(z.minLength(1, "Enter your password.")),
  totp_code: z.optional(z.string()),
});

export function SignInForm({ onDone }: { onDone: () => void }) {
  const [failure, setFailure] = useState<string>();
  const [wantsCode, setWantsCode] = useState(false);
  const form = useForm<SignIn>({
    resolver: zodResolver(signInSchema),
    defaultValues: { email: "", password: "", totp_code: "" },
  });
  const { errors, isSubmitting } = form.formState;

  const enter = async ({ email, password }: SignIn, second: Partial<SignIn>) => {
    setFailure(undefined);
    try {
      await signIn({ email, password, ...second });
      onDone();
    } catch (error) {
      if (error instanceof Problem && error.code === "mfa_required" && !wantsCode) setWantsCode(true);
      else setFailure(showProblem(form, error));
    }
  };
  const submit = form.handleSubmit((values) =>
    enter(values, wantsCode && values.totp_code ? { totp_code: values.totp_code } : {}),
  );
  const withPasskey = form.handleSubmit(async (values) => {
    try {
      await enter(values, { passkey: await provePasskey() });
    } catch (error) {
      setFailure(messageOf(error));
    }
  });

  return (
    <FormFrame onSubmit={submit} failure={failure}>
      <Field label="E-mail" error={errors.email?.message}>
        <Input type="email" autoComplete="username" {...form.register("email")} />
      </Field>
      <Field label="Password" error={errors.password?.message}>
        <Input type="password" autoComplete="current-password" {...form.register("password")} />
      </Field>
      {wantsCode && (
        <Field label="Code from your authenticator" hint="Or a recovery code." error={errors.totp_code?.message}>
          <Input autoComplete="one-time-code" autoFocus {...form.register("totp_code")} />
        </Field>
      )}
      <Button type="submit" look="primary" busy={isSubmitting}>
        Sign in
      </Button>
      {wantsCode && passkeysWork() && (
        <Button disabled={isSubmitting} onClick={() => void withPasskey()}>
          Use a passkey instead
        </Button>
      )}
    </FormFrame>
  );
}

const signUpSchema = z.object({
  organization_name: z.string().check(z.trim(), z.minLength(1, "Enter the name of your organization.")),
  name: z.string().check(z.trim(), z.minLength(1, "Enter your name.")),
  email,
  password: z.string().check(z.minLength(MIN_PASSWORD, `Use at least ${MIN_PASSWORD} characters.`)),
});

export function SignUpForm({ onDone }: { onDone: () => void }) {
  const [failure, setFailure] = useState<string>();
  const form = useForm<SignUp>({
    resolver: zodResolver(signUpSchema),
    defaultValues: { organization_name: "", name: "", email: "", password: "" },
  });
  const { errors, isSubmitting } = form.formState;

  const submit = form.handleSubmit(async (values) => {
    setFailure(undefined);
    try {
      await signUp(values);
      onDone();
    } catch (error) {
      setFailure(showProblem(form, error));
    }
  });

  return (
    <FormFrame onSubmit={submit} failure={failure}>
      <Field label="Organization name" error={errors.organization_name?.message}>
        <Input autoComplete="organization" {...form.register("organization_name")} />
      </Field>
      <Field label="Your name" error={errors.name?.message}>
        <Input autoComplete="name" {...form.register("name")} />
      </Field>
      <Field label="E-mail" error={errors.email?.message}>
        <Input type="email" autoComplete="username" {...form.register("email")} />
      </Field>
      <Field
        label="Password"
        hint={`At least ${MIN_PASSWORD} characters; a sentence is good.`}
        error={errors.password?.message}
      >
        <Input type="password" autoComplete="new-password" {...form.register("password")} />
      </Field>
      <Button type="submit" look="primary" busy={isSubmitting}>
        Create account
      </Button>
    </FormFrame>
  );
}

const invitationSchema = z.object({
  name: z.string().check(z.trim(), z.minLength(1, "Enter your name.")),
  password: z.string().check(z.minLength(MIN_PASSWORD, `Use at least ${MIN_PASSWORD} characters.`)),
});

/** What an invited person fills in; the token comes with the link. */
export function InvitationForm({ token, onDone }: { token: string; onDone: () => void }) {
  const [failure, setFailure] = useState<string>();
  const form = useForm<z.infer<typeof invitationSchema>>({
    resolver: zodResolver(invitationSchema),
    defaultValues: { name: "", password: "" },
  });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async (values) => {
    setFailure(undefined);
    try {
      await acceptInvitation({ token, ...values });
      onDone();
    } catch (error) {
      setFailure(showProblem(form, error));
    }
  });
  return (
    <FormFrame onSubmit={submit} failure={failure}>
      <Field label="Your name" error={errors.name?.message}>
        <Input autoComplete="name" {...form.register("name")} />
      </Field>
      <Field
        label="Password"
        hint={`At least ${MIN_PASSWORD} characters; a sentence is good. If you have an account already, its password.`}
        error={errors.password?.message}
      >
        <Input type="password" autoComplete="new-password" {...form.register("password")} />
      </Field>
      <Button type="submit" look="primary" busy={isSubmitting}>
        Join
      </Button>
    </FormFrame>
  );
}

function FormFrame({
  onSubmit,
  failure,
  children,
}: {
  onSubmit: () => void;
  failure: string | undefined;
  children: ReactNode;
}) {
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
      className="flex flex-col gap-4"
    >
      {failure && <Failure message={failure} />}
      {children}
    </form>
  );
}
