package lead

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"rainmaker/internal/lead/plain"
	"rainmaker/internal/lead/sheet"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
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
	Raw     map[string]string `json:"raw"`
	Lead    map[string]any    `json:"lead"`
	Outcome string            `json:"outcome" enum:"created,updated,skipped,failed"`
	Column  string            `json:"column,omitempty"`
	Reason  string            `json:"reason,omitempty"`
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
	CreatedBy      id.ID
}

// Store keeps an upload for an import. The limit is reported as a problem with
// the file.
func (s *Service) Store(r io.Reader) (id.ID, int64, error) {
	name := id.New()
	n, err := s.Files.Create(name, r, s.Limits.FileBytes)
	if errors.Is(err, ErrFileTooLarge) {
		msg := fmt.Sprintf("larger than %d MB", s.Limits.FileBytes>>20)
		return id.Nil, 0, &errs.Error{Kind: errs.TooLarge, Message: "the file is " + msg, Fields: []errs.Field{{Location: "body.file", Message: msg}}}
	}
	if err != nil {
		return id.Nil, 0, err
	}
	return name, n, nil
}

// Discard forgets an upload that came to nothing.
func (s *Service) Discard(upload id.ID) error { return s.Files.Remove(upload) }

// Begin reads a stored file through once, settles the mapping, and queues the
// import. What is wrong with file or mapping is said here, and then nothing is
// kept.
func (s *Service) Begin(ctx context.Context, org id.ID, u Upload) (Import, error) {
	imp, err := s.begin(ctx, org, u)
	if err != nil {
		return Import{}, errors.Join(err, s.Files.Remove(u.ID))
	}
	return imp, nil
}

func (s *Service) begin(ctx context.Context, org id.ID, u Upload) (Import, error) {
	in, err := s.inspect(ctx, u)
	if err != nil {
		return Import{}, err
	}
	if err := applyMapping(in.columns, u.Mapping); err != nil {
		return Import{}, err
	}
	assign(in.columns)
	if !identifies(in.columns) {
		return Import{}, errs.InvalidField("body.file", "no column holds an e-mail, phone, name, company or id; the file has %s: name one in mapping", columnNames(in.columns))
	}
	imp := Import{
		ID: u.ID, FileName: plain.Cut(plain.Line(filepath.Base(u.FileName)), maxName), FileBytes: u.FileBytes, FileInfo: in.info,
		State: importPending, DryRun: u.DryRun, UpdateExisting: u.UpdateExisting, RowsTotal: in.rows, Columns: in.columns,
		HeaderRow: in.headerRow, CreatedAt: s.Clock.Now(), source: plain.Cut(plain.Line(u.Source), maxName),
		Mapping: map[string]string{}, Reasons: map[string]int{}, Contactable: Contactable{Email: map[string]int{}, Call: map[string]int{}},
	}
	for _, c := range in.columns {
		imp.Mapping[c.Name] = c.Field
	}
	if imp.source == "" {
		imp.source = "import"
	}
	err = s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		if err := insertImport(ctx, tx, org, imp, u.CreatedBy); err != nil {
			return err
		}
		return s.Jobs.Insert(ctx, tx, ImportArgs{Org: org, Import: imp.ID})
	})
	return imp, err
}

func (s *Service) inspect(ctx context.Context, u Upload) (inspection, error) {
	f, err := s.Files.Open(u.ID)
	if err != nil {
		return inspection{}, err
	}
	defer func() { _ = f.Close() }()
	return inspect(ctx, f, u.FileBytes, os.TempDir(), s.Limits.Rows)
}

// Imports returns a page of the organisation's imports, newest first, without
// previews.
func (s *Service) Imports(ctx context.Context, org id.ID, from string, limit int) ([]Import, string, error) {
	before, beforeID, err := parsePlace(from)
	if err != nil {
		return nil, "", err
	}
	limit = min(max(limit, 1), 200)
	next := ""
	out := []Import{}
	err = s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		rows, err := listImports(ctx, tx, org, before, beforeID, limit+1)
		if err != nil {
			return err
		}
		if len(rows) > limit {
			rows = rows[:limit]
			next = place(rows[limit-1].CreatedAt, rows[limit-1].ID)
		}
		for _, r := range rows {
			out = append(out, r.Import)
		}
		return nil
	})
	return out, next, err
}

// FindImport returns one import with its preview.
func (s *Service) FindImport(ctx context.Context, org, imp id.ID) (Import, error) {
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return Import{}, err
	}
	var out Import
	err = s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		r, err := loadImport(ctx, tx, org, imp, false)
		if err != nil {
			return err
		}
		preview, err := keys.Open("imports", "preview", imp, r.preview)
		if err != nil {
			return err
		}
		if preview != "" {
			if err := json.Unmarshal([]byte(preview), &r.Preview); err != nil {
				return fmt.Errorf("preview of import %s: %w", imp, err)
			}
		}
		out = r.Import
		return nil
	})
	return out, err
}

// errorBatch is how many rows of errors.csv one transaction reads.
const errorBatch = 2000

// WriteErrors writes why rows were not taken as CSV: row, column, reason, raw
// row. which is failed, skipped, warning or all.
func (s *Service) WriteErrors(ctx context.Context, org, imp id.ID, which string, w io.Writer) error {
	switch which {
	case "":
		which = outcomeFailed
	case outcomeFailed, outcomeSkipped, outcomeWarning, "all":
	default:
		return errs.InvalidField("query.outcome", "must be failed, skipped, warning or all")
	}
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return err
	}
	out := csv.NewWriter(w)
	if err := out.Write([]string{"row", "column", "reason", "raw"}); err != nil {
		return fmt.Errorf("write errors: %w", err)
	}
	last := -1
	for {
		var batch []rowError
		err := s.DB.InTenant(ctx, org, func(tx db.Tx) (err error) {
			batch, err = listImportErrors(ctx, tx, org, imp, which, last, errorBatch)
			return err
		})
		if err != nil {
			return err
		}
		for _, e := range batch {
			raw, err := keys.Open("import_errors", rawColumn(e.number), imp, e.raw)
			if err != nil {
				return err
			}
			if err := out.Write([]string{strconv.Itoa(e.number), plain.Cell(e.column), plain.Cell(e.reason), plain.Cell(raw)}); err != nil {
				return fmt.Errorf("write errors: %w", err)
			}
			last = e.number
		}
		out.Flush()
		if err := out.Error(); err != nil {
			return fmt.Errorf("write errors: %w", err)
		}
		if len(batch) < errorBatch {
			return nil
		}
	}
}

// ImportExists answers NotFound for another organisation's import, before a
// stream of its errors begins.
func (s *Service) ImportExists(ctx context.Context, org, imp id.ID) error {
	return s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		_, err := loadImport(ctx, tx, org, imp, false)
		return err
	})
}

// rawColumn binds the sealed raw row to its number.
func rawColumn(number int) string { return "raw:" + strconv.Itoa(number) }

// rawRow writes cells as one line of CSV.
func rawRow(cells []string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	if err := w.Write(cells); err != nil {
		return "" // a Builder takes everything
	}
	w.Flush()
	return strings.TrimSuffix(b.String(), "\n")
}
