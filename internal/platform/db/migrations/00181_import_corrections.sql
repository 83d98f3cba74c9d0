-- +goose Up
-- What people wrote over cells of a file before its import: JSON object of row
-- number -> column -> value, kept until the import has ended.
alter table imports add column corrections_sealed bytea;
