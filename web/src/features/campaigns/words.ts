import type { CampaignStatus, Enrolment } from "@/api/types";
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
