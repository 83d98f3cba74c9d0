package intake

import (
	"context"
	"time"

	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/job"
)

// ImportArgs asks for the work of an import.
type ImportArgs struct {
	Org    id.ID `json:"org_id"`
	Import id.ID `json:"import_id"`
}

// Kind implements job.Args.
func (ImportArgs) Kind() string { return "lead.import" }

// UndoArgs asks for the work of an undo.
type UndoArgs struct {
	Org    id.ID `json:"org_id"`
	Import id.ID `json:"import_id"`
}

// Kind implements job.Args.
func (UndoArgs) Kind() string { return "lead.import_undo" }

// An import goes on where it stopped, so attempts are cheap and may be many: it
// outlives restarts of the program and of PostgreSQL.
const (
	importAttempts = 25
	importTimeout  = time.Hour
)

// Handle adds this package's jobs to the table of a process.
func (s *Service) Handle(set *job.Set) {
	opts := job.Options{Attempts: importAttempts, Timeout: importTimeout}
	job.Handle(set, opts, func(ctx context.Context, a ImportArgs) error { return s.RunImport(ctx, a.Org, a.Import) })
	job.Handle(set, opts, func(ctx context.Context, a UndoArgs) error { return s.RunUndo(ctx, a.Org, a.Import) })
}
