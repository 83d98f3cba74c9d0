package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"rainmaker/internal/app"
	"rainmaker/internal/platform/config"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/telemetry"
)

type importCmd struct {
	Leads importLeadsCmd `cmd:"" help:"Import people from a CSV or XLSX file."`
}

type importLeadsCmd struct {
	config.Config `embed:""`

	Source         string `arg:"" name:"file" help:"CSV or XLSX file; columns are found by their names and contents."`
	Org            string `required:"" placeholder:"ID" help:"Organisation to import into."`
	DryRun         bool   `help:"Say what would happen and change nothing."`
	UpdateExisting bool   `help:"Update people who are there already instead of leaving them."`
}

// Run implements the command.
func (c *importLeadsCmd) Run(ctx context.Context, t *terminal) error {
	if err := complete(&c.Config); err != nil {
		return err
	}
	org, err := id.Parse("--org", c.Org)
	if err != nil {
		return &usageError{err}
	}
	bar := newBar(t.err)
	imp, err := app.ImportLeads(ctx, c.Config, telemetry.NewLogger(t.err, c.LogFormat, quieter(c.LogLevel)), app.ImportFile{
		Org: org, Path: c.Source, DryRun: c.DryRun, UpdateExisting: c.UpdateExisting, Progress: bar.show,
	})
	bar.end()
	if err != nil {
		return err
	}
	verb := "import " + imp.ID.String()
	if c.DryRun {
		verb = "dry run"
	}
	_, err = fmt.Fprintf(t.out, "%s: %d rows: %d created, %d updated, %d skipped, %d failed%s\n",
		verb, imp.RowsTotal, imp.RowsCreated, imp.RowsUpdated, imp.RowsSkipped, imp.RowsFailed, reasons(imp.Reasons))
	return err
}

// reasons lists why rows were left out, the commonest first.
func reasons(counts map[string]int) string {
	if len(counts) == 0 {
		return ""
	}
	names := make([]string, 0, len(counts))
	for name := range counts {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	for i, name := range names {
		names[i] = fmt.Sprintf("%s: %d", name, counts[name])
	}
	return " (" + strings.Join(names, ", ") + ")"
}

// quieter keeps the log of a one-off command to what went wrong, unless somebody
// asked for more.
func quieter(level string) string {
	if level == "info" {
		return "warn"
	}
	return level
}

// bar is one line that shows progress, on terminals only.
type bar struct {
	w     io.Writer // nil when it is no terminal
	shown bool
}

func newBar(w io.Writer) *bar {
	f, ok := w.(*os.File)
	if !ok {
		return &bar{}
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return &bar{}
	}
	return &bar{w: w}
}

// barWidth of the bar in characters.
const barWidth = 40

func (b *bar) show(done, total int) {
	if b.w == nil || total == 0 {
		return
	}
	b.shown = true
	filled := min(done*barWidth/total, barWidth)
	_, _ = fmt.Fprintf(b.w, "\r[%s%s] %d of %d rows ", strings.Repeat("=", filled), strings.Repeat(" ", barWidth-filled), done, total)
}

// end clears the line.
func (b *bar) end() {
	if b.shown {
		_, _ = fmt.Fprint(b.w, "\r\x1b[K")
	}
}
