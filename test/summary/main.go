// Summary reads `go test -json` and prints a line a package, the output of tests
// that failed, and at the end how many passed, failed and were skipped. It exits
// with 1 when anything failed.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// event is a line of `go test -json` (see `go doc test2json`).
type event struct {
	Action  string
	Package string
	Test    string
	Elapsed float64
	Output  string
}

type summary struct {
	out                     io.Writer
	output                  map[string][]string // by package and test, until it ends
	passed, failed, skipped int
	broken                  bool // a package failed, with or without a test
}

func main() {
	s := summary{out: os.Stdout, output: map[string][]string{}}
	if err := s.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "summary:", err)
		os.Exit(1)
	}
	if s.failed > 0 || s.broken {
		os.Exit(1)
	}
}

func (s *summary) read(r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20) // one line of output may be a whole golden file
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Fprintln(s.out, lines.Text()) // a message of go itself
			continue
		}
		s.take(e)
	}
	fmt.Fprintf(s.out, "%d passed, %d failed, %d skipped\n", s.passed, s.failed, s.skipped)
	return lines.Err()
}

func (s *summary) take(e event) {
	key := e.Package + " " + e.Test
	// Subtests are cases of one test: their output counts, they do not.
	top := e.Test != "" && !strings.Contains(e.Test, "/")
	switch e.Action {
	case "output":
		s.output[key] = append(s.output[key], e.Output)
		return
	case "build-output":
		fmt.Fprint(s.out, e.Output)
		return
	case "pass":
		if top {
			s.passed++
		}
	case "skip":
		if top {
			s.skipped++
			fmt.Fprintf(s.out, "skip  %s %s\n%s", e.Package, e.Test, strings.Join(s.output[key], ""))
		}
	case "fail":
		if top {
			s.failed++
		}
		if e.Test != "" { // a package's own output follows in end
			fmt.Fprint(s.out, strings.Join(s.output[key], ""))
		}
	default:
		return
	}
	if e.Test == "" {
		s.end(e)
	}
	delete(s.output, key)
}

// end reports a package; those without tests are not worth a line.
func (s *summary) end(e event) {
	switch e.Action {
	case "fail":
		s.broken = true
		fmt.Fprintf(s.out, "FAIL  %s  %.1fs\n%s", e.Package, e.Elapsed, strings.Join(s.output[e.Package+" "], ""))
	case "pass":
		fmt.Fprintf(s.out, "ok    %s  %.1fs\n", e.Package, e.Elapsed)
	}
}
