-- +goose Up
-- Links that show numbers to whoever has them, until they end.
create table report_shares (
  org_id     uuid not null references organizations (id) on delete cascade,
  id         uuid not null,
  token_hash bytea not null unique,      -- sha256
  title      text not null,
  ask        jsonb not null,             -- what is shown: period, zone, currency, campaigns
  created_by text not null,              -- actor
  created_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  seen       int not null default 0,
  seen_at    timestamptz,
  primary key (org_id, id)
);
select enable_tenant_rls('report_shares');

-- +goose StatementBegin
-- The tenant of a shared report is what its token says.
create function report_share(hash bytea) returns table (org_id uuid, id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select s.org_id, s.id from report_shares s where s.token_hash = hash
$$;
-- +goose StatementEnd
grant select on report_shares to rainmaker_definer;
select make_definer('report_share(bytea)');
