-- +goose Up
create table campaigns (
  org_id        uuid not null,
  id            uuid not null,
  name          text not null,
  type          text not null check (type in ('email_sequence', 'outbound_calls', 'social_media', 'multichannel')),
  status        text not null check (status in ('draft', 'running', 'paused', 'completed', 'archived')),
  goal          text not null default '',
  audience      jsonb not null,
  ai            jsonb not null,
  budget        jsonb not null,
  schedule      jsonb not null,
  ab_testing    boolean not null,
  auto_optimize boolean not null,
  mailbox_id    uuid,
  phone_number_id uuid,
  start_at      timestamptz,
  end_at        timestamptz,
  launched_at   timestamptz,
  paused_by     text,                 -- who or what paused it
  -- the audience is enrolled in chunks after the launch; the cursor survives a crash
  enrolling     boolean not null default false,
  enrol_after   uuid,
  version       int not null,
  created_at    timestamptz not null,
  updated_at    timestamptz not null,
  primary key (org_id, id)
);
create index campaigns_running on campaigns (org_id, id) where status = 'running';
select enable_tenant_rls('campaigns');

create table campaign_steps (
  org_id        uuid not null,
  id            uuid not null,
  campaign_id   uuid not null,
  position      int not null,
  channel       text not null check (channel in ('email', 'call', 'social', 'task')),
  delay_seconds bigint not null check (delay_seconds >= 0),
  condition     jsonb,
  primary key (org_id, id),
  unique (org_id, campaign_id, position) deferrable initially deferred,
  foreign key (org_id, campaign_id) references campaigns (org_id, id) on delete cascade
);
select enable_tenant_rls('campaign_steps');

create table campaign_variants (
  org_id     uuid not null,
  id         uuid not null,
  step_id    uuid not null,
  position   int not null,
  name       text not null,
  weight     int not null check (weight between 0 and 1000000),
  subject    text not null default '',
  body       text not null default '',
  prompt     text not null default '',
  script     text not null default '',
  content_id uuid,                    -- the stored words; new words get a new one
  primary key (org_id, id),
  foreign key (org_id, step_id) references campaign_steps (org_id, id) on delete cascade
);
create index campaign_variants_step on campaign_variants (org_id, step_id, position);
select enable_tenant_rls('campaign_variants');

-- What exactly was launched: list, sequence and policy versions, and the counts
-- of the gate.
create table campaign_launches (
  org_id      uuid not null,
  id          uuid not null,
  campaign_id uuid not null,
  launched_by text not null,
  launched_at timestamptz not null,
  snapshot    jsonb not null,
  primary key (org_id, id),
  foreign key (org_id, campaign_id) references campaigns (org_id, id) on delete cascade
);
select enable_tenant_rls('campaign_launches');

-- One lead in one campaign. step is the position of the next step.
create table enrolments (
  org_id      uuid not null,
  id          uuid not null,
  campaign_id uuid not null,
  lead_id     uuid not null,
  state       text not null check (state in ('active', 'waiting', 'finished', 'stopped')),
  step        int not null,
  next_at     timestamptz not null,
  reason      text not null default '',
  enrolled_at timestamptz not null,
  finished_at timestamptz,
  primary key (id, org_id),                -- key first: see actions
  unique (campaign_id, lead_id, org_id),
  foreign key (org_id, campaign_id) references campaigns (org_id, id) on delete cascade
) with (fillfactor = 80);
create index enrolments_due on enrolments (campaign_id, next_at) where state = 'active';
create index enrolments_lead on enrolments (lead_id);
alter table enrolments set (autovacuum_analyze_threshold = 500, autovacuum_analyze_scale_factor = 0.2, autovacuum_vacuum_scale_factor = 0.05);
select enable_tenant_rls('enrolments');

-- Money counted at the intent of each touch: a ceiling, never given back.
create table campaign_spend (
  org_id      uuid not null,
  campaign_id uuid not null,
  day         date not null,
  micros      bigint not null,
  primary key (org_id, campaign_id, day)
);
select enable_tenant_rls('campaign_spend');

-- +goose StatementBegin
create function campaigns_due(t timestamptz) returns table (org_id uuid, campaign_id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select c.org_id, c.id from campaigns c
  where c.status = 'running' and (c.enrolling or exists (
    select from enrolments e
    where e.org_id = c.org_id and e.campaign_id = c.id and e.state = 'active' and e.next_at <= t))
$$;

create function campaigns_running() returns table (org_id uuid, campaign_id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select c.org_id, c.id from campaigns c where c.status = 'running' and not c.enrolling
$$;
-- +goose StatementEnd
grant select on campaigns, enrolments to rainmaker_definer;
select make_definer('campaigns_due(timestamptz)');
select make_definer('campaigns_running()');
