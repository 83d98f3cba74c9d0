package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"rainmaker/internal/app"
	"rainmaker/internal/platform/config"
	"rainmaker/internal/platform/telemetry"
)

type migrateCmd struct {
	config.Config `embed:""`
}

// Run implements the command.
func (c *migrateCmd) Run(ctx context.Context, t *terminal) error {
	if err := complete(&c.Config); err != nil {
		return err
	}
	in, err := app.Open(ctx, c.Config, telemetry.NewLogger(t.err, c.LogFormat, c.LogLevel))
	if err != nil {
		return err
	}
	if err := in.Close(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	_, err = fmt.Fprintln(t.out, "the database is up to date")
	return err
}

type doctorCmd struct {
	config.Config `embed:""`
}

// leastDisk is how much free space doctor wants for the database, in bytes.
const leastDisk = 1 << 30

// Run implements the command. Each check is a line; the first that fails is
// also the error.
func (c *doctorCmd) Run(ctx context.Context, t *terminal) error {
	if err := complete(&c.Config); err != nil {
		return err
	}
	var failed error
	check := func(name string, test func() (string, error)) {
		found, err := test()
		mark := "ok  "
		if err != nil {
			mark, found = "FAIL", err.Error()
			if failed == nil {
				failed = fmt.Errorf("%s: %w", name, err)
			}
		}
		_, _ = fmt.Fprintf(t.out, "%s  %-14s %s\n", mark, name, found)
	}
	check("program", func() (string, error) {
		return fmt.Sprintf("%s, %s, %s/%s, %d processors", version().Version, runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU()), nil
	})
	check("configuration", func() (string, error) { return "target " + c.Target + ", models " + c.LLM.Provider, nil })
	check("data directory", func() (string, error) { return checkData(c.Data) })
	check("open files", func() (string, error) {
		var limit syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
			return "", err
		}
		return fmt.Sprintf("%d allowed", limit.Cur), nil
	})
	check("database", func() (string, error) { return c.checkDatabase(ctx, t) })
	return failed
}

// checkData proves that the data directory can be written, and says how much
// room there is.
func checkData(dir string) (string, error) {
	probe := dir
	for {
		if _, err := os.Stat(probe); err == nil || probe == filepath.Dir(probe) {
			break
		}
		probe = filepath.Dir(probe) // made at the first start
	}
	f, err := os.CreateTemp(probe, ".doctor-*")
	if err != nil {
		return "", fmt.Errorf("cannot write to %s: choose another directory with --data: %w", dir, err)
	}
	_ = f.Close()
	_ = os.Remove(f.Name())
	var stat syscall.Statfs_t
	if err := syscall.Statfs(probe, &stat); err != nil {
		return "", fmt.Errorf("free space of %s: %w", dir, err)
	}
	free := stat.Bavail * uint64(stat.Bsize)
	if free < leastDisk {
		return "", fmt.Errorf("only %d MB free in %s: 1 GB is wanted", free>>20, dir)
	}
	return fmt.Sprintf("%s, %d GB free", dir, free>>30), nil
}

// checkDatabase opens everything the way serve would, which also migrates.
func (c *doctorCmd) checkDatabase(ctx context.Context, t *terminal) (string, error) {
	in, err := app.Open(ctx, c.Config, telemetry.NewLogger(t.err, c.LogFormat, "warn"))
	if err != nil {
		return "", err
	}
	kind := "at the given URL"
	if v := in.ServerVersion(); v != "" {
		kind = "the program's own, PostgreSQL " + v
	}
	if err := in.Close(context.WithoutCancel(ctx)); err != nil {
		return "", err
	}
	return kind + ": settings, roles, schema and master key are right", nil
}
