-- +goose Up
-- Claiming, beginning and settling a mail wrote 18 index entries: every partial
-- index on state made each update of state a new entry in all of them. phase is
-- the coarse state that the indexes look at; claimed and sending are the same
-- phase as queued, so those updates stay in their page and touch no index.

-- +goose StatementBegin
create function action_phase(state text) returns smallint language sql immutable parallel safe as $$
  select case state when 'queued' then 1 when 'claimed' then 1 when 'sending' then 1
    when 'proposed' then 2 when 'in_doubt' then 3 else 0 end::smallint
$$;
-- +goose StatementEnd

alter table actions add column phase smallint not null default 0; -- 0 over, 1 on its way, 2 proposed, 3 in doubt
-- The owner need not be a superuser: row-level security would hide the rows.
alter table actions no force row level security;
update actions set phase = action_phase(state) where state in ('queued', 'claimed', 'sending', 'proposed', 'in_doubt');
alter table actions alter column phase drop default;
alter table actions add constraint actions_phase check (phase = action_phase(state));

drop index actions_queue, actions_in_flight, actions_held, actions_waiting, actions_doubt;
create index actions_queue on actions (kind, org_id, account_id, due_at) where phase = 1;
create unique index actions_in_flight on actions (lead_id, org_id) where touch and phase = 1;
create index actions_waiting on actions (org_id, phase, id) where phase >= 2;
-- Half of a page is for the next versions of its rows: a batch is claimed as a
-- whole, neighbours with neighbours.
alter table actions set (fillfactor = 50);

-- What a worker claimed at once. The sweeper finds the leavings of the dead here;
-- a claim goes when none of its actions is held under its token any more.
create table action_claims (
  org_id      uuid        not null,
  token       uuid        not null,
  incarnation int         not null,
  claimed_at  timestamptz not null,
  actions     uuid[]      not null,
  primary key (token, org_id)
);
alter table action_claims alter column actions set storage external;
create index action_claims_incarnation on action_claims (incarnation, org_id, claimed_at);
insert into action_claims (org_id, token, incarnation, claimed_at, actions)
  select org_id, claim_token, incarnation, min(claimed_at), array_agg(id) from actions
  where phase = 1 and state in ('claimed', 'sending') group by org_id, claim_token, incarnation;
alter table actions force row level security;
select enable_tenant_rls('action_claims');

drop function actions_due(text, timestamptz);
drop function actions_held_by();
drop function actions_in_doubt();

-- +goose StatementBegin
-- It hops backwards, from the latest due: the oldest entries are the ones that
-- have just been claimed.
create function actions_due(k text, t timestamptz)
returns table (org_id uuid, account_id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  with recursive hop as (
    (select a.org_id, a.account_id from actions a
      where a.phase = 1 and a.kind = k
      order by a.org_id desc, a.account_id desc, a.due_at desc limit 1)
    union all
    select n.org_id, n.account_id from hop, lateral (
      select a.org_id, a.account_id from actions a
      where a.phase = 1 and a.kind = k and (a.org_id, a.account_id) < (hop.org_id, hop.account_id)
      order by a.org_id desc, a.account_id desc, a.due_at desc limit 1) n
  )
  select hop.org_id, hop.account_id from hop, lateral (
    select from actions a
    where a.phase = 1 and a.state = 'queued' and a.kind = k and a.org_id = hop.org_id and a.account_id = hop.account_id and a.due_at <= t
    order by a.due_at desc limit 1) due
$$;

create function actions_held_by() returns table (incarnation int, org_id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select distinct c.incarnation, c.org_id from action_claims c
$$;

-- How many wait for a person, for the metrics: a number without a tenant.
create function actions_in_doubt() returns bigint
language sql stable security definer set search_path = public, pg_temp as $$
  select count(*) from actions where phase >= 2 and phase = 3
$$;
-- +goose StatementEnd
grant select on action_claims to rainmaker_definer;
select make_definer('actions_due(text, timestamptz)');
select make_definer('actions_held_by()');
select make_definer('actions_in_doubt()');

-- +goose StatementBegin
-- Our statements find rows by key, whatever the statistics say (platform/db). A
-- sample of 6,000 rows instead of 30,000 serves the reports; taking the large one
-- every few seconds while a campaign runs was a tenth of PostgreSQL's work.
do $$
declare c record;
begin
  for c in select attrelid::regclass as t, attname from pg_attribute
    where attrelid in ('actions'::regclass, 'enrolments'::regclass, 'outbox'::regclass) and attnum > 0 and not attisdropped
  loop
    execute format('alter table %s alter column %I set statistics 20', c.t, c.attname);
  end loop;
end $$;
-- +goose StatementEnd
