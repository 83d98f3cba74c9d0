import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ShieldCheck, ShieldOff } from "lucide-react";
import { type ReactNode, useState } from "react";
import { messageOf } from "@/api/problem";
import { confirmTotp, disableTotp, type Enrolment, enrolTotp, renewRecoveryCodes, security } from "@/api/security";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { QrCode } from "@/components/ui/qr";
import { Secret } from "@/components/ui/secret";
import { Failure, Skeleton } from "@/components/ui/state";
import { toast } from "@/components/ui/toast";
import { cx } from "@/lib/cx";
import { moment, plural } from "@/lib/format";
import { RecoveryCodes } from "./recovery";
import { useVerified } from "./verify";

const FEW = 3; // recovery codes left, at which we say so

/** The authenticator app and its recovery codes. */
export function Factors() {
  const query = useQuery(security.factors);
  const queries = useQueryClient();
  const [enrolment, setEnrolment] = useState<Enrolment>();
  const [codes, setCodes] = useState<readonly string[]>();
  const [disabling, setDisabling] = useState(false);
  const state = query.data;
  const { verified, dialog } = useVerified(state?.totp ?? false, (state?.passkeys ?? 0) > 0);
  const renew = () => queries.invalidateQueries({ queryKey: ["security"] });
  const told = (error: unknown) => toast(messageOf(error), { tone: "error" });
  const enrol = useMutation({ mutationFn: () => verified(enrolTotp), onSuccess: setEnrolment, onError: told });
  const replace = useMutation({
    mutationFn: () => verified(renewRecoveryCodes),
    onSuccess: async ({ recovery_codes }) => {
      setCodes(recovery_codes);
      await renew();
    },
    onError: told,
  });
  return (
    <Card title="Second factor">
      {query.isPending && <Skeleton />}
      {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      {state && !state.totp && (
        <Line
          icon={
            <ShieldOff
              aria-hidden="true"
              className={cx("size-5 shrink-0", state.required ? "text-quiet" : "text-warning-ink")}
            />
          }
          title="Authenticator app"
          badge={<Badge tone={state.required ? "neutral" : "warning"}>Off</Badge>}
          note={
            state.required
              ? "Your passkey is a second factor already; an app is another way in when it is not at hand."
              : "A stolen password alone opens your account. An app on your phone closes that door."
          }
        >
          <Button look={state.required ? "plain" : "primary"} busy={enrol.isPending} onClick={() => enrol.mutate()}>
            Set up
          </Button>
        </Line>
      )}
      {state?.totp && (
        <Line
          icon={<ShieldCheck aria-hidden="true" className="size-5 shrink-0 text-success-ink" />}
          title="Authenticator app"
          badge={<Badge tone="success">On</Badge>}
          note={state.totp_since ? `Since ${moment(state.totp_since)}.` : ""}
        >
          <Button look="quiet" onClick={() => setDisabling(true)}>
            Turn off
          </Button>
        </Line>
      )}
      {state?.required && (
        <div className="mt-4">
          <Line
            title="Recovery codes"
            badge={
              <Badge tone={state.recovery_codes <= FEW ? "warning" : "neutral"}>
                {plural(state.recovery_codes, "code")} left
              </Badge>
            }
            note="Each is good once, for when your device is away."
          >
            <Button busy={replace.isPending} onClick={() => replace.mutate()}>
              Replace
            </Button>
          </Line>
        </div>
      )}
      {dialog}
      <Dialog
        open={enrolment !== undefined}
        onOpenChange={(open) => !open && setEnrolment(undefined)}
        title="Set up an authenticator app"
        description="Scan this with an app such as 1Password, Aegis or Google Authenticator, then type the six digits it shows."
      >
        {enrolment && (
          <Enrol
            enrolment={enrolment}
            confirm={(code) => verified(() => confirmTotp(code))}
            onDone={async (list) => {
              setEnrolment(undefined);
              setCodes(list);
              await renew();
            }}
          />
        )}
      </Dialog>
      <RecoveryCodes codes={codes} onDone={() => setCodes(undefined)} />
      <Dialog
        open={disabling}
        onOpenChange={setDisabling}
        title="Turn the authenticator app off?"
        description={
          state?.passkeys
            ? "Your passkeys stay a second factor. Every other session of yours ends."
            : "From then on the password alone opens your account. Every other session of yours ends."
        }
      >
        {disabling && (
          <Disable
            onDone={async () => {
              setDisabling(false);
              await renew();
            }}
          />
        )}
      </Dialog>
    </Card>
  );
}

interface LineProps {
  icon?: ReactNode;
  title: string;
  badge: ReactNode;
  note: string;
  children: ReactNode;
}

function Line({ icon, title, badge, note, children }: LineProps) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-3">
      <div className="flex min-w-0 items-start gap-3">
        {icon}
        <div className="min-w-0">
          <p className="flex flex-wrap items-center gap-2 font-medium">
            {title} {badge}
          </p>
          <p className="text-quiet">{note}</p>
        </div>
      </div>
      {children}
    </div>
  );
}

interface EnrolProps {
  enrolment: Enrolment;
  confirm: (code: string) => Promise<{ recovery_codes: string[] | null }>;
  onDone: (codes: readonly string[]) => Promise<void>;
}

function Enrol({ enrolment, confirm, onDone }: EnrolProps) {
  const [code, setCode] = useState("");
  const save = useMutation({
    mutationFn: () => confirm(code.replaceAll(" ", "")),
    onSuccess: ({ recovery_codes }) => onDone(recovery_codes ?? []),
  });
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!save.isPending) save.mutate();
      }}
    >
      <div className="flex justify-center">
        <QrCode label="QR code for the authenticator app" text={enrolment.otpauth_url} />
      </div>
      <Secret label="Or type this key" value={enrolment.secret} />
      {save.isError && <Failure message={messageOf(save.error)} />}
      <Field label="Six digits from the app">
        <Input
          inputMode="numeric"
          autoComplete="one-time-code"
          autoFocus
          value={code}
          onChange={(event) => setCode(event.target.value)}
        />
      </Field>
      <div className="flex justify-end">
        <Button type="submit" look="primary" busy={save.isPending} disabled={code.trim() === ""}>
          Turn on
        </Button>
      </div>
    </form>
  );
}

function Disable({ onDone }: { onDone: () => Promise<void> }) {
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const off = useMutation({
    mutationFn: () => disableTotp({ password, totp_code: code.trim() }),
    onSuccess: async () => {
      toast("The authenticator app is off.");
      await onDone();
    },
  });
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!off.isPending) off.mutate();
      }}
    >
      {off.isError && <Failure message={messageOf(off.error)} />}
      <Field label="Your password">
        <Input
          type="password"
          autoComplete="current-password"
          autoFocus
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
      <Field label="Code from your authenticator" hint="Or a recovery code.">
        <Input autoComplete="one-time-code" value={code} onChange={(event) => setCode(event.target.value)} />
      </Field>
      <div className="flex justify-end">
        <Button type="submit" look="danger" busy={off.isPending}>
          Turn off
        </Button>
      </div>
    </form>
  );
}
