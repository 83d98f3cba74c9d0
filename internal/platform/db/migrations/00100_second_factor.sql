-- +goose Up
-- Second factors, resets of passwords, and what a session shows of itself.

-- What belongs to a person and not to a tenant is seen by the tenants that the
-- person is a member of, as the person is.
-- +goose StatementBegin
create function enable_person_rls(t regclass) returns void language plpgsql as $$
begin
  execute format('alter table %s enable row level security', t);
  execute format('alter table %s force row level security', t);
  execute format('create policy member on %1$s
    using (exists (select from members m where m.user_id = %1$s.user_id
      and m.org_id = (select nullif(current_setting(''app.org_id'', true), '''')::uuid)))
    with check (exists (select from members m where m.user_id = %1$s.user_id
      and m.org_id = (select nullif(current_setting(''app.org_id'', true), '''')::uuid)))', t);
  execute format('grant select, insert, update, delete on %s to rainmaker_app', t);
end $$;
-- +goose StatementEnd
revoke all on function enable_person_rls(regclass) from public;

-- One authenticator app a person.
create table user_totp (
  user_id       uuid primary key references users (id) on delete cascade,
  secret_sealed bytea not null,
  created_at    timestamptz not null,
  confirmed_at  timestamptz,               -- null: waits for its first code and asks for nothing
  last_step     bigint not null default 0  -- Unix time / 30 of the last code that was used
);
select enable_person_rls('user_totp');

create table recovery_codes (
  user_id    uuid not null references users (id) on delete cascade,
  hash       bytea not null,               -- HMAC-SHA256
  created_at timestamptz not null,
  used_at    timestamptz,
  primary key (user_id, hash)
);
select enable_person_rls('recovery_codes');

-- A link that sets a new password, once.
create table password_resets (
  hash        bytea primary key,           -- sha256 of the token
  user_id     uuid not null references users (id) on delete cascade,
  made_by_org uuid,                        -- the organisation whose admin made it; null: the person asked
  created_at  timestamptz not null,
  expires_at  timestamptz not null,
  used_at     timestamptz
);
create index password_resets_user on password_resets (user_id);
create index password_resets_expiry on password_resets (expires_at);
select enable_person_rls('password_resets');

-- What a person sees of a session. Rows from before have none of it.
alter table sessions
  add column device       text not null default '',  -- words such as "Firefox on Linux"
  add column address      text not null default '',  -- masked: the last part is not kept
  add column last_seen_at timestamptz,               -- null: when it was created
  add column verified_at  timestamptz;               -- of the last proof of identity; null: when it was created

-- +goose StatementBegin
-- A person with a reset link knows no tenant: one of those where they may sign
-- in. A link that an admin made is void when the person has since become a
-- member elsewhere, for that admin must not reach into there.
create function auth_password_reset(token_hash bytea)
returns table (user_id uuid, org_id uuid, expires_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select r.user_id, m.org_id, r.expires_at
  from password_resets r
  join members m on m.user_id = r.user_id and m.accepted_at is not null
  where r.hash = token_hash and r.used_at is null
    and (r.made_by_org is null or not exists (
      select from members o where o.user_id = r.user_id and o.accepted_at is not null and o.org_id <> r.made_by_org))
  order by m.last_signed_in_at desc nulls last, m.created_at, m.org_id
  limit 1
$$;

-- May the admins of an organisation make a reset link for a person? Only when
-- the person signs in there with a password and nowhere else. The answer is
-- one bit, so that the organisation does not learn why not.
create function auth_sole_member(person uuid, org uuid) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select from members m join users u on u.id = m.user_id
      where m.user_id = person and m.org_id = org and m.accepted_at is not null and u.password_hash is not null)
    and not exists (select from members m where m.user_id = person and m.org_id <> org and m.accepted_at is not null)
$$;

-- Housekeeping over all tenants: what has expired is of no use to anybody.
create or replace function auth_prune(sessions_before timestamptz, answers_before timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare a int; b int; c int;
begin
  delete from sessions where expires_at < sessions_before;
  get diagnostics a = row_count;
  delete from idempotency_keys where created_at < answers_before;
  get diagnostics b = row_count;
  delete from password_resets where expires_at < answers_before;
  get diagnostics c = row_count;
  return a + b + c;
end $$;
-- +goose StatementEnd
grant select, delete on password_resets to rainmaker_definer;
select make_definer('auth_password_reset(bytea)');
select make_definer('auth_sole_member(uuid, uuid)');
