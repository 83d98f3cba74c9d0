package embedded

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// oldest is the first major version the program's migrations run on.
const oldest = 15

// binaries is one installation of PostgreSQL.
type binaries struct {
	dir     string // holds initdb and postgres
	version string // such as "15.14"
	major   int
}

func (b binaries) String() string { return fmt.Sprintf("PostgreSQL %s in %s", b.version, b.dir) }

// findBinaries returns the installation to run: the one asked for, else one of
// the version that wrote the data directory, else (wrote 0, no cluster yet) the
// newest found, else one downloaded.
func findBinaries(ctx context.Context, cfg Config, wrote int, log *slog.Logger) (binaries, error) {
	if cfg.BinDir != "" {
		b, err := inspect(ctx, cfg.BinDir)
		if err != nil {
			return binaries{}, err
		}
		return b, suits(b, wrote, cfg.Dir)
	}
	found := installed(ctx)
	for _, b := range found {
		if suits(b, wrote, cfg.Dir) == nil {
			return b, nil
		}
	}
	var downloadErr error
	if wrote == 0 || wrote == packagedMajor {
		var b binaries
		if b, downloadErr = download(ctx, cfg.Cache, log); downloadErr == nil {
			return b, suits(b, wrote, cfg.Dir)
		}
	}
	return binaries{}, missing(cfg.Dir, wrote, found, downloadErr)
}

// suits says why an installation cannot run the cluster.
func suits(b binaries, wrote int, dir string) error {
	if wrote != 0 && b.major != wrote {
		return fmt.Errorf("the data in %s was written by PostgreSQL %d, but this is %s; the data is left untouched: install PostgreSQL %d (apt-get install postgresql-%d), or move the data with pg_upgrade",
			dir, wrote, b, wrote, wrote)
	}
	if b.major < oldest {
		return fmt.Errorf("%s is too old: %d or newer is needed", b, oldest)
	}
	return nil
}

// missing is the one line that says how to mend it.
func missing(dir string, wrote int, found []binaries, downloadErr error) error {
	have := "none"
	if len(found) > 0 {
		list := make([]string, len(found))
		for i, b := range found {
			list[i] = b.String()
		}
		have = strings.Join(list, ", ")
	}
	if wrote != 0 {
		err := fmt.Errorf("the data in %s was written by PostgreSQL %d, but found is %s; the data is left untouched: install PostgreSQL %d (apt-get install postgresql-%d), or move the data with pg_upgrade",
			dir, wrote, have, wrote, wrote)
		if downloadErr != nil {
			err = fmt.Errorf("%w (download: %w)", err, downloadErr)
		}
		return err
	}
	return fmt.Errorf("no PostgreSQL %d or newer (found: %s): apt-get install postgresql, or brew install postgresql, or give --database-url (download: %w)",
		oldest, have, downloadErr)
}

// installed lists what the machine has, newest first. Of the same version the
// one on the PATH comes first.
func installed(ctx context.Context) []binaries {
	var dirs []string
	if p, err := exec.LookPath("postgres"); err == nil {
		// Through the link: initdb and postgres look for their share directory
		// beside the real file.
		if real, err := filepath.EvalSymlinks(p); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	if p, err := exec.LookPath("pg_config"); err == nil {
		if out, err := exec.CommandContext(ctx, p, "--bindir").Output(); err == nil {
			dirs = append(dirs, strings.TrimSpace(string(out)))
		}
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", // Debian
		"/usr/pgsql-*/bin",          // Red Hat
		"/opt/homebrew/opt/postgresql@*/bin", "/opt/homebrew/opt/postgresql/bin",
		"/usr/local/opt/postgresql@*/bin", "/usr/local/opt/postgresql/bin",
		"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
	} {
		match, _ := filepath.Glob(pattern) // fails on a bad pattern only
		dirs = append(dirs, match...)
	}
	var found []binaries
	for i, dir := range dirs {
		if slices.Contains(dirs[:i], dir) {
			continue
		}
		if b, err := inspect(ctx, dir); err == nil {
			found = append(found, b)
		}
	}
	slices.SortStableFunc(found, func(a, b binaries) int { return cmp.Compare(b.major, a.major) })
	return found
}

// versionLine matches "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)",
// also of a beta ("19beta1").
var versionLine = regexp.MustCompile(`\(PostgreSQL\) ((\d+)\S*)`)

// inspect reads the version of the installation in dir.
func inspect(ctx context.Context, dir string) (binaries, error) {
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return binaries{}, fmt.Errorf("no PostgreSQL server in %s: %w", dir, err)
	}
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return binaries{}, fmt.Errorf("no PostgreSQL server in %s: %w", dir, err)
	}
	m := versionLine.FindStringSubmatch(string(out))
	if m == nil {
		return binaries{}, fmt.Errorf("%s/postgres calls itself %q", dir, strings.TrimSpace(string(out)))
	}
	major, err := strconv.Atoi(m[2])
	if err != nil {
		return binaries{}, fmt.Errorf("%s/postgres calls itself %q: %w", dir, m[1], err)
	}
	return binaries{dir: dir, version: m[1], major: major}, nil
}
