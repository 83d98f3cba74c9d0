// Package webhook tells the systems of an organisation what happened, and takes
// what they have to tell.
//
// Out: an endpoint is a URL and the events it wants. A consumer of the outbox
// writes one delivery for each endpoint and event, in the transaction of its
// offset; the deliverer sends what is due, signed as Standard Webhooks 1.0.0
// says. It is at least once: webhook-id is the event's id and stays the same.
//
// Invariants: the body is thin (ids and names, below 20 kB, no addresses); ten
// attempts over 75 h 35 min; an answer other than 2xx is a failure, a redirect
// too, and is never followed; 410 disables an endpoint at once, five days
// without a success disable it with an event; one slow endpoint holds up neither
// others of its organisation nor other organisations; URLs and secrets are
// sealed, and only internal/platform/egress reaches the URL.
//
// In: an address of an organisation takes signed events about its leads. The
// signature is checked over the raw body, within 300 s; the event is stored once
// (provider, address, event id) with the job of its effect, and answered; the
// effect and the mark that it is done are one transaction.
//
// Tables: webhook_endpoints, webhook_deliveries, inbound_webhooks,
// webhook_inbox. Events out:
// webhook_endpoint.created, .updated, .deleted, .disabled. In: all.
//
// This package stands between optimiser and {api ws provider}: api asks it, and
// it listens to the events of everything to its left. It dials, though it is no
// provider: what it reaches belongs to the customer, and its own due-row table
// is the log of what left.
//
// Files: webhook.go (types), service.go (use cases), event.go (which delivery an
// event becomes), deliver.go (sending), sign.go, inbox.go (what comes in),
// standard.go (who signs how, and what they say), store.go, store_delivery.go,
// store_inbox.go.
package webhook

import (
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// States of an endpoint and of a delivery.
const (
	StateActive    = "active"
	StateDisabled  = "disabled"
	StatePending   = "pending"
	StateDelivered = "delivered"
	StateFailed    = "failed"
)

// Endpoint is a URL of an organisation that wants to be told.
type Endpoint struct {
	ID              id.ID      `json:"id"`
	URL             string     `json:"url" format:"uri"`
	Events          []string   `json:"events" doc:"Types such as lead.created, families such as lead.*, or * for all."`
	Description     string     `json:"description"`
	State           string     `json:"state" enum:"active,disabled"`
	DisabledBecause string     `json:"disabled_because" doc:"Empty while it is active."`
	FailingSince    *time.Time `json:"failing_since" doc:"Since when nothing got through; null while it works."`
	OldSecretUntil  *time.Time `json:"old_secret_until" doc:"Until when the secret before the rotation signs too."`
	Version         int        `json:"version"`
	CreatedAt       time.Time  `json:"created_at"`
	UpdatedAt       time.Time  `json:"updated_at"`
}

// Delivery is one event on its way to one endpoint.
type Delivery struct {
	ID         id.ID           `json:"id"`
	EndpointID id.ID           `json:"endpoint_id"`
	EventID    id.ID           `json:"event_id" doc:"The webhook-id header; the same in every attempt."`
	EventType  string          `json:"event_type"`
	State      string          `json:"state" enum:"pending,delivered,failed"`
	Attempts   int             `json:"attempts"`
	NextAt     *time.Time      `json:"next_attempt_at" doc:"Null when there is none."`
	Status     *int            `json:"status" doc:"HTTP status of the last answer; null when there was none."`
	Answer     string          `json:"answer" doc:"The beginning of the last answer, or why there was none."`
	DurationMS *int            `json:"duration_ms"`
	Payload    json.RawMessage `json:"payload"`
	CreatedAt  time.Time       `json:"created_at"`
	TriedAt    *time.Time      `json:"tried_at"`
}

// Draft is what a person says of an endpoint. Nil leaves a field as it is.
type Draft struct {
	URL         *string
	Events      *[]string
	Description *string
	State       *string
}

// endpoint is a row with its secrets.
type endpoint struct {
	Endpoint
	secret, old secret.String
}

// Limits of one organisation.
const (
	maxEndpoints   = 20
	maxEvents      = 50
	maxDescription = 500
)

var eventForm = regexp.MustCompile(`^(\*|[a-z][a-z0-9_]{0,60}\.(\*|[a-z][a-z0-9_.]{0,60}))$`)

// apply changes e by what was said. URL is checked by the caller, who knows what
// may be reached.
func (d Draft) apply(e *Endpoint) error {
	if d.Description != nil {
		e.Description = *d.Description
	}
	if len(e.Description) > maxDescription {
		return errs.InvalidField("body.description", "is longer than %d characters", maxDescription)
	}
	if d.Events != nil {
		e.Events = *d.Events
	}
	if len(e.Events) == 0 || len(e.Events) > maxEvents {
		return errs.InvalidField("body.events", "must name 1 to %d events; * is all", maxEvents)
	}
	for _, name := range e.Events {
		if !eventForm.MatchString(name) {
			return errs.InvalidField("body.events", "must be types such as lead.created, families such as lead.*, or *")
		}
	}
	if d.State != nil {
		if *d.State != StateActive && *d.State != StateDisabled {
			return errs.InvalidField("body.state", "must be active or disabled")
		}
		if e.State != *d.State {
			e.State, e.DisabledBecause, e.FailingSince = *d.State, "", nil
			if e.State == StateDisabled {
				e.DisabledBecause = "by a person"
			}
		}
	}
	return nil
}

// wants reports whether an endpoint asked for events of this type.
func (e *Endpoint) wants(typ string) bool {
	for _, name := range e.Events {
		if name == "*" || name == typ {
			return true
		}
		if family, ok := strings.CutSuffix(name, "*"); ok && strings.HasPrefix(typ, family) {
			return true
		}
	}
	return false
}
