package fuzz

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"rainmaker/internal/api/apitest"
)

// The short form is the default; the package comment shows the long ones.
var (
	requests = flag.Int("fuzz.requests", 3000, "requests to send")
	seed     = flag.Uint64("fuzz.seed", 0, "seed of the requests; 0 makes one and prints it")
	binary   = flag.String("fuzz.binary", "", "program to start and ask; the handler in this process when empty")
)

func TestFuzz(t *testing.T) {
	f := &Fuzzer{Seed: *seed}
	if f.Seed == 0 {
		f.Seed = rand.Uint64()
	}
	t.Logf("seed %d", f.Seed)
	memory := func() (int, error) { return rss(os.Getpid()) }
	if *binary == "" {
		s := apitest.Start(t)
		w := s.Fill(t)
		f.Base, f.Example = s.URL, w.Example
		var err error
		if f.Document, err = json.Marshal(s.API.OpenAPI()); err != nil {
			t.Fatal(err)
		}
	} else {
		pid := 0
		f.Base, pid = serve(t, *binary)
		memory = func() (int, error) { return rss(pid) }
		f.Document = fetch(t, f.Base+"/api/openapi.json")
	}
	if err := f.Start(); err != nil {
		t.Fatal(err)
	}
	var report Report
	// Memory is measured after a fifth of the requests, when pools and caches are
	// warm, and at the end.
	warm := 0
	for _, part := range []int{*requests / 5, *requests - *requests/5} {
		var err error
		if report, err = f.Run(part); err != nil {
			t.Errorf("%v", err)
			break
		}
		runtime.GC()
		used, err := memory()
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("memory %d MB", used>>20)
		if warm == 0 {
			warm = used
		} else if grown := used - warm; grown > max(warm/5, 64<<20) {
			t.Errorf("memory grew from %d to %d MB", warm>>20, used>>20)
		}
	}
	report.Requests = *requests
	t.Log(report)
	for _, finding := range report.Findings {
		t.Error(finding.What)
	}
	if report.Operations < 25 {
		t.Errorf("only %d operations ever answered 2xx: the run says little", report.Operations)
	}
}

// rss of a process, in bytes.
func rss(pid int) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		var m runtime.MemStats // no /proc: what this process took from the system
		runtime.ReadMemStats(&m)
		return int(m.Sys - m.HeapReleased), nil
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), " kB"))
			return kb << 10, err
		}
	}
	return 0, fmt.Errorf("process %d has no VmRSS", pid)
}

// serve starts the program with a database of its own.
func serve(t *testing.T, path string) (base string, pid int) {
	t.Helper()
	cmd := exec.Command(path, "serve", "--addr", "127.0.0.1:0", "--data", t.TempDir(), "--dev", "--log-level", "error")
	cmd.Env = append(os.Environ(), "RAINMAKER_API_RATE_PER_SECOND=100000", "RAINMAKER_API_RATE_BURST=100000")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // it drains
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if address, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return address, cmd.Process.Pid
		}
	}
	t.Fatal("the program did not start")
	return "", 0
}

func fetch(t *testing.T, url string) []byte {
	t.Helper()
	r, err := (&http.Client{Timeout: 10 * time.Second}).Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return body
}
