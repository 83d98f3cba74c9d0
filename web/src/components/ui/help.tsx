import { CircleHelp } from "lucide-react";
import { lazy, type ReactNode, Suspense } from "react";
import { useCalm } from "@/lib/calm";
import { chunk } from "@/lib/chunk";
import { HELP_CLASS } from "./help-class";

const HelpPopover = lazy(chunk(() => import("./help-popover")));

/** A question mark that explains a word or a number, by mouse, key or touch. */
export function Help({ label, children }: { label: string; children: ReactNode }) {
  const calm = useCalm();
  const still = (
    <span className={HELP_CLASS}>
      <CircleHelp aria-hidden="true" className="size-4" />
    </span>
  );
  return <Suspense fallback={still}>{calm ? <HelpPopover label={label}>{children}</HelpPopover> : still}</Suspense>;
}
