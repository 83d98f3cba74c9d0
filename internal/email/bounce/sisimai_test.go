package bounce

import (
	"bufio"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"rainmaker/internal/platform/sharedset"
)

// expected is one line of the set: one recipient of one mail.
type expected struct {
	File    string `json:"file"`
	Index   int    `json:"index"` // of the recipient in the mail, from 1
	Status  string `json:"status"`
	Code    string `json:"replycode"`
	Reason  Reason `json:"reason"`
	Hard    bool   `json:"hardbounce"`
	Decoder string `json:"decoder"` // the name of the software that wrote it
}

// tally counts what was right.
type tally struct{ all, hard, reason, code, found int }

func (n tally) String() string {
	pc := func(x int) float64 { return 100 * float64(x) / float64(max(n.all, 1)) }
	return fmt.Sprintf("%d recipients: hard or soft %.1f %%, reason %.1f %%, reply code %.1f %%, found %.1f %%", n.all, pc(n.hard), pc(n.reason), pc(n.code), pc(n.found))
}

// TestRealBounces measures the parser on 300 labelled real mails. The split into
// halves is by file name, so that work on one half can be judged on the other.
func TestRealBounces(t *testing.T) {
	dir, ok := sharedset.Dir(t, "bounces-sisimai")
	if !ok {
		return
	}
	f, err := os.Open(filepath.Join(dir, "expected.dev.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var total tally
	half := map[string]*tally{"A": {}, "B": {}}
	wrong := map[string][]string{}
	reports := map[string]Report{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var want expected
		if err := json.Unmarshal(lines.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		r, seen := reports[want.File]
		if !seen {
			raw, err := os.ReadFile(filepath.Join(dir, want.File))
			if err != nil {
				t.Fatal(err)
			}
			if r, err = Parse(raw); err != nil {
				t.Fatal(err)
			}
			reports[want.File] = r
		}
		var got Recipient
		found := want.Index <= len(r.Recipients)
		if found {
			got = r.Recipients[want.Index-1]
		}
		side := halfOf(want.File)
		for _, n := range []*tally{&total, half[side]} {
			n.all++
			count(&n.found, found)
			count(&n.hard, found && got.Hard == want.Hard)
			count(&n.reason, got.Reason == want.Reason)
			count(&n.code, got.ReplyCode == want.Code)
		}
		if got.Reason != want.Reason || got.Hard != want.Hard {
			wrong[side] = append(wrong[side], fmt.Sprintf("%s[%d] want %s hard=%v %s %s, got %s hard=%v %s %s %s | %.200s",
				strings.TrimPrefix(want.File, "maildir/bsd/"), want.Index, want.Reason, want.Hard, want.Code, want.Status, got.Reason, got.Hard, got.ReplyCode, got.Status, got.Command, got.Diagnostic))
		}
	}
	t.Logf("all: %v", total)
	for _, side := range []string{"A", "B"} {
		t.Logf("half %s: %v", side, half[side])
		if os.Getenv("BOUNCE_SHOW") == side {
			sort.Strings(wrong[side])
			t.Log("\n" + strings.Join(wrong[side], "\n"))
		}
	}
	for _, name := range []string{"is-not-bounce-01.eml", "is-not-bounce-02.eml"} {
		raw, err := os.ReadFile(filepath.Join(dir, "maildir", "not", name))
		if err != nil {
			t.Fatal(err)
		}
		if r, err := Parse(raw); err != nil || r.Kind != None {
			t.Errorf("%s: %v, %v", name, r.Kind, err)
		}
	}
	if total.hard*100 < total.all*95 || total.reason*100 < total.all*80 {
		t.Errorf("below 95 %% hard or soft, or 80 %% reason")
	}
}

// halfOf puts a file into one of two halves by its name.
func halfOf(file string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(file))
	if h.Sum32()>>7%2 == 0 {
		return "A"
	}
	return "B"
}

func count(n *int, yes bool) {
	if yes {
		*n++
	}
}
