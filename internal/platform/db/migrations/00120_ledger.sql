-- +goose Up
-- The record of who did what becomes tamper-evident (platform/ledger): every
-- row carries a keyed hash from its own transaction; a sealer then gives it its
-- place, a hash over itself and the row before it of its tenant, and a leaf in
-- one Merkle tree over all tenants.

-- json keeps the text as it was written, so that its hash can be taken again.
alter table audit_log alter column data drop default;
alter table audit_log alter column data type json using data::json;
alter table audit_log alter column data set default '{}';

alter table audit_log
  add column mac  bytea,                 -- HMAC of the content, written with the row
  add column leaf bigint,                -- place in the tree, from 0; null: not sealed yet
  add column seq  bigint,                -- place in the tenant's chain, from 1
  add column hash bytea,                 -- SHA-256 over the content, the place and the hash before
  add constraint audit_log_sealed check ((leaf is null) = (seq is null) and (leaf is null) = (hash is null));
create unique index audit_log_leaf on audit_log (leaf) where leaf is not null;
create index audit_log_unsealed on audit_log (id) where leaf is null;
create index audit_log_target on audit_log (org_id, target, at desc, id desc);
create index audit_log_actor on audit_log (org_id, actor, at desc, id desc);

-- How far the sealer is. mac is an HMAC over size and root.
create table audit_head (
  one  boolean primary key default true check (one),
  size bigint not null,
  root bytea,
  mac  bytea
);
insert into audit_head (size) values (0);
grant select, update on audit_head to rainmaker_app;

-- The end of each tenant's chain. Written by audit_seal only.
create table audit_heads (
  org_id uuid primary key,
  seq    bigint not null,
  hash   bytea not null
);
select enable_tenant_rls('audit_heads');
revoke insert, update, delete on audit_heads from rainmaker_app;

-- Inner nodes of the tree, numbered as golang.org/x/mod/sumdb/tlog stores them;
-- leaves are not kept, they follow from audit_log.hash.
create table audit_nodes (
  index bigint primary key,
  hash  bytea not null
);
grant select, insert on audit_nodes to rainmaker_app;

-- Signed statements "so many rows, this root". Copies leave the database.
create table audit_checkpoints (
  size        bigint primary key,
  note        text not null,             -- golang.org/x/mod/sumdb/note
  made_at     timestamptz not null,
  exported_at timestamptz                -- null: not copied out yet
);
create index audit_checkpoints_export on audit_checkpoints (size) where exported_at is null;
grant select, insert, delete on audit_checkpoints to rainmaker_app;
grant update (exported_at) on audit_checkpoints to rainmaker_app;

-- +goose StatementBegin
-- The sealer works through the rows of all tenants.
create function audit_pending(n int)
returns table (org_id uuid, id uuid, at timestamptz, actor text, action text, target text, data text, mac bytea)
language sql stable security definer set search_path = public, pg_temp as $$
  select a.org_id, a.id, a.at, a.actor, a.action, a.target, a.data::text, a.mac
  from audit_log a where a.leaf is null order by a.id limit n
$$;

-- The ends of the chains that a batch goes on.
create function audit_tails(orgs uuid[])
returns table (org_id uuid, seq bigint, hash bytea)
language sql stable security definer set search_path = public, pg_temp as $$
  select h.org_id, h.seq, h.hash from audit_heads h where h.org_id = any (orgs)
$$;

-- Gives rows their place: once only, whoever asks.
create function audit_seal(orgs uuid[], ids uuid[], leaves bigint[], seqs bigint[], hashes bytea[], macs bytea[]) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare n int;
begin
  update audit_log a set leaf = u.leaf, seq = u.seq, hash = u.hash, mac = coalesce(a.mac, u.mac)
  from unnest(orgs, ids, leaves, seqs, hashes, macs) as u(org_id, id, leaf, seq, hash, mac)
  where a.org_id = u.org_id and a.id = u.id and a.leaf is null;
  get diagnostics n = row_count;
  insert into audit_heads as h (org_id, seq, hash)
    select distinct on (u.org_id) u.org_id, u.seq, u.hash
    from unnest(orgs, seqs, hashes) as u(org_id, seq, hash) order by u.org_id, u.seq desc
  on conflict (org_id) do update set seq = excluded.seq, hash = excluded.hash;
  return n;
end $$;

-- Verifying reads everything, in order.
create function audit_read(from_leaf bigint, to_leaf bigint)
returns table (leaf bigint, seq bigint, hash bytea, org_id uuid, id uuid, at timestamptz, actor text, action text, target text, data text, mac bytea)
language sql stable security definer set search_path = public, pg_temp as $$
  select a.leaf, a.seq, a.hash, a.org_id, a.id, a.at, a.actor, a.action, a.target, a.data::text, a.mac
  from audit_log a where a.leaf >= from_leaf and a.leaf < to_leaf order by a.leaf
$$;

-- Where verifying begins and ends, and whether something lies outside.
create function audit_bounds()
returns table (first_leaf bigint, last_leaf bigint, unsealed bigint, oldest timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select (select min(a.leaf) from audit_log a where a.leaf is not null),
         (select max(a.leaf) from audit_log a where a.leaf is not null),
         (select count(*) from audit_log a where a.leaf is null),
         (select min(a.at) from audit_log a where a.leaf is null)
$$;

-- The ends of all chains, for verifying.
create function audit_all_tails()
returns table (org_id uuid, seq bigint, hash bytea)
language sql stable security definer set search_path = public, pg_temp as $$
  select h.org_id, h.seq, h.hash from audit_heads h
$$;

-- Leaves of a proof: neighbours belong to other tenants, their hashes tell nothing.
create function audit_leaf_hashes(leaves bigint[])
returns table (leaf bigint, hash bytea)
language sql stable security definer set search_path = public, pg_temp as $$
  select a.leaf, a.hash from audit_log a where a.leaf = any (leaves)
$$;

-- What became of rows that this process appended: the transaction still runs,
-- ended without effect, or committed; then the row is there or was taken away.
create function audit_witness(orgs uuid[], ids uuid[], macs bytea[], xids text[])
returns table (n bigint, status text, found boolean)
language sql volatile security definer set search_path = public, pg_temp as $$
  select u.n, pg_xact_status(u.xid::xid8),
    exists (select from audit_log a where a.org_id = u.org_id and a.id = u.id and a.mac = u.mac)
  from unnest(orgs, ids, macs, xids) with ordinality as u(org_id, id, mac, xid, n)
$$;
-- +goose StatementEnd
grant select, update on audit_log to rainmaker_definer;
grant select, insert, update on audit_heads to rainmaker_definer;
select make_definer('audit_pending(int)');
select make_definer('audit_tails(uuid[])');
select make_definer('audit_seal(uuid[], uuid[], bigint[], bigint[], bytea[], bytea[])');
select make_definer('audit_read(bigint, bigint)');
select make_definer('audit_bounds()');
select make_definer('audit_all_tails()');
select make_definer('audit_leaf_hashes(bigint[])');
select make_definer('audit_witness(uuid[], uuid[], bytea[], text[])');
