// Package app puts the program together, by hand and in order: the database,
// the services from left to right in the order of the import law, the HTTP
// server, the runners. Nothing here decides anything about the business.
//
// Invariants: nothing listens or runs before the schema is up to date and the
// master key is known to be the installation's; a shutdown stops accepting
// first, then drains, then closes the pool, then stops the embedded server, and
// is over within 30 s of its request.
//
// Files: app.go (start and stop), wire.go (the services), modules.go (what each
// target runs), providers.go (the vendors), http.go (the routes), supervise.go
// (runners that come back), installation.go, masterkey.go and store.go (database
// and master key), keeper.go (sealing keys), import.go (leads from a file), ledger.go (audit log), demo.go, limit.go (open files),
// tls.go (the certificate),
// collector.go (garbage).
package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"rainmaker/internal/api"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/config"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/limit"
	"rainmaker/internal/platform/telemetry"
	"rainmaker/internal/provider/smtp"
)

const (
	// drainTime bounds the end of requests and workers; stopTime the rest of the
	// shutdown. Together they stay below the 30 s of CONTRACT.
	drainTime = 22 * time.Second
	stopTime  = 5 * time.Second
	traceTime = time.Second // for the traces that are still here
)

// App is the running program.
type App struct {
	cfg      config.Config
	targets  targets
	log      *slog.Logger
	clock    clock.Clock
	metrics  *prometheus.Registry
	traces   *telemetry.Traces // nil when none are kept
	listener net.Listener      // nil when this process does not serve HTTP
	url      string
	in       *Installation
	services services
	redis    *limit.Redis  // nil when each process counts alone
	inbound  *smtp.Inbound // nil when no mail is taken
	practice *practice
	watch    *supervisor
}

// New opens the database, migrates it and builds everything. Nothing serves or
// runs before Run. cfg must be complete.
func New(ctx context.Context, cfg config.Config, log *slog.Logger) (_ *App, err error) {
	a := &App{
		cfg: cfg, targets: parseTargets(cfg.Target), log: log,
		clock:   clock.System{Offset: time.Duration(cfg.DevClockOffset)},
		metrics: telemetry.NewRegistry(),
	}
	a.watch = newSupervisor(log, a.metrics)
	defer func() {
		if err != nil {
			err = errors.Join(err, a.close())
		}
	}()
	// A taken port is the likeliest reason to fail, and quick to find out.
	if a.targets.has(targetAPI) {
		if a.listener, err = listen(ctx, cfg, log); err != nil {
			return nil, err
		}
	}
	a.url = a.address()
	if err = a.openTraces(ctx); err != nil {
		return nil, err
	}
	ctx = a.traces.With(ctx)
	if cfg.RedisURL != "" {
		if a.redis, err = limit.OpenRedis(cfg.RedisURL); err != nil {
			return nil, err
		}
	}
	if a.in, err = Open(ctx, cfg, log); err != nil {
		return nil, err
	}
	if a.services, err = a.wire(); err != nil {
		return nil, err
	}
	if err = a.openInbound(); err != nil {
		return nil, err
	}
	return a, nil
}

func listen(ctx context.Context, cfg config.Config, log *slog.Logger) (net.Listener, error) {
	var l net.ListenConfig
	listener, err := l.Listen(ctx, "tcp", cfg.Addr)
	if err != nil {
		return nil, errs.Wrap(errs.Unavailable, err, "cannot listen on %s: choose another address with --addr (port 0 picks a free one)", cfg.Addr)
	}
	if cfg.TLSCert == "" {
		return listener, nil
	}
	cert, err := openCertificate(cfg.TLSCert, cfg.TLSKey, log)
	if err != nil {
		_ = listener.Close()
		return nil, errs.Wrap(errs.Invalid, err, "tls_cert")
	}
	return tls.NewListener(listener, cert.config()), nil
}

// URL is where the program listens, such as http://127.0.0.1:8080; empty when it
// serves no HTTP.
func (a *App) URL() string { return a.url }

// PublicURL is where people reach it, without a final slash.
func (a *App) PublicURL() string {
	if a.cfg.PublicURL != "" {
		return strings.TrimSuffix(a.cfg.PublicURL, "/")
	}
	return a.url
}

func (a *App) address() string {
	if a.listener == nil {
		return ""
	}
	scheme := "http"
	if a.cfg.TLSCert != "" {
		scheme = "https"
	}
	host, port, err := net.SplitHostPort(a.listener.Addr().String())
	if err != nil {
		return scheme + "://" + a.cfg.Addr
	}
	// Listening on every address, any will do; this one works on this machine.
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// Run serves and works until ctx ends, then drains and closes everything. ready
// is called once requests are answered. The error says what did not stop in
// time; what was cut off is found and finished by the next start.
func (a *App) Run(ctx context.Context, ready func()) error {
	base, stopBase := context.WithCancel(a.traces.With(context.WithoutCancel(ctx)))
	defer stopBase()
	work, stopWork := context.WithCancel(base)
	defer stopWork()
	var workers, ground sync.WaitGroup
	for _, m := range a.modules() {
		switch {
		case !a.targets.runs(m):
		case m.last:
			a.watch.start(base, &ground, m.name, m.run)
		default:
			a.watch.start(work, &workers, m.name, m.run)
		}
	}
	served := make(chan error, 1)
	server := api.Server("", a.services.api, api.ServerConfig{Logger: a.log})
	server.BaseContext = func(net.Listener) context.Context { return a.traces.With(context.WithoutCancel(ctx)) }
	if a.listener != nil {
		go func() { served <- server.Serve(a.listener) }()
	}
	ready()

	var failed error
	select {
	case <-ctx.Done():
		a.log.Info("draining")
	case err := <-served:
		failed = fmt.Errorf("serve HTTP: %w", err)
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	// Shutdown closes the listener before anything else. Requests and workers
	// then finish side by side: neither waits for the other's deadline.
	a.watch.draining()
	stopWork()
	httpErr := make(chan error, 1)
	go func() { httpErr <- server.Shutdown(drain) }()
	workErr := a.watch.wait(drain, &workers)
	if err := <-httpErr; err != nil {
		_ = server.Close()
		failed = errors.Join(failed, fmt.Errorf("requests were cut off: %w", err))
	}
	stopBase()
	failed = errors.Join(failed, workErr, a.watch.wait(drain, &ground))
	return errors.Join(failed, a.close())
}

// close releases what New took, in the opposite order.
func (a *App) close() error {
	if a.listener != nil {
		_ = a.listener.Close() // closed already after a shutdown
	}
	if a.practice != nil {
		a.practice.close()
	}
	if a.inbound != nil {
		_ = a.inbound.Close()
	}
	if a.redis != nil {
		_ = a.redis.Close()
	}
	if a.traces != nil {
		ctx, cancel := context.WithTimeout(context.Background(), traceTime)
		defer cancel()
		if err := a.traces.Close(ctx); err != nil {
			a.log.Warn("the last traces are lost", "error", err)
		}
	}
	if a.in == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	return a.in.Close(ctx)
}

// openTraces begins to export when there is somebody to export to.
func (a *App) openTraces(ctx context.Context) error {
	if a.cfg.Trace.URL == "" {
		return nil
	}
	headers, err := a.cfg.Trace.HeaderMap()
	if err != nil {
		return err
	}
	a.traces, err = telemetry.OpenTraces(ctx, telemetry.TraceConfig{
		URL: a.cfg.Trace.URL, Headers: headers, Sample: a.cfg.Trace.Sample, Version: a.cfg.Version, Logger: a.log, Registry: a.metrics,
	})
	return err
}
