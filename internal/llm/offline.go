package llm

import (
	"fmt"
	"hash/fnv"
	"sort"
	"strings"
)

// purpose is what one mail of a sequence is for.
type purpose string

const (
	intro      purpose = "intro"      // the first mail to somebody who does not know us
	nudge      purpose = "nudge"      // short reminder; also the first mail after a contact
	proof      purpose = "proof"      // one thing that can be backed up
	reactivate purpose = "reactivate" // the first mail to somebody gone quiet
	goodbye    purpose = "goodbye"    // the last mail: closes the loop
)

// purposeOf maps a step of a sequence to the purpose of its mail.
func purposeOf(b Brief) purpose {
	switch {
	case b.Step == 1 && b.Goal == Reactivate:
		return reactivate
	case b.Step == 1 && b.Goal == FollowUp:
		return nudge
	case b.Step == 1:
		return intro
	case b.Step == b.Steps && b.Steps > 2:
		return goodbye
	case b.Step%2 == 0:
		return proof
	}
	return nudge
}

// variant is one hand-written text. Placeholders in square brackets stand for
// facts; a variant is used only when all its facts are known.
type variant struct{ subject, body string }

// placeholders and the facts they stand for. [proof], [how], [ask] and [sign]
// are made by fill.
func placeholders() map[string]string {
	return map[string]string{
		"[org]":    "sender.organization",
		"[offer]":  "sender.offer",
		"[topic]":  "lead.custom.last_topic",
		"[reason]": "lead.custom.reason",
	}
}

// mergeFields are the lead's facts that stay merge fields in a draft.
func mergeFields() map[string]string {
	return map[string]string{"{{first_name": "lead.first_name", "{{company": "lead.company", "{{title": "lead.title"}
}

// sources are the ways a lead can have come to us that we can put in words.
// Another source says nothing to the lead and is left out.
func sources() map[string]string {
	return map[string]string{
		"webinar":      "you signed up for our webinar",
		"website":      "you left your details on our website",
		"event":        "we met at an event",
		"referral":     "somebody we both know pointed me to you",
		"trial":        "you tried our product",
		"demo_request": "you asked us for a demo",
	}
}

// OfflineDraft writes one mail without a model: a hand-written text, chosen by
// the seed among those whose facts are known, filled with facts and nothing
// else.
func OfflineDraft(b Brief) (Draft, error) {
	if err := b.Validate(); err != nil {
		return Draft{}, err
	}
	p := purposeOf(b)
	f := newFiller(b.Facts(), uint64(b.Seed)+uint64(b.Step)*7919)
	i, v, ok := f.pick(string(p), sequenceCopy()[p])
	if !ok { // every purpose has texts that need no more than Validate asks for
		return Draft{}, fmt.Errorf("no offline text for %s", p)
	}
	d := f.fill(v)
	d.Variant = fmt.Sprintf("%s/%d", p, i+1)
	return d, nil
}

// OfflineAnswer suggests an answer to a reply sorted as interested, meeting,
// question, pricing, objection, not_now, referral or not_interested, without a
// model. false: the label calls for silence or is not known; a person decides.
func OfflineAnswer(b ReplyBrief) (Draft, bool) {
	texts, ok := answerCopy()[b.Label]
	if !ok || needSender(b.Facts()) != nil {
		return Draft{}, false
	}
	f := newFiller(b.Facts(), uint64(b.Seed))
	i, v, ok := f.pick("answer."+b.Label, texts)
	if !ok {
		return Draft{}, false
	}
	d := f.fill(v)
	d.Variant = fmt.Sprintf("answer.%s/%d", b.Label, i+1)
	return d, true
}

// filler fills texts with facts and notes which facts it used.
type filler struct {
	facts map[string]string
	seed  uint64
}

func newFiller(facts map[string]string, seed uint64) filler { return filler{facts, seed} }

// choose returns a number below n that depends on the seed and a name only.
func (f filler) choose(name string, n int) int {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d/%s", f.seed, name)
	return int(h.Sum64() % uint64(n))
}

// pick returns one of the variants whose facts are all known, and its place
// among all of them.
func (f filler) pick(name string, all []variant) (int, variant, bool) {
	var usable []int
	for i, v := range all {
		if f.known(v.subject + v.body) {
			usable = append(usable, i)
		}
	}
	if len(usable) == 0 {
		return 0, variant{}, false
	}
	i := usable[f.choose(name, len(usable))]
	return i, all[i], true
}

func (f filler) known(text string) bool {
	for mark, key := range placeholders() {
		if strings.Contains(text, mark) && f.facts[key] == "" {
			return false
		}
	}
	if strings.Contains(text, "[how]") && f.how() == "" {
		return false
	}
	if strings.Contains(text, "{{title") && f.facts["lead.title"] == "" {
		return false
	}
	return !strings.Contains(text, "[proof]") || len(f.proofs()) > 0
}

func (f filler) how() string {
	return sources()[strings.ReplaceAll(strings.ToLower(f.facts["lead.source"]), " ", "_")]
}

// proofs returns the keys of the known proof points, in order.
func (f filler) proofs() []string {
	var keys []string
	for key := range f.facts {
		if strings.HasPrefix(key, "sender.proof.") {
			keys = append(keys, key)
		}
	}
	sort.Strings(keys)
	return keys
}

func (f filler) ask() string {
	if f.facts["sender.booking_url"] != "" {
		return "You can pick a time here: [link]"
	}
	return "Which day next week suits you?"
}

func (f filler) sign() string {
	if f.facts["sender.name"] != "" {
		return "[name]\n[org]"
	}
	return "[org]"
}

// fill replaces the placeholders and lists a claim for each fact it used. Facts
// hold no brackets (cleanFact), so that a value is never taken for a
// placeholder.
func (f filler) fill(v variant) Draft {
	d := Draft{Subject: v.subject, Body: strings.TrimSpace(v.body), Model: OfflineModel}
	put := func(mark, value, key string) {
		if !strings.Contains(d.Subject+d.Body, mark) {
			return
		}
		d.Subject = strings.ReplaceAll(d.Subject, mark, value)
		d.Body = strings.ReplaceAll(d.Body, mark, value)
		if key != "" {
			d.Claims = append(d.Claims, Claim{Text: value, Source: key})
		}
	}
	if keys := f.proofs(); len(keys) > 0 {
		key := keys[f.choose("proof", len(keys))]
		put("[proof]", f.facts[key], key)
	}
	put("[how]", f.how(), "lead.source")
	put("[ask]", f.ask(), "")
	put("[sign]", f.sign(), "")
	put("[link]", f.facts["sender.booking_url"], "sender.booking_url")
	put("[name]", f.facts["sender.name"], "sender.name")
	for mark, key := range placeholders() {
		put(mark, f.facts[key], key)
	}
	for mark, key := range mergeFields() {
		at := strings.Index(d.Body, mark)
		if at < 0 || f.facts[key] == "" {
			continue
		}
		field := d.Body[at : at+strings.Index(d.Body[at:], "}}")+2]
		d.Claims = append(d.Claims, Claim{Text: field, Source: key})
	}
	sort.Slice(d.Claims, func(i, j int) bool {
		a, b := d.Claims[i], d.Claims[j]
		return a.Source < b.Source || a.Source == b.Source && a.Text < b.Text
	})
	return d
}
