-- +goose Up
-- Addresses at which an organisation's own systems tell us of something. The
-- token is in the address, the secret signs; neither is kept in clear.
create table inbound_webhooks (
  org_id           uuid not null references organizations (id),
  id               uuid not null,
  provider         text not null check (provider in ('standard')),
  description      text not null,
  token_hash       bytea not null,
  secret_sealed    bytea not null,
  created_at       timestamptz not null,
  last_received_at timestamptz,
  primary key (org_id, id)
);
create unique index inbound_webhooks_token on inbound_webhooks (token_hash);
select enable_tenant_rls('inbound_webhooks');

-- What came, once each: the row is written before anything is done about it.
create table webhook_inbox (
  org_id         uuid not null,
  id             uuid not null,
  provider       text not null,
  account        uuid not null,
  event_id       text not null,
  type           text not null,
  -- Bodies hold personal data; the sum tells a repetition from a forgery.
  payload_sealed bytea,
  body_sum       bytea not null,
  state          text not null check (state in ('received', 'done', 'failed')),
  result         text not null default '',
  received_at    timestamptz not null,
  acted_at       timestamptz,
  primary key (org_id, id),
  unique (org_id, provider, account, event_id),
  foreign key (org_id, account) references inbound_webhooks (org_id, id) on delete cascade
);
create index webhook_inbox_account on webhook_inbox (org_id, account, id);
select enable_tenant_rls('webhook_inbox');

-- +goose StatementBegin
create function inbound_webhook_by_token(hash bytea, vendor text) returns table (org_id uuid, id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select w.org_id, w.id from inbound_webhooks w where w.token_hash = hash and w.provider = vendor
$$;
-- +goose StatementEnd
grant select on inbound_webhooks to rainmaker_definer;
select make_definer('inbound_webhook_by_token(bytea, text)');
