// Package load measures what the program costs: rates, CPU microseconds a unit
// and memory, beside a ceiling or a peer measured in the same run. The figures
// are benchmarks, so that an ordinary test run does not wait for them:
//
//	go test ./test/load -run xxx -bench . -benchtime 1x -timeout 30m
//
// Every server is started here, on loopback and unix sockets, and stopped at the
// end. PostgreSQL runs as in production: fsync, full_page_writes and
// synchronous_commit are on.
//
// Files: load.go (server, CPU accounts), house.go (the program's services),
// mail_test.go, engine_test.go, import_test.go.
package load

import (
	"bufio"
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/embedded"
)

// Server is a PostgreSQL of the benchmark's own.
type Server struct {
	*embedded.Server
	DB *db.DB
}

// appPassword is the password of rainmaker_app on the benchmark's server.
const appPassword = "load"

// StartServer starts a durable PostgreSQL with the program's default settings
// and migrates it.
func StartServer(t testing.TB) *Server {
	t.Helper()
	ctx := t.Context()
	server, err := embedded.Start(ctx, embedded.Config{Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop(context.Background()) })
	d, err := db.Open(ctx, db.Config{URL: server.URL(""), AppPassword: appPassword, MaxConns: 32})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return &Server{Server: server, DB: d}
}

// Exec runs a statement as the owner.
func (s *Server) Exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.URL(""))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if _, err := conn.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// ticksPerSecond is USER_HZ, which is 100 on every Linux that Go runs on.
const ticksPerSecond = 100

// CPU returns the processor time of a process and its descendants, living and
// reaped.
func CPU(pid int) time.Duration {
	var total int64
	for _, p := range append(descendants(pid), pid) {
		fields := statFields(p)
		if len(fields) < 15 {
			continue
		}
		for _, i := range []int{11, 12, 13, 14} { // utime, stime, cutime, cstime
			n, _ := strconv.ParseInt(fields[i], 10, 64)
			total += n
		}
	}
	return time.Duration(total) * time.Second / ticksPerSecond
}

// statFields returns the fields of /proc/pid/stat after the process's name, so
// that state is number 0.
func statFields(pid int) []string {
	raw, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return nil
	}
	_, rest, ok := strings.Cut(string(raw), ") ")
	if !ok {
		return nil
	}
	return strings.Fields(rest)
}

func descendants(pid int) []int {
	var out []int
	entries, _ := os.ReadDir("/proc")
	parents := map[int][]int{}
	for _, e := range entries {
		child, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if fields := statFields(child); len(fields) > 1 {
			parent, _ := strconv.Atoi(fields[1])
			parents[parent] = append(parents[parent], child)
		}
	}
	for queue := parents[pid]; len(queue) > 0; queue = queue[1:] {
		out = append(out, queue[0])
		queue = append(queue, parents[queue[0]]...)
	}
	return out
}

// ForgetPeakMemory gives back what this process does not use and lets its
// PeakMemory begin anew: what a benchmark prepares is not what it measures.
func ForgetPeakMemory(t testing.TB) {
	t.Helper()
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // proc_pid_clear_refs(5)
		t.Logf("the peak of memory includes the preparation: %v", err)
	}
}

// PeakMemory returns the highest resident size of a process so far, in bytes.
func PeakMemory(pid int) int64 {
	raw, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return kb << 10
		}
	}
	return 0
}

// Sink is the counting mail server, in a process of its own so that its CPU can
// be told apart.
type Sink struct {
	Port int
	cmd  *exec.Cmd
}

// StartSink builds and starts test/sink.
func StartSink(t testing.TB, flags ...string) *Sink {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "sink")
	if out, err := exec.Command("go", "build", "-o", binary, "rainmaker/test/sink").CombinedOutput(); err != nil {
		t.Fatalf("build the sink: %v\n%s", err, out)
	}
	cmd := exec.Command(binary, append([]string{"-addr", "127.0.0.1:0"}, flags...)...)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("sink: %v", err)
	}
	port, err := strconv.Atoi(line[strings.LastIndexByte(strings.TrimSpace(line), ':')+1 : len(strings.TrimSpace(line))])
	if err != nil {
		t.Fatalf("sink says %q", line)
	}
	return &Sink{Port: port, cmd: cmd}
}

// PID of the sink's process.
func (s *Sink) PID() int { return s.cmd.Process.Pid }

// perUnit is a duration per unit in microseconds, for reports.
func perUnit(total time.Duration, units int) float64 {
	return float64(total.Microseconds()) / float64(units)
}
