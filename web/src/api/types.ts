/**
 * The shapes of the API as the app uses them. Everything else in the app takes
 * its types from here.
 */
import type { Money } from "@/lib/format";

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
  total?: number;
}

export type Role = "admin" | "manager" | "content_creator" | "analyst" | "api_user";

export interface User {
  id: string;
  name: string;
  email: string;
}

export interface PostalAddress {
  line1: string;
  line2?: string;
  city: string;
  region: string;
  postal_code: string;
  country: string;
}

export interface Organization {
  id: string;
  name: string;
  postal_address: PostalAddress | null;
  timezone: string;
  revenue_goal: Money | null;
  paused_at: string | null;
  version: number;
}

export interface Me {
  user: User | null;
  organization: Organization;
  role: Role;
  /** Operation ids that the role may call. */
  operations: string[];
}

export const LEAD_STATUSES = [
  "new",
  "active",
  "engaged",
  "qualified",
  "meeting_booked",
  "customer",
  "cold",
  "unsubscribed",
  "invalid",
] as const;
export type LeadStatus = (typeof LEAD_STATUSES)[number];

export interface ScoreReason {
  code: string;
  points: number;
  text: string;
}

export interface Lead {
  id: string;
  email: string;
  phone: string;
  first_name: string;
  last_name: string;
  company: string;
  title: string;
  region: string;
  timezone: string;
  source: string;
  tags: string[];
  custom: Record<string, unknown>;
  status: LeadStatus;
  status_reason: string;
  score: number;
  score_reasons: ScoreReason[];
  version: number;
  created_at: string;
  updated_at: string;
}

export interface LeadDraft {
  email?: string;
  phone?: string;
  first_name?: string;
  last_name?: string;
  company?: string;
  title?: string;
  timezone?: string;
}

export interface LeadFilter {
  status?: string[];
  min_score?: number;
  max_score?: number;
  q?: string;
  tags?: string[];
  source?: string[];
  company?: string[];
}

export interface LeadQuery {
  q?: string;
  status?: string;
  min_score?: number;
  max_score?: number;
  campaign_id?: string;
  sort?: string;
  limit?: number;
  cursor?: string;
  count?: boolean;
  tags?: string;
  source?: string;
  company?: string;
}

export interface Interaction {
  id: string;
  lead_id: string;
  campaign_id: string | null;
  action_id: string | null;
  type: string;
  channel: string;
  direction: "in" | "out" | "none";
  occurred_at: string;
  data: Record<string, unknown>;
  body?: string;
}

export interface Consent {
  id: string;
  channel: string;
  purpose: string;
  state: string;
  evidence: string;
  occurred_at: string;
}

export interface Suppression {
  id: string;
  kind: string;
  reason: string;
  source: string;
  created_at: string;
}

export interface LeadCompliance {
  status: LeadStatus;
  /** Where the person may be; empty when nobody knows. */
  timezones: string[];
  consents: Consent[];
  suppressions: Suppression[];
}

export const IMPORT_FIELDS = [
  "email",
  "phone",
  "first_name",
  "last_name",
  "full_name",
  "company",
  "title",
  "external_id",
  "timezone",
  "region",
  "source",
  "tags",
  "do_not_email",
  "do_not_call",
] as const;

export interface ImportColumn {
  name: string;
  field: string;
  /** Rows that have a value. */
  filled: number;
  because: string;
}

export interface ImportPreviewRow {
  row: number;
  raw: Record<string, string>;
  lead: Record<string, unknown>;
  outcome: "created" | "updated" | "skipped" | "failed";
  column?: string;
  reason?: string;
}

export interface Import {
  id: string;
  state: "pending" | "running" | "done" | "failed" | "undoing" | "undone";
  file_name: string;
  file_bytes: number;
  dry_run: boolean;
  update_existing: boolean;
  rows_total: number;
  rows_done: number;
  rows_created: number;
  rows_updated: number;
  rows_skipped: number;
  rows_failed: number;
  reasons: Record<string, number> | null;
  contactable: { email: Record<string, number> | null; call: Record<string, number> | null };
  mapping: Record<string, string>;
  columns: ImportColumn[] | null;
  header_row: number;
  preview?: ImportPreviewRow[];
  undo?: { deleted: number; kept: number; kept_reasons: Record<string, number> | null; updates_not_undone: number };
  error?: string;
  created_at: string;
  finished_at: string | null;
}

export type Channel = "email" | "call" | "social" | "task";

export interface Variant {
  id?: string;
  name: string;
  weight?: number;
  subject?: string;
  body?: string;
  prompt?: string;
  script?: string;
}

export interface Step {
  id?: string;
  channel: Channel;
  delay: string;
  variants: Variant[];
}

export type Autonomy = "suggest" | "approve" | "auto";

export interface Schedule {
  days?: string[];
  from?: string;
  to?: string;
  timezone?: string;
}

export interface CampaignDraft {
  name: string;
  type: string;
  goal?: string;
  audience?: { filter: LeadFilter };
  steps?: Step[];
  ai?: { autonomy?: Autonomy; persona?: string };
  budget?: { daily?: Money; total?: Money };
  schedule?: Schedule;
  ab_testing?: boolean;
  auto_optimize?: boolean;
  mailbox_id?: string;
}

export type CampaignStatus = "draft" | "running" | "paused" | "completed" | "archived";

export interface Campaign extends Required<Omit<CampaignDraft, "mailbox_id">> {
  id: string;
  status: CampaignStatus;
  mailbox_id?: string | null;
  launched_at: string | null;
  version: number;
  created_at: string;
  updated_at: string;
  metrics?: Metrics;
}

export interface Metrics {
  emails_sent: number;
  opens: number;
  clicks: number;
  replies: number;
  positive_replies: number;
  bounces: number;
  unsubscribes: number;
  complaints: number;
  in_doubt: number;
  queued: number;
  enrolled: number;
  active: number;
  finished: number;
  by_step?: StepMetrics[];
  by_variant?: VariantMetrics[];
}

export interface StepMetrics {
  step_id: string;
  metrics: Record<string, number>;
}

export interface VariantMetrics {
  step_id: string;
  variant_id: string;
  metrics: Record<string, number>;
}

export interface Obstacle {
  code: string;
  location?: string;
  message: string;
}

export interface Preflight {
  ready: boolean;
  reasons: Obstacle[];
  audience: {
    total: number;
    reachable: number;
    zone_unknown?: number;
    excluded: { rule: string; count: number; message: string }[];
  };
}

export interface Enrolment {
  id: string;
  lead_id: string;
  lead_name?: string;
  state: "active" | "waiting" | "finished" | "stopped";
  step: number;
  next_at: string;
  reason: string;
  enrolled_at: string;
  finished_at: string | null;
}

export interface Action {
  id: string;
  kind: string;
  state: string;
  lead_id?: string;
  campaign_id?: string;
  reason?: string;
  created_at: string;
  intent_at?: string;
}

export interface Reply {
  id: string;
  lead_id: string;
  lead_name: string;
  campaign_id: string | null;
  subject: string;
  text: string;
  intent: string;
  reason: string;
  confidence: number;
  received_at: string;
}

export interface Activity {
  seq: number;
  event: string;
  occurred_at: string;
  text: string;
  lead_id?: string;
  campaign_id?: string;
}

export interface Mailbox {
  id: string;
  from_name: string;
  from_address: string;
  reply_to?: string;
  smtp: { host: string; port: number; username?: string; tls: "none" | "starttls" | "tls" };
  daily_limit?: number | null;
  state: string;
  last_error?: string;
  version: number;
}
