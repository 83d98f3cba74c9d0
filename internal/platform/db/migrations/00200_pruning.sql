-- +goose Up
-- What only tells a repetition goes when no repetition can come any more.
create index inbound_mail_age on inbound_mail using brin (received_at);
create index webhook_inbox_age on webhook_inbox using brin (received_at);

-- +goose StatementBegin
create function email_prune(before timestamptz, most int) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare gone int;
begin
  delete from inbound_mail where ctid = any (array(select ctid from inbound_mail where received_at < before limit most));
  get diagnostics gone = row_count;
  return gone;
end $$;

create function webhook_inbox_prune(before timestamptz, most int) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare gone int;
begin
  delete from webhook_inbox where ctid = any (array(
    select ctid from webhook_inbox where received_at < before and state <> 'received' limit most));
  get diagnostics gone = row_count;
  return gone;
end $$;

-- As before, and what keys have used on days that no limit looks at.
create or replace function auth_prune(sessions_before timestamptz, answers_before timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare a int; b int; c int; d int; e int;
begin
  delete from sessions where expires_at < sessions_before;
  get diagnostics a = row_count;
  delete from idempotency_keys where created_at < answers_before;
  get diagnostics b = row_count;
  delete from password_resets where expires_at < answers_before;
  get diagnostics c = row_count;
  delete from signed_requests where expires_at < answers_before + interval '1 day';
  get diagnostics d = row_count;
  delete from api_key_usage where day < (answers_before - interval '90 days')::date;
  get diagnostics e = row_count;
  return a + b + c + d + e;
end $$;
-- +goose StatementEnd
grant select, delete on inbound_mail to rainmaker_definer;
grant select, delete on webhook_inbox to rainmaker_definer;
grant select, delete on api_key_usage to rainmaker_definer;
select make_definer('email_prune(timestamptz, int)');
select make_definer('webhook_inbox_prune(timestamptz, int)');

-- The hour in which it was counted, so that it can be taken back there: null in
-- rows of older versions.
alter table metric_firsts add column hour timestamptz;

-- Ids of knowledge that nobody has checked: there is no knowledge base yet. The
-- owner of the database need not be a superuser.
alter table campaigns no force row level security;
update campaigns set ai = ai - 'knowledge_ids' where ai ? 'knowledge_ids';
alter table campaigns force row level security;
