package lead

import (
	"time"

	"rainmaker/internal/compliance"
	"rainmaker/internal/lead/custom"
	"rainmaker/internal/lead/plain"
	"rainmaker/internal/lead/score"
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

// Sealer makes the stored form of leads. Imports seal millions: what repeats
// (scores, domains, private keys) is remembered. It is used by one goroutine.
type Sealer struct {
	keys    *secret.Keys
	scores  *score.Scorer
	domains map[string][]byte
	customs custom.Splitter
	bounded bool // refuse custom fields beyond custom.MaxSize; the width of a file bounds its own
}

// NewSealer returns a Sealer that scores as of now.
func NewSealer(keys *secret.Keys, now time.Time) *Sealer {
	return &Sealer{keys: keys, scores: score.NewScorer(now), domains: map[string][]byte{}, customs: custom.Splitter{}}
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
	return s.seal(&e.Lead, &e.sealed, score.Engagement{})
}

// seal fills in to, and the score of l.
func (s *Sealer) seal(l *Lead, to *sealed, engaged score.Engagement) error {
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
	open, hidden, err := s.customs.Split(l.Custom)
	if err != nil {
		return err
	}
	if s.bounded && len(open)+len(hidden) > custom.MaxSize {
		return errs.InvalidField("body.custom", "more than %d KiB", custom.MaxSize>>10)
	}
	to.custom = open
	if to.customSealed, err = s.keys.Seal("leads", "custom", l.ID, string(hidden)); err != nil {
		return err
	}
	scored, err := s.scores.Score(score.Facts{
		EmailDomain: domain, HasPhone: l.Phone != "", Company: l.Company, Title: l.Title,
		HasZone: l.Region != "" || l.Timezone != "", Closed: l.Status.closed(), Engagement: engaged,
	})
	l.Score, l.ScoreReasons, to.reasons = scored.Points, scored.Reasons, scored.Stored
	return err
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

// seal turns one checked lead into its stored form, with its score.
func seal(keys *secret.Keys, l Lead, now time.Time, engaged score.Engagement) (row, error) {
	r := row{Lead: l}
	s := NewSealer(keys, now)
	s.bounded = true
	err := s.seal(&r.Lead, &r.sealed, engaged)
	return r, err
}
