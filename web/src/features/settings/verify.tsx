import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useRef, useState } from "react";
import { passkeysWork, provePasskey } from "@/api/passkeys";
import { messageOf, Problem } from "@/api/problem";
import { verifySession } from "@/api/security";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { Failure } from "@/components/ui/state";

interface Pending {
  run: () => Promise<unknown>;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/**
 * Runs what changes how one signs in. When the server wants to know once more who
 * is there, a dialog asks for the password or a passkey, and the same thing is run again.
 */
export function useVerified(
  factor: boolean,
  passkey: boolean,
): {
  verified: <T>(run: () => Promise<T>) => Promise<T>;
  dialog: ReactNode;
} {
  const [open, setOpen] = useState(false);
  const pending = useRef<Pending>(undefined);

  const verified = async <T,>(run: () => Promise<T>): Promise<T> => {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof Problem && error.code === "verify_required")) throw error;
      return new Promise<T>((resolve, reject) => {
        pending.current = { run, resolve: (value) => resolve(value as T), reject };
        setOpen(true);
      });
    }
  };
  const close = (error: unknown) => {
    pending.current?.reject(error);
    pending.current = undefined;
    setOpen(false);
  };
  const proved = () => {
    const job = pending.current;
    pending.current = undefined;
    setOpen(false);
    if (job) job.run().then(job.resolve, job.reject);
  };
  const dialog = (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && close(new Problem(0, "Nothing was changed."))}
      title="Is it you?"
      description="This changes how you sign in, and your last sign-in is more than 15 minutes ago."
    >
      {open && <ProofForm factor={factor} passkey={passkey && passkeysWork()} onDone={proved} />}
    </Dialog>
  );
  return { verified, dialog };
}

function ProofForm({ factor, passkey, onDone }: { factor: boolean; passkey: boolean; onDone: () => void }) {
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const prove = useMutation({
    mutationFn: async (way: "typed" | "passkey") =>
      verifySession(
        way === "passkey"
          ? { passkey: await provePasskey() }
          : { password, ...(code ? { totp_code: code.trim() } : {}) },
      ),
    onSuccess: onDone,
  });
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!prove.isPending) prove.mutate("typed");
      }}
    >
      {prove.isError && <Failure message={messageOf(prove.error)} />}
      <Field label="Your password">
        <Input
          type="password"
          autoComplete="current-password"
          autoFocus
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
      {factor && (
        <Field label="Code from your authenticator" hint="Or a recovery code.">
          <Input autoComplete="one-time-code" value={code} onChange={(event) => setCode(event.target.value)} />
        </Field>
      )}
      <div className="flex flex-wrap justify-end gap-2">
        {passkey && (
          <Button disabled={prove.isPending} onClick={() => prove.mutate("passkey")}>
            Use a passkey
          </Button>
        )}
        <Button type="submit" look="primary" busy={prove.isPending}>
          Go on
        </Button>
      </div>
    </form>
  );
}
