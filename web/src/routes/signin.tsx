import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useRouter } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { toast } from "@/components/ui/toast";
import { InvitationForm, SignInForm, SignUpForm } from "@/features/auth/forms";
import { RequestResetForm, ResetForm } from "@/features/auth/reset";
import { OtherWays, SignInError } from "@/features/auth/ways";
import { useTitle } from "@/lib/title";
import { safeNext } from "@/lib/url";

const route = getRouteApi("/signin");

function useEnter() {
  const queries = useQueryClient();
  const router = useRouter();
  return (next: string | undefined) => {
    // Nothing that was fetched for somebody else may be seen.
    queries.clear();
    router.history.push(safeNext(next));
  };
}

export function SignInPage() {
  useTitle("Sign in");
  const { next, error } = route.useSearch();
  const enter = useEnter();
  return (
    <Frame title="Sign in to Rainmaker">
      {error && <SignInError code={error} />}
      <SignInForm onDone={() => enter(next)} />
      <OtherWays next={next} onDone={() => enter(next)} />
      <p className="mt-4 text-center">
        <Link to="/forgot-password" className="inline-flex min-h-8 items-center text-primary-ink underline">
          Forgot your password?
        </Link>
      </p>
      <p className="mt-2 text-center text-quiet">
        New here?{" "}
        <Link to="/signup" className="font-medium text-primary-ink underline">
          Create an account
        </Link>
      </p>
    </Frame>
  );
}

export function SignUpPage() {
  useTitle("Create an account");
  const enter = useEnter();
  return (
    <Frame title="Create your account">
      <SignUpForm onDone={() => enter(undefined)} />
      <p className="mt-6 text-center text-quiet">
        Already have one?{" "}
        <Link to="/signin" search={{ next: undefined }} className="font-medium text-primary-ink underline">
          Sign in
        </Link>
      </p>
    </Frame>
  );
}

export function InvitationPage() {
  useTitle("Join your team");
  const enter = useEnter();
  // Behind the #, so that no server's log ever sees it.
  const [token] = useState(() => window.location.hash.slice(1));
  return (
    <Frame title="Join your team">
      {token ? (
        <InvitationForm token={token} onDone={() => enter(undefined)} />
      ) : (
        <p>This link is not whole. Ask whoever invited you to send it again.</p>
      )}
    </Frame>
  );
}

export function ForgotPasswordPage() {
  useTitle("Forgot your password");
  return (
    <Frame title="Forgot your password?">
      <RequestResetForm />
      <BackToSignIn />
    </Frame>
  );
}

export function ResetPasswordPage() {
  useTitle("Choose a new password");
  const router = useRouter();
  // Behind the #, so that no server's log ever sees it.
  const [token] = useState(() => new URLSearchParams(window.location.hash.slice(1)).get("token") ?? "");
  return (
    <Frame title="Choose a new password">
      {token ? (
        <ResetForm
          token={token}
          onDone={() => {
            toast("Password changed. Sign in with it.");
            void router.navigate({ to: "/signin" });
          }}
        />
      ) : (
        <p>This link is not whole. Ask for a new one.</p>
      )}
      <BackToSignIn />
    </Frame>
  );
}

function BackToSignIn() {
  return (
    <p className="mt-6 text-center">
      <Link to="/signin" className="inline-flex min-h-8 items-center font-medium text-primary-ink underline">
        Back to sign-in
      </Link>
    </p>
  );
}

function Frame({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="flex min-h-dvh items-center justify-center p-4">
      <div className="w-full max-w-sm">
        <div className="mb-6 flex flex-col items-center gap-3 text-center">
          <img src="/favicon.svg" alt="" width={48} height={48} />
          <h1 className="text-xl">{title}</h1>
        </div>
        <div className="rounded-xl border border-line bg-surface p-6 shadow-medium">{children}</div>
      </div>
    </main>
  );
}
