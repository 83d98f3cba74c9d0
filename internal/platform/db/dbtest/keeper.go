package dbtest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"rainmaker/internal/platform/db/embedded"
)

// keeperTick is how often the keeper sweeps and looks whether it is needed.
const keeperTick = 5 * time.Second

// Keep runs the test server until ctx ends or no test process has used it for
// idle. It is the whole of platform/db/testkeeper.
func Keep(ctx context.Context, idle time.Duration, log *slog.Logger) error {
	dir, err := place()
	if err != nil {
		return err
	}
	kept, err := lock(dir, keeping, syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		return fmt.Errorf("another keeper is at work: %w", err)
	}
	defer kept.Close() // last: whoever finds it free starts anew
	if err := write(dir, pidFile, strconv.Itoa(os.Getpid())); err != nil {
		return err
	}
	pg, err := startServer(ctx, dir, log)
	if err != nil {
		return err
	}
	s := &server{admin: pg.URL("postgres")}
	if err := s.sweep(); err != nil { // what a killed keeper left
		log.Warn("sweep", "error", err)
	}
	if err := write(dir, urlFile, s.admin); err != nil {
		return errors.Join(err, pg.Stop(context.WithoutCancel(ctx)))
	}
	door := attend(ctx, dir, idle, func() {
		if err := s.sweep(); err != nil {
			log.Warn("sweep", "error", err)
		}
	})
	if door != nil {
		defer door.Close()
	}
	err = os.Remove(filepath.Join(dir, urlFile))
	if err := errors.Join(err, pg.Stop(context.WithoutCancel(ctx))); err != nil {
		return fmt.Errorf("stop the test server: %w", err)
	}
	// Test data, of a server that wrote without fsync: worth nothing tomorrow.
	if err := os.RemoveAll(pg.Dir()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the test data: %w", err)
	}
	return nil
}

// startServer starts PostgreSQL on what an earlier keeper may have left. When
// that is of no use (another version wrote it, the machine crashed while fsync
// was off), it is thrown away: it is test data, in a directory of ours alone.
func startServer(ctx context.Context, dir string, log *slog.Logger) (*embedded.Server, error) {
	cfg := embedded.Config{
		Dir:    filepath.Join(dir, "pg"),
		BinDir: binDir(),
		Logger: log,
		Params: map[string]string{
			"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
			"wal_level": "minimal", "max_wal_senders": "0", "autovacuum": "off",
			"max_connections": maxConnections, "max_wal_size": "512MB", "checkpoint_timeout": "1h",
		},
	}
	pg, err := embedded.Start(ctx, cfg)
	if err == nil || ctx.Err() != nil {
		return pg, err
	}
	log.Warn("starting with an empty server", "error", err)
	if err := os.RemoveAll(cfg.Dir); err != nil {
		return nil, fmt.Errorf("remove the test data: %w", err)
	}
	return embedded.Start(ctx, cfg)
}

// attend returns when the server is no longer needed, with the door locked so
// that nobody joins what is about to stop (nil when ctx ended and somebody
// stood in the door for too long).
func attend(ctx context.Context, dir string, idle time.Duration, tick func()) *os.File {
	used := time.Now()
	for {
		select {
		case <-ctx.Done():
			for range 100 {
				if door, err := lock(dir, joining, syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
					return door
				}
				<-time.After(20 * time.Millisecond)
			}
			return nil
		case <-time.After(min(keeperTick, idle)):
		}
		tick()
		door, err := lock(dir, joining, syscall.LOCK_EX|syscall.LOCK_NB)
		if err != nil {
			used = time.Now()
			continue
		}
		nobody, err := lock(dir, clients, syscall.LOCK_EX|syscall.LOCK_NB)
		if err != nil {
			used = time.Now()
		} else {
			_ = nobody.Close()
			if time.Since(used) >= idle {
				return door
			}
		}
		_ = door.Close()
	}
}

// write makes a file of the server's directory appear whole.
func write(dir, name, content string) error {
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path+".new", []byte(content+"\n"), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
