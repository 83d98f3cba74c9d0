-- +goose Up
-- People. E-mail, phone and private custom fields are sealed; names, companies
-- and titles stay in clear so that people can search them.
--
-- There is no foreign key to organizations: every insert would lock that one
-- row, which an import of a million people does a million times.
create table leads (
  org_id             uuid not null,
  id                 uuid not null,
  email_sealed       bytea,
  email_blind        bytea,
  email_domain_blind bytea,
  phone_sealed       bytea,
  phone_blind        bytea,
  identity_blind     bytea,             -- of external_id; of name and company for people without any address
  external_id        text not null default '',
  first_name         text not null default '',
  last_name          text not null default '',
  company            text not null default '',
  title              text not null default '',
  region             text not null default '',
  timezone           text not null default '',
  source             text not null default '',
  name_key           text collate "C" not null default '',  -- folded "first last", for search and sorting
  last_name_key      text collate "C" not null default '',
  company_key        text collate "C" not null default '',
  tags               text[] not null default '{}',
  custom             jsonb not null default '{}',
  custom_sealed      bytea,             -- JSON object of the private custom fields
  status             text not null default 'new' check (status in
    ('new', 'active', 'engaged', 'qualified', 'meeting_booked', 'customer', 'cold', 'unsubscribed', 'invalid')),
  status_reason      text not null default '',
  score              int not null default 0 check (score between 0 and 100),
  score_reasons      jsonb not null default '[]',
  import_id          uuid,              -- the import that created the lead
  version            int not null default 1,
  created_at         timestamptz not null,
  updated_at         timestamptz not null,
  primary key (org_id, id)
) with (fillfactor = 90);
create unique index leads_email on leads (org_id, email_blind) where email_blind is not null;
create unique index leads_phone on leads (org_id, phone_blind) where phone_blind is not null;
create unique index leads_identity on leads (org_id, identity_blind) where identity_blind is not null;
create index leads_created on leads (org_id, created_at, id);
create index leads_score on leads (org_id, score, id);
create index leads_status_score on leads (org_id, status, score, id);
create index leads_name on leads (org_id, name_key, id);
create index leads_last_name on leads (org_id, last_name_key);
create index leads_company on leads (org_id, company_key, id);
create index leads_import on leads (org_id, import_id, id) where import_id is not null;
select enable_tenant_rls('leads');

-- What a person of the organisation has to do for a lead.
create table tasks (
  org_id      uuid not null,
  id          uuid not null,
  lead_id     uuid not null,
  campaign_id uuid,
  title       text not null,
  body_sealed bytea,
  assignee_id uuid,
  due_at      timestamptz,
  done_at     timestamptz,
  created_at  timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, lead_id) references leads (org_id, id) on delete cascade
);
create index tasks_lead on tasks (org_id, lead_id, id);
create index tasks_open on tasks (org_id, due_at, id) where done_at is null;
select enable_tenant_rls('tasks');
