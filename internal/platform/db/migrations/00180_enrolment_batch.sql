-- +goose Up
-- People who were enrolled by one request, so that it can be taken back. Null
-- for those whom the launch enrolled.
alter table enrolments add column batch_id uuid;
create index enrolments_batch on enrolments (batch_id, id) where batch_id is not null;
