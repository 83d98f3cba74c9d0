package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"rainmaker/internal/compliance"
	"rainmaker/internal/lead"
	"rainmaker/internal/lead/plain"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/job"
	"rainmaker/internal/platform/secret"
)

// Compliance is what imports need of the rules of contact: compliance.Service.
type Compliance interface {
	Suppress(ctx context.Context, tx db.Tx, org id.ID, why compliance.NewSuppression, addresses ...compliance.Address) error
	Zones() *compliance.Zones
}

// Jobs queues work in the transaction of the decision: job.Client.
type Jobs interface {
	Insert(ctx context.Context, tx db.Tx, args job.Args) error
}

// Deps are what a Service needs.
type Deps struct {
	DB         *db.DB
	Keys       secret.Keyring
	Clock      clock.Clock
	Leads      *lead.Service
	Compliance Compliance
	Jobs       Jobs
	Files      Files // uploads waiting for their import
	Logger     *slog.Logger
	Limits     Limits
}

// Service keeps imports.
type Service struct{ Deps }

// New returns a Service.
func New(deps Deps) *Service {
	deps.Limits = deps.Limits.withDefaults()
	if deps.Logger == nil {
		deps.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{Deps: deps}
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
	if err := u.Corrections.check(in.columns, in.headerRow); err != nil {
		return Import{}, err
	}
	if !identifies(in.columns) {
		return Import{}, errs.InvalidField("body.file", "no column holds an e-mail, phone, name, company or id; the file has %s: name one in mapping", columnNames(in.columns))
	}
	imp := Import{
		ID: u.ID, FileName: plain.Cut(plain.Line(filepath.Base(u.FileName)), lead.MaxName), FileBytes: u.FileBytes, FileInfo: in.info,
		State: importPending, DryRun: u.DryRun, UpdateExisting: u.UpdateExisting, RowsTotal: in.rows, Columns: in.columns,
		HeaderRow: in.headerRow, CreatedAt: s.Clock.Now(), source: plain.Cut(plain.Line(u.Source), lead.MaxName),
		Mapping: map[string]string{}, Reasons: map[string]int{}, Contactable: Contactable{Email: map[string]int{}, Call: map[string]int{}},
	}
	for _, c := range in.columns {
		imp.Mapping[c.Name] = c.Field
	}
	if imp.source == "" {
		imp.source = "import"
	}
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return Import{}, err
	}
	corrections, err := u.Corrections.text()
	if err != nil {
		return Import{}, err
	}
	sealed, err := keys.Seal("imports", "corrections", imp.ID, corrections)
	if err != nil {
		return Import{}, err
	}
	err = s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		if err := insertImport(ctx, tx, org, imp, u.CreatedBy, sealed); err != nil {
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
	before, beforeID, err := lead.ParsePlace(from)
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
			next = lead.Place(rows[limit-1].CreatedAt, rows[limit-1].ID)
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
