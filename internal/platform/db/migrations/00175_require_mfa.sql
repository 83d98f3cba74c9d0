-- +goose Up
-- An organisation may ask all its members for a second factor (ASVS 5.0, 6.3.3).
alter table organizations add column require_mfa boolean not null default false;
-- Set when the identity provider said that it asked for one.
alter table sessions add column provider_mfa boolean not null default false;
