-- +goose Up
-- Passkeys of people, and the challenges of their ceremonies.

create table passkeys (
  id            uuid primary key,
  user_id       uuid not null references users (id) on delete cascade,
  name          text not null,
  credential_id bytea not null unique,
  credential    jsonb not null,           -- public key, counter, flags: nothing secret
  synced        boolean not null,
  created_at    timestamptz not null,
  last_used_at  timestamptz
);
create index passkeys_user on passkeys (user_id);
select enable_person_rls('passkeys');

-- Random questions to browsers. Nobody is signed in yet when most of them are
-- made, so they have no tenant.
create table passkey_challenges (
  hash       bytea primary key,           -- sha256 of the name of the ceremony
  purpose    text not null check (purpose in ('add', 'prove')),
  session    jsonb not null,              -- challenge and conditions
  expires_at timestamptz not null
);
create index passkey_challenges_expiry on passkey_challenges (expires_at);
grant select, insert, delete on passkey_challenges to rainmaker_app;

-- +goose StatementBegin
-- A passkey names its person and no tenant: where may that person sign in?
create function auth_user_places(person uuid)
returns table (org_id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select m.org_id from members m where m.user_id = person and m.accepted_at is not null
  order by m.last_signed_in_at desc nulls last, m.created_at, m.org_id
$$;
-- +goose StatementEnd
select make_definer('auth_user_places(uuid)');
