package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"rainmaker/internal/lead/intake"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/config"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/job"
	"rainmaker/internal/platform/telemetry"
)

// ImportFile is an import from the command line.
type ImportFile struct {
	Org            id.ID
	Path           string
	DryRun         bool
	UpdateExisting bool
	// Progress is told about twice a second how many rows are done; nil asks for
	// nothing.
	Progress func(done, total int)
}

const progressEvery = 500 * time.Millisecond

// ImportLeads works an import to its end in this process, without serving or
// sending anything. A program may run beside it on the same --database-url.
func ImportLeads(ctx context.Context, cfg config.Config, log *slog.Logger, f ImportFile) (_ intake.Import, err error) {
	a := &App{cfg: cfg, log: log, clock: clock.System{Offset: time.Duration(cfg.DevClockOffset)}, metrics: telemetry.NewRegistry()}
	a.watch = newSupervisor(log, a.metrics)
	file, err := os.Open(f.Path)
	if err != nil {
		return intake.Import{}, errs.Wrap(errs.Invalid, err, "cannot read the file")
	}
	defer file.Close()
	if a.in, err = Open(ctx, cfg, log); err != nil {
		return intake.Import{}, err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	if a.services, err = a.wire(); err != nil {
		return intake.Import{}, err
	}
	if _, err := a.services.org.Organization(ctx, f.Org); err != nil {
		return intake.Import{}, fmt.Errorf("--org %s: %w", f.Org, err)
	}
	files := a.services.intake
	// The worker of another process may not see this machine's files: the work
	// is done here, so no job asks for it.
	files.Jobs = foreground{}
	upload, size, err := files.Store(file)
	if err != nil {
		return intake.Import{}, err
	}
	imp, err := files.Begin(ctx, f.Org, intake.Upload{
		ID: upload, FileName: filepath.Base(f.Path), FileBytes: size, DryRun: f.DryRun, UpdateExisting: f.UpdateExisting,
	})
	if err != nil {
		return intake.Import{}, err
	}
	watch, stop := context.WithCancel(ctx)
	told := make(chan struct{})
	go func() {
		defer close(told)
		follow(watch, files, f, imp.ID)
	}()
	err = files.RunImport(ctx, f.Org, imp.ID)
	stop()
	<-told
	if err != nil {
		return intake.Import{}, fmt.Errorf("import %s stopped, import the file again to go on: %w", f.Path, err)
	}
	imp, err = files.FindImport(ctx, f.Org, imp.ID)
	if err == nil && imp.Error != "" {
		err = errs.New(errs.Invalid, "%s: %s", f.Path, imp.Error)
	}
	return imp, err
}

// follow reports progress until ctx ends.
func follow(ctx context.Context, files *intake.Service, f ImportFile, imp id.ID) {
	if f.Progress == nil {
		return
	}
	ticker := time.NewTicker(progressEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if i, err := files.FindImport(ctx, f.Org, imp); err == nil {
			f.Progress(i.RowsDone, i.RowsTotal)
		}
	}
}

// foreground stands for the job queue where the caller does the work itself.
type foreground struct{}

// Insert implements intake.Jobs.
func (foreground) Insert(context.Context, db.Tx, job.Args) error { return nil }
