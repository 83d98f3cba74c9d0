package telemetry_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"rainmaker/internal/platform/secret"
	"rainmaker/internal/platform/telemetry"
)

func TestLogHidesSecrets(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		var out bytes.Buffer
		log := telemetry.NewLogger(&out, format, "info")
		log.Debug("below the level")
		log.Info("sign in", "key", secret.String("hunter2"), "Password", "hunter2", "tokens", 42,
			slog.Group("request", "authorization", "Bearer hunter2"))
		text := out.String()
		if strings.Contains(text, "hunter2") || strings.Contains(text, "below") {
			t.Errorf("%s: %s", format, text)
		}
		if !strings.Contains(text, "42") {
			t.Errorf("%s: the count of tokens is hidden: %s", format, text)
		}
		if isJSON := strings.HasPrefix(text, "{"); isJSON != (format == "json") {
			t.Errorf("%s: %s", format, text)
		}
	}
}

func TestRegistryHasProcessAndGo(t *testing.T) {
	families, err := telemetry.NewRegistry().Gather()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range families {
		names = append(names, f.GetName())
	}
	all := strings.Join(names, " ")
	for _, want := range []string{"go_goroutines", "process_cpu_seconds_total"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %s in %s", want, all)
		}
	}
}
