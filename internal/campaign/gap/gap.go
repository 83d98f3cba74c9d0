// Package gap finds the merge fields that the words of mails use, and says how
// many people have nothing for them. It is pure.
package gap

import (
	"fmt"

	"rainmaker/internal/email/message"
)

// Words are one subject or body, and where they stand.
type Words struct{ Location, Text string }

// Gap is a merge field that words use, and how many people have nothing for it.
type Gap struct {
	Field    string
	Location string // of the first words that use it
	Missing  int

	fallback string // what stands in, as those words say
	stands   bool   // whether anything does
}

// Find lists the fields of people that words use, each once for each fallback.
// Words that cannot be read are passed over: they are refused where they are
// written.
func Find(all []Words) []*Gap {
	type use struct {
		field, fallback string
		stands          bool
	}
	var gaps []*Gap
	seen := map[use]bool{}
	for _, words := range all {
		parsed, err := message.Parse("words", words.Text)
		if err != nil {
			continue
		}
		for _, f := range parsed.LeadFields() {
			key := use{f.Name, f.Fallback, f.HasFallback}
			if !seen[key] {
				seen[key] = true
				gaps = append(gaps, &Gap{Field: f.Name, Location: words.Location, fallback: f.Fallback, stands: f.HasFallback})
			}
		}
	}
	return gaps
}

// Sentence says how many of some people have nothing, and what then stands there.
func (g *Gap) Sentence(people int) string {
	then := "nothing is written in its place"
	if g.stands && g.fallback != "" {
		then = fmt.Sprintf("fallback %q is used", g.fallback)
	}
	verb := "have"
	if g.Missing == 1 {
		verb = "has"
	}
	return fmt.Sprintf("%d of %d %s no %s, %s", g.Missing, people, verb, g.Field, then)
}
