-- +goose Up
-- Secrets of API keys that change without a gap, networks that a key is bound
-- to, and signed requests that count once.

alter table api_keys
  add column allowed_addresses text[] not null default '{}', -- networks; empty: from everywhere
  add column rotated_at        timestamptz,
  add column previous_hash     bytea,       -- the secret before the last rotation, good until:
  add column previous_sealed   bytea,
  add column previous_until    timestamptz;

-- Signatures of requests that changed something, as long as their timestamp
-- would let them through again.
create table signed_requests (
  org_id     uuid not null references organizations (id) on delete cascade,
  hash       bytea not null,                -- sha256 of key, timestamp and signature
  expires_at timestamptz not null,
  primary key (org_id, hash)
);
create index signed_requests_expiry on signed_requests (expires_at);
select enable_tenant_rls('signed_requests');

drop function auth_api_key(text);
-- +goose StatementBegin
-- The tenant of a request is what its API key says.
create function auth_api_key(k text)
returns table (org_id uuid, id uuid, role text, scopes text[], rate_limit int, allowed_addresses text[],
  secret_hash bytea, secret_sealed bytea, previous_hash bytea, previous_sealed bytea, previous_until timestamptz,
  expires_at timestamptz, last_used_at timestamptz, revoked_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select a.org_id, a.id, a.role, a.scopes, a.rate_limit, a.allowed_addresses,
    a.secret_hash, a.secret_sealed, a.previous_hash, a.previous_sealed, a.previous_until,
    a.expires_at, a.last_used_at, a.revoked_at
  from api_keys a where a.key_id = k
$$;

-- Housekeeping over all tenants: what has expired is of no use to anybody.
-- answers_before is a day ago.
create or replace function auth_prune(sessions_before timestamptz, answers_before timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare a int; b int; c int; d int;
begin
  delete from sessions where expires_at < sessions_before;
  get diagnostics a = row_count;
  delete from idempotency_keys where created_at < answers_before;
  get diagnostics b = row_count;
  delete from password_resets where expires_at < answers_before;
  get diagnostics c = row_count;
  delete from signed_requests where expires_at < answers_before + interval '1 day';
  get diagnostics d = row_count;
  return a + b + c + d;
end $$;
-- +goose StatementEnd
grant select, delete on signed_requests to rainmaker_definer;
select make_definer('auth_api_key(text)');
