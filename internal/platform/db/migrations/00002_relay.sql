-- +goose Up
-- What the relay, its consumers and its followers need beyond the outbox.

-- written is the order of insertion. A writer takes it while it holds the lock of the
-- row it changed, so events of one subject are published in the order of their
-- transactions; ids order only within one process's clock.
alter table outbox add column written bigint generated always as identity;
drop index outbox_unpublished;
create index outbox_unpublished on outbox (written) where seq is null;

-- Events a consumer gave up on, for people to see. The event itself is found in
-- the outbox by its id for as long as it is kept.
create table event_parked (
  org_id    uuid not null,
  consumer  text not null,
  seq       bigint not null,
  event_id  uuid not null,
  type      text not null,
  error     text not null,
  parked_at timestamptz not null default now(),
  primary key (org_id, consumer, seq)
);
select enable_tenant_rls('event_parked');

drop function outbox_publish(int);
drop function outbox_prune(timestamptz, int);

-- +goose StatementBegin
-- outbox_publish gives up to lim unpublished events their sequence numbers and
-- says how many and the last number there is now. Without work it locks and
-- writes nothing, so that an idle poll leaves no trace in the log.
create function outbox_publish(lim int, out moved int, out last bigint)
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  moved := 0;
  if not exists (select from outbox where seq is null) then
    select last_seq into last from outbox_head;
    return;
  end if;
  -- Whoever waits here sees, once let in, what the one before has published.
  select last_seq into last from outbox_head for update;
  with next as (
    select u.id, row_number() over (order by u.written) as rn
    from (select o.id, o.written from outbox o where o.seq is null order by o.written limit lim) u
  )
  update outbox o set seq = last + next.rn from next where o.id = next.id;
  get diagnostics moved = row_count;
  if moved > 0 then
    last := last + moved;
    update outbox_head set last_seq = last;
  end if;
end $$;

-- outbox_fetch reads on after a number, bounded in rows and in bytes as stored: a
-- batch of mails can be a hundred kilobytes. It always returns at least one row
-- if there is one.
create function outbox_fetch(after bigint, n int, max_bytes bigint)
returns table (seq bigint, org_id uuid, id uuid, type text, subject text, occurred_at timestamptz, data jsonb)
language sql stable security definer set search_path = public, pg_temp as $$
  select f.seq, f.org_id, f.id, f.type, f.subject, f.occurred_at, f.data
  from (select o.*, sum(pg_column_size(o.data)) over (order by o.seq rows between unbounded preceding and 1 preceding) as before
        from (select * from outbox x where x.seq > after order by x.seq limit n) o) f
  where coalesce(f.before, 0) < max_bytes
  order by f.seq
$$;

-- outbox_bounds: everything after floor is still there, up to last.
create function outbox_bounds(out floor bigint, out last bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  select coalesce((select min(seq) - 1 from outbox where seq is not null), h.last_seq), h.last_seq from outbox_head h
$$;

-- outbox_prune deletes up to n events from the beginning that every consumer has
-- read and whose id (a UUIDv7) was made before the given one: only ever a
-- prefix, so that outbox_bounds can tell a follower whether it missed anything.
create function outbox_prune(before uuid, lim int) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare gone int;
begin
  delete from outbox where outbox.id in (
    select p.id from (
      select f.id, bool_and(f.id < before) over (order by f.seq) as old
      from (select o.id, o.seq from outbox o
            where o.seq is not null and o.seq <= coalesce((select min(c.seq) from event_cursors c), 0)
            order by o.seq limit lim) f) p
    where p.old);
  get diagnostics gone = row_count;
  return gone;
end $$;
-- +goose StatementEnd
select make_definer('outbox_publish(int)');
select make_definer('outbox_fetch(bigint, int, bigint)');
select make_definer('outbox_bounds()');
select make_definer('outbox_prune(uuid, int)');
