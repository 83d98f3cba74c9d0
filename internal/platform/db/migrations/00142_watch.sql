-- +goose Up
-- Watching (SPEC 7.3.3) and incidents (SPEC 7.3.4).

-- How often something suspicious happened, by minute and by who did it.
create table security_counts (
  org_id uuid        not null references organizations (id) on delete cascade,
  kind   text        not null,
  actor  text        not null, -- user:<id>, key:<id>, or empty: nobody knows
  minute timestamptz not null,
  n      bigint      not null,
  primary key (org_id, kind, actor, minute)
);
select enable_tenant_rls('security_counts');

-- One of a kind and actor is open at a time; what goes on adds to it.
create table alerts (
  org_id      uuid        not null references organizations (id) on delete cascade,
  id          uuid        not null,
  kind        text        not null,
  severity    text        not null check (severity in ('low', 'medium', 'high')),
  actor       text        not null,
  state       text        not null default 'open' check (state in ('open', 'acknowledged', 'closed')),
  evidence    jsonb       not null default '{}', -- counts, windows, names of operations: no personal data
  first_at    timestamptz not null,
  last_at     timestamptz not null,
  judged_by   text        not null default '',
  judged_at   timestamptz,
  note        text        not null default '',
  primary key (org_id, id)
);
create unique index alerts_open on alerts (org_id, kind, actor) where state <> 'closed';
select enable_tenant_rls('alerts');

create table incidents (
  org_id    uuid        not null references organizations (id) on delete cascade,
  id        uuid        not null,
  title     text        not null,
  severity  text        not null check (severity in ('low', 'medium', 'high')),
  state     text        not null check (state in ('detection', 'analysis', 'containment', 'eradication', 'recovery', 'post_incident', 'closed')),
  opened_by text        not null,
  opened_at timestamptz not null,
  closed_at timestamptz,
  version   int         not null default 1,
  primary key (org_id, id)
);
select enable_tenant_rls('incidents');

-- Only ever added to.
create table incident_entries (
  org_id      uuid        not null,
  id          uuid        not null,
  incident_id uuid        not null,
  at          timestamptz not null,
  actor       text        not null,
  kind        text        not null check (kind in ('alert', 'note', 'state', 'isolated', 'released')),
  text        text        not null default '',
  data        jsonb       not null default '{}',
  primary key (org_id, id),
  foreign key (org_id, incident_id) references incidents (org_id, id) on delete cascade
);
create index incident_entries_of on incident_entries (org_id, incident_id, id);
select enable_tenant_rls('incident_entries');
revoke update, delete on incident_entries from rainmaker_app;

-- Who is shut out until an admin releases them. subject is a user, an API key, or
-- the organisation itself.
create table isolations (
  org_id      uuid        not null,
  id          uuid        not null,
  incident_id uuid        not null,
  kind        text        not null check (kind in ('user', 'key', 'organization')),
  subject     uuid        not null,
  at          timestamptz not null,
  by          text        not null,
  released_at timestamptz,
  released_by text        not null default '',
  primary key (org_id, id),
  foreign key (org_id, incident_id) references incidents (org_id, id) on delete cascade
);
create unique index isolations_now on isolations (org_id, kind, subject) where released_at is null;
select enable_tenant_rls('isolations');
