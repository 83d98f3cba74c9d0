-- +goose Up
-- What people answered, and how it was understood.
create table replies (
  org_id         uuid not null,
  id             uuid not null,
  lead_id        uuid not null,
  campaign_id    uuid,
  action_id      uuid,
  step_id        uuid,
  variant_id     uuid,
  channel        text not null,
  subject_sealed bytea,
  text_sealed    bytea,
  machine        boolean not null,
  intent         text not null,
  confidence     real not null,
  decider        text not null,        -- rules/<version> or a model
  reason         text not null,
  retry_after    timestamptz,
  received_at    timestamptz not null,
  handled_at     timestamptz,
  primary key (org_id, id)
);
create index replies_inbox on replies (org_id, id desc);
create index replies_intent on replies (org_id, intent, id desc);
create index replies_lead on replies (org_id, lead_id, id desc);
select enable_tenant_rls('replies');
