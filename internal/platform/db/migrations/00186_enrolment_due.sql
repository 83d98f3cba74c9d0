-- +goose Up
-- When the next step is due stood in an index of enrolments, so every move of an
-- enrolment wrote all of its indexes. The due ones have a narrow table of their
-- own now, written with their enrolment; a move of the enrolment itself stays in
-- its page and touches no index.
create table enrolment_due (
  org_id       uuid        not null,
  campaign_id  uuid        not null,
  next_at      timestamptz not null,  -- that of the enrolment
  enrolment_id uuid        not null,
  step         int         not null,  -- that of the enrolment
  primary key (campaign_id, next_at, enrolment_id, org_id), -- key first: see actions
  foreign key (org_id, campaign_id) references campaigns (org_id, id) on delete cascade
);
alter table enrolments no force row level security; -- its owner need not be a superuser
insert into enrolment_due (org_id, campaign_id, next_at, enrolment_id, step)
  select org_id, campaign_id, next_at, id, step from enrolments where state = 'active';
alter table enrolments force row level security;
select enable_tenant_rls('enrolment_due');
alter table enrolment_due set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.5);

drop index enrolments_due;
alter table enrolments set (fillfactor = 50);

drop function campaigns_due(timestamptz);
-- +goose StatementBegin
create function campaigns_due(t timestamptz) returns table (org_id uuid, campaign_id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select c.org_id, c.id from campaigns c
  where c.status = 'running' and (c.enrolling or exists (
    select from enrolment_due d
    where d.org_id = c.org_id and d.campaign_id = c.id and d.next_at <= t))
$$;
-- +goose StatementEnd
grant select on enrolment_due to rainmaker_definer;
select make_definer('campaigns_due(timestamptz)');
