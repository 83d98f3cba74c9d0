-- +goose Up
-- Signing in through an identity provider: OpenID Connect and SAML 2.0.

-- One provider of one organisation. Off until somebody turns it on.
create table sso_connections (
  org_id               uuid not null references organizations (id) on delete cascade,
  id                   uuid not null,
  slug                 text not null unique, -- its name in addresses
  kind                 text not null check (kind in ('oidc', 'saml')),
  name                 text not null,
  enabled              boolean not null default false,
  issuer               text not null default '', -- OIDC: issuer; SAML: entity id
  client_id            text not null default '',
  client_secret_sealed bytea,
  sso_url              text not null default '', -- SAML: where requests go
  certificates         text[] not null default '{}', -- SAML: what signs assertions, PEM
  idp_initiated        boolean not null default false,
  default_role         text check (default_role in ('manager', 'content_creator', 'analyst', 'api_user')), -- null: nobody is added
  allowed_domains      text[] not null default '{}',
  enforced             boolean not null default false, -- members sign in here and nowhere else
  break_glass_user_id  uuid,                 -- the admin who may still use a password
  version              int not null default 1,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, break_glass_user_id) references members (org_id, user_id) on delete set null (break_glass_user_id)
);
-- The address of an organisation's SAML end names the organisation.
create unique index sso_connections_saml on sso_connections (org_id) where kind = 'saml';
select enable_tenant_rls('sso_connections');

-- Who a person is at a provider. subject_key is a keyed hash of connection,
-- issuer and subject: never of an e-mail address alone. Without a connection it
-- is the installation's own provider.
create table identities (
  org_id        uuid not null,
  id            uuid not null,
  user_id       uuid not null,
  connection_id uuid,
  subject_key   bytea not null,
  created_at    timestamptz not null,
  last_used_at  timestamptz,
  primary key (org_id, id),
  unique (org_id, subject_key),
  foreign key (org_id, user_id) references members (org_id, user_id) on delete cascade,
  foreign key (org_id, connection_id) references sso_connections (org_id, id) on delete cascade
);
create index identities_subject on identities (subject_key);
create index identities_user on identities (org_id, user_id);
select enable_tenant_rls('identities');

-- Sign-ins under way, each good once. No tenant is known when the browser comes
-- back; what belongs to one is sealed.
create table sso_logins (
  state_hash   bytea primary key,       -- sha256
  browser_hash bytea not null,          -- sha256 of the cookie of the browser that began
  sealed       bytea not null,
  expires_at   timestamptz not null
);
create index sso_logins_expiry on sso_logins (expires_at);
grant select, insert, delete on sso_logins to rainmaker_app;

-- Assertions that were used: none is good twice.
create table saml_assertions (
  org_id         uuid not null,
  connection_id  uuid not null,
  assertion_hash bytea not null,        -- sha256 of issuer and id
  expires_at     timestamptz not null,
  primary key (org_id, connection_id, assertion_hash),
  foreign key (org_id, connection_id) references sso_connections (org_id, id) on delete cascade
);
create index saml_assertions_expiry on saml_assertions (expires_at);
select enable_tenant_rls('saml_assertions');

-- A session that a connection opened ends with it.
alter table sessions add column by_sso boolean not null default false;
alter table sessions add column sso_connection_id uuid;
create index sessions_sso on sessions (org_id, sso_connection_id) where by_sso;

-- +goose StatementBegin
-- A sign-in names its connection, or for SAML its organisation, and knows no
-- tenant yet.
create function sso_connection(ref text, wanted text) returns table (org_id uuid, id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select c.org_id, c.id from sso_connections c
  where c.kind = wanted and (c.slug = ref or c.id::text = ref or wanted = 'saml' and c.org_id::text = ref)
$$;

-- The installation's own provider belongs to no tenant: where the person behind
-- one keyed hash may sign in, the last used first.
create function sso_identities(k bytea) returns table (org_id uuid, id uuid, user_id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select i.org_id, i.id, i.user_id
  from identities i join members m on m.org_id = i.org_id and m.user_id = i.user_id
  where i.subject_key = k and i.connection_id is null and m.accepted_at is not null
  order by m.last_signed_in_at desc nulls last, m.created_at, m.org_id
$$;

create function sso_prune(before timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare gone int;
begin
  delete from saml_assertions where expires_at < before;
  get diagnostics gone = row_count;
  return gone;
end $$;

-- settled: the person signs in somewhere already. Whoever holds an invitation
-- must not choose such a person's password, even where there is none because
-- they sign in through a provider.
drop function auth_invitation(bytea);
create function auth_invitation(hash bytea)
returns table (org_id uuid, user_id uuid, password_hash text, invited_until timestamptz, settled boolean)
language sql stable security definer set search_path = public, pg_temp as $$
  select m.org_id, m.user_id, u.password_hash, m.invited_until,
    u.password_hash is not null or exists (select from members o where o.user_id = m.user_id and o.accepted_at is not null)
  from members m join users u on u.id = m.user_id
  where m.invited_hash = hash and m.accepted_at is null
$$;
-- +goose StatementEnd
grant select on sso_connections, identities to rainmaker_definer;
grant select, delete on saml_assertions to rainmaker_definer;
select make_definer('sso_connection(text, text)');
select make_definer('sso_identities(bytea)');
select make_definer('sso_prune(timestamptz)');
select make_definer('auth_invitation(bytea)');
