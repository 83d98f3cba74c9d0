// Package telemetry makes the log, the metrics and the traces of the process.
//
// Secrets are types that hide themselves (platform/secret). As a second line,
// attributes whose name says that they hold one are hidden whatever their type.
//
// Files: telemetry.go (log, metrics), trace.go (traces).
package telemetry

import (
	"io"
	"log/slog"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// NewLogger returns a logger that writes text or json lines of at least level to
// w. Both words were validated by config; others mean text and info.
func NewLogger(w io.Writer, format, level string) *slog.Logger {
	var least slog.Level
	_ = least.UnmarshalText([]byte(level)) // stays info
	opts := &slog.HandlerOptions{Level: least, ReplaceAttr: redact}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}

// redact hides attributes by name.
func redact(_ []string, a slog.Attr) slog.Attr {
	name := strings.ToLower(a.Key)
	for _, word := range []string{"password", "secret", "token", "api_key", "authorization", "cookie"} {
		// "tokens" counts what a model used.
		if strings.Contains(name, word) && !strings.Contains(name, "tokens") {
			return slog.String(a.Key, "[secret]")
		}
	}
	return a
}

// NewRegistry returns a registry with the collectors of the Go runtime and of
// the process. It belongs to one program: tests that need metrics make their
// own.
func NewRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}
