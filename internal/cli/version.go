package cli

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"rainmaker/web"
)

// Set by the linker (-X, see the Makefile); empty in a plain go build, which
// then asks the build's own stamp.
var linkedVersion, linkedCommit string

// build describes this program.
type build struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Go      string `json:"go"`
	UI      string `json:"ui"` // hash of the web app; empty when it was not built
}

func version() build {
	b := build{Version: linkedVersion, Commit: linkedCommit, Go: runtime.Version(), UI: web.Hash()}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && b.Commit == "" {
				b.Commit = s.Value
			}
		}
	}
	if b.Version == "" {
		b.Version = "dev"
	}
	if b.Commit == "" {
		b.Commit = "unknown"
	}
	return b
}

type versionCmd struct {
	JSON bool `name:"json" help:"As a JSON object."`
}

// Run implements the command.
func (c *versionCmd) Run(t *terminal) error {
	b := version()
	if c.JSON {
		return json.NewEncoder(t.out).Encode(b)
	}
	ui := b.UI
	if ui == "" {
		ui = "not built"
	}
	_, err := fmt.Fprintf(t.out, "rainmaker %s (commit %s, %s, web app %s)\n", b.Version, b.Commit, b.Go, ui)
	return err
}
