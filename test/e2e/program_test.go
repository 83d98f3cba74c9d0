package e2e

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	// startTime bounds a start on a machine that does much else besides; cold it
	// takes 2 s.
	startTime = 60 * time.Second
	// drainTime is the promise: SIGTERM drains within 30 s.
	drainTime = 30 * time.Second
)

// binary is the program, built by TestMain.
var binary string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

// run builds the program and runs the tests.
func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "rainmaker-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }() // what stays is below the temporary directory
	binary = filepath.Join(dir, "rainmaker")
	build := exec.Command("go", "build", "-o", binary, "rainmaker/cmd/rainmaker")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "e2e: build the program: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// dataDir is a fresh data directory. t.TempDir would do, but for its length: the
// server's socket lies in it.
func dataDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "e2e-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil { // as root the server runs as another user
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("the data directory is still in use: %v", err)
		}
	})
	return filepath.Join(dir, "data")
}

// freeAddr is an address on loopback that is free now.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// program is one life of the binary.
type program struct {
	t      *testing.T
	cmd    *exec.Cmd
	url    string // from the line "listening on"
	stdout *bufio.Reader
	log    string // file of its stderr
	ended  chan struct{}
	err    error // of its end; read after ended
}

// start runs the binary and waits until it listens. It is ended with the test.
func start(t *testing.T, data string, args ...string) *program {
	t.Helper()
	p := &program{t: t, log: data + ".log", ended: make(chan struct{})}
	if _, err := os.Stat(p.log); err != nil { // the first life on these data
		t.Cleanup(func() {
			if t.Failed() {
				t.Log(p.tail())
			}
		})
	}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	p.cmd = exec.Command(binary, append(args, "--data", data)...)
	p.cmd.Env = environment()
	p.cmd.Stderr = log
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout = w
	err = p.cmd.Start()
	_ = w.Close() // the program's end alone holds it open
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.end()
		_ = r.Close()
	})
	if err := r.SetReadDeadline(time.Now().Add(startTime)); err != nil {
		t.Fatal(err)
	}
	p.stdout = bufio.NewReader(r)
	first := p.line()
	url, ok := strings.CutPrefix(first, "listening on ")
	if !ok || !strings.HasPrefix(url, "http://127.0.0.1:") {
		t.Fatalf("the first line is %q, want \"listening on http://127.0.0.1:PORT\"\n%s", first, p.tail())
	}
	p.url = url
	return p
}

// environment is the test's own without settings of the program, and with leave
// to reach this machine.
func environment() []string {
	var env []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "RAINMAKER_") {
			env = append(env, kv)
		}
	}
	return append(env, "RAINMAKER_DEV_ALLOW_LOOPBACK=1")
}

// line reads the next line of stdout.
func (p *program) line() string {
	p.t.Helper()
	line, err := p.stdout.ReadString('\n')
	if err != nil {
		p.t.Fatalf("the program did not say that it is ready: %v\n%s", err, p.tail())
	}
	return strings.TrimRight(line, "\n")
}

// kill ends the program as kill -9 does; its PostgreSQL lives on.
func (p *program) kill() {
	p.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		p.t.Fatalf("kill: %v", err)
	}
	<-p.ended
}

// terminate sends SIGTERM and checks the promise about it.
func (p *program) terminate() {
	p.t.Helper()
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatalf("SIGTERM: %v", err)
	}
	select {
	case <-p.ended:
		p.t.Logf("SIGTERM to the end: %v", time.Since(began).Round(time.Millisecond))
		if p.err != nil {
			p.t.Errorf("after SIGTERM: %v, want exit code 0\n%s", p.err, p.tail())
		}
	case <-time.After(drainTime):
		p.t.Errorf("still running %v after SIGTERM\n%s", drainTime, p.tail())
	}
}

// end ends the program with the test, in order, so that its PostgreSQL goes with
// it.
func (p *program) end() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // has ended already, as a rule
	select {
	case <-p.ended:
	case <-time.After(drainTime + 5*time.Second):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// tail is the end of the program's log.
func (p *program) tail() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if !strings.Contains(line, "msg=request ") || strings.Contains(line, "status=5") {
			lines = append(lines, line)
		}
	}
	const most = 30
	return "--- end of the program's log\n" + strings.Join(lines[max(0, len(lines)-most):], "")
}

// memory is the program's resident memory in bytes as it reports it itself; 0
// where it does not.
func (p *program) memory() int64 {
	response, err := http.Get(p.url + "/metrics")
	if err != nil {
		return 0
	}
	defer func() { _ = response.Body.Close() }()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), "process_resident_memory_bytes "); ok {
			var bytes float64
			if _, err := fmt.Sscan(value, &bytes); err == nil {
				return int64(bytes)
			}
		}
	}
	_, _ = io.Copy(io.Discard, response.Body)
	return 0
}

// watchMemory returns the most memory seen until stop is called.
func (p *program) watchMemory() (stop func() int64) {
	quit, done := make(chan struct{}), make(chan int64)
	go func() {
		var most int64
		ticker := time.NewTicker(20 * time.Millisecond)
		defer ticker.Stop()
		for {
			most = max(most, p.memory())
			select {
			case <-quit:
				done <- most
				return
			case <-ticker.C:
			}
		}
	}()
	return func() int64 {
		close(quit)
		return <-done
	}
}

// errPatience ends a poll.
var errPatience = errors.New("nothing more to wait for")

// eventually polls until check returns nil, and fails with its last error when
// that takes longer than within.
func eventually(t *testing.T, what string, within time.Duration, check func() error) {
	t.Helper()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.Now().Add(within)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) || errors.Is(err, errPatience) {
			t.Fatalf("%s: not within %v: %v", what, within, err)
		}
		<-ticker.C
	}
}
