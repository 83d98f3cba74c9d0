// Package lead owns people and the companies they work for: who they are, how
// they can be reached, where they stand, and what passed between us.
//
// Invariants: one person per (organisation, e-mail), (organisation, phone) and
// (organisation, external id); a person without any of them is known by name
// and company. E-mail, phone, private custom fields and the text of notes are
// sealed and never leave this package except decrypted to a caller of the same
// organisation. A status moves by Next only. Opens and scanner clicks never
// change a score.
//
// Events out: lead.created, lead.updated, lead.deleted, lead.status_changed,
// lead.scored. Tables: leads; it writes interactions.
//
// Files: lead.go (types), status.go (the order of statuses), seal.go (the stored
// form), filter.go (what a list or an audience asks for), cursor.go (pages),
// service.go (one lead), batch.go (thousands at once), list.go (many),
// contact.go and fields.go (what senders need), contacted.go (the first mail),
// interaction.go (history, notes), bulk.go, export.go, event.go;
// store*.go (all SQL). Files of people come in through lead/intake; reading CSV
// and XLSX is lead/sheet, the form of texts lead/plain, the rules of the score
// lead/score, private custom fields lead/custom, tasks lead/task.
package lead

import (
	"time"

	"rainmaker/internal/lead/score"
	"rainmaker/internal/platform/id"
)

// Lead is one person.
type Lead struct {
	ID           id.ID          `json:"id"`
	Email        string         `json:"email" personal:"email"`
	Phone        string         `json:"phone" doc:"E.164" personal:"phone"`
	FirstName    string         `json:"first_name"`
	LastName     string         `json:"last_name"`
	Company      string         `json:"company"`
	Title        string         `json:"title"`
	Region       string         `json:"region" doc:"State, province or country"`
	Timezone     string         `json:"timezone" doc:"IANA name; empty when unknown"`
	Source       string         `json:"source"`
	ExternalID   string         `json:"external_id" doc:"The person's number in another system"`
	Tags         []string       `json:"tags"`
	Custom       map[string]any `json:"custom" personal:"fields"`
	Status       Status         `json:"status"`
	StatusReason string         `json:"status_reason"`
	Score        int            `json:"score" minimum:"0" maximum:"100"`
	ScoreReasons []score.Reason `json:"score_reasons"`
	ImportID     *id.ID         `json:"import_id"`
	Version      int            `json:"version"`
	CreatedAt    time.Time      `json:"created_at"`
	UpdatedAt    time.Time      `json:"updated_at"`
}

// Draft is what a caller tells of a new lead. At least one of e-mail, phone,
// name, company and external id is needed.
type Draft struct {
	Email      string
	Phone      string
	FirstName  string
	LastName   string
	Company    string
	Title      string
	Region     string
	Timezone   string
	Source     string
	ExternalID string
	Tags       []string
	Custom     map[string]any
	Consents   []Consent
}

// Consent is what a new lead agreed to before we knew them.
type Consent struct {
	Channel     string
	Purpose     string
	Evidence    string
	TextVersion string
	OccurredAt  time.Time // zero means now
}

// Patch changes what is not nil. An empty string clears a field; Custom is
// merged key by key, a nil value removes its key.
type Patch struct {
	Email      *string
	Phone      *string
	FirstName  *string
	LastName   *string
	Company    *string
	Title      *string
	Region     *string
	Timezone   *string
	Source     *string
	ExternalID *string
	Tags       *[]string
	Custom     map[string]any
	Status     *Status
}

// Limits on one lead, in bytes where nothing else is said; imports refuse, not cut.
const (
	MaxName = 200
	MaxText = 1000
	MaxTags = 50
	MaxTag  = 100
)
