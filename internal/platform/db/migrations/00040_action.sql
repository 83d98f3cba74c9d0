-- +goose Up
-- An incarnation is one life of one process. It is never reused: the row makes
-- its number durable (a bare sequence may hand a number out again after a
-- crash of the server). It is alive while a session holds its advisory lock.
create table incarnations (
  id         int generated always as identity primary key,
  process    text not null,
  started_at timestamptz not null default now()
);
grant select, insert on incarnations to rainmaker_app;

-- Everything that touches the outside world, before it happens.
create table actions (
  org_id       uuid not null,
  id           uuid not null,
  kind         text not null,
  contract     text not null check (contract in ('E', 'L', 'H')),
  once_key     text not null,
  state        text not null check (state in
    ('proposed', 'queued', 'claimed', 'sending', 'done', 'failed', 'in_doubt', 'refused', 'abandoned')),
  touch        boolean not null,        -- reaches a person: at most one in flight per lead
  lead_id      uuid,
  campaign_id  uuid,
  enrolment_id uuid,
  step_id      uuid,
  variant_id   uuid,
  propensity   real,                    -- probability with which the variant was chosen
  content_id   uuid,
  account_id   uuid,                    -- mailbox, number or account it goes out from
  payload      jsonb,
  due_at       timestamptz not null,
  created_at   timestamptz not null,
  attempts     int not null default 0,
  claim_token  uuid,
  incarnation  int,
  claimed_at   timestamptz,
  intent_at    timestamptz,
  deadline     timestamptz,
  finished_at  timestamptz,
  rule         text,                    -- verdict of the gate
  policy       int,
  reason       text,                    -- what the provider or a person said
  provider_ref text,
  reserved_micros bigint not null default 0,
  settled_micros  bigint,
  primary key (id, org_id),                 -- id first: an inbound mail names only the id
  unique (once_key, org_id)
) with (fillfactor = 80);
-- Keys that are unique by themselves come first, org_id after them: the planner
-- has no second way to a row, so a plan that was cached while the table was
-- empty is still right when it is full.
create index actions_queue on actions (kind, org_id, account_id, due_at) where state = 'queued';
create unique index actions_in_flight on actions (lead_id, org_id)
  where touch and state in ('queued', 'claimed', 'sending');
create index actions_held on actions (incarnation) where state in ('claimed', 'sending');
create index actions_waiting on actions (org_id, state, id) where state in ('proposed', 'in_doubt');
create index actions_doubt on actions (org_id) where state = 'in_doubt';
create index actions_lead on actions (lead_id, created_at, org_id);
-- The table changes by thousands of rows a second; its statistics must follow.
alter table actions set (autovacuum_analyze_threshold = 500, autovacuum_analyze_scale_factor = 0.2, autovacuum_vacuum_scale_factor = 0.05);
select enable_tenant_rls('actions');

-- What was decided, from which options, with which probability, by which rule or
-- model, and why. Never changed.
create table decisions (
  org_id      uuid not null,
  id          uuid not null,
  kind        text not null,            -- reply.sort, campaign.launch, touch.refuse, ...
  lead_id     uuid,
  campaign_id uuid,
  action_id   uuid,
  inputs      jsonb not null,
  options     jsonb not null,
  chosen      text not null,
  probability real,
  decider     text not null,            -- rules/3, model name and version, or a user's id
  reason      text not null,
  decided_at  timestamptz not null,
  primary key (org_id, id)
);
create index decisions_lead on decisions (org_id, lead_id, id desc);
create index decisions_campaign on decisions (org_id, campaign_id, id desc);
select enable_tenant_rls('decisions');

-- Workers serve all tenants: these functions say where there is work, and
-- nothing about it.
-- +goose StatementBegin
-- It hops backwards, from the latest due: the oldest entries are the ones that
-- have just been claimed, and walking over their dead versions costs milliseconds.
create function actions_due(k text, t timestamptz)
returns table (org_id uuid, account_id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  with recursive hop as (
    (select a.org_id, a.account_id from actions a
      where a.state = 'queued' and a.kind = k
      order by a.org_id desc, a.account_id desc, a.due_at desc limit 1)
    union all
    select n.org_id, n.account_id from hop, lateral (
      select a.org_id, a.account_id from actions a
      where a.state = 'queued' and a.kind = k and (a.org_id, a.account_id) < (hop.org_id, hop.account_id)
      order by a.org_id desc, a.account_id desc, a.due_at desc limit 1) n
  )
  select hop.org_id, hop.account_id from hop, lateral (
    select from actions a
    where a.state = 'queued' and a.kind = k and a.org_id = hop.org_id and a.account_id = hop.account_id and a.due_at <= t
    order by a.due_at desc limit 1) due
$$;

create function actions_held_by() returns table (incarnation int, org_id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select distinct a.incarnation, a.org_id from actions a where a.state in ('claimed', 'sending')
$$;

-- How many wait for a person, for the metrics: a number without a tenant.
create function actions_in_doubt() returns bigint
language sql stable security definer set search_path = public, pg_temp as $$
  select count(*) from actions where state = 'in_doubt'
$$;

create function action_org(a uuid) returns uuid
language sql stable security definer set search_path = public, pg_temp as $$
  select org_id from actions where id = a
$$;
-- +goose StatementEnd
grant select on actions to rainmaker_definer;
select make_definer('actions_due(text, timestamptz)');
select make_definer('actions_held_by()');
select make_definer('actions_in_doubt()');
select make_definer('action_org(uuid)');
