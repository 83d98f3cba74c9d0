import type {
  Autonomy,
  Campaign,
  CampaignDraft,
  CampaignType,
  LeadFilter,
  LeadQuery,
  LeadStatus,
  Schedule,
} from "@/api/types";
import { minorOf, typedOf } from "@/lib/format";

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Day = (typeof DAYS)[number];

/** Campaign types this installation can run; others join with their channel. */
export const TYPES = [
  {
    value: "email_sequence",
    label: "Email sequence",
    hint: "Mails and tasks, one after another, until the person answers.",
  },
] as const;

export const ALL_TYPES = [
  "email_sequence",
  "outbound_calls",
  "social_media",
  "multichannel",
] as const satisfies readonly CampaignType[];

export const AUTONOMY: readonly { value: Autonomy; label: string; hint: string }[] = [
  { value: "suggest", label: "Suggest", hint: "Proposes each mail; a person rewords it and lets it go." },
  { value: "approve", label: "Ask first", hint: "Prepares each mail and waits for a person's yes under “Needs you”." },
  {
    value: "auto",
    label: "Act by itself",
    hint: "Sends within the schedule, the budget and the rules, without asking.",
  },
];

export interface BasicsForm {
  name: string;
  type: CampaignType;
  goal: string;
  mailbox_id: string;
  days: Day[];
  from: string;
  to: string;
  timezone: string;
  daily_budget: string;
  ab_testing: boolean;
}

/** How freely the program acts, and how it sounds. */
export interface AiForm {
  autonomy: Autonomy;
  persona: string;
}

const CURRENCY = "USD";

export const NEW_CAMPAIGN: BasicsForm = {
  name: "",
  type: "email_sequence",
  goal: "",
  mailbox_id: "",
  days: ["mon", "tue", "wed", "thu", "fri"],
  from: "09:00",
  to: "17:00",
  timezone: "lead",
  daily_budget: "",
  ab_testing: false,
};

export const EVERY_HOUR: Pick<BasicsForm, "days" | "from" | "to"> = { days: [...DAYS], from: "00:00", to: "24:00" };

export function basicsOf(campaign: Campaign): BasicsForm {
  const { schedule, budget } = campaign;
  const days = DAYS.filter((day) => schedule?.days?.includes(day));
  return {
    name: campaign.name,
    type: ALL_TYPES.find((type) => type === campaign.type) ?? "email_sequence",
    goal: campaign.goal ?? "",
    mailbox_id: campaign.mailbox_id ?? "",
    // No days at all mean every day.
    days: days.length > 0 ? days : [...DAYS],
    from: schedule?.from || "00:00",
    to: schedule?.to || "24:00",
    timezone: schedule?.timezone || "lead",
    daily_budget: budget?.daily ? typedOf(budget.daily) : "",
    ab_testing: campaign.ab_testing,
  };
}

/**
 * The part of a campaign that the first step of the wizard sets. What the form
 * does not show stays as it was before.
 */
export function fromBasics(form: BasicsForm, before?: Pick<Campaign, "budget">): CampaignDraft {
  const daily = minorOf(form.daily_budget, CURRENCY);
  const schedule: Schedule = { days: form.days, from: form.from, to: form.to, timezone: form.timezone };
  return {
    name: form.name.trim(),
    type: form.type,
    goal: form.goal.trim(),
    ...(form.mailbox_id ? { mailbox_id: form.mailbox_id } : {}),
    budget: {
      ...(before?.budget.total ? { total: before.budget.total } : {}),
      ...(daily === undefined ? {} : { daily: { amount_minor: daily, currency: CURRENCY } }),
    },
    schedule,
    ab_testing: form.ab_testing,
  };
}

export const aiOf = ({ ai }: Pick<Campaign, "ai">): AiForm => ({
  autonomy: ai?.autonomy ?? "auto",
  persona: ai?.persona ?? "",
});

/** What the form does not show stays as it was before. */
export const fromAi = (form: AiForm, before: Pick<Campaign, "ai">): CampaignDraft => ({
  ai: { ...before.ai, autonomy: form.autonomy, persona: form.persona.trim() },
});

/** Audience as the form holds it: lists as typed, separated by commas. */
export interface AudienceForm {
  q: string;
  status: LeadStatus[];
  min_score: string;
  tags: string;
  source: string;
  company: string;
}

const list = (typed: string): string[] =>
  typed
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);

export function audienceOf(filter: LeadFilter | undefined): AudienceForm {
  return {
    q: filter?.q ?? "",
    status: (filter?.status ?? []) as LeadStatus[],
    min_score: filter?.min_score === undefined ? "" : String(filter.min_score),
    tags: (filter?.tags ?? []).join(", "),
    source: (filter?.source ?? []).join(", "),
    company: (filter?.company ?? []).join(", "),
  };
}

export function filterOf(form: AudienceForm): LeadFilter {
  const filter: LeadFilter = {};
  if (form.q.trim()) filter.q = form.q.trim();
  if (form.status.length > 0) filter.status = form.status;
  if (/^\d{1,3}$/.test(form.min_score)) filter.min_score = Math.min(100, Number(form.min_score));
  for (const key of ["tags", "source", "company"] as const) {
    const values = list(form[key]);
    if (values.length > 0) filter[key] = values;
  }
  return filter;
}

/** The same audience as a question to the lead list. */
export function queryOf(filter: LeadFilter): LeadQuery {
  return {
    q: filter.q,
    status: filter.status,
    min_score: filter.min_score,
    tags: filter.tags,
    source: filter.source,
    company: filter.company,
  };
}

/** The audience in words: "status new or cold, score 50 and above". */
export function audienceWords(filter: LeadFilter | undefined): string {
  const parts: string[] = [];
  if (filter?.q) parts.push(`matching “${filter.q}”`);
  if (filter?.status?.length)
    parts.push(`status ${filter.status.map((status) => status.replaceAll("_", " ")).join(" or ")}`);
  if (filter?.min_score) parts.push(`score ${filter.min_score} and above`);
  if (filter?.tags?.length) parts.push(`tagged ${filter.tags.join(" and ")}`);
  if (filter?.source?.length) parts.push(`from ${filter.source.join(" or ")}`);
  if (filter?.company?.length) parts.push(`at ${filter.company.join(" or ")}`);
  return parts.length === 0 ? "everybody" : parts.join(", ");
}

/** The wizard's page that mends an obstacle, by where the server says it lies. */
export function stepFor(location: string | undefined): "basics" | "ai" | "audience" | "sequence" | undefined {
  if (!location) return undefined;
  if (/^(mailbox_id|schedule|budget|end_at|start_at|name)/.test(location)) return "basics";
  if (location.startsWith("ai")) return "ai";
  if (location.startsWith("audience")) return "audience";
  if (location.startsWith("steps")) return "sequence";
  return undefined;
}
