-- +goose Up
-- An address we send from, the server that takes its mail, and its throttle.
create table mailboxes (
  org_id        uuid not null,
  id            uuid not null,
  from_name     text not null,
  from_address  text not null,
  reply_to      text not null default '',
  smtp_host     text not null,
  smtp_port     int not null check (smtp_port between 1 and 65535),
  smtp_username text not null default '',
  smtp_password_sealed bytea,
  smtp_tls      text not null check (smtp_tls in ('none', 'starttls', 'tls')),
  dkim_domain   text not null default '',
  dkim_selector text not null default '',
  dkim_key_sealed bytea,
  daily_limit     int check (daily_limit > 0),       -- null: no limit of ours
  rate_per_second real check (rate_per_second > 0),  -- null: as fast as the server takes them
  connections     int not null default 4 check (connections between 1 and 100),
  state         text not null default 'active' check (state in ('active', 'paused', 'archived')),
  last_error    text not null default '',
  -- the throttle: a token bucket whose state survives a restart, and the day's count
  tokens        double precision not null default 0,
  refilled_at   timestamptz not null default '-infinity',
  sent_day      date not null default '-infinity',
  sent_today    int not null default 0,
  version       int not null default 1,
  created_at    timestamptz not null,
  updated_at    timestamptz not null,
  primary key (org_id, id)
);
create unique index mailboxes_address on mailboxes (org_id, from_address) where state <> 'archived';
create index mailboxes_by_address on mailboxes (from_address);
select enable_tenant_rls('mailboxes');

-- What a step says. Rows never change: an action names the exact words it sent.
create table email_contents (
  org_id     uuid not null,
  id         uuid not null,
  subject    text not null,
  body       text not null,
  created_at timestamptz not null,
  primary key (org_id, id)
);
select enable_tenant_rls('email_contents');

-- Where tracked links lead. The token in a mail names a row, so nobody can make
-- us redirect anywhere else.
create table email_links (
  org_id     uuid not null,
  id         uuid not null,
  url        text not null,
  url_hash   bytea not null,
  created_at timestamptz not null,
  primary key (org_id, id),
  unique (org_id, url_hash)
);
select enable_tenant_rls('email_links');

-- Mail that came in, once each: key is a hash of what makes it the same mail.
create table inbound_mail (
  org_id      uuid not null,
  key         bytea not null,
  kind        text not null,
  lead_id     uuid,
  action_id   uuid,
  received_at timestamptz not null,
  primary key (org_id, key)
);
create index inbound_mail_lead on inbound_mail (lead_id, org_id, received_at) where kind = 'bounce_soft';
select enable_tenant_rls('inbound_mail');

-- First opens and clicks of a mail by a person and by a machine.
create table email_reads (
  org_id    uuid not null,
  action_id uuid not null,
  what      text not null check (what in ('opened', 'clicked')),
  machine   boolean not null,
  at        timestamptz not null,
  primary key (org_id, action_id, what, machine)
);
select enable_tenant_rls('email_reads');

-- +goose StatementBegin
create function mailbox_orgs(address text) returns table (org_id uuid, mailbox_id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select m.org_id, m.id from mailboxes m where m.from_address = address and m.state <> 'archived' order by m.created_at limit 20
$$;
-- +goose StatementEnd
grant select on mailboxes to rainmaker_definer;
select make_definer('mailbox_orgs(text)');
