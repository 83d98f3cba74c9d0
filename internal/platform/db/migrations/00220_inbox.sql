-- +goose Up
-- Where a mailbox's own server keeps the mail that comes back (RFC 9051), and how
-- far it was read.
create table mailbox_inboxes (
  org_id       uuid not null,
  mailbox_id   uuid not null,
  host         text not null,
  port         int not null check (port between 1 and 65535),
  username     text not null,
  password_sealed bytea,
  tls          text not null check (tls in ('none', 'starttls', 'tls')),
  generation   int not null default 1,     -- who reads an older one keeps nothing
  uid_validity bigint not null default 0,  -- 0: never read
  uid_next     bigint not null default 0,
  since        timestamptz not null,       -- mail from before is not looked at
  due_at       timestamptz not null,
  checked_at   timestamptz,                -- the last reading that came to its end
  failures     int not null default 0,
  last_error   text not null default '',
  primary key (org_id, mailbox_id),
  foreign key (org_id, mailbox_id) references mailboxes (org_id, id) on delete cascade
);
create index mailbox_inboxes_due on mailbox_inboxes (due_at);
select enable_tenant_rls('mailbox_inboxes');

-- +goose StatementBegin
create function inboxes_due(t timestamptz, most int) returns table (org_id uuid, mailbox_id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select i.org_id, i.mailbox_id from mailbox_inboxes i where i.due_at <= t order by i.due_at limit most
$$;
-- +goose StatementEnd
grant select on mailbox_inboxes to rainmaker_definer;
select make_definer('inboxes_due(timestamptz, int)');
