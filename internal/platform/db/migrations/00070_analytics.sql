-- +goose Up
-- Projections of events. Nothing here is a truth of its own: all of it can be
-- dropped and counted again from the events that are kept.
--
-- The zero uuid and the empty string stand for "none", so that every key is
-- complete. Amounts are kept in the unit of their metric: revenue in the
-- currency's smallest unit, spend in millionths of the currency.

-- What happened in each hour (UTC).
create table metric_rollups (
  org_id      uuid not null,
  metric      text not null,
  hour        timestamptz not null,
  campaign_id uuid not null,
  channel     text not null,
  step_id     uuid not null,
  variant_id  uuid not null,
  currency    text not null,
  value       bigint not null,
  primary key (org_id, metric, hour, campaign_id, channel, step_id, variant_id, currency)
) with (fillfactor = 70);
select enable_tenant_rls('metric_rollups');

-- The same over all time, for campaign pages and live totals.
create table metric_totals (
  org_id      uuid not null,
  campaign_id uuid not null,
  metric      text not null,
  channel     text not null,
  step_id     uuid not null,
  variant_id  uuid not null,
  currency    text not null,
  value       bigint not null,
  primary key (org_id, campaign_id, metric, channel, step_id, variant_id, currency)
) with (fillfactor = 50);
select enable_tenant_rls('metric_totals');

-- What counts once a mail, however often it happens: answers, bounces, opt-outs.
create table metric_firsts (
  org_id    uuid not null,
  action_id uuid not null,
  metric    text not null,
  primary key (org_id, action_id, metric)
);
select enable_tenant_rls('metric_firsts');

-- Campaigns whose numbers changed since metrics.updated last told of them; the
-- zero uuid stands for numbers without a campaign.
create table metric_pending (
  org_id      uuid not null,
  campaign_id uuid not null,
  primary key (org_id, campaign_id)
) with (fillfactor = 50, autovacuum_vacuum_threshold = 500);
select enable_tenant_rls('metric_pending');

-- +goose StatementBegin
create function metric_pending_orgs() returns table (org_id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select distinct p.org_id from metric_pending p
$$;
-- +goose StatementEnd
grant select on metric_pending to rainmaker_definer;
select make_definer('metric_pending_orgs()');
