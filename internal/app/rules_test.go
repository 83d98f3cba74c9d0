package app_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"rainmaker/internal/platform/id"
)

var metricName = regexp.MustCompile(`\b(?:rainmaker|go|process)_[a-z0-9_]+\b`)

// TestRulesNameMetrics: what the rules and the dashboard ask Prometheus for is
// there at /metrics of a running program.
func TestRulesNameMetrics(t *testing.T) {
	a, stop := run(t, settings(t))
	defer func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}()
	signUp(t, a.URL()) // one request, so that its histogram is there
	_, text := fetch(t, a.URL()+"/metrics")
	there := map[string]bool{}
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			there[metricName.FindString(line)] = true
		}
		// A vector without a series yet says its name in HELP alone.
		if rest, ok := strings.CutPrefix(line, "# HELP "); ok {
			there[metricName.FindString(rest)] = true
		}
	}
	declared := declaredMetrics(t)
	root := filepath.Join("..", "..", "deploy")
	for _, file := range []string{filepath.Join(root, "prometheus", "rules.yml"), filepath.Join(root, "grafana", "rainmaker.json")} {
		named := map[string]bool{}
		for _, expr := range expressions(t, file) {
			for _, name := range metricName.FindAllString(expr, -1) {
				named[name] = true
			}
			if strings.Count(expr, "(") != strings.Count(expr, ")") {
				t.Errorf("%s: brackets do not match: %s", filepath.Base(file), expr)
			}
		}
		if len(named) < 5 {
			t.Errorf("%s names only %v", file, slices.Sorted(maps.Keys(named)))
		}
		for name := range named {
			if !there[name] && !declared[name] {
				t.Errorf("%s asks for %s, which /metrics does not have", filepath.Base(file), name)
			}
		}
	}
}

// declaredMetrics are names of vectors that have no series before something
// happens (a restart, a settled action), read from where they are registered.
func declaredMetrics(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, file := range []string{"supervise.go", "../action/log.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range regexp.MustCompile(`Name:\s+"(rainmaker_[a-z_]+)"`).FindAllStringSubmatch(string(text), -1) {
			names[match[1]] = true
		}
	}
	return names
}

// expressions are all PromQL of a file.
func expressions(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if filepath.Ext(file) == ".json" {
		err = json.Unmarshal(text, &tree)
	} else {
		err = yaml.Unmarshal(text, &tree)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	var found []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if expr, ok := v["expr"].(string); ok {
				found = append(found, expr)
			}
			for _, inner := range v {
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	walk(tree)
	return found
}

// TestIsolationEndsLiveUpdates: the stream of somebody who is shut out ends at once.
func TestIsolationEndsLiveUpdates(t *testing.T) {
	a, stop := run(t, settings(t))
	defer func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}()
	admin := signUp(t, a.URL())
	key := admin.post("/api-keys", map[string]any{"name": "k", "role": "manager"})
	incident := admin.post("/incidents", map[string]any{"title": "A leaked key " + id.New().String()})
	conn := dialLive(t, a.URL(), "ApiKey "+key["key_id"].(string)+":"+key["secret"].(string))
	status := admin.send(http.MethodPost, "/incidents/"+incident["id"].(string)+"/isolate", map[string]any{"kind": "key", "subject_id": key["id"]})
	if status != http.StatusOK {
		t.Fatalf("isolate: %d", status)
	}
	for {
		if _, _, err := conn.Read(t.Context()); err != nil {
			break // closed
		}
	}
	if status := (&tenant{t: t, url: a.URL(), proof: "ApiKey " + key["key_id"].(string) + ":" + key["secret"].(string)}).send(http.MethodGet, "/leads", nil); status != http.StatusUnauthorized {
		t.Errorf("the key answers %d", status)
	}
}
