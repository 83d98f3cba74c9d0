package crash

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Mutant is the program with one of its safeguards taken out. The test must
// notice; otherwise its silence about the real program proves nothing.
type Mutant struct {
	Name  string
	What  string // is taken out, and so what goes wrong
	Edits []Edit
	// Harmless says that the test must still be content: a control.
	Harmless bool
	// Database is the share of kills that hit PostgreSQL, where that is what
	// brings the fault to light.
	Database float64
	// Mails and Kills replace those of the short form when they are larger.
	Mails, Kills int
}

// Edit replaces text that a file holds exactly once.
type Edit struct {
	File     string // below the root of the repository
	Old, New string
}

// Mutants returns the safeguards that the crash test stands for.
func Mutants() []Mutant {
	const store, sweep = "internal/action/store.go", "internal/action/sweep.go"
	// A pause of up to three seconds, at random.
	uneven := Edit{"internal/email/settle.go", "case <-time.After(wait):", "case <-time.After(time.Duration(time.Now().UnixNano() % int64(3*time.Second))):"}
	return []Mutant{
		{
			Name: "uneven recovery", Harmless: true, Database: 0.75, Mails: 4000, Kills: 30,
			What:  "when the database comes back, one process may be seconds behind the other: nothing may go wrong, and the next mutant stands on it",
			Edits: []Edit{uneven},
		},
		{
			Name: "no claim token", Database: 0.75, Mails: 4000, Kills: 30,
			What: "settle and begin do not ask who holds the claim: when the database comes back, a process that had given a mail up " +
				"puts it back into the queue although another one is sending it by now",
			Edits: []Edit{
				uneven,
				{
					store, "where a.org_id = $1 and a.id = t.id and a.claim_token = t.token and a.state = 'claimed'",
					"where a.org_id = $1 and a.id = t.id and a.state = 'claimed'",
				},
				{
					store, "where a.org_id = $1 and a.id = t.id and a.claim_token = t.token and a.state in ('claimed', 'sending', 'in_doubt')",
					"where a.org_id = $1 and a.id = t.id and a.state in ('claimed', 'sending', 'in_doubt')",
				},
			},
		},
		{
			Name: "no intent", Database: 0.25,
			What: "the final dot is written while the action is still claimed, so the mails of a killed process go back into the queue",
			Edits: []Edit{
				{store, "update actions a set state = 'sending', intent_at = $2,", "update actions a set intent_at = $2,"},
			},
		},
		{
			Name: "sweeper sends again", Database: 0.25,
			What: "what a dead process was sending goes back into the queue instead of into doubt",
			Edits: []Edit{
				{store, "update actions a set state = 'in_doubt', phase = 3, reason = $4", "update actions a set state = 'queued', claim_token = null, reason = $4"},
			},
		},
		{
			Name: "no sweeper", Database: 0.25,
			What: "nobody looks for the leavings of the dead: what a killed process had claimed stays claimed",
			Edits: []Edit{
				{sweep, "if err := l.Sweep(ctx); err != nil", "if err := ctx.Err(); err != nil"},
			},
		},
	}
}

// overlay writes the mutant's files and returns the file that tells the
// compiler to take them (go build -overlay). It fails t when the text to be
// replaced is not found: then the program has changed, and the mutant must
// follow.
func (m *Mutant) overlay(t testing.TB) string {
	t.Helper()
	root := repository(t)
	dir := t.TempDir()
	replace := map[string]string{}
	for i, e := range m.Edits {
		original := filepath.Join(root, filepath.FromSlash(e.File))
		from := original
		if edited := replace[original]; edited != "" {
			from = edited
		}
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), e.Old); n != 1 {
			t.Fatalf("mutant %q, edit %d: %s holds the text %d times instead of once; adapt mutant.go to it:\n%s", m.Name, i+1, e.File, n, e.Old)
		}
		to := filepath.Join(dir, strings.ReplaceAll(e.File, "/", "_"))
		if err := os.WriteFile(to, []byte(strings.Replace(string(text), e.Old, e.New, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[original] = to
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, list, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// repository is the root of the checkout.
func repository(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the working directory")
		}
	}
}
