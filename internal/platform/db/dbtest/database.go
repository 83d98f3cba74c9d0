package dbtest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/ledger"
)

const (
	// appPassword of the program's role on the test server.
	appPassword = "test"
	// poolSize of each test database. The server takes maxConnections: room for
	// a dozen packages at once.
	poolSize       = 16
	maxConnections = "240"
	// templateLock is the advisory lock (of the database postgres) that is held
	// shared while a template is used and exclusively while one is made or
	// dropped.
	templateLock = 7_246_001
	// A template that nobody cloned for so long is of an older schema.
	templateLife = time.Hour

	templatePrefix = "tpl_"
	clonePrefix    = "t_"
)

// server is the running test server as one test process sees it.
type server struct {
	admin  string // superuser URL of the database postgres
	clones atomic.Int64
	held   *os.File // the shared lock that tells the keeper we live; never closed
}

// url returns the superuser's URL of a database.
func (s *server) url(database string) string { return withDatabase(s.admin, database) }

func withDatabase(admin, database string) string {
	u, err := url.Parse(admin)
	if err != nil {
		return admin // our own writing: it parses
	}
	u.Path = "/" + database
	return u.String()
}

// open returns a pool on a new clone of the template.
func (s *server) open() (*db.DB, error) {
	schema, err := db.Fingerprint()
	if err != nil {
		return nil, err
	}
	template := templatePrefix + schema
	if err := s.ensureTemplate(template); err != nil {
		return nil, err
	}
	name, err := s.create(template)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	book, err := Book()
	if err != nil {
		return nil, err
	}
	return db.Connect(ctx, db.Config{
		URL: s.url(name), AppPassword: appPassword, MaxConns: poolSize, AllowUnsafe: true, OnConnect: book.Attach,
	})
}

// Book returns a new book of the keys that the audit log of every test database
// is written with.
func Book() (*ledger.Book, error) {
	row, sign := sha256.Sum256([]byte("test audit rows")), sha256.Sum256([]byte("test audit checkpoints"))
	return ledger.NewBook(ledger.Keys{Row: row[:], Sign: sign[:], Name: "rainmaker-audit-test"})
}

// create makes a database of this process from a template by copying files,
// which at this size is several times faster than through the log.
func (s *server) create(template string) (string, error) {
	name := clonePrefix + strconv.Itoa(os.Getpid()) + "_" + strconv.FormatInt(s.clones.Add(1), 10)
	err := s.locked(false, func(ctx context.Context, conn *pgx.Conn) error {
		// An earlier process may have had our number.
		if _, err := conn.Exec(ctx, `drop database if exists `+name+` with (force)`); err != nil {
			return err
		}
		_, err := conn.Exec(ctx, `create database `+name+` template `+template+` strategy file_copy`)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("clone %s: %w", template, err)
	}
	return name, nil
}

// ensureTemplate migrates the template once for all processes, and notes that
// it is in use.
func (s *server) ensureTemplate(name string) error {
	used := `comment on database ` + name + ` is '` + strconv.FormatInt(time.Now().Unix(), 10) + `'`
	err := s.locked(true, func(ctx context.Context, conn *pgx.Conn) error {
		var exists bool
		if err := conn.QueryRow(ctx, `select exists (select from pg_database where datname = $1)`, name).Scan(&exists); err != nil {
			return err
		}
		if !exists {
			if err := s.makeTemplate(ctx, conn, name); err != nil {
				return err
			}
		}
		_, err := conn.Exec(ctx, used)
		return err
	})
	if err != nil {
		return fmt.Errorf("template %s: %w", name, err)
	}
	return nil
}

// makeTemplate builds under another name, so that a killed builder leaves no
// half template.
func (s *server) makeTemplate(ctx context.Context, conn *pgx.Conn, name string) error {
	building := "making_" + name
	for _, sql := range []string{
		`drop database if exists ` + building + ` with (force)`,
		`create database ` + building + ` strategy file_copy`,
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	if err := db.Migrate(ctx, db.Config{URL: s.url(building), AppPassword: appPassword, AllowUnsafe: true}); err != nil {
		return err
	}
	for _, sql := range []string{
		`alter database ` + building + ` rename to ` + name,
		`alter database ` + name + ` allow_connections false`, // a connection would block clones
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// locked runs fn on an administrator's connection under the template lock.
func (s *server) locked(exclusive bool, fn func(ctx context.Context, conn *pgx.Conn) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.admin)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // frees the lock
	take := `select pg_advisory_lock_shared($1)`
	if exclusive {
		take = `select pg_advisory_lock($1)`
	}
	if _, err := conn.Exec(ctx, take, templateLock); err != nil {
		return err
	}
	return fn(ctx, conn)
}

// sweep drops the databases of processes that ended and the templates nobody
// uses any more. The keeper calls it.
func (s *server) sweep() error {
	var old []string
	err := s.locked(false, func(ctx context.Context, conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, `select datname, coalesce(shobj_description(oid, 'pg_database'), '') from pg_database`)
		if err != nil {
			return err
		}
		var name, comment string
		_, err = pgx.ForEachRow(rows, []any{&name, &comment}, func() error {
			if abandoned(name, comment, time.Now()) {
				old = append(old, name)
			}
			return nil
		})
		return err
	})
	if err != nil || len(old) == 0 {
		return err
	}
	for _, name := range old {
		// One lock a database: nobody waits long for us.
		if err := s.drop(name); err != nil {
			return err
		}
	}
	return nil
}

// drop looks again under the lock: a template may have come into use.
func (s *server) drop(name string) error {
	template := strings.HasPrefix(name, templatePrefix)
	return s.locked(template, func(ctx context.Context, conn *pgx.Conn) error {
		if template {
			var comment string
			err := conn.QueryRow(ctx, `select coalesce(shobj_description(oid, 'pg_database'), '') from pg_database where datname = $1`, name).Scan(&comment)
			if err != nil || !abandoned(name, comment, time.Now()) {
				return err
			}
		}
		_, err := conn.Exec(ctx, `drop database if exists `+pgx.Identifier{name}.Sanitize()+` with (force)`)
		return err
	})
}

// abandoned reports whether nobody will use the database any more.
func abandoned(name, comment string, now time.Time) bool {
	if rest, ok := strings.CutPrefix(name, clonePrefix); ok {
		number, _, _ := strings.Cut(rest, "_")
		pid, err := strconv.Atoi(number)
		return err == nil && syscall.Kill(pid, 0) == syscall.ESRCH
	}
	if strings.HasPrefix(name, templatePrefix) {
		used, err := strconv.ParseInt(comment, 10, 64)
		return err == nil && now.Sub(time.Unix(used, 0)) > templateLife
	}
	return false
}

// Blocked returns when another transaction waits for tx, which nobody else knows
// and the test will end: what meets there is no matter of luck.
func Blocked(ctx context.Context, d *db.DB, tx db.Tx) error {
	var me int
	if err := tx.QueryRow(ctx, `select pg_backend_pid()`).Scan(&me); err != nil {
		return err
	}
	for waits := false; !waits; {
		err := d.Pool().QueryRow(ctx, `select exists (select from pg_locks where not granted and $1 = any (pg_blocking_pids(pid)))`, me).Scan(&waits)
		if err != nil {
			return err
		}
	}
	return nil
}
