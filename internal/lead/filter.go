package lead

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"rainmaker/internal/compliance"
	"rainmaker/internal/lead/plain"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// Filter says which leads are meant. It is the query of GET /leads and the
// audience of a campaign; the zero Filter means everybody.
type Filter struct {
	Status       []Status  `json:"status,omitempty"`
	MinScore     *int      `json:"min_score,omitempty"`
	MaxScore     *int      `json:"max_score,omitempty"`
	CampaignID   id.ID     `json:"campaign_id,omitzero"` // enrolled in it, in any state
	Q            string    `json:"q,omitempty"`          // see terms
	CreatedAfter time.Time `json:"created_after,omitzero"`
	Tags         []string  `json:"tags,omitempty"` // all of them
	Source       []string  `json:"source,omitempty"`
	Company      []string  `json:"company,omitempty"` // exact but for case and accents
	ImportID     id.ID     `json:"import_id,omitzero"`
}

// maxListed bounds the values of one key of a filter.
const maxListed = 100

// ParseFilter reads a filter from JSON. Where a list is allowed a single value
// is too. location (such as "body.audience.filter") names wrong keys.
func ParseFilter(location string, raw []byte) (Filter, error) {
	var f Filter
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return f, nil
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(raw, &keys); err != nil {
		return f, errs.InvalidField(location, "not a JSON object")
	}
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		at := location + "." + name
		if err := f.set(at, name, keys[name]); err != nil {
			return Filter{}, err
		}
	}
	return f, f.check(location)
}

// set reads one key.
func (f *Filter) set(at, name string, raw json.RawMessage) error {
	var target any
	switch name {
	case "status", "tags", "source", "company":
		values, err := stringList(at, raw)
		if err != nil {
			return err
		}
		switch name {
		case "status":
			for _, v := range values {
				f.Status = append(f.Status, Status(v))
			}
		case "tags":
			f.Tags = values
		case "source":
			f.Source = values
		case "company":
			f.Company = values
		}
		return nil
	case "min_score":
		target = &f.MinScore
	case "max_score":
		target = &f.MaxScore
	case "campaign_id":
		target = &f.CampaignID
	case "import_id":
		target = &f.ImportID
	case "q":
		target = &f.Q
	case "created_after":
		target = &f.CreatedAfter
	default:
		return errs.InvalidField(at, "unknown key; a filter takes status, min_score, max_score, campaign_id, import_id, q, created_after, tags, source and company")
	}
	if err := json.Unmarshal(raw, target); err != nil {
		return errs.InvalidField(at, "has the wrong type")
	}
	return nil
}

func stringList(at string, raw json.RawMessage) ([]string, error) {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		if one == "" {
			return nil, nil
		}
		return []string{one}, nil
	}
	var many []string
	if err := json.Unmarshal(raw, &many); err != nil {
		return nil, errs.InvalidField(at, "must be a string or a list of strings")
	}
	return many, nil
}

// check refuses values that no lead can have.
func (f Filter) check(location string) error {
	for _, status := range f.Status {
		if !slices.Contains(Statuses(), status) {
			return errs.InvalidField(location+".status", "%q is not a status", plain.Cut(string(status), 40))
		}
	}
	for name, score := range map[string]*int{"min_score": f.MinScore, "max_score": f.MaxScore} {
		if score != nil && (*score < 0 || *score > 100) {
			return errs.InvalidField(location+"."+name, "must be from 0 to 100")
		}
	}
	for name, n := range map[string]int{"status": len(f.Status), "tags": len(f.Tags), "source": len(f.Source), "company": len(f.Company)} {
		if n > maxListed {
			return errs.InvalidField(location+"."+name, "more than %d values", maxListed)
		}
	}
	if len(f.Q) > MaxName || strings.IndexByte(f.Q, 0) >= 0 {
		return errs.InvalidField(location+".q", "must be at most %d bytes of text", MaxName)
	}
	for name, values := range map[string][]string{"tags": f.Tags, "source": f.Source, "company": f.Company} {
		for _, value := range values {
			if strings.IndexByte(value, 0) >= 0 || len(value) > MaxText {
				return errs.InvalidField(location+"."+name, "must be at most %d bytes of text", MaxText)
			}
		}
	}
	return nil
}

// Check is check for filters that were not parsed from JSON.
func (f Filter) Check(location string) error { return f.check(location) }

// Everybody reports whether the filter leaves nobody out.
func (f Filter) Everybody() bool {
	return len(f.Status) == 0 && f.MinScore == nil && f.MaxScore == nil && f.CampaignID == id.Nil && f.Q == "" &&
		f.CreatedAfter.IsZero() && len(f.Tags) == 0 && len(f.Source) == 0 && len(f.Company) == 0 && f.ImportID == id.Nil
}

// terms is what Q means: a whole e-mail address or telephone number by its
// blind index, "@example.com" as a mail domain, anything else as the beginning
// of the full name, the last name or the company, or as a whole external id.
type terms struct {
	email    []byte
	domain   []byte
	phone    []byte
	identity []byte
	prefix   string
}

func parseTerms(q string, keys *secret.Keys) terms {
	q = strings.TrimSpace(q)
	if q == "" {
		return terms{}
	}
	if email, err := compliance.NormalEmail(q); err == nil {
		return terms{email: keys.Blind(compliance.KindEmail, email)}
	}
	if domain, ok := strings.CutPrefix(q, "@"); ok {
		return terms{domain: keys.Blind(compliance.KindEmailDomain, strings.ToLower(domain))}
	}
	t := terms{prefix: strings.Join(strings.Fields(plain.Fold(q)), " "), identity: keys.Blind(kindExternal, q)}
	if plain.Digits(q) >= 7 {
		if phone, err := compliance.NormalPhone(q, DefaultRegion); err == nil {
			t.phone = keys.Blind(compliance.KindPhone, phone)
		}
	}
	return t
}

// Sort is an order of a list: a column, descending when Desc.
type Sort struct {
	Column string
	Desc   bool
}

// ParseSort reads "score", "-score" and so on; empty means newest first.
func ParseSort(location, s string) (Sort, error) {
	if s == "" {
		return Sort{Column: "created_at", Desc: true}, nil
	}
	column, desc := strings.CutPrefix(s, "-")
	switch column {
	case "score", "created_at", "name", "company":
		return Sort{Column: column, Desc: desc}, nil
	}
	return Sort{}, errs.InvalidField(location, "must be score, created_at, name or company, with - for descending")
}

func (s Sort) String() string {
	if s.Desc {
		return "-" + s.Column
	}
	return s.Column
}

// UnmarshalJSON reads a filter as ParseFilter does.
func (f *Filter) UnmarshalJSON(raw []byte) error {
	parsed, err := ParseFilter("filter", raw)
	if err != nil {
		return err
	}
	*f = parsed
	return nil
}
