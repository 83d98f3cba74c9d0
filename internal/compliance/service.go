package compliance

import (
	"context"
	"fmt"
	"time"

	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// Deps are what a Service needs.
type Deps struct {
	DB    *db.DB
	Keys  secret.Keyring
	Clock clock.Clock
}

// Service keeps suppressions and consents and answers for every touch.
type Service struct {
	Deps
	zones Zones
}

// New returns a Service.
func New(deps Deps) *Service { return &Service{Deps: deps} }

// Zones is the shared memory of where people are.
func (s *Service) Zones() *Zones { return &s.zones }

// Sender returns the organisation's side of the rules, as of tx.
func (s *Service) Sender(ctx context.Context, tx db.Tx, org id.ID) (Sender, error) {
	row, err := loadSender(ctx, tx, org)
	if err != nil {
		return Sender{}, fmt.Errorf("sender of %s: %w", org, err)
	}
	sender := Sender{Paused: row.paused, HasPostalAddress: row.hasAddress, Zone: s.zones.Load(row.timezone), Frequency: DefaultFrequency}
	if sender.Zone == nil {
		sender.Zone = time.UTC
	}
	if row.touches > 0 && row.days > 0 {
		sender.Frequency = FrequencyCap{Touches: row.touches, Days: row.days}
	}
	return sender, nil
}

// Check decides on touches in tx, which must be the transaction that writes
// their intent and must hold the locks on their leads. The verdicts come in the
// order of the touches.
func (s *Service) Check(ctx context.Context, tx db.Tx, org id.ID, sender Sender, touches []Touch) ([]Verdict, error) {
	suppressed, err := suppressedLeads(ctx, tx, org, touches)
	if err != nil {
		return nil, fmt.Errorf("check %d touches: %w", len(touches), err)
	}
	now := s.Clock.Now()
	verdicts := make([]Verdict, len(touches))
	for i, touch := range touches {
		verdicts[i] = Decide(now, sender, touch, suppressed[touch.Lead])
	}
	return verdicts, nil
}

// Address is one way to reach a person, in normal form.
type Address struct {
	Kind  string // KindEmail, KindEmailDomain or KindPhone
	Value string
}

// Suppression is an address nobody may contact any more.
type Suppression struct {
	ID        id.ID     `json:"id"`
	Kind      string    `json:"kind"`
	Value     string    `json:"value" personal:"address"`
	Reason    string    `json:"reason"`
	Source    string    `json:"source"`
	LeadID    *id.ID    `json:"lead_id"`
	CreatedAt time.Time `json:"created_at"`
}

// NewSuppression says why addresses go on the list.
type NewSuppression struct {
	Reason string
	Source string
	Lead   id.ID // zero when no lead is known
}

// Suppress puts addresses on the list in tx. An address that is there already
// keeps its first reason, unless its person has spoken now: an opt-out or a
// complaint binds for good, whatever was there before. From the commit on, no channel contacts them.
func (s *Service) Suppress(ctx context.Context, tx db.Tx, org id.ID, why NewSuppression, addresses ...Address) error {
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return err
	}
	rows, listed := make([]suppressionRow, 0, len(addresses)), map[Address]bool{}
	for _, address := range addresses {
		if address.Value == "" || listed[address] {
			continue
		}
		listed[address] = true
		row := suppressionRow{id: id.New(), kind: address.Kind, blind: keys.Blind(address.Kind, address.Value)}
		if row.sealed, err = keys.Seal("suppressions", "value", row.id, address.Value); err != nil {
			return err
		}
		rows = append(rows, row)
	}
	added, err := insertSuppressions(ctx, tx, org, why, s.Clock.Now(), rows)
	if err != nil {
		return fmt.Errorf("suppress: %w", err)
	}
	if added == 0 {
		return nil
	}
	e, err := event.New("suppression.added", why.Lead.String(), s.Clock.Now(), map[string]any{
		"lead_id": why.Lead, "reason": why.Reason, "source": why.Source, "count": added,
	})
	if err != nil {
		return err
	}
	return event.Append(ctx, tx, org, e)
}

// PutSuppressions is the organisation's own list: each entry is an e-mail
// address, a domain such as example.com, or a telephone number. It returns how
// many entries were new.
func (s *Service) PutSuppressions(ctx context.Context, org id.ID, values []string, reason string) error {
	addresses := make([]Address, 0, len(values))
	for i, value := range values {
		address, err := ParseAddress(value)
		if err != nil {
			return errs.InvalidField(fmt.Sprintf("body.values[%d]", i), "not an e-mail address, domain or telephone number")
		}
		addresses = append(addresses, address)
	}
	return s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		return s.Suppress(ctx, tx, org, NewSuppression{Reason: reason, Source: "api"}, addresses...)
	})
}

// ParseAddress reads an e-mail address, a bare domain or a telephone number.
func ParseAddress(value string) (Address, error) {
	if email, err := NormalEmail(value); err == nil {
		return Address{KindEmail, email}, nil
	}
	if phone, err := NormalPhone(value, "US"); err == nil {
		return Address{KindPhone, phone}, nil
	}
	domain, err := normalDomain(value)
	if err != nil {
		return Address{}, err
	}
	return Address{KindEmailDomain, domain}, nil
}

// Suppressions lists the newest first, after the cursor (time, id) when it is
// set.
func (s *Service) Suppressions(ctx context.Context, org id.ID, before time.Time, beforeID id.ID, limit int) ([]Suppression, error) {
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return nil, err
	}
	var out []Suppression
	err = s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		rows, err := listSuppressions(ctx, tx, org, before, beforeID, limit)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if row.Value, err = keys.Open("suppressions", "value", row.ID, row.sealed); err != nil {
				return err
			}
			out = append(out, row.Suppression)
		}
		return nil
	})
	return out, err
}

// Unsuppress takes an entry off the list. Opt-outs and complaints stay: only
// the person can take those back.
func (s *Service) Unsuppress(ctx context.Context, org, suppression id.ID) error {
	return s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		reason, err := suppressionReason(ctx, tx, org, suppression)
		if err != nil {
			return err
		}
		if reason == "opt_out" || reason == "complaint" {
			return errs.New(errs.Conflict, "this person asked not to be contacted; only a new consent of theirs can change that")
		}
		if err := deleteSuppression(ctx, tx, org, suppression); err != nil {
			return err
		}
		e, err := event.New("suppression.removed", suppression.String(), s.Clock.Now(), map[string]any{"id": suppression, "reason": reason})
		if err != nil {
			return err
		}
		return event.Append(ctx, tx, org, e)
	})
}

// Consent is one statement of a person: granted or revoked, with its evidence.
type Consent struct {
	ID          id.ID     `json:"id"`
	LeadID      id.ID     `json:"lead_id"`
	Channel     string    `json:"channel" enum:"email,call,sms,social"`
	Purpose     string    `json:"purpose"`
	State       string    `json:"state" enum:"granted,revoked"`
	Evidence    string    `json:"evidence" personal:"text"`
	TextVersion string    `json:"text_version"`
	OccurredAt  time.Time `json:"occurred_at"`
}

// RecordConsent appends to the ledger. Nothing in it is ever changed.
func (s *Service) RecordConsent(ctx context.Context, tx db.Tx, org id.ID, consent Consent) (Consent, error) {
	consent.ID = id.New()
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return Consent{}, err
	}
	sealed, err := keys.Seal("consents", "evidence", consent.ID, consent.Evidence)
	if err != nil {
		return Consent{}, err
	}
	if err := insertConsent(ctx, tx, org, consent, sealed, s.Clock.Now()); err != nil {
		return Consent{}, fmt.Errorf("record consent: %w", err)
	}
	e, err := event.New("consent.recorded", consent.LeadID.String(), s.Clock.Now(), map[string]any{
		"lead_id": consent.LeadID, "channel": consent.Channel, "state": consent.State,
	})
	if err != nil {
		return Consent{}, err
	}
	return consent, event.Append(ctx, tx, org, e)
}

// Ledger is everything that decides about one person.
type Ledger struct {
	Consents     []Consent     `json:"consents"`
	Suppressions []Suppression `json:"suppressions"`
}

// Ledger returns the consents and suppressions of a person with the given
// blind indexes.
func (s *Service) Ledger(ctx context.Context, tx db.Tx, org, lead id.ID, blinds ...[]byte) (Ledger, error) {
	rows, err := leadConsents(ctx, tx, org, lead)
	if err != nil {
		return Ledger{}, err
	}
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return Ledger{}, err
	}
	consents := make([]Consent, len(rows))
	for i, row := range rows {
		if row.sealed != nil {
			if row.Evidence, err = keys.Open("consents", "evidence", row.ID, row.sealed); err != nil {
				return Ledger{}, err
			}
		}
		consents[i] = row.Consent
	}
	suppressions, err := suppressionsOf(ctx, tx, org, blinds)
	if err != nil {
		return Ledger{}, err
	}
	return Ledger{Consents: consents, Suppressions: suppressions}, nil
}
