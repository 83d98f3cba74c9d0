-- +goose Up
-- Who must not be contacted. The address itself is sealed and may be erased;
-- its blind index stays, so that a re-import cannot revive the person.
create table suppressions (
  org_id       uuid not null,
  id           uuid not null,
  kind         text not null check (kind in ('email', 'email_domain', 'phone')),
  blind        bytea not null,
  value_sealed bytea,
  reason       text not null,  -- opt_out, bounce, complaint, manual, import, dnc
  source       text not null,  -- what told us: one_click, reply, api, bounce, ...
  lead_id      uuid,
  created_at   timestamptz not null,
  primary key (org_id, id),
  unique (org_id, kind, blind)
);
create index suppressions_list on suppressions (org_id, created_at desc, id desc);
select enable_tenant_rls('suppressions');

-- What a person agreed to, with the evidence. Rows are never changed: a
-- revocation is a row of its own.
create table consents (
  org_id      uuid not null,
  id          uuid not null,
  lead_id     uuid not null,
  channel     text not null check (channel in ('email', 'call', 'sms', 'social')),
  purpose     text not null,
  state       text not null check (state in ('granted', 'revoked')),
  evidence    text not null,           -- how and where it was given
  text_version text not null default '',
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  primary key (org_id, id)
);
create index consents_lead on consents (org_id, lead_id, channel, occurred_at desc);
select enable_tenant_rls('consents');
