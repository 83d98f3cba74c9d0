import { useMutation, useQuery } from "@tanstack/react-query";
import { Building2, KeyRound } from "lucide-react";
import { useState } from "react";
import { passkeysWork, signInWithPasskey } from "@/api/passkeys";
import { messageOf } from "@/api/problem";
import { providers, startAt } from "@/api/sso";
import { Button, buttonClass } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { Failure } from "@/components/ui/state";
import { safeNext } from "@/lib/url";

// docs/sso.md, "What is refused": the plain codes that a provider's sign-in ends with.
const MEANINGS: Record<string, string> = {
  sso_unknown: "There is no sign-in of this name, or it is turned off. Ask your admin for its name.",
  sso_expired: "This sign-in was begun too long ago, in another browser, or ended before. Begin again.",
  sso_failed:
    "The answer of your identity provider was not good. Begin again; your admin finds the reason in the audit log.",
  sso_denied: "Your identity provider said no. Ask your admin whether you may use this program.",
  sso_unavailable: "Your identity provider cannot be reached or understood now. Try again shortly.",
  sso_not_linked:
    "Nobody here is known by that identity. Sign in with your password and link it in the settings, or ask for an invitation.",
  sso_account_exists:
    "Your e-mail address has an account here already. Sign in with its password and link the identity in the settings.",
  sso_domain: "Your e-mail address is of a domain that may not come in here, or your provider has not verified it.",
  sso_invitation: "The invitation is not good any more, or it is for somebody who signs in with a password.",
  sso_mfa:
    "Your organization asks for a second factor, and your identity provider did not say that it asked for one today. Sign in there again with it, or ask your admin.",
  sso_already_linked: "This identity is linked to somebody already.",
};

/** What went wrong on the way through an identity provider, in words. */
export function SignInError({ code }: { code: string }) {
  return (
    <div className="mb-4">
      <Failure message={MEANINGS[code] ?? "The sign-in through your identity provider failed. Begin again."} />
    </div>
  );
}

/** The ways in beside the password: a passkey, a provider of all, one of an organization. */
export function OtherWays({ next, onDone }: { next: string | undefined; onDone: () => void }) {
  const [asking, setAsking] = useState(false);
  const offered = useQuery(providers); // the route has asked for it: nothing moves
  const enter = useMutation({ mutationFn: signInWithPasskey, onSuccess: onDone });
  return (
    <div className="mt-4 flex flex-col gap-3 border-t border-line pt-4">
      {enter.isError && <Failure message={messageOf(enter.error)} />}
      {passkeysWork() && (
        <Button busy={enter.isPending} onClick={() => enter.mutate()}>
          <KeyRound aria-hidden="true" className="size-4" /> Use a passkey
        </Button>
      )}
      {offered.data?.items.map(({ slug, name, start_url }) => (
        <a key={slug} href={withNext(start_url, next)} className={buttonClass()}>
          Continue with {name}
        </a>
      ))}
      <Button aria-expanded={asking} onClick={() => setAsking(!asking)}>
        <Building2 aria-hidden="true" className="size-4" /> Use single sign-on
      </Button>
      {asking && <OrganizationForm next={next} />}
    </div>
  );
}

function withNext(start: string, next: string | undefined): string {
  return next ? `${start}?${new URLSearchParams({ next: safeNext(next) }).toString()}` : start;
}

function OrganizationForm({ next }: { next: string | undefined }) {
  const [name, setName] = useState("");
  const [missing, setMissing] = useState(false);
  return (
    <form
      noValidate
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        const slug = name.trim();
        setMissing(slug === "");
        // The browser itself has to go: the provider is another site.
        if (slug !== "") window.location.assign(withNext(startAt(slug), next));
      }}
    >
      <Field
        label="Name of your organization's sign-in"
        hint="Your admin knows it: it stands in Settings, Single sign-on."
        {...(missing ? { error: "Enter its name." } : {})}
      >
        <Input
          autoFocus
          autoCapitalize="none"
          autoComplete="organization"
          spellCheck={false}
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </Field>
      <Button type="submit" look="primary">
        Go on
      </Button>
    </form>
  );
}
