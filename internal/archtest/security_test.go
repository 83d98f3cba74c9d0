package archtest_test

import (
	_ "embed"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// requirements are the identifiers and levels of OWASP ASVS 5.0, levels 1 and 2.
//
//go:embed testdata/asvs-5.0.txt
var requirements string

var (
	rowPattern      = regexp.MustCompile(`(?m)^\| ([\d.]+) \| ([12]) \| \*\*(test|rule|n/a|no)\*\* .+ \|$`)
	testPattern     = regexp.MustCompile("`((?:Test|Fuzz|Benchmark)[A-Za-z0-9]+)`")
	filePattern     = regexp.MustCompile("`((?:internal|web|docs|deploy|test|scripts)/[^` ]+|[A-Za-z.-]+\\.(?:md|yml|sum))`")
	functionPattern = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)[A-Za-z0-9]+)\(`)
)

// TestSecurityPage: docs/security.md answers each requirement once, and what it
// names is there.
func TestSecurityPage(t *testing.T) {
	root := filepath.Join("..", "..")
	raw, err := os.ReadFile(filepath.Join(root, "docs", "security.md"))
	if err != nil {
		t.Fatal(err)
	}
	page := string(raw)
	left := map[string]int{}
	for line := range strings.Lines(requirements) {
		left[strings.TrimSpace(line)]++
	}
	for _, row := range rowPattern.FindAllStringSubmatch(page, -1) {
		left[row[1]+" "+row[2]]--
		if row[3] == "test" && !testPattern.MatchString(row[0]) {
			t.Errorf("%s names no test", row[1])
		}
	}
	for requirement, n := range left {
		if n != 0 {
			t.Errorf("requirement and level %s: %d answers, want 1", requirement, 1-n)
		}
	}
	known := functions(t, root)
	for _, name := range testPattern.FindAllStringSubmatch(page, -1) {
		if !known[name[1]] {
			t.Errorf("there is no %s", name[1])
		}
	}
	for _, file := range filePattern.FindAllStringSubmatch(page, -1) {
		if _, err := os.Stat(filepath.Join(root, file[1])); err != nil {
			t.Errorf("there is no %s", file[1])
		}
	}
}

// functions are the names of all tests of the repository.
func functions(t *testing.T, root string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, dir := range []string{"internal", "test", "web"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if entry.Name() == "node_modules" {
				return filepath.SkipDir
			}
			if !strings.HasSuffix(path, "_test.go") {
				return nil
			}
			source, err := os.ReadFile(path)
			for _, found := range functionPattern.FindAllSubmatch(source, -1) {
				names[string(found[1])] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return names
}
