/**
 * Names for the shapes of the API. They are generated from docs/openapi.json
 * (npm run gen): a change there that breaks the app fails npm run check.
 */
import type { components, operations } from "./schema.gen";

type Schemas = components["schemas"];

/** What a role may do, by operation id. */
export type Operation = keyof operations;

export type Me = Schemas["Me"];
export type Organization = Schemas["Organization"];
export type OrganizationPatch = Schemas["UpdateOrganizationInputBody"];

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
] as const satisfies readonly NonNullable<Schemas["UpdateLeadInputBody"]["status"]>[];
export type LeadStatus = (typeof LEAD_STATUSES)[number];

export type Lead = Schemas["Lead"];
export type LeadDraft = Schemas["LeadFields"];
export type LeadFilter = Schemas["LeadFilter"];
export type LeadQuery = NonNullable<operations["list-leads"]["parameters"]["query"]>;
export type View = Schemas["View"];
export type ViewSearch = Schemas["ViewSearch"];
export type ViewDraft = Schemas["CreateViewInputBody"];
export type ViewChange = Schemas["UpdateViewInputBody"];
export type Interaction = Schemas["LeadInteraction"];
export type LeadCompliance = Schemas["LeadCompliance"];

/** What a column of a file can fill; the API takes custom.<key> and skip, too. */
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

export type Import = Schemas["LeadImport"];
export type ImportColumn = Schemas["LeadColumn"];
export type ImportRowError = Schemas["LeadRowError"];
export type ImportPreviewRow = Schemas["LeadPreviewRow"];

export type Campaign = Schemas["Campaign"];
export type CampaignDraft = Schemas["CampaignFields"];
export type CampaignType = NonNullable<CampaignDraft["type"]>;
export type CampaignStatus = Campaign["status"];
export type Autonomy = NonNullable<Schemas["CampaignAI"]["autonomy"]>;
export type Schedule = Schemas["CampaignSchedule"];
export type Step = Schemas["StepFields"];
export type Variant = Schemas["VariantFields"];
export type Figures = Schemas["CampaignFigures"];
export type Report = Schemas["CampaignReport"];
export type Comparison = Schemas["VariantComparison"];
export type Preflight = Schemas["CampaignVerdict"];
export type Obstacle = Schemas["CampaignObstacle"];
export type Preview = Schemas["Previewed"];
export type CampaignOutlook = Schemas["CampaignOutlook"];
export type Upcoming = Schemas["CampaignUpcoming"];
export type Enrolment = Schemas["CampaignEnrolment"];

export type Action = Schemas["Action"];
export type Reply = Schemas["ConversationReply"];
export type Activity = Schemas["ActivityLine"];
export type Mailbox = Schemas["Mailbox"];
export type MailboxDraft = Schemas["MailboxFields"];
export type MailboxTest = Schemas["MailboxTest"];
