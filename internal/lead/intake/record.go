package intake

import (
	"fmt"
	"strings"
	"time"

	"rainmaker/internal/compliance"
	"rainmaker/internal/lead"
	"rainmaker/internal/lead/plain"
)

// outcome of a row.
const (
	outcomeCreated = "created"
	outcomeUpdated = "updated"
	outcomeSkipped = "skipped"
	outcomeFailed  = "failed"
	outcomeWarning = "warning" // taken, with a loss
)

// record is one row of a file as a lead to be.
type record struct {
	lead.Entry
	cells   []string // as they were
	outcome string
	column  string // of the problem
	reason  string
	code    string // of the reason, for counting

	badPhone        bool // there was a number, and it cannot be dialled
	noEmail, noCall bool // asked not to be contacted
}

// fail refuses the row for good; the first problem of a row is the one told.
func (r *record) fail(column, code, reason string) {
	if r.outcome != outcomeFailed {
		r.outcome, r.column, r.code, r.reason = outcomeFailed, column, code, reason
	}
}

// warn notes a loss that does not refuse the row.
func (r *record) warn(column, reason string) {
	if r.outcome == "" {
		r.outcome, r.column, r.reason = outcomeWarning, column, reason
	}
}

// taker turns rows into records by the mapping of an import. It is used by one
// goroutine.
type taker struct {
	columns []Column
	source  string // of rows that name none
	zones   map[string]bool
	region  string
}

func newTaker(columns []Column, source string) *taker {
	return &taker{columns: columns, source: source, zones: map[string]bool{}, region: lead.DefaultRegion}
}

// blank reports whether a value stands for none.
func blank(s string) bool {
	if len(s) > 9 {
		return false
	}
	switch strings.ToLower(s) {
	case "", "-", "--", "---", "n/a", "na", "#n/a", "null", "nil", "none", "unknown", "select", "undefined", "?", ".", "(none)", "nan":
		return true
	}
	return false
}

// take reads one row.
func (t *taker) take(cells []string, number int) record {
	r := record{cells: cells}
	r.Number = number
	if len(cells) != len(t.columns) {
		for len(cells) > len(t.columns) && strings.TrimSpace(cells[len(cells)-1]) == "" {
			cells = cells[:len(cells)-1]
		}
		if len(cells) != len(t.columns) {
			r.fail("", "ragged", fmt.Sprintf("the row has %d columns, the header has %d", len(cells), len(t.columns)))
			return r
		}
	}
	for i := range cells {
		value := cells[i]
		if value == "" {
			continue
		}
		t.set(&r, &t.columns[i], plain.Uncell(value))
	}
	if r.Source == "" {
		r.Source = t.source
	}
	if r.outcome != outcomeFailed && r.Email == "" && r.Phone == "" && r.FirstName == "" && r.LastName == "" && r.Company == "" && r.ExternalID == "" {
		if r.badPhone {
			r.outcome = ""
			r.fail(r.column, "phone", "not a telephone number, and nothing else says who this is")
		} else {
			r.fail("", "nobody", "the row has no e-mail, phone, name, company or id")
		}
	}
	return r
}

// set puts the value of one column in its field.
func (t *taker) set(r *record, c *Column, value string) {
	switch c.Field {
	case skipped:
		return
	case fieldEmail:
		t.email(r, c, value)
		return
	case fieldPhone:
		t.phone(r, c, value)
		return
	}
	if strings.HasPrefix(c.Field, customPrefix) {
		if value = plain.Text(value); value == "" {
			return
		}
		if r.Custom == nil {
			r.Custom = make(map[string]any, 4)
		}
		r.Custom[c.Field[len(customPrefix):]] = value
		return
	}
	value = plain.Line(value)
	if blank(value) {
		return
	}
	if len(value) > lead.MaxName && c.Field != fieldTags {
		r.fail(c.Name, "long", fmt.Sprintf("longer than %d bytes", lead.MaxName))
		return
	}
	switch c.Field {
	case fieldFirstName:
		r.FirstName = value
	case fieldLastName:
		r.LastName = value
	case fieldFullName:
		r.FirstName, r.LastName = splitName(value)
	case fieldCompany:
		r.Company = value
	case fieldTitle:
		r.Title = value
	case fieldRegion:
		r.Region = value
	case fieldTimezone:
		if !t.knownZone(value) {
			r.warn(c.Name, "not an IANA time zone; left out")
			return
		}
		r.Timezone = value
	case fieldSource:
		r.Source = value
	case fieldExternal:
		r.ExternalID = value
	case fieldTags:
		r.Tags = splitTags(value)
	case fieldNoEmail:
		r.noEmail = truthy(value)
	case fieldNoCall:
		r.noCall = truthy(value)
	}
}

func truthy(s string) bool {
	switch strings.ToLower(s) {
	case "yes", "y", "true", "1", "x", "t", "ja", "oui", "si", "opted out", "unsubscribed", "do not contact", "do not email", "do not call":
		return true
	}
	return false
}

// email takes the first address that is one.
func (t *taker) email(r *record, c *Column, value string) {
	value = strings.TrimSpace(value)
	if blank(value) {
		return
	}
	email, err := compliance.NormalEmail(value)
	if err != nil && strings.ContainsAny(value, ",;/| \n") {
		for part := range strings.FieldsFuncSeq(value, func(c rune) bool { return strings.ContainsRune(",;/| \n", c) }) {
			if email, err = compliance.NormalEmail(part); err == nil {
				r.warn(c.Name, "several addresses; the first was taken")
				break
			}
		}
	}
	if err != nil {
		r.fail(c.Name, "email", "not an e-mail address")
		return
	}
	r.Email = email
}

// phone takes the first number that can be dialled. A bad number does not
// refuse a person who is known otherwise: the number is kept aside.
func (t *taker) phone(r *record, c *Column, value string) {
	value = strings.TrimSpace(value)
	if blank(value) {
		return
	}
	phone, err := compliance.NormalPhone(value, t.region)
	if err != nil && strings.ContainsAny(value, ",;/|\n") {
		for part := range strings.FieldsFuncSeq(value, func(c rune) bool { return strings.ContainsRune(",;/|\n", c) }) {
			if phone, err = compliance.NormalPhone(strings.TrimSpace(part), t.region); err == nil {
				r.warn(c.Name, "several numbers; the first was taken")
				break
			}
		}
	}
	if err != nil {
		r.badPhone = true
		r.warn(c.Name, "not a telephone number (area code missing?); kept as custom field phone_as_given")
		if r.Custom == nil {
			r.Custom = make(map[string]any, 2)
		}
		r.Custom["phone_as_given"] = plain.Text(value)
		return
	}
	r.Phone = phone
}

func (t *taker) knownZone(name string) bool {
	known, asked := t.zones[name]
	if !asked && len(t.zones) < 1000 {
		_, err := time.LoadLocation(name)
		known = err == nil && name != "Local"
		t.zones[name] = known
	}
	return known
}

// splitName takes a full name apart: "Lee, Ann" and "Dr. Ann van der Lee".
func splitName(name string) (first, last string) {
	if last, first, ok := strings.Cut(name, ","); ok && !strings.Contains(first, ",") {
		return strings.TrimSpace(first), strings.TrimSpace(last)
	}
	words := strings.Fields(name)
	for len(words) > 1 {
		switch strings.ToLower(strings.TrimSuffix(words[0], ".")) {
		case "mr", "mrs", "ms", "miss", "dr", "prof":
			words = words[1:]
			continue
		}
		break
	}
	if len(words) == 1 {
		return "", words[0]
	}
	return words[0], strings.Join(words[1:], " ")
}

func splitTags(s string) []string {
	var out []string
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ';' || r == ',' || r == '|' }) {
		if tag := plain.Cut(strings.TrimSpace(part), lead.MaxTag); tag != "" && len(out) < lead.MaxTags {
			out = append(out, tag)
		}
	}
	return out
}
