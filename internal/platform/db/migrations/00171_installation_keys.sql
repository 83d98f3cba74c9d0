-- +goose Up
-- The secret of the installation, once for each key-encryption key that may open
-- it: while the key is being changed, both may. The program itself cannot read
-- this table; the owner does, when a process starts.
create table installation_keys (
  name         text primary key,          -- of the key-encryption key
  wrapped      bytea not null,
  made_at      timestamptz not null default now(),
  last_used_at timestamptz not null default now()
);

-- A change of an organisation's sealing key, from its beginning until nothing is
-- sealed under older ones.
create table key_rotations (
  org_id      uuid not null references organizations (id) on delete cascade,
  id          uuid not null,
  actor       text not null,
  started_at  timestamptz not null,
  promoted_at timestamptz,                -- since when the new key seals
  sealed      bigint not null default 0,  -- values sealed again
  clean_at    timestamptz,                -- the last time that nothing was left to seal again
  finished_at timestamptz,                -- older keys are gone
  held_until  timestamptz,                -- a process works on it until then
  primary key (org_id, id)
);
create unique index key_rotations_open on key_rotations (org_id) where finished_at is null;
select enable_tenant_rls('key_rotations');

-- What stood in clear until now (00170) is sealed as if the key were changed: no
-- new key, the same walk.
alter table consents no force row level security;
alter table tasks no force row level security;
alter table organizations no force row level security;
alter table key_rotations no force row level security;
insert into key_rotations (org_id, id, actor, started_at, promoted_at)
  select org_id, gen_random_uuid(), 'system:migration', now(), now() from (
    select org_id from consents where evidence <> '' union select org_id from tasks where title <> '') o
  where exists (select from organizations where id = o.org_id);
alter table consents force row level security;
alter table tasks force row level security;
alter table organizations force row level security;
alter table key_rotations force row level security;

-- +goose StatementBegin
-- The keeper of keys works for all tenants: where there is something to do or to
-- hear of.
create function key_rotations_due() returns setof uuid
language sql stable security definer set search_path = public, pg_temp as $$
  select org_id from key_rotations where finished_at is null or finished_at > now() - interval '10 minutes' order by org_id
$$;
-- +goose StatementEnd
grant select on key_rotations to rainmaker_definer;
select make_definer('key_rotations_due()');
