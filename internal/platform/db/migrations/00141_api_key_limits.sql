-- +goose Up
-- What one API key may do in a day (UTC), by operation: {"create-lead": 1000}.
alter table api_keys add column limits jsonb not null default '{}';

create table api_key_usage (
  org_id uuid   not null,
  key_id uuid   not null, -- api_keys.id
  day    date   not null,
  what   text   not null,
  used   bigint not null,
  primary key (org_id, key_id, day, what),
  foreign key (org_id, key_id) references api_keys (org_id, id) on delete cascade
);
select enable_tenant_rls('api_key_usage');
