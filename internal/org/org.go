// Package org owns tenants: the organisation, its keys, its members, and the
// record of who did what.
//
// Invariants: an organisation has at least one admin who can sign in; a person
// exists once over all tenants and is seen by a tenant only through a
// membership; audit rows are only ever added.
//
// Events out: organization.updated, organization.paused, organization.resumed,
// member.added, member.changed, member.sessions_ended, member.removed.
//
// Tables: organizations, users, members, audit_log.
//
// Files: org.go (types and rules), address.go (postal address, settings),
// service.go (the organisation), key.go (its keys), member.go (members and
// invitations), person.go (people over all tenants), audit.go (the record),
// store.go (SQL).
package org

import (
	"encoding/json"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/money"
)

// DefaultTimezone of a new organisation: most leads are in California
// (SPEC 1.1).
const DefaultTimezone = "America/Los_Angeles"

// Organization is a tenant.
type Organization struct {
	ID            id.ID           `json:"id"`
	Name          string          `json:"name"`
	PostalAddress *PostalAddress  `json:"postal_address" doc:"Printed under every mail (15 U.S.C. 7704(a)(5)); without it no campaign can start."`
	Timezone      string          `json:"timezone" doc:"IANA name."`
	RevenueGoal   *money.Money    `json:"revenue_goal"`
	Settings      json.RawMessage `json:"settings"`
	RequireMFA    bool            `json:"require_mfa" doc:"Members without a second factor can do nothing but set one up."`
	PausedAt      *time.Time      `json:"paused_at" doc:"While set, nothing leaves."`
	Version       int             `json:"version"`
	CreatedAt     time.Time       `json:"created_at"`
	UpdatedAt     time.Time       `json:"updated_at"`
}

// Role says what a member or an API key may do; the table of rights is in auth.
type Role string

// The roles of SPEC 7.1.3.
const (
	Admin          Role = "admin"
	Manager        Role = "manager"
	ContentCreator Role = "content_creator"
	Analyst        Role = "analyst"
	APIUser        Role = "api_user"
)

// Roles lists all roles, the mightiest first.
func Roles() []Role { return []Role{Admin, Manager, ContentCreator, Analyst, APIUser} }

// Validate reports an unknown role; location names the field in the error.
func (r Role) Validate(location string) error {
	for _, known := range Roles() {
		if r == known {
			return nil
		}
	}
	return errs.InvalidField(location, "must be one of admin, manager, content_creator, analyst, api_user")
}

// Governs reports whether somebody of role r may give and take the other role:
// an admin all, a manager those below (SPEC 7.1.3, team management).
func (r Role) Governs(other Role) bool {
	return r == Admin || r == Manager && (other == ContentCreator || other == Analyst)
}

// maxName bounds names, in characters.
const maxName = 200

// cleanText trims a one-line text and refuses what cannot stand in a mail
// header or a page: control characters, too long, not UTF-8.
func cleanText(location, s string, limit int) (string, error) {
	s = strings.TrimSpace(s)
	switch {
	case !utf8.ValidString(s):
		return "", errs.InvalidField(location, "must be valid UTF-8")
	case utf8.RuneCountInString(s) > limit:
		return "", errs.InvalidField(location, "must have at most %d characters", limit)
	case strings.ContainsFunc(s, unicode.IsControl):
		return "", errs.InvalidField(location, "must not contain control characters")
	}
	return s, nil
}

// CleanName trims and checks the name of a person or an organisation.
func CleanName(location, s string) (string, error) {
	s, err := cleanText(location, s, maxName)
	if err != nil {
		return "", err
	}
	if s == "" {
		return "", errs.InvalidField(location, "must not be empty")
	}
	return s, nil
}
