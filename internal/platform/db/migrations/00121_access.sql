-- +goose Up
-- Every answer of the API that showed personal data in clear: one row a request
-- (an export: one a thousand people). Kept for privacy.Life.
create table pii_access (
  org_id     uuid not null,
  id         uuid not null,
  at         timestamptz not null,
  actor      text not null,             -- user:<id>, key:<id>
  role       text not null,
  operation  text not null,             -- of the API
  request_id text not null,
  fields     text[] not null,           -- names, never values
  subjects   uuid[] not null,           -- leads and others whose data it was
  count      int not null,              -- of values shown
  primary key (org_id, id)              -- ids grow with time
);
create index pii_access_time on pii_access using brin (at);
select enable_tenant_rls('pii_access');
revoke update, delete on pii_access from rainmaker_app;

-- +goose StatementBegin
-- House-keeping over all tenants, a batch at a time.
create function access_prune(before timestamptz, n int) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare gone int;
begin
  delete from pii_access where ctid = any (array(select ctid from pii_access where at < before limit n));
  get diagnostics gone = row_count;
  return gone;
end $$;
-- +goose StatementEnd
grant select, delete on pii_access to rainmaker_definer;
select make_definer('access_prune(timestamptz, int)');
