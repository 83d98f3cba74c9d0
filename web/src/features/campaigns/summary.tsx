import type { ReactNode } from "react";
import type { Campaign } from "@/api/types";
import { delayWords } from "@/lib/duration";
import { money, words } from "@/lib/format";
import { asRead } from "@/lib/merge";
import { AUTONOMY, aiOf, audienceWords, basicsOf } from "./draft";

type Page = "basics" | "ai" | "audience" | "sequence";

function Line({
  label,
  children,
  onEdit,
  what,
}: {
  label: string;
  children: ReactNode;
  onEdit: (() => void) | undefined;
  what: string;
}) {
  return (
    <div className="grid grid-cols-[1fr_auto] gap-x-2 py-2 md:grid-cols-[8rem_1fr_auto]">
      <dt className="text-quiet max-md:col-span-2">{label}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
      {onEdit && (
        <dd>
          <button
            type="button"
            onClick={onEdit}
            aria-label={`Change ${what}`}
            className="min-h-6 px-1 font-medium text-primary-ink underline"
          >
            Change
          </button>
        </dd>
      )}
    </div>
  );
}

interface SummaryProps {
  campaign: Campaign;
  /** Undefined where nothing can be changed. */
  onGo?: (page: Page) => void;
}

/** A campaign's plan in words. */
export function Summary({ campaign, onGo }: SummaryProps) {
  const basics = basicsOf(campaign);
  return (
    <dl className="divide-y divide-line rounded-lg border border-line px-4">
      <Line label="Campaign" what="the basics" onEdit={onGo && (() => onGo("basics"))}>
        <span className="font-medium">{campaign.name}</span>
        {campaign.goal && <span className="text-quiet">: {campaign.goal}</span>}
      </Line>
      <Line label="Acts" what="autonomy" onEdit={onGo && (() => onGo("ai"))}>
        {AUTONOMY.find(({ value }) => value === aiOf(campaign).autonomy)?.hint}
      </Line>
      <Line label="When" what="the schedule" onEdit={onGo && (() => onGo("basics"))}>
        {basics.days.length === 7 ? "Every day" : basics.days.map(words).join(", ")}, {basics.from} to {basics.to},{" "}
        {basics.timezone === "lead" ? "in each person's own time" : basics.timezone}
      </Line>
      <Line label="Budget" what="the budget" onEdit={onGo && (() => onGo("basics"))}>
        {campaign.budget?.daily ? `${money(campaign.budget.daily)} a day` : "No limit"}
      </Line>
      <Line label="Audience" what="the audience" onEdit={onGo && (() => onGo("audience"))}>
        {audienceWords(campaign.audience?.filter)}
      </Line>
      <Line label="Steps" what="the steps" onEdit={onGo && (() => onGo("sequence"))}>
        <ol className="flex flex-col gap-1">
          {campaign.steps.map((step, i) => (
            <li key={step.id ?? i}>
              {i + 1}. {step.channel === "task" ? "Task" : "Mail"}, {delayWords(step.delay)}:{" "}
              {asRead(step.variants[0]?.subject ?? "") || "no subject"}
              {step.variants.length > 1 && <span className="text-quiet"> ({step.variants.length} versions)</span>}
            </li>
          ))}
        </ol>
      </Line>
    </dl>
  );
}
