package embedded

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// leftoverGrace is how long a server whose program died may take to shut down.
const leftoverGrace = 15 * time.Second

// clearLeftover ends what an earlier program left running in the data
// directory, and removes a postmaster.pid that names somebody else's process:
// PostgreSQL would refuse to start beside it.
//
// We hold the directory's lock, so no living program of ours owns those
// processes. They are told from strangers by their working directory, never by
// what a file says.
func (s *Server) clearLeftover(ctx context.Context) error {
	pidFile := filepath.Join(s.data, "postmaster.pid")
	b, err := os.ReadFile(pidFile)
	if err != nil {
		return nil //nolint:nilerr // never ran, or shut down cleanly
	}
	line, _, _ := strings.Cut(string(b), "\n")
	pid, _ := strconv.Atoi(strings.TrimSpace(line))
	if pid > 1 && worksIn(pid, s.data) {
		s.log.WarnContext(ctx, "stopping the database of a program that died", "dir", s.dir, "pid", pid)
		if endProcess(ctx, pid, s.data, syscall.SIGINT, leftoverGrace) || endProcess(ctx, pid, s.data, syscall.SIGQUIT, quitGrace) {
			return s.endStragglers(ctx)
		}
		return fmt.Errorf("process %d, a PostgreSQL that an earlier program left in %s, does not stop: end it", pid, s.data)
	}
	if !canSeeProcesses {
		return nil // PostgreSQL's own check is all there is
	}
	if err := s.endStragglers(ctx); err != nil {
		return err
	}
	if err := os.Remove(pidFile); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("remove a stale postmaster.pid: %w", err)
	}
	return nil
}

// endStragglers ends backends that outlived their killed postmaster: they hold
// the shared memory that a new one needs.
func (s *Server) endStragglers(ctx context.Context) error {
	for _, pid := range processesIn(s.data) {
		if endProcess(ctx, pid, s.data, syscall.SIGQUIT, quitGrace) || endProcess(ctx, pid, s.data, syscall.SIGKILL, quitGrace) {
			continue
		}
		return fmt.Errorf("process %d still works in %s and does not stop: end it", pid, s.data)
	}
	return nil
}

// endProcess signals a process that works in data and reports whether it was
// gone (or somebody else) within grace.
func endProcess(ctx context.Context, pid int, data string, sig syscall.Signal, grace time.Duration) bool {
	_ = syscall.Kill(pid, sig)
	for deadline := time.Now().Add(grace); ; {
		if !worksIn(pid, data) {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(10 * time.Millisecond):
		}
	}
}
