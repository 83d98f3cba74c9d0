// Package intake takes files of people in: it keeps an upload, finds out what
// its columns mean, makes leads of its rows, says of every row what became of
// it, and takes an import back. The leads themselves are package lead's: their
// form, their score and the way into their table (lead.Batch).
//
// Invariants: a file is refused whole, before its import exists, or can be read
// to its end. Every row is counted once as created, updated, skipped or failed,
// whatever interrupts the work; of a chunk all rows are in or none. One run of
// an import writes at a time. A dry run says what the import would, and changes
// nothing. Raw rows, and the preview, are sealed.
//
// Events out: lead.imported, import.progress, import.undone.
// Tables: imports, import_errors; leads through package lead.
//
// Files: intake.go (types), service.go (uploads and their history), inspect.go
// (one pass over a file), mapping.go (columns to fields), record.go (a row to a
// lead), run.go (the import itself), merge.go (rows about older leads),
// report.go (why rows were not taken), correction.go (cells mended by hand),
// undo.go, files.go, job.go, event.go, store.go (all SQL). Reading CSV and XLSX is lead/sheet.
package intake

import (
	"time"

	"rainmaker/internal/lead/sheet"
	"rainmaker/internal/platform/id"
)

// States of an import.
const (
	importPending = "pending"
	importRunning = "running"
	importDone    = "done"
	importFailed  = "failed"
	importUndoing = "undoing"
	importUndone  = "undone"
)

// Import is one uploaded file on its way to leads.
type Import struct {
	ID             id.ID             `json:"id"`
	FileName       string            `json:"file_name"`
	FileBytes      int64             `json:"file_bytes"`
	FileInfo       sheet.Info        `json:"file_info"`
	State          string            `json:"state" enum:"pending,running,done,failed,undoing,undone"`
	DryRun         bool              `json:"dry_run"`
	UpdateExisting bool              `json:"update_existing"`
	RowsTotal      int               `json:"rows_total"`
	RowsDone       int               `json:"rows_done"`
	RowsCreated    int               `json:"rows_created"`
	RowsUpdated    int               `json:"rows_updated"`
	RowsSkipped    int               `json:"rows_skipped"`
	RowsFailed     int               `json:"rows_failed"`
	Reasons        map[string]int    `json:"reasons" doc:"Why rows failed or were skipped, with counts"`
	Contactable    Contactable       `json:"contactable"`
	Mapping        map[string]string `json:"mapping" doc:"Column to field"`
	Columns        []Column          `json:"columns"`
	HeaderRow      int               `json:"header_row" doc:"0 when the file has no header"`
	Preview        []PreviewRow      `json:"preview,omitempty"`
	Undo           *UndoReport       `json:"undo,omitempty"`
	Error          string            `json:"error,omitempty"`
	CreatedAt      time.Time         `json:"created_at"`
	StartedAt      *time.Time        `json:"started_at"`
	FinishedAt     *time.Time        `json:"finished_at"`

	source string
}

// Contactable counts, for every channel, who of the file's people could be
// contacted, and for the others the first reason why not. The counts of a
// channel sum to the rows done.
type Contactable struct {
	Email map[string]int `json:"email"`
	Call  map[string]int `json:"call"`
}

// What can be said of a person on a channel.
const (
	canReach       = "reachable"
	cannotNone     = "no_address"
	cannotInvalid  = "invalid_address"
	cannotSuppress = "suppressed"
	cannotTwice    = "duplicate"
	cannotZone     = "zone_unknown"
	cannotRead     = "unreadable_row"
)

// PreviewRow is one of the first rows, raw and mapped.
type PreviewRow struct {
	Row     int               `json:"row"`
	Raw     map[string]string `json:"raw" personal:"fields"`
	Lead    map[string]any    `json:"lead" personal:"fields"`
	Outcome string            `json:"outcome" enum:"created,updated,skipped,failed"`
	Column  string            `json:"column,omitempty"`
	Reason  string            `json:"reason,omitempty"`
}

// RowError says why one row was not taken, or with which loss.
type RowError struct {
	Row     int               `json:"row" doc:"As a spreadsheet counts: the first line is 1."`
	Outcome string            `json:"outcome" enum:"failed,skipped,warning"`
	Column  string            `json:"column" doc:"Empty when the whole row is meant."`
	Reason  string            `json:"reason"`
	Raw     map[string]string `json:"raw" personal:"fields" doc:"The row as it was, by column; of skipped rows nothing is kept."`
}

// UndoReport says what an undo did.
type UndoReport struct {
	Deleted int `json:"deleted"`
	// Kept are leads of the import that stay, because somebody worked with them.
	Kept        int            `json:"kept"`
	KeptReasons map[string]int `json:"kept_reasons"` // edited, touched, enrolled
	// NotUndone counts updates of older leads: their former values are gone.
	NotUndone int `json:"updates_not_undone"`
}

// Upload is the request for an import; the file was stored before, under ID.
type Upload struct {
	ID             id.ID
	FileName       string
	FileBytes      int64
	Mapping        map[string]string // column -> field; nil finds all
	DryRun         bool
	UpdateExisting bool
	Source         string // of rows that name none; empty means "import"
	Corrections    Corrections
	CreatedBy      id.ID
}
