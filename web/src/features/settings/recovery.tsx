import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Secret } from "@/components/ui/secret";
import { Notice } from "@/components/ui/state";

/** Recovery codes, the one time that they are shown. */
export function RecoveryCodes({ codes, onDone }: { codes: readonly string[] | undefined; onDone: () => void }) {
  return (
    <Dialog
      open={codes !== undefined}
      onOpenChange={(open) => !open && onDone()}
      title="Your recovery codes"
      description="Keep them where you keep your papers. They are shown only now."
    >
      {codes && (
        <div className="flex flex-col gap-4">
          <Notice tone="warning">
            Without your device and without these codes nobody can let you in but an admin.
          </Notice>
          <ul className="grid grid-cols-2 gap-2 font-mono">
            {codes.map((code) => (
              <li key={code} className="rounded-sm bg-sunken px-2 py-1 text-center select-all">
                {code}
              </li>
            ))}
          </ul>
          <Secret label="All of them" value={codes.join(" ")} />
          <div className="flex justify-end">
            <Button look="primary" onClick={onDone}>
              I have kept them
            </Button>
          </div>
        </div>
      )}
    </Dialog>
  );
}
