-- +goose Up
-- An import is one uploaded file on its way to leads. The four counters sum to
-- rows_done, and to rows_total when it is done. Each chunk of rows moves
-- rows_done and writes its leads in one transaction, so a killed import goes on
-- where it was.
create table imports (
  org_id          uuid not null,
  id              uuid not null,
  file_name       text not null,
  file_bytes      bigint not null,
  file_info       jsonb not null,          -- format, delimiter, encoding, sheet
  state           text not null check (state in ('pending', 'running', 'done', 'failed', 'undoing', 'undone')),
  dry_run         boolean not null,
  update_existing boolean not null,
  source          text not null default '',
  mapping         jsonb not null,          -- column -> field, as found or given
  columns         jsonb not null,          -- what was found out about each column
  header_row      int not null,            -- 0: the file has no header
  rows_total      int not null,
  rows_done       int not null default 0,
  rows_created    int not null default 0,
  rows_updated    int not null default 0,
  rows_skipped    int not null default 0,
  rows_failed     int not null default 0,
  reasons         jsonb not null default '{}',  -- why rows failed or were skipped, with counts
  contactable     jsonb not null default '{}',  -- who can be contacted, and why others cannot
  preview_sealed  bytea,                   -- the first rows, raw and mapped
  undo            jsonb,                   -- what an undo did and left
  error           text not null default '',
  run             uuid,                    -- the run that may write; a newer run takes it over
  created_by      uuid,
  created_at      timestamptz not null,
  started_at      timestamptz,
  finished_at     timestamptz,
  primary key (org_id, id)
);
create index imports_history on imports (org_id, created_at, id);
select enable_tenant_rls('imports');

-- Why a row was refused, skipped, or taken with a loss.
create table import_errors (
  org_id      uuid not null,
  import_id   uuid not null,
  row_number  int not null,                -- as a spreadsheet counts: the header is 1
  outcome     text not null check (outcome in ('failed', 'skipped', 'warning')),
  column_name text not null,
  reason      text not null,
  raw_sealed  bytea,                       -- the row as it was; null for skipped ones
  primary key (org_id, import_id, row_number),
  foreign key (org_id, import_id) references imports (org_id, id) on delete cascade
);
select enable_tenant_rls('import_errors');

-- Chunks are staged in a temporary table of their transaction: COPY does not
-- work under row-level security, and nothing of one tenant may be left where
-- another looks.
-- +goose StatementBegin
do $$
begin
  execute format('grant temporary on database %I to rainmaker_app', current_database());
end $$;
-- +goose StatementEnd
