package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	firstPause = 100 * time.Millisecond
	longest    = 30 * time.Second
	// settled is how long a runner must have run for its earlier failures to be
	// forgotten.
	settled = time.Minute
)

// supervisor keeps runners running: one that fails or panics starts again, ever
// later, and is logged each time.
type supervisor struct {
	log      *slog.Logger
	restarts *prometheus.CounterVec
	pause    time.Duration // the first one; tests shorten it

	mu       sync.Mutex
	running  map[string]bool // by name; false between two tries
	drainage bool
}

func newSupervisor(log *slog.Logger, metrics prometheus.Registerer) *supervisor {
	s := &supervisor{log: log, pause: firstPause, running: map[string]bool{}, restarts: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "rainmaker_runner_restarts_total", Help: "Background runners that failed and were started again.",
	}, []string{"runner"})}
	metrics.MustRegister(s.restarts)
	return s
}

// start runs run until ctx ends, as one of crew.
func (s *supervisor) start(ctx context.Context, crew *sync.WaitGroup, name string, run func(context.Context) error) {
	s.set(name, true)
	crew.Go(func() {
		defer s.forget(name)
		pause := s.pause
		for {
			began := time.Now()
			err := guarded(ctx, run)
			if ctx.Err() != nil {
				if err != nil && !errors.Is(err, context.Canceled) {
					s.log.Warn("runner ended badly", "runner", name, "error", err)
				}
				return
			}
			if err == nil {
				err = errors.New("it returned although nobody asked it to")
			}
			if time.Since(began) > settled {
				pause = s.pause
			}
			s.set(name, false)
			s.restarts.WithLabelValues(name).Inc()
			s.log.Error("runner failed, starting it again", "runner", name, "error", err, "in", pause)
			timer := time.NewTimer(pause)
			select {
			case <-ctx.Done():
				timer.Stop()
				return
			case <-timer.C:
			}
			pause = min(2*pause, longest)
			s.set(name, true)
		}
	})
}

// guarded turns a panic into an error: one broken runner must not take mails in
// flight down with it.
func guarded(ctx context.Context, run func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return run(ctx)
}

func (s *supervisor) set(name string, up bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running[name] = up
}

func (s *supervisor) forget(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, name)
}

// draining makes ready answer no, so that a load balancer turns away.
func (s *supervisor) draining() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drainage = true
}

// ready says what is not as it should be.
func (s *supervisor) ready() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drainage {
		return errors.New("draining")
	}
	var down []string
	for name, up := range s.running {
		if !up {
			down = append(down, name)
		}
	}
	if len(down) == 0 {
		return nil
	}
	slices.Sort(down)
	return fmt.Errorf("not running: %s", strings.Join(down, ", "))
}

// wait returns when every runner of crew has returned, or with an error that
// names what still runs when ctx ends.
func (s *supervisor) wait(ctx context.Context, crew *sync.WaitGroup) error {
	done := make(chan struct{})
	go func() {
		crew.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var left []string
	for name := range s.running {
		left = append(left, name)
	}
	slices.Sort(left)
	return fmt.Errorf("did not stop in time: %s", strings.Join(left, ", "))
}
