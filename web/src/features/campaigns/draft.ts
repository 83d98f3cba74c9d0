import type {
  Autonomy,
  Campaign,
  CampaignDraft,
  CampaignType,
  LeadFilter,
  LeadQuery,
  LeadStatus,
  Schedule,
  Step,
  Variant,
} from "@/api/types";
import { type Delay, delayOf, durationOf } from "@/lib/duration";
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
  { value: "auto", label: "Act", hint: "Sends by itself, within the schedule, the budget and the rules." },
  { value: "approve", label: "Ask", hint: "Prepares each mail and waits for a person's yes." },
  { value: "suggest", label: "Suggest", hint: "Proposes; a person writes and sends." },
];

export interface BasicsForm {
  name: string;
  type: CampaignType;
  goal: string;
  mailbox_id: string;
  autonomy: Autonomy;
  persona: string;
  days: Day[];
  from: string;
  to: string;
  timezone: string;
  daily_budget: string;
  ab_testing: boolean;
  auto_optimize: boolean;
}

const CURRENCY = "USD";

export const NEW_CAMPAIGN: BasicsForm = {
  name: "",
  type: "email_sequence",
  goal: "",
  mailbox_id: "",
  autonomy: "auto",
  persona: "",
  days: ["mon", "tue", "wed", "thu", "fri"],
  from: "09:00",
  to: "17:00",
  timezone: "lead",
  daily_budget: "",
  ab_testing: false,
  auto_optimize: false,
};

export function basicsOf(campaign: Campaign): BasicsForm {
  const { schedule, ai, budget } = campaign;
  const days = DAYS.filter((day) => schedule?.days?.includes(day));
  return {
    name: campaign.name,
    type: ALL_TYPES.find((type) => type === campaign.type) ?? "email_sequence",
    goal: campaign.goal ?? "",
    mailbox_id: campaign.mailbox_id ?? "",
    autonomy: ai?.autonomy ?? "auto",
    persona: ai?.persona ?? "",
    // No days at all mean every day.
    days: days.length > 0 ? days : [...DAYS],
    from: schedule?.from || "00:00",
    to: schedule?.to || "24:00",
    timezone: schedule?.timezone || "lead",
    daily_budget: budget?.daily ? typedOf(budget.daily) : "",
    ab_testing: campaign.ab_testing,
    auto_optimize: campaign.auto_optimize,
  };
}

/**
 * The part of a campaign that the first step of the wizard sets. What the form
 * does not show stays as it was before.
 */
export function fromBasics(form: BasicsForm, before?: Pick<Campaign, "ai" | "budget">): CampaignDraft {
  const daily = minorOf(form.daily_budget, CURRENCY);
  const schedule: Schedule = { days: form.days, from: form.from, to: form.to, timezone: form.timezone };
  return {
    name: form.name.trim(),
    type: form.type,
    goal: form.goal.trim(),
    ...(form.mailbox_id ? { mailbox_id: form.mailbox_id } : {}),
    ai: { ...before?.ai, autonomy: form.autonomy, persona: form.persona.trim() },
    budget: {
      ...(before?.budget.total ? { total: before.budget.total } : {}),
      ...(daily === undefined ? {} : { daily: { amount_minor: daily, currency: CURRENCY } }),
    },
    schedule,
    ab_testing: form.ab_testing,
    auto_optimize: form.auto_optimize,
  };
}

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

export interface VariantForm {
  id?: string;
  name: string;
  weight: string;
  subject: string;
  body: string;
  /** What the AI should write, where subject and body are empty. */
  prompt: string;
}

export interface StepForm {
  id?: string;
  channel: Step["channel"];
  delay: { value: string; unit: Delay["unit"] };
  variants: VariantForm[];
}

export interface SequenceForm {
  steps: StepForm[];
}

export const letter = (i: number): string => String.fromCharCode(65 + (i % 26));

export function newVariant(i: number): VariantForm {
  return { name: letter(i), weight: "50", subject: "", body: "", prompt: "" };
}

export function newStep(first: boolean): StepForm {
  return {
    channel: "email",
    delay: first ? { value: "0", unit: "days" } : { value: "3", unit: "days" },
    variants: [{ ...newVariant(0), weight: "100" }],
  };
}

export function sequenceOf(campaign: Pick<Campaign, "steps">): SequenceForm {
  if (campaign.steps.length === 0) return { steps: [newStep(true)] };
  return { steps: campaign.steps.map(stepForm) };
}

function stepForm(step: Step): StepForm {
  const { value, unit } = delayOf(step.delay);
  return {
    id: step.id,
    channel: step.channel,
    delay: { value: String(value), unit },
    variants: step.variants.map((variant, i) => ({
      id: variant.id,
      name: variant.name || letter(i),
      weight: String(variant.weight ?? 100),
      subject: variant.subject ?? "",
      body: variant.body ?? "",
      prompt: variant.prompt ?? "",
    })),
  };
}

/**
 * Steps as the server takes them. Ids stay, so that what has been counted for a
 * step or a variant stays with it. What the form does not show stays, too.
 */
export function stepsOf(form: SequenceForm, before: readonly Step[]): Step[] {
  return form.steps.map((step) => {
    const old = before.find(({ id }) => id !== undefined && id === step.id);
    const variants = step.variants.map((variant): Variant => {
      const oldVariant = old?.variants.find(({ id }) => id !== undefined && id === variant.id);
      return {
        ...oldVariant,
        name: variant.name.trim(),
        weight: Number(variant.weight) || 0,
        subject: variant.subject,
        body: variant.body,
        prompt: variant.prompt,
      };
    });
    return {
      ...old,
      channel: step.channel,
      delay: durationOf({ value: Number(step.delay.value) || 0, unit: step.delay.unit }),
      variants: variants.length === 1 ? variants.map((variant) => ({ ...variant, weight: 100 })) : variants,
    };
  });
}

/** The wizard's page that mends an obstacle, by where the server says it lies. */
export function stepFor(location: string | undefined): "basics" | "audience" | "sequence" | undefined {
  if (!location) return undefined;
  if (/^(mailbox_id|schedule|budget|end_at|start_at|name|ai)/.test(location)) return "basics";
  if (location.startsWith("audience")) return "audience";
  if (location.startsWith("steps")) return "sequence";
  return undefined;
}
