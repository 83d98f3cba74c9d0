import { CircleAlert, CircleCheck } from "lucide-react";
import { Button, Spinner } from "@/components/ui/button";
import { Notice } from "@/components/ui/state";
import { plural } from "@/lib/format";
import type { SaveState } from "./autosave";

interface SaveLineProps {
  state: SaveState;
  /** How many faults keep it from being stored. */
  faults?: number;
}

/** Says where what was typed is. */
export function SaveLine({ state, faults = 0 }: SaveLineProps) {
  return (
    <p role="status" className="flex min-h-6 items-center gap-2 text-quiet">
      {faults > 0 ? (
        <>
          <CircleAlert aria-hidden="true" className="size-4 text-warning-ink" />
          {plural(faults, "thing")} to mend; kept in this browser
        </>
      ) : state.kind === "saving" || state.kind === "waiting" ? (
        <>
          <Spinner /> Saving…
        </>
      ) : state.kind === "saved" ? (
        <>
          <CircleCheck aria-hidden="true" className="size-4 text-success-ink" /> Saved
        </>
      ) : (
        <>
          <CircleAlert aria-hidden="true" className="size-4 text-danger-ink" /> Not saved
        </>
      )}
    </p>
  );
}

/** Somebody else saved first: the user decides whose work stays. */
export function Conflict({ onMine, onTheirs }: { onMine: () => void; onTheirs: () => void }) {
  return (
    <Notice tone="warning">
      <div role="alert">
        <p className="font-medium">Somebody else changed this campaign while you were editing.</p>
        <p className="mt-1">Nothing was overwritten. Yours is still on this page.</p>
      </div>
      <div className="mt-3 flex flex-wrap gap-2">
        <Button size="small" onClick={onTheirs}>
          Show theirs, drop mine
        </Button>
        <Button size="small" onClick={onMine}>
          Keep mine, overwrite theirs
        </Button>
      </div>
    </Notice>
  );
}
