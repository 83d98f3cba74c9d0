package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"rainmaker/internal/app"
	"rainmaker/internal/platform/config"
	"rainmaker/internal/platform/db/embedded"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/secret"
)

// settings for a program with a server of its own: the role it logs in as is the
// server's, and its password the installation's, so that the shared test server
// will not do.
func settings(t *testing.T) config.Config {
	t.Helper()
	c := config.Config{
		Addr: "127.0.0.1:0", Target: "all", Data: t.TempDir(), LogFormat: "text", LogLevel: "error",
		Dev: true, DevAllowLoopback: true, InboundSMTP: "127.0.0.1:0",
		Database: config.Database{MaxConns: 8}, Jobs: config.Jobs{Workers: 2},
		API: config.API{RatePerSecond: 50, RateBurst: 200},
		LLM: config.LLM{Provider: config.ProviderOffline, TokensPerDay: 1},
	}
	if err := c.Complete(); err != nil {
		t.Fatal(err)
	}
	return c
}

// run starts a program and returns it with a function that stops it and returns
// its error.
func run(t *testing.T, c config.Config) (*app.App, func() error) {
	t.Helper()
	a, err := app.New(t.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended, ready := make(chan error, 1), make(chan struct{})
	go func() { ended <- a.Run(ctx, func() { close(ready) }) }()
	select {
	case <-ready:
	case err := <-ended:
		t.Fatal(err)
	}
	stop := func() error {
		cancel()
		return <-ended
	}
	t.Cleanup(cancel)
	return a, stop
}

func TestServesAndDrains(t *testing.T) {
	c := settings(t)
	a, stop := run(t, c)
	for path, want := range map[string]string{"/healthz": `"ok"`, "/readyz": `"ok"`, "/api/openapi.json": "3.1", "/": "<!doctype html>", "/metrics": "go_goroutines"} {
		status, body := fetch(t, a.URL()+path)
		if status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	first, err := a.Demo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := a.Demo(t.Context()); err != nil || again != first {
		t.Errorf("second start of the demo: %v, %v", again, err)
	}
	began := time.Now()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("an idle program took %v to stop", took)
	}
	if _, err := net.DialTimeout("tcp", strings.TrimPrefix(a.URL(), "http://"), time.Second); err == nil {
		t.Error("still listening after the shutdown")
	}
}

func TestAnotherMasterKeyIsRefused(t *testing.T) {
	c := settings(t)
	server, err := embedded.Start(t.Context(), embedded.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop(context.Background()) })
	c.Database.URL = secret.String(server.URL(""))
	_, stop := run(t, c)
	other := c
	other.Data = t.TempDir() // a new key is made there
	_, err = app.New(t.Context(), other, slog.New(slog.DiscardHandler))
	if !errs.Is(err, errs.Conflict) || !strings.Contains(err.Error(), "another master key") {
		t.Errorf("another key: %v", err)
	}
	// The refused process must not have changed the role's password.
	second := c
	a, stopSecond := run(t, second)
	if status, body := fetch(t, a.URL()+"/readyz"); status != http.StatusOK {
		t.Errorf("the right key after the wrong one: %d %s", status, body)
	}
	if err := errors.Join(stopSecond(), stop()); err != nil {
		t.Error(err)
	}
}

func TestTakenPortSaysSo(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := config.Config{Addr: l.Addr().String(), Target: "all", Data: t.TempDir()}
	if _, err := app.New(t.Context(), c, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "--addr") {
		t.Errorf("taken port: %v", err)
	}
}

func TestWorkerServesNoHTTP(t *testing.T) {
	c := settings(t)
	c.Target = "worker"
	a, stop := run(t, c)
	if a.URL() != "" {
		t.Errorf("a worker listens on %s", a.URL())
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func fetch(t *testing.T, url string) (int, string) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") && !json.Valid(bytes.TrimSpace(body)) {
		t.Errorf("%s is not JSON: %s", url, body)
	}
	return r.StatusCode, string(body)
}
