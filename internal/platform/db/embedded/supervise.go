package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	stopGrace = 20 * time.Second       // a fast shutdown writes one checkpoint
	quitGrace = 5 * time.Second        // SIGQUIT writes nothing
	readyPoll = 15 * time.Millisecond  // a connection attempt costs about 5 ms
	backoffLo = 100 * time.Millisecond // first pause before a restart
	backoffHi = 10 * time.Second
	healthy   = time.Minute // a process that lived so long resets the pause
	logKeep   = 16 << 20    // postgres.log is turned over at a start beyond this
)

// supervise owns the process from the first start to the last exit. It answers
// once on ready: nil when the server takes connections, or why it never did.
//
// It stays on one thread for ever: on Linux the child is told to shut down when
// the thread that made it dies, so the thread must live as long as the program.
func (s *Server) supervise(ctx context.Context, ready chan<- error) {
	runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
	defer close(s.done)
	defer s.unlock()
	pause := backoffLo
	for first := true; ; first = false {
		begun := time.Now()
		exited, err := s.launch(context.WithoutCancel(ctx))
		if err == nil && first {
			err = s.awaitReady(ctx, exited)
			if err != nil {
				s.shutdown(exited)
			}
		}
		if first {
			ready <- err
			if err != nil {
				return
			}
			s.log.InfoContext(ctx, "database ready", "dir", s.dir, "version", s.bin.version, "pid", s.PID(), "took", time.Since(begun).Round(time.Millisecond))
		}
		if err != nil {
			s.log.Error("database did not start", "dir", s.dir, "error", err)
		} else {
			select {
			case <-s.stopping:
				s.shutdown(exited)
				s.log.Info("database stopped", "dir", s.dir)
				return
			case err = <-exited:
				s.setChild(nil)
				s.log.Error("database died, restarting it", "dir", s.dir, "state", err, "log", s.logTail())
			}
		}
		if time.Since(begun) > healthy {
			pause = backoffLo
		}
		select {
		case <-s.stopping:
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, backoffHi)
		if err := s.clearLeftover(context.WithoutCancel(ctx)); err != nil {
			s.log.Error("database leftovers", "dir", s.dir, "error", err)
		}
	}
}

// launch starts the process. The channel yields its end once.
func (s *Server) launch(ctx context.Context) (<-chan error, error) {
	dir, release, err := s.acc.pathFor(s.data)
	if err != nil {
		return nil, err
	}
	defer release()
	log, err := s.openLog()
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin.dir, "postgres"), "-D", dir.path,
		"-c", "listen_addresses=", "-c", "port="+port, "-c", "unix_socket_permissions=0700",
		"-c", `unix_socket_directories="`+strings.ReplaceAll(s.run, `"`, `""`)+`"`, "-c", "logging_collector=off", "-c", "log_destination=stderr")
	s.acc.as(cmd)
	dieWithParent(cmd.SysProcAttr, syscall.SIGINT) // a fast shutdown
	cmd.Dir, cmd.ExtraFiles = s.run, dir.files
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("run postgres: %w", err)
	}
	s.setChild(cmd.Process)
	exited := make(chan error, 1)
	go func() {
		err := cmd.Wait()
		if err == nil {
			err = errors.New("exit status 0")
		}
		exited <- err
	}()
	return exited, nil
}

// awaitReady polls until the server takes connections. Recovery after a crash
// may take long; it waits as long as the process lives and ctx allows.
func (s *Server) awaitReady(ctx context.Context, exited <-chan error) error {
	for {
		conn, err := pgx.Connect(ctx, s.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case state := <-exited:
			s.setChild(nil)
			return fmt.Errorf("postgres ended: %w: %s", state, s.logTail())
		case <-ctx.Done():
			return fmt.Errorf("postgres was not ready in time: %w", errors.Join(ctx.Err(), err))
		case <-time.After(readyPoll):
		}
	}
}

// shutdown ends the process: politely, then at once, then by force.
func (s *Server) shutdown(exited <-chan error) {
	if s.PID() == 0 {
		return
	}
	defer s.setChild(nil)
	s.signal(syscall.SIGINT)
	select {
	case <-exited:
		return
	case <-s.hurry:
	case <-time.After(stopGrace):
	}
	s.mu.Lock()
	s.forced = true
	s.mu.Unlock()
	s.signal(syscall.SIGQUIT)
	select {
	case <-exited:
		return
	case <-time.After(quitGrace):
	}
	s.signal(syscall.SIGKILL)
	<-exited
	if err := s.clearLeftover(context.Background()); err != nil {
		s.log.Error("database leftovers", "dir", s.dir, "error", err)
	}
}

func (s *Server) signal(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.child != nil {
		_ = s.child.Signal(sig) // it may have ended on its own: the wait tells
	}
}

func (s *Server) setChild(p *os.Process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.child = p
}

func (s *Server) logPath() string { return filepath.Join(s.dir, "postgres.log") }

// openLog opens the server's log, keeping one old one.
func (s *Server) openLog() (*os.File, error) {
	if info, err := os.Stat(s.logPath()); err == nil && info.Size() > logKeep {
		if err := os.Rename(s.logPath(), s.logPath()+".1"); err != nil {
			return nil, fmt.Errorf("turn over the log: %w", err)
		}
	}
	f, err := os.OpenFile(s.logPath(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the log: %w", err)
	}
	return f, nil
}

// logTail is the end of the server's log, for messages.
func (s *Server) logTail() string {
	f, err := os.Open(s.logPath())
	if err != nil {
		return ""
	}
	defer f.Close()
	const tail = 800
	cut := false
	if info, err := f.Stat(); err == nil && info.Size() > tail {
		_, err = f.Seek(-tail, io.SeekEnd)
		cut = err == nil
	}
	b, _ := io.ReadAll(io.LimitReader(f, tail))
	if _, whole, ok := bytes.Cut(b, []byte("\n")); cut && ok {
		b = whole
	}
	return string(bytes.TrimSpace(b))
}
