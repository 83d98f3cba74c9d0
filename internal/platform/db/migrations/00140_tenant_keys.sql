-- +goose Up
-- A task belongs to a member of its own organisation; who leaves leaves it to
-- nobody. Rows from before are not judged.
alter table tasks add constraint tasks_assignee foreign key (org_id, assignee_id)
  references members (org_id, user_id) on delete set null (assignee_id) not valid;
create index tasks_assignee on tasks (org_id, assignee_id) where assignee_id is not null;
