package lead

import (
	"encoding/json"
	"fmt"
	"time"

	"rainmaker/internal/compliance"
	"rainmaker/internal/lead/plain"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// kindExternal and kindPerson are blind index kinds of leads only: another
// system's number, and name with company of somebody without any address.
const (
	kindExternal = "external_id"
	kindPerson   = "person"
)

// sealed is what a lead's row holds beside its plain columns.
type sealed struct {
	emailSealed, emailBlind, domainBlind []byte
	phoneSealed, phoneBlind              []byte
	identityBlind                        []byte
	nameKey, lastNameKey, companyKey     string
	custom                               []byte
	customSealed                         []byte
	reasons                              []byte
}

// fitKey is all that the score of a new lead without history depends on.
type fitKey struct {
	work, private, phone, company, zone bool
	seniority                           int
}

type fitScore struct {
	points  int
	reasons []Reason
	stored  []byte
}

// Sealer makes the stored form of leads. Imports seal millions: what repeats
// (scores, domains, private keys) is remembered. It is used by one goroutine.
type Sealer struct {
	keys    *secret.Keys
	now     time.Time
	scores  map[fitKey]fitScore
	domains map[string][]byte
	customs customs
	bounded bool // refuse custom fields beyond customSize; the width of a file bounds its own
}

// NewSealer returns a Sealer that scores as of now.
func NewSealer(keys *secret.Keys, now time.Time) *Sealer {
	return &Sealer{keys: keys, now: now, scores: map[fitKey]fitScore{}, domains: map[string][]byte{}, customs: customs{}}
}

// maxDomains bounds the memory of domains.
const maxDomains = 50_000

// Seal makes e ready to be staged. Its fields must be in normal form; id,
// status and score are filled in.
func (s *Sealer) Seal(e *Entry) error {
	if e.ID == id.Nil {
		e.ID = id.New()
	}
	e.Status = StatusNew
	if e.Tags == nil {
		e.Tags = []string{}
	}
	return s.seal(&e.Lead, &e.sealed, Engagement{})
}

// seal fills in to, and the score of l.
func (s *Sealer) seal(l *Lead, to *sealed, engaged Engagement) error {
	var err error
	domain := ""
	if l.Email != "" {
		domain = compliance.EmailDomain(l.Email)
		if to.emailSealed, err = s.keys.Seal("leads", "email", l.ID, l.Email); err != nil {
			return err
		}
		to.emailBlind = s.keys.Blind(compliance.KindEmail, l.Email)
		to.domainBlind = s.domain(domain)
	}
	if l.Phone != "" {
		if to.phoneSealed, err = s.keys.Seal("leads", "phone", l.ID, l.Phone); err != nil {
			return err
		}
		to.phoneBlind = s.keys.Blind(compliance.KindPhone, l.Phone)
	}
	to.nameKey, to.lastNameKey, to.companyKey = plain.NameKey(l.FirstName, l.LastName), plain.Key(l.LastName), plain.Key(l.Company)
	switch {
	case l.ExternalID != "":
		to.identityBlind = s.keys.Blind(kindExternal, l.ExternalID)
	case l.Email == "" && l.Phone == "":
		to.identityBlind = s.keys.Blind(kindPerson, to.nameKey+"\x00"+to.companyKey)
	}
	open, hidden, err := s.customs.split(l.Custom)
	if err != nil {
		return err
	}
	if s.bounded && len(open)+len(hidden) > customSize {
		return errs.InvalidField("body.custom", "more than %d KiB", customSize>>10)
	}
	to.custom = open
	if to.customSealed, err = s.keys.Seal("leads", "custom", l.ID, string(hidden)); err != nil {
		return err
	}
	return s.score(l, to, Facts{
		EmailDomain: domain, HasPhone: l.Phone != "", Company: l.Company, Title: l.Title,
		HasZone: l.Region != "" || l.Timezone != "", Status: l.Status, Engagement: engaged,
	})
}

// domain is the blind index of a mail domain.
func (s *Sealer) domain(name string) []byte {
	blind := s.domains[name]
	if blind == nil {
		blind = s.keys.Blind(compliance.KindEmailDomain, name)
		if len(s.domains) < maxDomains {
			s.domains[name] = blind
		}
	}
	return blind
}

// score fills in the score. That of a new lead without history is remembered.
func (s *Sealer) score(l *Lead, to *sealed, f Facts) error {
	fit := fitKey{phone: f.HasPhone, company: f.Company != "", zone: f.HasZone, seniority: seniority(f.Title)}
	if f.EmailDomain != "" {
		fit.private = freeMail(f.EmailDomain)
		fit.work = !fit.private
	}
	fresh := f.Status == StatusNew && f.Engagement == Engagement{}
	score, known := s.scores[fit]
	if !known || !fresh {
		var err error
		score.points, score.reasons = Score(f, s.now)
		if score.stored, err = encodeReasons(score.reasons); err != nil {
			return err
		}
		if fresh {
			s.scores[fit] = score
		}
	}
	l.Score, l.ScoreReasons, to.reasons = score.points, score.reasons, score.stored
	return nil
}

// seal turns one checked lead into its stored form, with its score.
func seal(keys *secret.Keys, l Lead, now time.Time, engaged Engagement) (row, error) {
	r := row{Lead: l}
	s := NewSealer(keys, now)
	s.bounded = true
	err := s.seal(&r.Lead, &r.sealed, engaged)
	return r, err
}

// encodeReasons stores codes and points; the texts belong to the program.
func encodeReasons(reasons []Reason) ([]byte, error) {
	type stored struct {
		Code   string `json:"code"`
		Points int    `json:"points"`
	}
	out := make([]stored, len(reasons))
	for i, r := range reasons {
		out[i] = stored{r.Code, r.Points}
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("score reasons: %w", err)
	}
	return raw, nil
}
