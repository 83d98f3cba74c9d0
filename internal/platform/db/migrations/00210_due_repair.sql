-- +goose Up
-- Ending or resting a plan while its mail was being settled could leave a row of
-- enrolment_due that belongs to no active enrolment, or at another time than its
-- enrolment's: a campaign that never completed, a person who was never written to
-- again.
alter table enrolments no force row level security; -- its owner need not be a superuser
alter table enrolment_due no force row level security;
delete from enrolment_due d where not exists (
  select from enrolments e where e.id = d.enrolment_id and e.org_id = d.org_id and e.state = 'active' and e.next_at = d.next_at);
insert into enrolment_due (org_id, campaign_id, next_at, enrolment_id, step)
  select org_id, campaign_id, next_at, id, step from enrolments e where state = 'active' and not exists (
    select from enrolment_due d where d.org_id = e.org_id and d.campaign_id = e.campaign_id and d.next_at = e.next_at and d.enrolment_id = e.id);
alter table enrolment_due force row level security;
alter table enrolments force row level security;
