/** What addresses may hold, by page. Pages and the router share these lists. */
export const LEAD_SORTS = [
  "-score",
  "score",
  "-created_at",
  "created_at",
  "name",
  "-name",
  "company",
  "-company",
] as const;
export const LEAD_TABS = ["contact", "history", "compliance"] as const;
export const CAMPAIGN_STATUSES = ["draft", "running", "paused", "completed", "archived"] as const;
export const CAMPAIGN_TABS = ["overview", "steps", "versions", "people", "record", "doubt"] as const;
export const ENROLMENT_STATES = ["active", "waiting", "finished", "stopped"] as const;
export const EDIT_STEPS = ["basics", "ai", "audience", "sequence", "review"] as const;
export const SETTINGS_TABS = [
  "profile",
  "security",
  "organization",
  "team",
  "sso",
  "watch",
  "mailboxes",
  "keys",
  "integrations",
  "audit",
] as const;
/** Of alerts, in the settings. */
export const ALERT_STATES = ["open", "acknowledged", "closed"] as const;
export const CHARTED = ["emails_sent", "replies", "positive_replies", "unsubscribes", "hard_bounces"] as const;
export const PERFORMANCE_SORTS = [
  "-positive",
  "positive",
  "-replies",
  "replies",
  "-sent",
  "sent",
  "-spend",
  "spend",
  "-revenue",
  "revenue",
  "name",
  "-name",
] as const;
export const RANGES = ["7", "30", "90", "month", "last_month", "custom"] as const;
export const INTENTS = [
  "interested",
  "question",
  "not_now",
  "not_interested",
  "wrong_person",
  "out_of_office",
  "opt_out",
  "other",
] as const;
