-- +goose Up
-- Where organisations want to be told of their events. The URL is sealed: many
-- receivers take whoever knows it for somebody they trust.
create table webhook_endpoints (
  org_id           uuid not null references organizations (id),
  id               uuid not null,
  url_sealed       bytea not null,
  events           text[] not null,
  description      text not null,
  state            text not null check (state in ('active', 'disabled')),
  disabled_because text not null default '',
  secret_sealed    bytea not null,
  -- The secret before the last rotation signs too until old_until.
  old_sealed       bytea,
  old_until        timestamptz,
  -- Since when no delivery has succeeded although some were tried.
  failing_since    timestamptz,
  version          int not null,
  created_at       timestamptz not null,
  updated_at       timestamptz not null,
  primary key (org_id, id)
);
select enable_tenant_rls('webhook_endpoints');

-- One row for each endpoint and event: a table of due rows, not of jobs.
create table webhook_deliveries (
  org_id      uuid not null,
  id          uuid not null,
  endpoint_id uuid not null,
  event_id    uuid not null,
  event_type  text not null,
  payload     text not null,
  state       text not null check (state in ('pending', 'delivered', 'failed')),
  attempts    int not null default 0,
  -- When it is tried next. A claim moves it ahead, so that what a dead process
  -- held comes back by itself.
  due_at      timestamptz not null,
  status      int,
  answer      text not null default '',
  duration_ms int,
  created_at  timestamptz not null,
  tried_at    timestamptz,
  primary key (org_id, id),
  unique (org_id, endpoint_id, event_id),
  foreign key (org_id, endpoint_id) references webhook_endpoints (org_id, id) on delete cascade
);
create index webhook_deliveries_due on webhook_deliveries (due_at) where state = 'pending';
create index webhook_deliveries_endpoint on webhook_deliveries (org_id, endpoint_id, id);
select enable_tenant_rls('webhook_deliveries');

-- +goose StatementBegin
create function webhook_due(at timestamptz, most int) returns table (org_id uuid, endpoint_id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select d.org_id, d.endpoint_id from webhook_deliveries d
  where d.state = 'pending' and d.due_at <= at
  group by d.org_id, d.endpoint_id order by min(d.due_at) limit most
$$;
create function webhook_prune(before timestamptz, most int) returns bigint
language sql volatile security definer set search_path = public, pg_temp as $$
  with old as (
    select d.org_id, d.id from webhook_deliveries d where d.created_at < before and d.state <> 'pending' limit most
  ), gone as (
    delete from webhook_deliveries d using old where d.org_id = old.org_id and d.id = old.id returning 1
  ) select count(*) from gone
$$;
-- +goose StatementEnd
grant select, delete on webhook_deliveries to rainmaker_definer;
select make_definer('webhook_due(timestamptz, int)');
select make_definer('webhook_prune(timestamptz, int)');
