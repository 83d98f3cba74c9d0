package crash

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// sink is the counting mail server. Its record has a line for each accepted
// mail, written before the answer.
type sink struct {
	port   int
	record string

	mu      sync.Mutex // guards what follows
	lines   int
	waiting []waiting
}

// waiting is a kill after which no mail has been accepted yet.
type waiting struct {
	to     *recoveryTimes
	killed time.Time
}

func startSink(t testing.TB, dir string, p Plan) *sink {
	t.Helper()
	binary := filepath.Join(dir, "sink")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", binary, "rainmaker/test/sink").CombinedOutput(); err != nil {
		t.Fatalf("build the sink: %v\n%s", err, out)
	}
	s := &sink{record: filepath.Join(dir, "record")}
	cmd := exec.Command(binary, "-addr", "127.0.0.1:0", "-record", s.record,
		"-delay", p.Delay.String(), "-withhold", strconv.FormatFloat(p.Withhold, 'f', -1, 64))
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	started, over := make(chan error, 1), make(chan struct{})
	go func() {
		runtime.LockOSThread() // see program.start
		defer runtime.UnlockOSThread()
		defer close(over)
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		err := cmd.Start()
		started <- err
		if err == nil {
			<-t.Context().Done()
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { <-over })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("the sink does not start: %v", err)
	}
	line = strings.TrimSpace(line)
	if s.port, err = strconv.Atoi(line[strings.LastIndexByte(line, ':')+1:]); err != nil {
		t.Fatalf("the sink says %q", line)
	}
	go s.watch(t)
	return s
}

// watch counts the lines of the record as they come.
func (s *sink) watch(t testing.TB) {
	f, err := os.Open(s.record)
	if err != nil {
		t.Errorf("record of the sink: %v", err)
		return
	}
	defer f.Close()
	buffer := make([]byte, 64<<10)
	for t.Context().Err() == nil {
		n, _ := f.Read(buffer)
		if n == 0 {
			select {
			case <-t.Context().Done():
			case <-time.After(2 * time.Millisecond):
			}
			continue
		}
		s.mu.Lock()
		s.lines += bytes.Count(buffer[:n], []byte("\n"))
		for _, w := range s.waiting {
			w.to.add(time.Since(w.killed))
		}
		s.waiting = s.waiting[:0]
		s.mu.Unlock()
	}
}

// seen is how many mails were accepted so far.
func (s *sink) seen() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lines
}

// next notes how long after killed the next mail from now on is accepted.
func (s *sink) next(to *recoveryTimes, killed time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = append(s.waiting, waiting{to, killed})
}

// receipt is a line of the sink's record.
type receipt struct{ messageID, recipient string }

// received returns the whole record.
func (s *sink) received(t testing.TB) []receipt {
	t.Helper()
	text, err := os.ReadFile(s.record)
	if err != nil {
		t.Fatal(err)
	}
	var got []receipt
	for line := range strings.Lines(string(text)) {
		messageID, recipient, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok {
			t.Fatalf("the sink's record has the line %q", line)
		}
		got = append(got, receipt{strings.Trim(messageID, "<>"), recipient})
	}
	return got
}

// recoveryTimes collects durations.
type recoveryTimes struct {
	mu  sync.Mutex
	all []time.Duration // guarded by mu
}

func (r *recoveryTimes) add(d ...time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, d...)
}

func (r *recoveryTimes) sorted() []time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(slices.Values(r.all))
}

// String is the median and the longest.
func (r *recoveryTimes) String() string {
	sorted := r.sorted()
	if len(sorted) == 0 {
		return "-"
	}
	return fmt.Sprintf("median %.2f s, longest %.2f s", sorted[len(sorted)/2].Seconds(), sorted[len(sorted)-1].Seconds())
}
