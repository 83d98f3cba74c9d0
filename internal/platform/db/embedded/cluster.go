package embedded

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// attemptPrefix begins the name of a cluster in the making.
const attemptPrefix = "data.init-"

// settingsFile is included by postgresql.conf and written at every start.
const settingsFile = "rainmaker.conf"

// defaults are the settings of every server, sized for a small machine (29 MB
// idle, 50 MB with ten busy connections). Durability is PostgreSQL's default:
// on. log_error_verbosity=terse keeps the values of rows, hence personal data,
// out of the log.
func defaults() map[string]string {
	return map[string]string{
		"max_connections":                     "60",
		"shared_buffers":                      "128MB",
		"effective_cache_size":                "1GB",
		"work_mem":                            "8MB",
		"maintenance_work_mem":                "64MB",
		"max_wal_size":                        "1GB",
		"checkpoint_timeout":                  "15min",
		"wal_compression":                     "on",
		"random_page_cost":                    "1.1",
		"jit":                                 "off",
		"max_parallel_workers_per_gather":     "1",
		"idle_in_transaction_session_timeout": "60s",
		"autovacuum_vacuum_scale_factor":      "0.05",
		"autovacuum_naptime":                  "5s", // statistics follow a table that grows from nothing to a million rows; 1 s costs 15 % of the CPU
		"timezone":                            "UTC",
		"log_timezone":                        "UTC",
		"log_line_prefix":                     "%m [%p] ",
		"log_error_verbosity":                 "terse",
	}
}

// clusterVersion is the major version that wrote the data directory, 0 when
// there is none yet. A directory that holds something else is an error: it is
// somebody's, and we neither use nor clear it.
func clusterVersion(data string) (int, error) {
	b, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if err == nil {
		v, err := strconv.Atoi(strings.TrimSpace(string(b)))
		if err != nil {
			return 0, fmt.Errorf("%s was written by PostgreSQL %q, older than any this program can run; it is left untouched",
				data, strings.TrimSpace(string(b)))
		}
		return v, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("version of the data directory: %w", err)
	}
	entries, err := os.ReadDir(data)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("version of the data directory: %w", err)
	}
	if len(entries) > 0 {
		return 0, fmt.Errorf("%s is not empty and not a PostgreSQL data directory; it is left untouched: move it away, or choose another directory with --data", data)
	}
	return 0, nil
}

// initCluster makes the cluster beside its place and renames it into it, so
// that a start that was killed half-way leaves nothing that looks like a
// cluster. Every attempt has a directory of its own: what the killed one left
// running may still be writing.
func (s *Server) initCluster(ctx context.Context) error {
	begun := time.Now()
	s.clearAttempts(ctx)
	fresh, err := os.MkdirTemp(s.dir, attemptPrefix) // mode 0700
	if err != nil {
		return fmt.Errorf("make the cluster: %w", err)
	}
	if err := s.acc.own(fresh); err != nil {
		return fmt.Errorf("make the cluster: %w", err)
	}
	password, err := s.newPassword()
	if err != nil {
		return fmt.Errorf("make the cluster: %w", err)
	}
	if err := s.initdb(ctx, fresh, password); err != nil {
		return err
	}
	conf, err := os.OpenFile(filepath.Join(fresh, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("make the cluster: %w", err)
	}
	_, err = fmt.Fprintf(conf, "\n# Written at every start; change settings with ALTER SYSTEM, which beats it.\ninclude_if_exists '%s'\n", settingsFile)
	if err = errors.Join(err, conf.Sync(), conf.Close()); err != nil {
		return fmt.Errorf("make the cluster: %w", err)
	}
	// Remove takes an empty directory only, which somebody may have made ready.
	if err := os.Remove(s.data); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("make the cluster: %w", err)
	}
	if err := os.Rename(fresh, s.data); err != nil {
		return fmt.Errorf("make the cluster: %w", err)
	}
	s.log.InfoContext(ctx, "made the database cluster", "dir", s.data, "version", s.bin.version, "took", time.Since(begun).Round(time.Millisecond))
	return syncDir(s.dir)
}

// clearAttempts removes clusters that were never finished, hence never used.
func (s *Server) clearAttempts(ctx context.Context) {
	attempts, _ := filepath.Glob(filepath.Join(s.dir, attemptPrefix+"*")) // fails on a bad pattern only
	for _, dir := range attempts {
		for _, pid := range processesIn(dir) {
			endProcess(ctx, pid, dir, syscall.SIGKILL, quitGrace)
		}
		if err := os.RemoveAll(dir); err != nil {
			s.log.WarnContext(ctx, "an unfinished database cluster stays", "dir", dir, "error", err)
		}
	}
}

func (s *Server) initdb(ctx context.Context, into, password string) error {
	dir, release, err := s.acc.pathFor(into)
	if err != nil {
		return fmt.Errorf("make the cluster: %w", err)
	}
	defer release()
	// A file of the account, not a pipe: after the change of user the server
	// could not open a pipe of root's.
	pw, err := os.CreateTemp(s.run, "pw")
	if err != nil {
		return fmt.Errorf("make the cluster: %w", err)
	}
	defer os.Remove(pw.Name())
	_, err = pw.WriteString(password + "\n")
	if err = errors.Join(err, pw.Close(), s.acc.own(pw.Name())); err != nil {
		return fmt.Errorf("make the cluster: %w", err)
	}
	args := []string{
		"--pgdata", dir.path, "--username", superuser, "--pwfile", pw.Name(), "--auth", "scram-sha-256",
		"--encoding", "UTF8", "--locale", clusterLocale(), "--data-checksums", "--no-instructions",
	}
	if s.params["fsync"] == "off" {
		args = append(args, "--no-sync")
	}
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin.dir, "initdb"), args...)
	s.acc.as(cmd)
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) } // with its children
	// It must not go on writing when the program is killed: the next start
	// begins anew in the same place. Its parent in that sense is the thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	dieWithParent(cmd.SysProcAttr, syscall.SIGKILL)
	cmd.Dir, cmd.ExtraFiles = s.run, dir.files
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make the cluster: initdb: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// clusterLocale sorts by code point (the same on every machine, so that an
// index survives a move) and, where the system knows it, folds case beyond
// ASCII.
func clusterLocale() string {
	if runtime.GOOS == "linux" {
		return "C.UTF-8"
	}
	return "C"
}

// newPassword writes a fresh random password for the superuser to Dir/password.
func (s *Server) newPassword() (string, error) {
	password := rand.Text()
	if err := writeFile(filepath.Join(s.dir, "password"), password+"\n"); err != nil {
		return "", fmt.Errorf("write password: %w", err)
	}
	return password, nil
}

// ensurePassword reads the superuser's password. When its file was lost, say by
// a backup of data/ alone, a new one is set in single-user mode, which whoever
// owns the files may do anyway.
func (s *Server) ensurePassword(ctx context.Context) (string, error) {
	b, err := os.ReadFile(filepath.Join(s.dir, "password"))
	if err == nil && len(bytes.TrimSpace(b)) > 0 {
		return string(bytes.TrimSpace(b)), nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read password: %w", err)
	}
	password := rand.Text()
	dir, release, err := s.acc.pathFor(s.data)
	if err != nil {
		return "", fmt.Errorf("set a new password: %w", err)
	}
	defer release()
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin.dir, "postgres"), "--single", "-D", dir.path, "-c", "log_min_error_statement=panic", "postgres")
	s.acc.as(cmd)
	cmd.Dir, cmd.ExtraFiles = s.run, dir.files
	cmd.Stdin = strings.NewReader("alter role " + superuser + " password '" + password + "'\n")
	if out, err := cmd.CombinedOutput(); err != nil || bytes.Contains(out, []byte("ERROR:")) {
		return "", fmt.Errorf("set a new password: %w: %s", err, bytes.TrimSpace(out))
	}
	if err := writeFile(filepath.Join(s.dir, "password"), password+"\n"); err != nil {
		return "", fmt.Errorf("set a new password: %w", err)
	}
	s.log.WarnContext(ctx, "the database password file was missing; made a new password", "dir", s.dir)
	return password, nil
}

// writeSettings writes defaults and Params to the included settings file.
func (s *Server) writeSettings() error {
	settings := defaults()
	for k, v := range s.params {
		settings[k] = v
	}
	names := make([]string, 0, len(settings))
	for k := range settings {
		if !validSetting(k) {
			return fmt.Errorf("settings: %q is no name of a setting", k)
		}
		names = append(names, k)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, k := range names {
		fmt.Fprintf(&b, "%s = %s\n", k, quoteSetting(settings[k]))
	}
	path := filepath.Join(s.data, settingsFile)
	if err := writeFile(path, b.String()); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	return s.acc.own(path)
}

// validSetting keeps a name from smuggling further lines into the file.
func validSetting(name string) bool {
	for _, r := range name {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' && r != '.' {
			return false
		}
	}
	return name != ""
}

// writeFile replaces path whole, with mode 0600, and durably.
func writeFile(path, content string) error {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes renames within dir durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync directory: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}
