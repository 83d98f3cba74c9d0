package crash

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"rainmaker/internal/platform/db/embedded"
)

// database is a durable PostgreSQL of the test's own.
type database struct {
	config embedded.Config
	server *embedded.Server

	mu    sync.Mutex // guards what follows
	down  bool
	ready time.Time // when it was last started
}

func startDatabase(t testing.TB, dir string) *database {
	t.Helper()
	d := &database{config: embedded.Config{Dir: dir, Logger: slog.New(slog.DiscardHandler)}}
	d.start(t)
	t.Cleanup(func() { _ = d.server.Stop(context.Background()) })
	return d
}

func (d *database) start(t testing.TB) {
	t.Helper()
	server, err := embedded.Start(t.Context(), d.config)
	if err != nil {
		t.Fatal(err)
	}
	d.server = server
	d.mark(false)
}

func (d *database) mark(down bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.down = down; !down {
		d.ready = time.Now()
	}
}

// away reports whether the database was down at any time since.
func (d *database) away(since time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.down || d.ready.After(since)
}

func (d *database) url() string { return d.server.URL("") }

// kill ends the postmaster and all its children at once, and starts the server
// again after down. It returns when connections are taken. The server's own
// supervisor would bring it back too, but ever later: it takes a server that
// dies twice a minute for broken.
func (d *database) kill(t testing.TB, down time.Duration) {
	t.Helper()
	postmaster := d.server.PID()
	if postmaster == 0 {
		t.Fatal("the database is not running")
	}
	children := childrenOf(postmaster)
	d.mark(true)
	for _, pid := range append([]int{postmaster}, children...) {
		_ = syscall.Kill(pid, syscall.SIGKILL) // a backend may have ended meanwhile
	}
	_ = d.server.Stop(t.Context()) // nothing is left to stop: this ends its supervision
	pause(t, down)
	d.start(t)
}

// childrenOf returns the processes whose parent is pid.
func childrenOf(pid int) []int {
	var children []int
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		child, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		raw, err := os.ReadFile(filepath.Join("/proc", e.Name(), "stat"))
		if err != nil {
			continue
		}
		// The name in brackets may hold anything; after it come state and parent.
		_, rest, _ := strings.Cut(string(raw), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 && fields[1] == strconv.Itoa(pid) {
			children = append(children, child)
		}
	}
	return children
}
