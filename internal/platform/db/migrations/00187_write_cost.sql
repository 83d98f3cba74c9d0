-- +goose Up
-- What a mail writes beside its action. As for actions (00185), a small sample of
-- interactions serves the reports.
-- +goose StatementBegin
create function sample_less(t regclass) returns void language plpgsql as $$
declare c name;
begin
  for c in select attname from pg_attribute where attrelid = t and attnum > 0 and not attisdropped loop
    execute format('alter table %s alter column %I set statistics 20', t, c);
  end loop;
end $$;

create or replace function ensure_partitions(t timestamptz, months int) returns void language plpgsql as $$
declare
  first date := (date_trunc('month', t) - interval '1 month')::date;
  from_date date;
  name text;
begin
  for i in 0..months loop
    from_date := (first + make_interval(months => i))::date;
    name := 'interactions_' || to_char(from_date, 'YYYYMM');
    if to_regclass(name) is null then
      execute format('create table %I partition of interactions for values from (%L) to (%L)',
        name, from_date, (from_date + interval '1 month')::date);
      perform enable_tenant_rls(name::regclass);
      perform sample_less(name::regclass);
    end if;
  end loop;
end $$;

do $$
declare p regclass;
begin
  for p in select inhrelid::regclass from pg_inherits where inhparent = 'interactions'::regclass loop
    perform sample_less(p);
  end loop;
  -- An event of a hundred mails is 20 kB, packed on its way in. pglz takes several
  -- times as long as lz4, which a server may have been built without.
  begin
    alter table outbox alter column data set compression lz4;
  exception when feature_not_supported then
    null;
  end;
end $$;
-- +goose StatementEnd
revoke all on function sample_less(regclass) from public;
