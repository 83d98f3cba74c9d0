import type { CampaignStatus, Comparison, Enrolment } from "@/api/types";
import type { Tone } from "@/components/ui/badge";

export const STATUS_TONES: Record<CampaignStatus, Tone> = {
  draft: "neutral",
  running: "success",
  paused: "warning",
  completed: "primary",
  archived: "neutral",
};

export const ENROLMENT_TONES: Record<Enrolment["state"], Tone> = {
  active: "primary",
  waiting: "warning",
  finished: "success",
  stopped: "neutral",
};

/** What a comparison of two wordings shows, without claiming more than it does. */
export function verdictWords(
  { verdict, confidence }: Pick<Comparison, "verdict" | "confidence">,
  first: string,
  second: string,
): string {
  const sure = `${Math.round(confidence * 100)} % confidence`;
  switch (verdict) {
    case "first_better":
      return `“${first}” gets more answers than “${second}” (${sure}).`;
    case "second_better":
      return `“${second}” gets more answers than “${first}” (${sure}).`;
    case "no_difference_shown":
      return `No difference between “${first}” and “${second}” is shown so far (${sure}).`;
    default:
      return `Too few mails and answers to compare “${first}” with “${second}” yet.`;
  }
}
