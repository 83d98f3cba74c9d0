-- +goose Up
-- Tenants, people who sign in, and how they prove who they are.

-- The tenant itself: its policy is on id, not org_id.
create table organizations (
  id                    uuid primary key,
  name                  text not null,
  postal_address        jsonb not null default '{}',
  timezone              text not null default 'America/Los_Angeles',
  revenue_goal_minor    bigint,
  revenue_goal_currency text,
  settings              jsonb not null default '{}',
  keys_wrapped          bytea,          -- sealing keys under the master key; made on first use
  paused_at             timestamptz,    -- the kill switch: while set, nothing leaves
  version               int not null default 1,
  created_at            timestamptz not null default now(),
  updated_at            timestamptz not null default now(),
  check ((revenue_goal_minor is null) = (revenue_goal_currency is null))
);
alter table organizations enable row level security;
alter table organizations force row level security;
create policy tenant on organizations
  using (id = (select nullif(current_setting('app.org_id', true), '')::uuid))
  with check (id = (select nullif(current_setting('app.org_id', true), '')::uuid));
grant select, insert, update on organizations to rainmaker_app;

-- A person, once over all tenants. E-mail is sealed and indexed under keys of
-- the installation, because signing in knows no tenant yet.
create table users (
  id            uuid primary key,
  email_sealed  bytea not null,
  email_blind   bytea not null unique,
  name          text not null default '',
  password_hash text,                   -- argon2id; null until an invitation is accepted
  epoch         int not null default 1, -- raised with the password: ends every session
  created_at    timestamptz not null,
  updated_at    timestamptz not null
);

create table members (
  org_id            uuid not null references organizations (id) on delete cascade,
  user_id           uuid not null references users (id),
  role              text not null check (role in ('admin', 'manager', 'content_creator', 'analyst', 'api_user')),
  version           int not null default 1, -- raised with the role: ends the member's sessions
  invited_hash      bytea unique,           -- sha256 of the invitation's token
  invited_until     timestamptz,
  accepted_at       timestamptz,            -- null: invited, cannot sign in here
  last_signed_in_at timestamptz,
  created_at        timestamptz not null,
  primary key (org_id, user_id)
);
create index members_user on members (user_id);
select enable_tenant_rls('members');

-- A tenant sees the people who are its members. Anybody may be added: the row
-- shows nothing before the membership does.
alter table users enable row level security;
alter table users force row level security;
create policy member on users
  using (exists (select from members m where m.user_id = users.id
    and m.org_id = (select nullif(current_setting('app.org_id', true), '')::uuid)))
  with check (exists (select from members m where m.user_id = users.id
    and m.org_id = (select nullif(current_setting('app.org_id', true), '')::uuid)));
create policy signup on users for insert with check (true);
grant select, insert, update on users to rainmaker_app;

-- One sign-in of one person in one organisation. The browser holds the token
-- of the row, an API client refresh tokens of it; both end with it.
create table sessions (
  org_id         uuid not null,
  id             uuid not null,
  user_id        uuid not null,
  token_hash     bytea not null unique, -- sha256
  member_version int not null,
  user_epoch     int not null,
  created_at     timestamptz not null,
  expires_at     timestamptz not null,
  revoked_at     timestamptz,
  revoked_reason text,
  primary key (org_id, id),
  foreign key (org_id, user_id) references members (org_id, user_id) on delete cascade
);
create index sessions_id on sessions (id);
create index sessions_user on sessions (org_id, user_id);
create index sessions_expiry on sessions (expires_at);
select enable_tenant_rls('sessions');

-- Each is good once. A second use means that a copy exists: the session ends.
create table refresh_tokens (
  org_id     uuid not null,
  id         uuid not null,
  session_id uuid not null,
  hash       bytea not null unique,     -- sha256
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at    timestamptz,
  primary key (org_id, id),
  foreign key (org_id, session_id) references sessions (org_id, id) on delete cascade
);
create index refresh_tokens_session on refresh_tokens (org_id, session_id);
select enable_tenant_rls('refresh_tokens');

create table api_keys (
  org_id        uuid not null references organizations (id) on delete cascade,
  id            uuid not null,
  key_id        text not null unique,
  name          text not null,
  role          text not null check (role in ('admin', 'manager', 'content_creator', 'analyst', 'api_user')),
  scopes        text[] not null default '{}', -- empty: all that the role may
  rate_limit    int,                    -- requests a second; null: the default
  secret_hash   bytea not null,         -- sha256, for Authorization: ApiKey
  secret_sealed bytea not null,         -- for signed requests, whose HMAC needs the secret itself
  created_by    uuid,
  created_at    timestamptz not null,
  expires_at    timestamptz,
  last_used_at  timestamptz,
  revoked_at    timestamptz,
  primary key (org_id, id)
);
select enable_tenant_rls('api_keys');

-- Keys that sign access tokens, of the installation. The private half is sealed
-- under the master key.
create table signing_keys (
  id             uuid primary key,
  private_sealed bytea not null,
  public_jwk     jsonb not null,
  created_at     timestamptz not null
);
grant select, insert, delete on signing_keys to rainmaker_app;

-- Who did what. Rows are only ever added: the program cannot change or delete.
create table audit_log (
  org_id uuid not null,
  id     uuid not null,
  at     timestamptz not null,
  actor  text not null,                 -- user:<id>, key:<id>, system:<name>
  action text not null,                 -- past tense, such as member.added
  target text not null default '',      -- kind:<id>
  data   jsonb not null default '{}',   -- ids and names of fields, never personal data
  primary key (org_id, id)
);
create index audit_log_list on audit_log (org_id, at desc, id desc);
create index audit_log_action on audit_log (org_id, action, at desc, id desc);
select enable_tenant_rls('audit_log');
revoke update, delete on audit_log from rainmaker_app;

-- First answers to requests with an Idempotency-Key. For requests before
-- sign-in, org_id is a space of its own, derived from the key.
create table idempotency_keys (
  org_id     uuid not null,
  id         uuid not null,
  actor      text not null,
  key        text not null,
  operation  text not null,             -- method and path
  body_hash  bytea not null,            -- sha256
  status     int,                       -- null: still running
  response   bytea,                     -- status, headers and body, sealed; null: too large to keep
  created_at timestamptz not null,
  primary key (org_id, id),
  unique (org_id, actor, key)
);
create index idempotency_keys_age on idempotency_keys (created_at);
select enable_tenant_rls('idempotency_keys');

-- +goose StatementBegin
-- Sign-in starts from an e-mail address and knows no tenant: one row a place
-- where the person may sign in, none for a stranger.
create function auth_user_by_email(blind bytea)
returns table (user_id uuid, password_hash text, epoch int, org_id uuid, role text, member_version int, last_signed_in_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select u.id, u.password_hash, u.epoch, m.org_id, m.role, m.version, m.last_signed_in_at
  from users u left join members m on m.user_id = u.id and m.accepted_at is not null
  where u.email_blind = blind
  order by m.last_signed_in_at desc nulls last, m.created_at, m.org_id
$$;

-- Adding a member must find a person of another tenant by e-mail, and learns
-- nothing but the id.
create function auth_user_id(blind bytea) returns uuid
language sql stable security definer set search_path = public, pg_temp as $$
  select id from users where email_blind = blind
$$;

-- The tenant of a request is what its cookie says.
create function auth_session_by_token(hash bytea)
returns table (id uuid, org_id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select s.id, s.org_id from sessions s where s.token_hash = hash
$$;

-- The tenant of a refresh is what its token says.
create function auth_refresh_token(token_hash bytea)
returns table (id uuid, org_id uuid, session_id uuid, expires_at timestamptz, used_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select r.id, r.org_id, r.session_id, r.expires_at, r.used_at from refresh_tokens r where r.hash = token_hash
$$;

-- The tenant of a request is what its API key says.
create function auth_api_key(k text)
returns table (org_id uuid, id uuid, role text, scopes text[], rate_limit int, secret_hash bytea, secret_sealed bytea,
  expires_at timestamptz, last_used_at timestamptz, revoked_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select a.org_id, a.id, a.role, a.scopes, a.rate_limit, a.secret_hash, a.secret_sealed, a.expires_at, a.last_used_at, a.revoked_at
  from api_keys a where a.key_id = k
$$;

-- The tenant of an invitation is what its token says.
create function auth_invitation(hash bytea)
returns table (org_id uuid, user_id uuid, password_hash text, invited_until timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select m.org_id, m.user_id, u.password_hash, m.invited_until
  from members m join users u on u.id = m.user_id
  where m.invited_hash = hash and m.accepted_at is null
$$;

-- Workers go through all tenants.
create function org_ids() returns setof uuid
language sql stable security definer set search_path = public, pg_temp as $$
  select id from organizations order by id
$$;

-- Housekeeping over all tenants: what has expired is of no use to anybody.
create function auth_prune(sessions_before timestamptz, answers_before timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare a int; b int;
begin
  delete from sessions where expires_at < sessions_before;
  get diagnostics a = row_count;
  delete from idempotency_keys where created_at < answers_before;
  get diagnostics b = row_count;
  return a + b;
end $$;
-- +goose StatementEnd
grant select on organizations, users, members, api_keys to rainmaker_definer;
grant select, delete on sessions, refresh_tokens, idempotency_keys to rainmaker_definer;
select make_definer('auth_user_by_email(bytea)');
select make_definer('auth_user_id(bytea)');
select make_definer('auth_session_by_token(bytea)');
select make_definer('auth_refresh_token(bytea)');
select make_definer('auth_api_key(text)');
select make_definer('auth_invitation(bytea)');
select make_definer('org_ids()');
select make_definer('auth_prune(timestamptz, timestamptz)');
