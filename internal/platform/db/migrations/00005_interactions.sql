-- +goose Up
-- Everything that happened between us and a lead, on any channel, both ways.
-- Partitioned by month (SPEC 3.2.2); partitions are made ahead by Migrate.
create table interactions (
  org_id        uuid not null,
  id            uuid not null,
  lead_id       uuid not null,
  campaign_id   uuid,
  action_id     uuid,
  type          text not null,        -- email.sent, email.opened, email.replied, note.added, ...
  channel       text not null,        -- email, call, social, task, note, system
  direction     text not null check (direction in ('in', 'out', 'none')),
  occurred_at   timestamptz not null,
  data          jsonb not null default '{}',
  body_sealed   bytea,                -- text of a reply or note: personal data
  primary key (org_id, id, occurred_at)
) partition by range (occurred_at);
create index interactions_lead on interactions (org_id, lead_id, occurred_at desc, id desc);
create index interactions_time on interactions using brin (occurred_at);
select enable_tenant_rls('interactions');
create table interactions_other partition of interactions default;
select enable_tenant_rls('interactions_other');

-- ensure_partitions makes the monthly partitions from the month before t on.
-- The owner calls it at every start.
-- +goose StatementBegin
create function ensure_partitions(t timestamptz, months int) returns void language plpgsql as $$
declare
  first date := (date_trunc('month', t) - interval '1 month')::date;
  from_date date;
  name text;
begin
  for i in 0..months loop
    from_date := (first + make_interval(months => i))::date;
    name := 'interactions_' || to_char(from_date, 'YYYYMM');
    if to_regclass(name) is null then
      execute format('create table %I partition of interactions for values from (%L) to (%L)',
        name, from_date, (from_date + interval '1 month')::date);
      perform enable_tenant_rls(name::regclass);
    end if;
  end loop;
end $$;
-- +goose StatementEnd
revoke all on function ensure_partitions(timestamptz, int) from public;
