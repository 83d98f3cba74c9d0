package archtest

import (
	"slices"
	"strings"
)

// layers is law 1: a package imports only what stands to its left. Names in one
// line are strangers to each other.
func layers() [][]string {
	return [][]string{
		{"platform"},
		{"org"},
		{"auth"},
		{"compliance"},
		{"llm"},
		{"action"},
		{"lead"},
		{"content"},
		{"email", "voice", "social", "meeting"},
		{"conversation"},
		{"campaign"},
		{"crm", "revenue"},
		{"analytics"},
		{"optimiser"},
		// Hears of the events of everything to its left, and api asks it.
		{"webhook"},
		{"api", "ws", "provider"},
		{"app"},
		{"cli"},
	}
}

func layerOf(area string) int {
	return slices.IndexFunc(layers(), func(l []string) bool { return slices.Contains(l, area) })
}

// direction checks every import of our own packages.
func (t *tree) direction(f *file) {
	mine := f.area()
	if mine == "archtest" {
		return
	}
	if mine != "" && layerOf(mine) < 0 {
		t.wrong(f, f.syntax.Package, "import", "internal/%s is not in the table of layers: see DESIGN 2 and 3", mine)
		return
	}
	for _, i := range f.syntax.Imports {
		target := strings.Trim(i.Path.Value, `"`)
		rest, ours := strings.CutPrefix(target, module+"/")
		if !ours {
			continue
		}
		if why := forbidden(f, mine, rest); why != "" {
			t.wrong(f, i.Pos(), "import", "%s", why)
		}
	}
}

// forbidden says why a file of area mine must not import the package.
func forbidden(f *file, mine, target string) string {
	switch {
	case strings.HasPrefix(f.dir, "test/"):
		return "" // tools around the program
	case strings.HasPrefix(f.dir, "cmd/"):
		if target != "internal/cli" {
			return "cmd holds nothing: it calls internal/cli, not " + target
		}
		return ""
	case f.dir == "web":
		if !strings.HasPrefix(target, "internal/platform/") {
			return "web serves files and knows no domain: it must not import " + target
		}
		return ""
	case target == "web":
		if mine != "app" && mine != "cli" {
			return "only app and cli know the web app"
		}
		return ""
	}
	area, ok := strings.CutPrefix(target, "internal/")
	if !ok {
		return ""
	}
	area, _, _ = strings.Cut(area, "/")
	switch {
	case area == mine:
		return ""
	case layerOf(area) < 0:
		return "internal/" + area + " is not in the table of layers"
	case layerOf(area) == layerOf(mine):
		return mine + " and " + area + " are strangers: use an event, or an interface that app joins"
	case layerOf(area) > layerOf(mine):
		return mine + " stands to the left of " + area + ": use an event, or an interface that app joins"
	}
	return ""
}
