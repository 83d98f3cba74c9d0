-- +goose Up
-- Words about people that stood in clear are sealed from here on: the evidence of
-- a consent, the title of a task, what the receiver of a webhook answered. What is
-- there already is sealed by the keeper of keys (org/keeper) when the program
-- runs; a copy of the subject of a reply and of the title of a task is taken away,
-- for it stands sealed elsewhere.
alter table consents add column evidence_sealed bytea;
alter table consents alter column evidence set default '';
alter table tasks add column title_sealed bytea;
alter table tasks alter column title set default '';
alter table webhook_deliveries add column answer_sealed bytea; -- what was answered; answer: why nothing was

-- The owner of the database need not be a superuser: forced row-level security
-- would hide every row from it.
alter table interactions no force row level security;
alter table outbox no force row level security;
alter table webhook_deliveries no force row level security;
update interactions set data = data - 'subject' where type in ('email.replied', 'email.auto_replied') and data ? 'subject';
update interactions set data = data - 'title' where type = 'task.created' and data ? 'title';
update outbox set data = data - 'title' where type = 'lead.task_created' and data ? 'title';
update webhook_deliveries set answer = '' where status is not null and answer <> '';
alter table interactions force row level security;
alter table outbox force row level security;
alter table webhook_deliveries force row level security;
