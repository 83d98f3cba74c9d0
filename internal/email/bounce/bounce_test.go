package bounce

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"rainmaker/internal/email/part"
)

// describe is a report in one line, as the cases state it.
func describe(r Report, parts string) string {
	var b strings.Builder
	b.WriteString(string(r.Kind))
	for _, x := range r.Recipients {
		hard := "soft"
		if x.Hard {
			hard = "hard"
		}
		fmt.Fprintf(&b, " %s %s %s %s %s", x.Address, x.Reason, x.Status, x.ReplyCode, hard)
	}
	if strings.Contains(parts, " id=") {
		b.WriteString(" id=" + r.OriginalMessageID)
	}
	if strings.Contains(parts, " return=") {
		b.WriteString(" return=" + r.OriginalReturnPath)
	}
	if strings.Contains(parts, " type=") {
		b.WriteString(" type=" + r.FeedbackType)
	}
	if r.OutOfOfficeUntil != nil {
		b.WriteString(" until=" + r.OutOfOfficeUntil.Format("2006-01-02"))
	}
	return sortTags(b.String())
}

// sortTags puts the name=value words last, in their alphabetical order.
func sortTags(s string) string {
	var plain, tags []string
	for _, w := range strings.Split(s, " ") {
		if strings.Contains(w, "=") {
			tags = append(tags, w)
		} else {
			plain = append(plain, w)
		}
	}
	return strings.Join(plain, " ") + " " + strings.Join(sorted(tags), " ")
}

func sorted(s []string) []string {
	for i := range s {
		for j := i; j > 0 && s[j] < s[j-1]; j-- {
			s[j], s[j-1] = s[j-1], s[j]
		}
	}
	return s
}

func TestCases(t *testing.T) {
	raw, err := os.ReadFile("testdata/cases.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range txtar.Parse(raw).Files {
		t.Run(f.Name, func(t *testing.T) {
			head, mail, _ := strings.Cut(string(f.Data), "\n")
			want := strings.TrimPrefix(head, "want: ")
			for _, ends := range []string{"\n", "\r\n", "\r"} {
				r, err := Parse([]byte(strings.ReplaceAll(mail, "\n", ends)))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(sortTags(want), describe(r, want)); diff != "" {
					t.Errorf("line ends %q (-want +got):\n%s", ends, diff)
				}
			}
		})
	}
}

func TestRules(t *testing.T) {
	known := map[Reason]bool{}
	for _, r := range rules() {
		known[r.reason] = true
		if r.match.MatchString("") {
			t.Errorf("[%s] %s matches the empty text", r.reason, r.match)
		}
	}
	if len(rules()) < 100 || !known[UserUnknown] {
		t.Errorf("%d rules", len(rules()))
	}
	for _, bad := range []string{"no section", "[x y=z]\na", "[x]\n(", "[]\na"} {
		if _, err := readRules(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestSentToHoldsTheTokenisedAddress(t *testing.T) {
	r, err := Parse([]byte("Delivered-To: b+abc@rain.example\nTo: <b+abc@Rain.example>\nSubject: hi\n\nhi"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"b+abc@rain.example"}, r.SentTo); diff != "" {
		t.Error(diff)
	}
}

func TestParseRefusesWhatIsTooLarge(t *testing.T) {
	if _, err := Parse(make([]byte, part.MaxSize+1)); err == nil {
		t.Error("taken")
	}
}

func TestParseIsBounded(t *testing.T) {
	for name, body := range map[string]string{
		"addresses": strings.Repeat("<a@b.example>:\n550 5.1.1 no\n", 20_000),
		"one line":  strings.Repeat("x", 1<<20) + "@b.example",
		"codes":     strings.Repeat("550-5.1.1 ", 100_000),
		"angles":    strings.Repeat("<", 1<<20),
		"fields":    strings.Repeat("Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n\n", 20_000),
	} {
		began := time.Now()
		r, err := Parse([]byte("From: mailer-daemon@x.example\nSubject: Undelivered mail\n\n" + body))
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Recipients) > maxRecipients {
			t.Errorf("%s: %d recipients", name, len(r.Recipients))
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s: took %v", name, took)
		} else {
			t.Logf("%s: %v", name, took)
		}
	}
}

// TestParseSurvivesDamage cuts, doubles and overwrites stretches of the cases:
// what FuzzParse does at random, the same every time.
func TestParseSurvivesDamage(t *testing.T) {
	raw, err := os.ReadFile("testdata/cases.txtar")
	if err != nil {
		t.Fatal(err)
	}
	dice := rand.New(rand.NewPCG(1, 2))
	for _, c := range txtar.Parse(raw).Files {
		for range 40 {
			mail := append([]byte(nil), c.Data...)
			for range 1 + dice.IntN(4) {
				from := dice.IntN(len(mail))
				to := from + dice.IntN(min(len(mail)-from, 80)+1)
				switch dice.IntN(3) {
				case 0:
					mail = append(mail[:from:from], mail[to:]...)
				case 1:
					mail = append(mail[:to:to], mail[from:]...)
				case 2:
					for i := from; i < to; i++ {
						mail[i] = byte(dice.IntN(256))
					}
				}
				if len(mail) == 0 {
					mail = []byte{'\n'}
				}
			}
			if _, err := Parse(mail); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	raw, err := os.ReadFile("testdata/cases.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range txtar.Parse(raw).Files {
		_, mail, _ := strings.Cut(string(c.Data), "\n")
		f.Add([]byte(mail))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := Parse(raw)
		if err == nil && len(r.Recipients) > maxRecipients {
			t.Error("too many recipients")
		}
	})
}
