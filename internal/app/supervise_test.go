package app

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func TestSupervisorBringsRunnersBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		s := newSupervisor(slog.New(slog.NewTextHandler(&out, nil)), prometheus.NewRegistry())
		ctx, cancel := context.WithCancel(t.Context())
		var crew sync.WaitGroup
		tries := 0
		s.start(ctx, &crew, "flaky", func(ctx context.Context) error {
			tries++
			switch tries {
			case 1:
				return errors.New("first failure")
			case 2:
				panic("second failure")
			case 3:
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		})
		synctest.Wait()
		if err := s.ready(); err == nil || !strings.Contains(err.Error(), "flaky") {
			t.Errorf("ready while a runner is down: %v", err)
		}
		time.Sleep(time.Second) //nolint:forbidigo // fake time: 100 + 200 + 400 ms of pauses
		if tries != 4 {
			t.Errorf("%d tries", tries)
		}
		if err := s.ready(); err != nil {
			t.Errorf("not ready although everything runs: %v", err)
		}
		cancel()
		if err := s.wait(t.Context(), &crew); err != nil {
			t.Error(err)
		}
		for _, want := range []string{"first failure", "second failure", "nobody asked"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("the log does not tell of %q: %s", want, out.String())
			}
		}
		s.draining()
		if err := s.ready(); err == nil {
			t.Error("ready while draining")
		}
	})
}

func TestSupervisorNamesWhatDoesNotStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSupervisor(slog.New(slog.DiscardHandler), prometheus.NewRegistry())
		release := make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		var crew sync.WaitGroup
		s.start(ctx, &crew, "stubborn", func(context.Context) error { <-release; return nil })
		s.start(ctx, &crew, "willing", func(ctx context.Context) error { <-ctx.Done(); return nil })
		cancel()
		patience, end := context.WithTimeout(t.Context(), time.Second)
		defer end()
		if err := s.wait(patience, &crew); err == nil || !strings.Contains(err.Error(), "stubborn") || strings.Contains(err.Error(), "willing") {
			t.Errorf("wait: %v", err)
		}
		close(release)
		crew.Wait()
	})
}

func TestTargets(t *testing.T) {
	for _, tc := range []struct {
		target string
		module string
		want   bool
	}{
		{"all", targetWorker, true},
		{"api", targetWorker, false},
		{"api, worker", targetWorker, true},
		{"api", every, true},
		{"worker", targetAPI, false},
	} {
		if got := parseTargets(tc.target).runs(module{target: tc.module}); got != tc.want {
			t.Errorf("--target %q runs a module of %s: %v", tc.target, tc.module, got)
		}
	}
}
