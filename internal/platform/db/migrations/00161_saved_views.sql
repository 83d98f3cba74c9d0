-- +goose Up
-- Filters and orders of the lead list that people keep under a name.
create table saved_views (
  org_id     uuid not null references organizations (id) on delete cascade,
  id         uuid not null,
  owner      text not null,              -- actor
  name       text not null,
  search     jsonb not null,             -- what the list is asked for; never an address of a person
  shared     boolean not null default false,
  is_default boolean not null default false,
  created_at timestamptz not null,
  primary key (org_id, id),
  unique (org_id, owner, name)
);
create unique index saved_views_default on saved_views (org_id, owner) where is_default;
select enable_tenant_rls('saved_views');
