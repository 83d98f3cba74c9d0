import { Link } from "@tanstack/react-router";
import { Check } from "lucide-react";
import { cx } from "@/lib/cx";

export const WIZARD = [
  { step: "basics", label: "Basics" },
  { step: "ai", label: "AI" },
  { step: "audience", label: "Audience" },
  { step: "sequence", label: "Steps" },
  { step: "review", label: "Review" },
] as const;
export type WizardStep = (typeof WIZARD)[number]["step"];

interface ProgressProps {
  current: WizardStep;
  /** The draft; without one only the first step is there. */
  campaignId: string | undefined;
}

/** Where one is, and the way to any other step of a stored draft. */
export function WizardProgress({ current, campaignId }: ProgressProps) {
  const at = WIZARD.findIndex(({ step }) => step === current);
  return (
    <nav aria-label="Campaign steps" className="mb-6">
      <ol className="flex gap-2">
        {WIZARD.map(({ step, label }, i) => {
          const body = (
            <>
              {i < at ? (
                <Check aria-hidden="true" className="size-4 shrink-0 text-success-ink" />
              ) : (
                <span className="figure">{i + 1}</span>
              )}
              <span className={cx("truncate", i !== at && "max-md:sr-only")}>{label}</span>
            </>
          );
          const look = cx(
            "mt-1 flex min-h-8 items-center gap-1 rounded-md text-xs md:text-sm",
            i === at ? "font-medium text-ink" : "text-quiet",
          );
          return (
            <li
              key={step}
              aria-current={i === at ? "step" : undefined}
              className={cx("min-w-0", i === at ? "flex-1 max-md:flex-[4]" : "flex-1")}
            >
              <div className={cx("h-1 rounded-full", i <= at ? "bg-primary" : "bg-line")} />
              {campaignId && i !== at ? (
                <Link
                  to="/campaigns/$campaignId/edit"
                  params={{ campaignId }}
                  search={{ step }}
                  className={cx(look, "hover:text-ink hover:underline")}
                >
                  {body}
                </Link>
              ) : (
                <div className={look}>{body}</div>
              )}
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
