package lead

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"rainmaker/internal/compliance"
	"rainmaker/internal/lead/plain"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
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
	number  int
	id      id.ID
	cells   []string // as they were
	outcome string
	column  string // of the problem
	reason  string
	code    string // of the reason, for counting

	email, phone             string
	first, last              string
	company, title           string
	region, timezone, source string
	external                 string
	tags                     []string
	custom                   map[string]any // only what its columns hold
	badPhone                 bool           // there was one, and it cannot be dialled
	noEmail, noCall          bool           // asked not to be contacted

	sealed row
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
	return &taker{columns: columns, source: source, zones: map[string]bool{}, region: DefaultRegion}
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
	r := record{number: number, id: id.New(), cells: cells}
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
	if r.source == "" {
		r.source = t.source
	}
	if r.outcome != outcomeFailed && r.email == "" && r.phone == "" && r.first == "" && r.last == "" && r.company == "" && r.external == "" {
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
		if r.custom == nil {
			r.custom = make(map[string]any, 4)
		}
		r.custom[c.Field[len(customPrefix):]] = value
		return
	}
	value = plain.Line(value)
	if blank(value) {
		return
	}
	if len(value) > maxName && c.Field != fieldTags {
		r.fail(c.Name, "long", fmt.Sprintf("longer than %d bytes", maxName))
		return
	}
	switch c.Field {
	case fieldFirstName:
		r.first = value
	case fieldLastName:
		r.last = value
	case fieldFullName:
		r.first, r.last = splitName(value)
	case fieldCompany:
		r.company = value
	case fieldTitle:
		r.title = value
	case fieldRegion:
		r.region = value
	case fieldTimezone:
		if !t.knownZone(value) {
			r.warn(c.Name, "not an IANA time zone; left out")
			return
		}
		r.timezone = value
	case fieldSource:
		r.source = value
	case fieldExternal:
		r.external = value
	case fieldTags:
		r.tags = splitTags(value)
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
	r.email = email
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
		if r.custom == nil {
			r.custom = make(map[string]any, 2)
		}
		r.custom["phone_as_given"] = plain.Text(value)
		return
	}
	r.phone = phone
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
		if tag := plain.Cut(strings.TrimSpace(part), maxTag); tag != "" && len(out) < maxTags {
			out = append(out, tag)
		}
	}
	return out
}

// fitKey is all that the score of a lead without history depends on.
type fitKey struct {
	work, private, phone, company, zone bool
	seniority                           int
}

type fitScore struct {
	points  int
	reasons []byte
}

// sealer makes the stored form of records. Imports seal millions: what repeats
// (scores, domains) is remembered. It is used by one goroutine.
type sealer struct {
	keys    *secret.Keys
	now     time.Time
	imp     *id.ID
	scores  map[fitKey]fitScore
	domains map[string][]byte
	hidden  map[string]bool // by custom key; columns are few
}

func newSealer(keys *secret.Keys, imp id.ID, now time.Time) *sealer {
	return &sealer{keys: keys, now: now, imp: &imp, scores: map[fitKey]fitScore{}, domains: map[string][]byte{}, hidden: map[string]bool{}}
}

// maxDomains bounds the memory of domains.
const maxDomains = 50_000

// seal fills r.sealed.
func (s *sealer) seal(r *record) error {
	l := &r.sealed
	l.ID, l.ImportID, l.CreatedAt, l.Status = r.id, s.imp, s.now, StatusNew
	l.FirstName, l.LastName, l.Company, l.Title = r.first, r.last, r.company, r.title
	l.Region, l.Timezone, l.Source, l.ExternalID = r.region, r.timezone, r.source, r.external
	l.Tags = r.tags
	if l.Tags == nil {
		l.Tags = []string{}
	}
	var err error
	fit := fitKey{phone: r.phone != "", company: r.company != "", zone: r.region != "" || r.timezone != "", seniority: seniority(r.title)}
	domain := ""
	if r.email != "" {
		domain = compliance.EmailDomain(r.email)
		fit.private = freeMail(domain)
		fit.work = !fit.private
		if l.emailSealed, err = s.keys.Seal("leads", "email", r.id, r.email); err != nil {
			return err
		}
		l.emailBlind = s.keys.Blind(compliance.KindEmail, r.email)
		if l.domainBlind = s.domains[domain]; l.domainBlind == nil {
			l.domainBlind = s.keys.Blind(compliance.KindEmailDomain, domain)
			if len(s.domains) < maxDomains {
				s.domains[domain] = l.domainBlind
			}
		}
	}
	if r.phone != "" {
		if l.phoneSealed, err = s.keys.Seal("leads", "phone", r.id, r.phone); err != nil {
			return err
		}
		l.phoneBlind = s.keys.Blind(compliance.KindPhone, r.phone)
	}
	l.nameKey, l.lastNameKey, l.companyKey = plain.NameKey(r.first, r.last), plain.Key(r.last), plain.Key(r.company)
	l.identityBlind = nil
	switch {
	case r.external != "":
		l.identityBlind = s.keys.Blind(kindExternal, r.external)
	case r.email == "" && r.phone == "":
		l.identityBlind = s.keys.Blind(kindPerson, l.nameKey+"\x00"+l.companyKey)
	}
	if err := s.sealCustom(r); err != nil {
		return err
	}
	score, ok := s.scores[fit]
	if !ok {
		points, reasons := Score(Facts{EmailDomain: domain, HasPhone: fit.phone, Company: r.company, Title: r.title, HasZone: fit.zone, Status: StatusNew}, s.now)
		raw, err := encodeReasons(reasons)
		if err != nil {
			return err
		}
		score = fitScore{points, raw}
		s.scores[fit] = score
	}
	l.Score, l.reasons = score.points, score.reasons
	return nil
}

// sealCustom is encodeCustom for flat text fields, without its maps.
func (s *sealer) sealCustom(r *record) error {
	if len(r.custom) == 0 {
		r.sealed.custom = []byte("{}")
		return nil
	}
	var open, hidden []byte
	for key, value := range r.custom {
		text, _ := value.(string) // a column holds text
		target := &open
		secret, known := s.hidden[key]
		if !known {
			secret = privateKey(key)
			s.hidden[key] = secret
		}
		if secret || privateValue(text) {
			target = &hidden
		}
		if len(*target) == 0 {
			*target = append(*target, '{')
		} else {
			*target = append(*target, ',')
		}
		*target = appendJSON(*target, key)
		*target = append(*target, ':')
		*target = appendJSON(*target, text)
	}
	if len(open) == 0 {
		open = append(open, '{')
	}
	r.sealed.custom = append(open, '}')
	if len(hidden) == 0 {
		return nil
	}
	var err error
	r.sealed.customSealed, err = s.keys.Seal("leads", "custom", r.id, string(append(hidden, '}')))
	return err
}

// appendJSON appends s as a JSON string.
func appendJSON(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			raw, err := json.Marshal(s)
			if err != nil {
				return append(b, `""`...) // a string always marshals
			}
			return append(b, raw...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
