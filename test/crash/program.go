package crash

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// restartAfter is how long the test waits before it starts a program again that
// ended by itself, as a service manager does.
const restartAfter = 200 * time.Millisecond

// program is one process of the program under test, in all its lives.
type program struct {
	t    testing.TB
	name string
	path string
	args []string
	env  []string
	log  string                     // file of its stderr
	away func(since time.Time) bool // was the database?

	stopping chan struct{}
	done     chan struct{}

	mu       sync.Mutex // guards what follows
	process  *os.Process
	killed   bool      // the process is being killed by the test
	killedAt time.Time // when the last life was ended by the test
	serving  bool
	begun    time.Time     // of the process
	deaths   []string      // ends of its own
	refusals int           // starts given up because the database was away
	exit     error         // of the life that was asked to stop
	ready    recoveryTimes // from a kill until it serves again
}

func newProgram(t testing.TB, binary, data string, on *database, masterKey string) *program {
	return &program{
		t: t, name: filepath.Base(data), path: binary, log: data + ".log", away: on.away,
		args: []string{"serve", "--addr", "127.0.0.1:0", "--data", data, "--dev"},
		env: []string{
			"RAINMAKER_DATABASE_URL=" + on.url(), "RAINMAKER_MASTER_KEY=" + masterKey, "RAINMAKER_DEV_ALLOW_LOOPBACK=1",
			"PATH=" + os.Getenv("PATH"), "HOME=" + data, "TMPDIR=" + os.TempDir(),
		},
		stopping: make(chan struct{}), done: make(chan struct{}),
	}
}

// start begins to keep the program running until stop.
func (p *program) start() {
	go func() {
		// A process dies with the thread that made it (Pdeathsig below).
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.done)
		for p.live() {
		}
	}()
	p.t.Cleanup(func() { p.end(syscall.SIGKILL) })
}

// live runs the program once, and reports whether it is to be started again.
func (p *program) live() bool {
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		p.t.Errorf("log of %s: %v", p.name, err)
		return false
	}
	defer log.Close()
	cmd := exec.Command(p.path, p.args...)
	cmd.Env, cmd.Stderr = p.env, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // it must not outlive the test
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		p.t.Errorf("start %s: %v", p.name, err)
		return false
	}
	if err := p.launch(cmd); err != nil {
		p.t.Errorf("start %s: %v", p.name, err)
		return false
	}
	lines := bufio.NewReader(stdout)
	if line, err := lines.ReadString('\n'); err == nil && strings.HasPrefix(line, "listening on") {
		p.serve()
	}
	_, _ = io.Copy(io.Discard, lines) // until it ends
	err = cmd.Wait()
	return p.ended(err)
}

func (p *program) launch(cmd *exec.Cmd) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := cmd.Start(); err != nil {
		return err
	}
	p.process, p.killed, p.serving, p.begun = cmd.Process, false, false, time.Now()
	return nil
}

func (p *program) serve() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.serving = true
	if !p.killedAt.IsZero() {
		p.ready.add(time.Since(p.killedAt))
		p.killedAt = time.Time{}
	}
}

// ended notes how a life ended, and reports whether another one follows.
func (p *program) ended(err error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.process = nil
	select {
	case <-p.stopping:
		p.exit = err
		return false
	default:
	}
	switch {
	case p.killed:
		return true
	case p.serving:
		p.deaths = append(p.deaths, fmt.Sprintf("%s: %v: %s", p.name, err, p.lastLine()))
	case p.away(p.begun):
		p.refusals++
	default:
		p.deaths = append(p.deaths, fmt.Sprintf("%s did not start: %s", p.name, p.lastLine()))
	}
	p.mu.Unlock()
	select {
	case <-p.stopping:
	case <-time.After(restartAfter):
	}
	p.mu.Lock()
	return true
}

// kill ends the program with SIGKILL, wherever it is in its work; one that is
// just being started is killed as soon as it exists. It returns when.
func (p *program) kill(t testing.TB) time.Time {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		p.mu.Lock()
		if p.process != nil && !p.killed {
			p.killed = true
			p.killedAt = time.Now()
			at := p.killedAt
			_ = p.process.Kill() // an end of its own is noticed by its wait
			p.mu.Unlock()
			return at
		}
		p.mu.Unlock()
		pause(t, time.Millisecond)
	}
	t.Fatalf("%s does not run\n%s", p.name, p.tail())
	return time.Time{}
}

// end ends the program for good with the signal, and returns how it ended.
func (p *program) end(signal os.Signal) error {
	p.mu.Lock()
	select {
	case <-p.stopping:
	default:
		close(p.stopping)
	}
	if p.process != nil {
		_ = p.process.Signal(signal)
	}
	p.mu.Unlock()
	<-p.done
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.exit
}

// lastLine is what the program said last.
func (p *program) lastLine() string {
	text, _ := os.ReadFile(p.log)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}

// tail is the end of the program's log.
func (p *program) tail() string {
	text, _ := os.ReadFile(p.log)
	const most = 4000
	if len(text) > most {
		text = text[len(text)-most:]
	}
	return fmt.Sprintf("--- end of the log of %s\n%s\n", p.name, text)
}
