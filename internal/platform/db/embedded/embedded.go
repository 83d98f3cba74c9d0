// Package embedded runs the program's own PostgreSQL: it finds the binaries,
// makes the cluster, starts the server as a direct child, brings it back when
// it dies, and stops it.
//
// Invariants:
//   - One program a directory. A lock file held with flock for as long as the
//     Server lives refuses the second.
//   - Data is never deleted. A cluster is made beside its place and renamed
//     into it; a directory that looks wrong, or that another version wrote, is
//     an error that says how to mend it.
//   - No TCP. The server listens on a unix socket in a directory of mode 0700
//     and asks for a random password (scram) kept in a file of mode 0600.
//   - A process id read from a file is trusted only if that process works in
//     our data directory; anything else could be anybody.
//   - fsync, full_page_writes and synchronous_commit stay on unless the caller
//     of a test says otherwise.
//
// PostgreSQL refuses to run as root. When the program is root, the server runs
// as the owner of the data directory, at first the account "postgres" or, where
// there is none, "nobody".
//
// Files: embedded.go (the Server), supervise.go (child, readiness, restart),
// cluster.go (initdb, settings, password), place.go (directory, lock, socket),
// account.go (the unprivileged user),
// reach.go (directories that user cannot enter), leftover.go (what a killed program left
// running), binaries.go (finding), download.go (fetching), and the parts that
// differ by system in *_linux.go and *_other.go.
package embedded

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
)

const (
	// DefaultDatabase is created by Start when it is missing.
	DefaultDatabase = "rainmaker"
	superuser       = "postgres"
	// port only names the socket file (.s.PGSQL.5432): there is no TCP.
	port = "5432"
)

// Config says where the server lives. The zero value of everything but Dir is
// fine.
type Config struct {
	// Dir holds data/, run/, lock, password and postgres.log. It is made when
	// missing. See DefaultDir.
	Dir string
	// BinDir is the directory of initdb and postgres; "" finds it.
	BinDir string
	// Cache keeps downloaded binaries; "" is a directory of the user's cache,
	// or /var/cache/rainmaker as root.
	Cache string
	// Params are settings of postgresql.conf beyond the package's own, such as
	// fsync=off in tests. ALTER SYSTEM still beats them.
	Params map[string]string
	// Logger tells of starts, restarts and stops; nil is silent. What the
	// server itself says is in Dir/postgres.log.
	Logger *slog.Logger
}

// Server is a running PostgreSQL. It lives until Stop, however often the
// process behind it dies.
type Server struct {
	dir      string // absolute, symbolic links resolved
	data     string
	run      string // directory of the socket
	bin      binaries
	acc      account
	password string
	params   map[string]string
	log      *slog.Logger
	lock     *os.File

	stopOnce, hurryOnce sync.Once

	stopping chan struct{} // closed by Stop
	hurry    chan struct{} // closed by a Stop whose patience ended
	done     chan struct{} // closed when the last process is gone and the lock is free

	mu     sync.Mutex
	child  *os.Process // nil between two processes
	forced bool        // a shutdown needed SIGQUIT or SIGKILL
}

// Start makes the cluster if there is none, starts the server, and returns when
// the default database takes connections. ctx limits the start only. A server
// that a killed program left behind in the directory is stopped first.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	s := &Server{
		params:   cfg.Params,
		log:      cfg.Logger,
		stopping: make(chan struct{}),
		hurry:    make(chan struct{}),
		done:     make(chan struct{}),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err := s.prepare(ctx, cfg); err != nil {
		s.unlock()
		return nil, fmt.Errorf("start PostgreSQL in %s: %w", cfg.Dir, err)
	}
	ready := make(chan error, 1)
	go s.supervise(ctx, ready)
	if err := <-ready; err != nil {
		<-s.done
		return nil, fmt.Errorf("start PostgreSQL in %s: %w", cfg.Dir, err)
	}
	if err := s.Create(ctx, DefaultDatabase); err != nil {
		_ = s.Stop(context.WithoutCancel(ctx))
		return nil, fmt.Errorf("start PostgreSQL in %s: %w", cfg.Dir, err)
	}
	return s, nil
}

// prepare does everything before the first process: place, lock, binaries,
// account, cluster, leftovers.
func (s *Server) prepare(ctx context.Context, cfg Config) error {
	if cfg.Dir == "" {
		return fmt.Errorf("no directory given")
	}
	var err error
	if s.dir, err = makeDir(cfg.Dir); err != nil {
		return err
	}
	s.data = filepath.Join(s.dir, "data")
	if real, err := filepath.EvalSymlinks(s.data); err == nil {
		s.data = real // somebody moved it to a larger disk; /proc shows the target
	}
	if s.lock, err = lockDir(s.dir); err != nil {
		return err
	}
	if s.acc, err = chooseAccount(s.data); err != nil {
		return err
	}
	if err = s.acc.openDir(s.dir); err != nil {
		return err
	}
	wrote, err := clusterVersion(s.data)
	if err != nil {
		return err
	}
	if s.bin, err = findBinaries(ctx, cfg, wrote, s.log); err != nil {
		return err
	}
	if s.run, err = socketDir(s.dir, s.acc); err != nil {
		return err
	}
	if err = s.clearLeftover(ctx); err != nil {
		return err
	}
	if wrote == 0 {
		if err = s.initCluster(ctx); err != nil {
			return err
		}
	}
	if s.password, err = s.ensurePassword(ctx); err != nil {
		return err
	}
	return s.writeSettings()
}

// URL is the superuser's address of a database, "" for DefaultDatabase. It
// holds the password: never log it. It stays valid across restarts.
func (s *Server) URL(database string) string {
	if database == "" {
		database = DefaultDatabase
	}
	u := url.URL{Scheme: "postgres", User: url.UserPassword(superuser, s.password), Path: "/" + database}
	u.RawQuery = url.Values{"host": {s.run}, "port": {port}, "sslmode": {"disable"}}.Encode()
	return u.String()
}

// Create makes a database unless it exists.
func (s *Server) Create(ctx context.Context, database string) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return fmt.Errorf("create database %s: %w", database, err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var exists bool
	if err := conn.QueryRow(ctx, `select exists (select from pg_database where datname = $1)`, database).Scan(&exists); err != nil {
		return fmt.Errorf("create database %s: %w", database, err)
	}
	if exists {
		return nil
	}
	// The template is the only cluster-wide thing this copies, and it is small:
	// FILE_COPY is several times faster than WAL_LOG here.
	if _, err := conn.Exec(ctx, `create database `+pgx.Identifier{database}.Sanitize()+` strategy file_copy`); err != nil {
		return fmt.Errorf("create database %s: %w", database, err)
	}
	return nil
}

// Version is the server's version as its binary tells it, such as "15.14".
func (s *Server) Version() string { return s.bin.version }

// Dir is the server's directory, symbolic links resolved.
func (s *Server) Dir() string { return s.dir }

// PID is the process id of the running postmaster, 0 between two processes.
func (s *Server) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.child == nil {
		return 0
	}
	return s.child.Pid
}

// Done is closed when the server is stopped for good and its directory is free.
func (s *Server) Done() <-chan struct{} { return s.done }

// Stop shuts the server down, breaking open connections, and waits until its
// process is gone. When ctx ends first, or after stopGrace, it is told to quit
// at once, which costs a recovery at the next start but no committed data; Stop
// then reports it. Calling Stop again is harmless.
func (s *Server) Stop(ctx context.Context) error {
	s.stopOnce.Do(func() { close(s.stopping) })
	select {
	case <-s.done:
	case <-ctx.Done():
		s.hurryOnce.Do(func() { close(s.hurry) })
		<-s.done
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.forced {
		return fmt.Errorf("stop PostgreSQL in %s: it did not shut down in time and was ended; it will recover at the next start", s.dir)
	}
	return nil
}

// quoteSetting writes a value for postgresql.conf.
func quoteSetting(v string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(v, `\`, `\\`), "'", "''") + "'"
}
