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
  unsure_since   timestamptz,          -- the rules had no answer; a model, if there is one, is asked
  primary key (org_id, id)
);
create index replies_inbox on replies (org_id, id desc);
create index replies_intent on replies (org_id, intent, id desc);
create index replies_lead on replies (org_id, lead_id, id desc);
select enable_tenant_rls('replies');

-- Answers the rules were unsure of, for the worker that asks a model.
create index replies_unsure on replies (unsure_since) where unsure_since is not null;
-- +goose StatementBegin
create function replies_to_reconsider(n int) returns table (org_id uuid, reply_id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select r.org_id, r.id from replies r where r.unsure_since is not null order by r.unsure_since limit n
$$;
-- +goose StatementEnd
grant select on replies to rainmaker_definer;
select make_definer('replies_to_reconsider(int)');
