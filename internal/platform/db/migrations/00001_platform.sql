-- +goose Up
-- Roles, the law of tenancy as two functions, and the outbox.
--
-- rainmaker_app is what the program logs in as: it owns nothing and cannot see
-- past row-level security. rainmaker_definer owns the few SECURITY DEFINER
-- functions that must see several tenants (each listed with its reason in
-- docs/tenancy.md); nobody can log in as it.

-- +goose StatementBegin
do $$
begin
  if not exists (select from pg_roles where rolname = 'rainmaker_app') then
    create role rainmaker_app login nosuperuser nocreatedb nocreaterole nobypassrls;
  end if;
  if not exists (select from pg_roles where rolname = 'rainmaker_definer') then
    create role rainmaker_definer nologin bypassrls;
  end if;
exception when duplicate_object or unique_violation then
  null; -- another database of this server is being migrated at the same moment
end $$;
-- +goose StatementEnd

revoke create on schema public from public;
grant usage on schema public to rainmaker_app, rainmaker_definer;
grant create on schema public to rainmaker_definer;

-- enable_tenant_rls makes t a tenant table: it must have a column org_id.
-- The sub-select makes the policy's value an InitPlan, evaluated once.
-- +goose StatementBegin
create function enable_tenant_rls(t regclass) returns void language plpgsql as $$
begin
  execute format('alter table %s enable row level security', t);
  execute format('alter table %s force row level security', t);
  execute format('create policy tenant on %s
    using (org_id = (select nullif(current_setting(''app.org_id'', true), '''')::uuid))
    with check (org_id = (select nullif(current_setting(''app.org_id'', true), '''')::uuid))', t);
  execute format('grant select, insert, update, delete on %s to rainmaker_app', t);
end $$;
-- +goose StatementEnd

-- make_definer hands a SECURITY DEFINER function to rainmaker_definer and lets
-- only the program call it.
-- +goose StatementBegin
create function make_definer(f regprocedure) returns void language plpgsql as $$
begin
  execute format('alter function %s owner to rainmaker_definer', f);
  execute format('revoke all on function %s from public', f);
  execute format('grant execute on function %s to rainmaker_app', f);
end $$;
-- +goose StatementEnd
revoke all on function enable_tenant_rls(regclass) from public;
revoke all on function make_definer(regprocedure) from public;

-- One row: proves that every process of this installation holds the same key.
create table installation (
  one        boolean primary key default true check (one),
  key_check  bytea not null,
  created_at timestamptz not null default now()
);
grant select, insert on installation to rainmaker_app;

-- Events, written in the transaction of the change they tell of. seq is null
-- until the relay publishes them; it then gives the order everybody sees.
create table outbox (
  id          uuid primary key,
  org_id      uuid not null,
  type        text not null,
  subject     text not null,
  occurred_at timestamptz not null,
  data        jsonb not null,
  seq         bigint
);
create index outbox_unpublished on outbox (id) where seq is null;
create unique index outbox_seq on outbox (seq) where seq is not null;
create index outbox_org_seq on outbox (org_id, seq) where seq is not null;
select enable_tenant_rls('outbox');
alter table outbox set (autovacuum_vacuum_scale_factor = 0.02, fillfactor = 90);

-- The head is locked while a batch is published, so sequence numbers become
-- visible in order and a reader of seq > n misses nothing.
create table outbox_head (
  one      boolean primary key default true check (one),
  last_seq bigint not null
);
insert into outbox_head (last_seq) values (0);

-- How far each consumer has read, over all tenants; a row is locked while its
-- consumer works.
create table event_cursors (
  consumer text primary key,
  seq      bigint not null
);
grant select, insert, update on event_cursors to rainmaker_app;

-- What a consumer has already counted for a tenant, written with its effect.
create table event_offsets (
  org_id   uuid not null,
  consumer text not null,
  seq      bigint not null,
  primary key (org_id, consumer)
);
select enable_tenant_rls('event_offsets');

-- +goose StatementBegin
create function outbox_publish(n int) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  base  bigint;
  moved int;
begin
  select last_seq into base from outbox_head for update;
  with next as (
    select id, row_number() over (order by id) as rn
    from (select id from outbox where seq is null order by id limit n) u
  )
  update outbox o set seq = base + next.rn from next where o.id = next.id;
  get diagnostics moved = row_count;
  if moved > 0 then
    update outbox_head set last_seq = base + moved;
  end if;
  return moved;
end $$;

create function outbox_prune(before timestamptz, n int) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare gone int;
begin
  delete from outbox where id in (
    select id from outbox where seq is not null and occurred_at < before
      and seq <= coalesce((select min(seq) from event_cursors), 0) limit n);
  get diagnostics gone = row_count;
  return gone;
end $$;
-- +goose StatementEnd
grant select, update, delete on outbox to rainmaker_definer;
grant select, update on outbox_head to rainmaker_definer;
grant select on event_cursors to rainmaker_definer;
select make_definer('outbox_publish(int)');
select make_definer('outbox_prune(timestamptz, int)');
