import { Popover } from "@base-ui/react/popover";
import { CircleHelp } from "lucide-react";
import type { ReactNode } from "react";

/** A question mark that explains a word or a number, by mouse, key or touch. */
export function Help({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Popover.Root>
      <Popover.Trigger
        openOnHover
        aria-label={label}
        className="inline-flex size-6 items-center justify-center rounded-full text-quiet hover:text-ink"
      >
        <CircleHelp aria-hidden="true" className="size-4" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={4} className="z-50">
          <Popover.Popup className="max-w-72 rounded-lg border border-line bg-surface p-3 text-sm shadow-overlay outline-hidden">
            <Popover.Description className="text-sm">{children}</Popover.Description>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
