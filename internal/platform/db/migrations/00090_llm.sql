-- +goose Up
-- What model calls cost. One row an attempt; prompts and answers are not here,
-- only their SHA-256 and size. lead_id and campaign_id have no foreign key: what
-- was spent stays known after a lead is erased, and an id alone says nothing.
create table llm_calls (
  org_id              uuid not null,
  id                  uuid not null,
  day                 date not null,             -- of started_at, UTC: the budget it counts against
  purpose             text not null,
  campaign_id         uuid,
  lead_id             uuid,
  provider            text not null,             -- openai, anthropic, offline
  model               text not null,             -- as configured; "offline" when no model wrote
  model_answered      text,                      -- as the vendor named it
  outcome             text not null check (outcome in ('running', 'done', 'failed', 'cancelled')),
  code                text not null default '',  -- of the failure
  input_tokens        bigint,                    -- null: the vendor did not say
  cached_input_tokens bigint,
  cache_write_tokens  bigint,
  output_tokens       bigint,
  cost_micros         bigint,                    -- millionths of a US dollar; null: unknown
  counted_micros      bigint not null,           -- what the day's budget counts for it (the reservation while unknown)
  counted_tokens      bigint not null,
  latency_ms          bigint,
  first_token_ms      bigint,
  prompt_sha256       bytea not null,
  prompt_bytes        int not null,
  answer_sha256       bytea,
  answer_bytes        int,
  started_at          timestamptz not null,
  settled_at          timestamptz,
  primary key (org_id, id)
);
create index llm_calls_day on llm_calls (org_id, day, purpose);
create index llm_calls_campaign on llm_calls (org_id, campaign_id, day) where campaign_id is not null;
create index llm_calls_lead on llm_calls (org_id, lead_id) where lead_id is not null;
select enable_tenant_rls('llm_calls');

-- What a day has used: settled costs plus open reservations. The row is the
-- lock under which a reservation is checked.
create table llm_days (
  org_id uuid not null,
  day    date not null,
  micros bigint not null default 0,
  tokens bigint not null default 0,
  calls  bigint not null default 0,
  primary key (org_id, day)
);
select enable_tenant_rls('llm_days');
alter table llm_days set (fillfactor = 50);
