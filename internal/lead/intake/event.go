package intake

import (
	"context"
	"time"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
)

// The events of this package; their subject is the import.
const (
	eventImported = "lead.imported" // one a chunk
	eventProgress = "import.progress"
	eventUndone   = "import.undone"
)

// imported tells that a chunk of an import is in.
type imported struct {
	Import  id.ID `json:"import_id"`
	Created int   `json:"created"`
	Updated int   `json:"updated"`
}

// progress is the data of import.progress.
type progress struct {
	Import  id.ID  `json:"import_id"`
	State   string `json:"state"`
	DryRun  bool   `json:"dry_run"`
	Total   int    `json:"rows_total"`
	Done    int    `json:"rows_done"`
	Created int    `json:"rows_created"`
	Updated int    `json:"rows_updated"`
	Skipped int    `json:"rows_skipped"`
	Failed  int    `json:"rows_failed"`
}

func progressOf(i Import) progress {
	return progress{i.ID, i.State, i.DryRun, i.RowsTotal, i.RowsDone, i.RowsCreated, i.RowsUpdated, i.RowsSkipped, i.RowsFailed}
}

// tell appends one event in tx.
func tell(ctx context.Context, tx db.Tx, org id.ID, typ string, subject id.ID, at time.Time, data any) error {
	e, err := event.New(typ, subject.String(), at, data)
	if err != nil {
		return err
	}
	return event.Append(ctx, tx, org, e)
}
