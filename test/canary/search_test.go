package canary

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// leastForm is the shortest text that is looked for: shorter ones are met by
// chance.
const leastForm = 8

// forms are the ways in which a value may stand somewhere and still be readable.
func forms(value string) []string {
	plain := []string{value, strings.ToLower(value), strings.ToUpper(value), strings.ToUpper(value[:1]) + strings.ToLower(value[1:])}
	var out []string
	for _, v := range plain {
		quoted, _ := json.Marshal(v) // a string always marshals
		out = append(out, v, url.QueryEscape(v), url.PathEscape(v), strings.Trim(string(quoted), `"`), strings.Trim(fmt.Sprintf("%q", v), `"`),
			hex.EncodeToString([]byte(v)), strings.ToUpper(hex.EncodeToString([]byte(v))))
		for shift := range 3 {
			for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
				out = append(out, inner(enc, v, shift))
			}
		}
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(s string) bool { return len(s) < leastForm })
}

// inner is what is always the same in the base64 of a text in which v stands
// after shift bytes (mod 3), whatever stands around it.
func inner(enc *base64.Encoding, v string, shift int) string {
	text := enc.EncodeToString([]byte(strings.Repeat("\x00", shift) + v))
	from := (shift*8 + 5) / 6
	to := (shift + len(v)) * 8 / 6
	return text[from:to]
}

// searcher looks for many values at once.
type searcher struct {
	byStart map[[4]byte][]form
	maybe   [1 << 16]bool // of the first two bytes
}

type form struct {
	text   string
	canary *seed
}

func newSearcher(seeds []*seed) *searcher {
	s := &searcher{byStart: map[[4]byte][]form{}}
	for _, c := range seeds {
		for _, value := range c.values {
			for _, text := range forms(value) {
				start := [4]byte([]byte(text))
				s.byStart[start] = append(s.byStart[start], form{text, c})
				s.maybe[int(text[0])<<8|int(text[1])] = true
			}
		}
	}
	return s
}

// in returns the seeds that stand in text, each with what stands around it.
func (s *searcher) in(text []byte) map[*seed]string {
	var found map[*seed]string
	for i := 0; i+leastForm <= len(text); i++ {
		if !s.maybe[int(text[i])<<8|int(text[i+1])] {
			continue
		}
		for _, f := range s.byStart[[4]byte(text[i:i+4])] {
			if found[f.canary] == "" && bytes.HasPrefix(text[i:], []byte(f.text)) {
				if found == nil {
					found = map[*seed]string{}
				}
				found[f.canary] = string(text[max(0, i-60):min(len(text), i+len(f.text)+20)])
			}
		}
	}
	return found
}

// TestSearchFindsEveryForm: a search that overlooks a form would let it pass.
func TestSearchFindsEveryForm(t *testing.T) {
	c := &seed{name: "it", values: []string{`Qzw&xk"mvnb-höp`}}
	s := newSearcher([]*seed{c})
	v := c.values[0]
	quoted, _ := json.Marshal(v)
	hidden := map[string]string{
		"as it is": v, "lower case": strings.ToLower(v), "upper case": strings.ToUpper(v), "JSON": string(quoted),
		"quoted": fmt.Sprintf("%q", v), "query": url.QueryEscape(v), "path": url.PathEscape(v),
		"hex": hex.EncodeToString([]byte(v)), "HEX": fmt.Sprintf("%X", v),
	}
	for i := range 6 {
		around := strings.Repeat("?", i) + v + "tail"
		hidden[fmt.Sprintf("base64 after %d", i)] = base64.StdEncoding.EncodeToString([]byte(around))
		hidden[fmt.Sprintf("base64url after %d", i)] = base64.URLEncoding.EncodeToString([]byte(around))
	}
	for name, text := range hidden {
		if len(s.in([]byte("some text before "+text+" and after"))) != 1 {
			t.Errorf("%s: not found in %q", name, text)
		}
	}
	if found := s.in([]byte("Qzw&xk and nothing else of it")); len(found) != 0 {
		t.Errorf("found in a text without it: %v", found)
	}
}
