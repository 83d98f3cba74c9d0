package lead

import (
	"context"
	"fmt"
	"strings"
	"time"

	"rainmaker/internal/compliance"
	"rainmaker/internal/lead/custom"
	"rainmaker/internal/lead/plain"
	"rainmaker/internal/lead/score"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// DefaultRegion reads telephone numbers without a country code.
const DefaultRegion = "US"

// Compliance is what leads need of the rules of contact: compliance.Service.
type Compliance interface {
	RecordConsent(ctx context.Context, tx db.Tx, org id.ID, consent compliance.Consent) (compliance.Consent, error)
}

// Plans ends everything that is planned for people: campaign.Service.
type Plans interface {
	EndPlans(ctx context.Context, tx db.Tx, org id.ID, leads []id.ID, why string) error
}

// Deps are what a Service needs.
type Deps struct {
	DB         *db.DB
	Keys       secret.Keyring
	Clock      clock.Clock
	Compliance Compliance
}

// Service keeps leads.
type Service struct {
	Deps
	plans Plans
}

// New returns a Service. Without Join it ends no plans, because nothing plans.
func New(deps Deps) *Service { return &Service{Deps: deps} }

// Join connects the package above.
func (s *Service) Join(plans Plans) { s.plans = plans }

// endPlans ends what runs for people whom somebody of the team moved to a status
// after which nobody should be courted any more.
func (s *Service) endPlans(ctx context.Context, tx db.Tx, org id.ID, leads []id.ID, to Status) error {
	if s.plans == nil || !to.endsPlans() || len(leads) == 0 {
		return nil
	}
	return s.plans.EndPlans(ctx, tx, org, leads, string(to))
}

// Create adds a person. When another lead has one of their addresses the answer
// is a conflict that names the field and that lead.
func (s *Service) Create(ctx context.Context, org id.ID, n Draft) (l Lead, err error) {
	err = s.DB.InTenant(ctx, org, func(tx db.Tx) error { l, err = s.CreateIn(ctx, tx, org, n); return err })
	return l, err
}

// CreateIn is Create in the caller's transaction.
func (s *Service) CreateIn(ctx context.Context, tx db.Tx, org id.ID, n Draft) (Lead, error) {
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return Lead{}, err
	}
	now := s.Clock.Now()
	l, err := prepare(n, now)
	if err != nil {
		return Lead{}, err
	}
	r, err := seal(keys, l, now, score.Engagement{})
	if err != nil {
		return Lead{}, err
	}
	created, err := insertLead(ctx, tx, org, r)
	if err != nil {
		return Lead{}, err
	}
	if !created {
		return Lead{}, duplicate(ctx, tx, org, r)
	}
	for _, c := range n.Consents {
		if err := s.recordConsent(ctx, tx, org, l.ID, c, now); err != nil {
			return Lead{}, err
		}
	}
	return r.Lead, s.tell(ctx, tx, org, eventCreated, l.ID, now, told(r.Lead, nil))
}

func (s *Service) recordConsent(ctx context.Context, tx db.Tx, org, lead id.ID, c Consent, now time.Time) error {
	at := c.OccurredAt
	if at.IsZero() {
		at = now
	}
	_, err := s.Compliance.RecordConsent(ctx, tx, org, compliance.Consent{
		LeadID: lead, Channel: c.Channel, Purpose: c.Purpose, State: "granted",
		Evidence: c.Evidence, TextVersion: c.TextVersion, OccurredAt: at,
	})
	return err
}

// duplicate explains a conflict: which field, and whose it is.
func duplicate(ctx context.Context, tx db.Tx, org id.ID, r row) error {
	owners, err := findOwners(ctx, tx, org, r)
	if err != nil {
		return err
	}
	if len(owners) == 0 {
		// The other lead was deleted between the two statements.
		return errs.New(errs.Conflict, "another request is changing the same person; try again")
	}
	e := &errs.Error{Kind: errs.Conflict, Code: "duplicate"}
	for _, o := range owners {
		field := o.field
		if field == "external_id" && r.ExternalID == "" {
			field = "last_name"
		}
		e.Fields = append(e.Fields, errs.Field{Location: "body." + field, Message: "already belongs to lead " + o.id.String()})
	}
	e.Message = fmt.Sprintf("this person is already there: %s belongs to lead %s",
		strings.TrimPrefix(e.Fields[0].Location, "body."), owners[0].id)
	return e
}

// prepare checks and normalises what a person typed.
func prepare(n Draft, now time.Time) (Lead, error) {
	l := Lead{
		ID: id.New(), FirstName: n.FirstName, LastName: n.LastName, Company: n.Company, Title: n.Title, Region: n.Region,
		Timezone: n.Timezone, Source: n.Source, ExternalID: n.ExternalID, Tags: n.Tags, Custom: n.Custom,
		Email: n.Email, Phone: n.Phone, Status: StatusNew, Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	if err := l.check(); err != nil {
		return Lead{}, err
	}
	return l, nil
}

// check normalises every field of a lead and names the first one that is wrong.
func (l *Lead) check() error {
	for _, f := range []struct {
		name  string
		value *string
		limit int
	}{
		{"first_name", &l.FirstName, MaxName},
		{"last_name", &l.LastName, MaxName},
		{"company", &l.Company, MaxName},
		{"title", &l.Title, MaxName},
		{"region", &l.Region, MaxName},
		{"source", &l.Source, MaxName},
		{"external_id", &l.ExternalID, MaxName},
	} {
		if strings.ContainsAny(*f.value, "\r\n") {
			return errs.InvalidField("body."+f.name, "must be one line")
		}
		*f.value = plain.Line(*f.value)
		if len(*f.value) > f.limit {
			return errs.InvalidField("body."+f.name, "longer than %d bytes", f.limit)
		}
	}
	var err error
	if l.Email = strings.TrimSpace(l.Email); l.Email != "" {
		if l.Email, err = compliance.NormalEmail(l.Email); err != nil {
			return errs.InvalidField("body.email", "not an e-mail address")
		}
	}
	if l.Phone = strings.TrimSpace(l.Phone); l.Phone != "" {
		if l.Phone, err = compliance.NormalPhone(l.Phone, DefaultRegion); err != nil {
			return errs.InvalidField("body.phone", "not a telephone number; outside the US write it with +, country code first")
		}
	}
	if l.Timezone != "" {
		if _, err := time.LoadLocation(l.Timezone); err != nil || l.Timezone == "Local" {
			return errs.InvalidField("body.timezone", "not an IANA time zone such as America/New_York")
		}
	}
	if l.Tags, err = cleanTags(l.Tags); err != nil {
		return err
	}
	if l.Custom == nil {
		l.Custom = map[string]any{}
	}
	if err := custom.Check(l.Custom); err != nil {
		return err
	}
	if l.Email == "" && l.Phone == "" && l.FirstName == "" && l.LastName == "" && l.Company == "" && l.ExternalID == "" {
		return errs.InvalidField("body", "needs at least one of email, phone, first_name, last_name, company and external_id")
	}
	return nil
}

// cleanTags trims tags and drops repeated and empty ones.
func cleanTags(tags []string) ([]string, error) {
	out := make([]string, 0, len(tags))
	seen := make(map[string]bool, len(tags))
	for i, tag := range tags {
		tag = plain.Line(tag)
		if len(tag) > MaxTag {
			return nil, errs.InvalidField(fmt.Sprintf("body.tags[%d]", i), "longer than %d bytes", MaxTag)
		}
		if tag != "" && !seen[tag] {
			seen[tag] = true
			out = append(out, tag)
		}
	}
	if len(out) > MaxTags {
		return nil, errs.InvalidField("body.tags", "more than %d tags", MaxTags)
	}
	return out, nil
}

// Find returns one lead.
func (s *Service) Find(ctx context.Context, org, lead id.ID) (Lead, error) {
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return Lead{}, err
	}
	var l Lead
	err = s.DB.InTenant(ctx, org, func(tx db.Tx) (err error) {
		l, err = loadLead(ctx, tx, keys, org, lead, false)
		return err
	})
	return l, err
}

// Update changes a lead. version is that of If-Match, 0 for any.
func (s *Service) Update(ctx context.Context, org, lead id.ID, version int, p Patch) (out Lead, err error) {
	err = s.DB.InTenant(ctx, org, func(tx db.Tx) error { out, err = s.UpdateIn(ctx, tx, org, lead, version, p); return err })
	return out, err
}

// UpdateIn is Update in the caller's transaction.
func (s *Service) UpdateIn(ctx context.Context, tx db.Tx, org, lead id.ID, version int, p Patch) (Lead, error) {
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return Lead{}, err
	}
	old, err := loadLead(ctx, tx, keys, org, lead, true)
	if err != nil {
		return Lead{}, err
	}
	if version != 0 && version != old.Version {
		return Lead{}, errs.New(errs.PreconditionFailed, "the lead has changed since it was read")
	}
	return s.update(ctx, tx, org, keys, old, p)
}

// update applies a patch to a lead that tx has locked.
func (s *Service) update(ctx context.Context, tx db.Tx, org id.ID, keys *secret.Keys, old Lead, p Patch) (Lead, error) {
	changed, fields, err := p.apply(old)
	if err != nil {
		return Lead{}, err
	}
	if len(fields) == 0 {
		return old, nil
	}
	if err := changed.check(); err != nil {
		return Lead{}, err
	}
	now := s.Clock.Now()
	changed.UpdatedAt = now
	engaged, err := engagement(ctx, tx, org, []id.ID{old.ID})
	if err != nil {
		return Lead{}, err
	}
	r, err := seal(keys, changed, now, engaged[old.ID])
	if err != nil {
		return Lead{}, err
	}
	owners, err := findOwners(ctx, tx, org, r)
	if err != nil {
		return Lead{}, err
	}
	if len(owners) > 0 {
		return Lead{}, duplicate(ctx, tx, org, r)
	}
	if err := updateLead(ctx, tx, org, r); err != nil {
		if db.Violates(err, "") {
			return Lead{}, errs.Wrap(errs.Conflict, err, "another lead got the same address at this moment")
		}
		return Lead{}, fmt.Errorf("update lead %s: %w", old.ID, err)
	}
	r.Version = old.Version + 1
	if err := s.tell(ctx, tx, org, eventUpdated, old.ID, now, told(r.Lead, fields)); err != nil {
		return Lead{}, err
	}
	if old.Status != r.Status {
		if err := s.tell(ctx, tx, org, eventStatusChanged, old.ID, now, statusChanged{old.ID, old.Status, r.Status, r.StatusReason}); err != nil {
			return Lead{}, err
		}
		if err := s.endPlans(ctx, tx, org, []id.ID{old.ID}, r.Status); err != nil {
			return Lead{}, err
		}
	}
	if old.Score != r.Score {
		if err := s.tell(ctx, tx, org, eventScored, old.ID, now, scoreChanged{old.ID, old.Score, r.Score, score.Version}); err != nil {
			return Lead{}, err
		}
	}
	return r.Lead, nil
}

// apply returns the patched lead and the names of the fields that changed.
func (p Patch) apply(l Lead) (Lead, []string, error) {
	var fields []string
	set := func(name string, to *string, from *string) {
		if from != nil && *from != *to {
			*to = *from
			fields = append(fields, name)
		}
	}
	set("email", &l.Email, p.Email)
	set("phone", &l.Phone, p.Phone)
	set("first_name", &l.FirstName, p.FirstName)
	set("last_name", &l.LastName, p.LastName)
	set("company", &l.Company, p.Company)
	set("title", &l.Title, p.Title)
	set("region", &l.Region, p.Region)
	set("timezone", &l.Timezone, p.Timezone)
	set("source", &l.Source, p.Source)
	set("external_id", &l.ExternalID, p.ExternalID)
	if p.Tags != nil {
		l.Tags = *p.Tags
		fields = append(fields, "tags")
	}
	if len(p.Custom) > 0 {
		merged := make(map[string]any, len(l.Custom)+len(p.Custom))
		for k, v := range l.Custom {
			merged[k] = v
		}
		for k, v := range p.Custom {
			if v == nil {
				delete(merged, k)
				continue
			}
			merged[k] = v
		}
		l.Custom = merged
		fields = append(fields, "custom")
	}
	if p.Status != nil && *p.Status != l.Status {
		if err := byHand(l.Status, *p.Status); err != nil {
			return Lead{}, nil, err
		}
		l.Status, l.StatusReason = *p.Status, "by hand"
		fields = append(fields, "status")
	}
	return l, fields, nil
}

// Delete removes a lead and what was recorded about them.
func (s *Service) Delete(ctx context.Context, org, lead id.ID, version int) error {
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return err
	}
	return s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		old, err := loadLead(ctx, tx, keys, org, lead, true)
		if err != nil {
			return err
		}
		if version != 0 && version != old.Version {
			return errs.New(errs.PreconditionFailed, "the lead has changed since it was read")
		}
		_, err = s.remove(ctx, tx, org, []id.ID{lead})
		return err
	})
}

// remove deletes leads in tx and tells of it.
func (s *Service) remove(ctx context.Context, tx db.Tx, org id.ID, leads []id.ID) (int, error) {
	gone, err := deleteLeads(ctx, tx, org, leads)
	if err != nil {
		return 0, err
	}
	now := s.Clock.Now()
	events := make([]event.Event, 0, len(gone))
	for _, lead := range gone {
		e, err := event.New(eventDeleted, lead.String(), now, deleted{lead})
		if err != nil {
			return 0, err
		}
		events = append(events, e)
	}
	return len(gone), event.Append(ctx, tx, org, events...)
}
