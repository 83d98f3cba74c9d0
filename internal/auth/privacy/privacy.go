// Package privacy says who sees personal data in clear, masks it for the others,
// and keeps the log of who saw it. Table: pii_access, rows of which are only
// added and, when old, pruned.
//
// Files: privacy.go, store.go.
package privacy

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"rainmaker/internal/org"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// SeesPersonal reports whether a role sees personal data (e-mail, phone, notes,
// private fields) in clear. Others see it masked, wherever an answer shows it:
// SPEC 7.1.3 gives content creators and analysts content and numbers, not people.
func SeesPersonal(role org.Role) bool {
	return role == org.Admin || role == org.Manager || role == org.APIUser
}

const hiddenRunes = "•••"

// MaskEmail leaves the first letter and the domain: a•••@example.com.
func MaskEmail(address string) string {
	local, domain, ok := strings.Cut(address, "@")
	if !ok || local == "" {
		return maskAll(address)
	}
	_, n := utf8.DecodeRuneInString(local)
	return local[:n] + hiddenRunes + "@" + domain
}

// MaskPhone leaves the beginning of the country code and the last two digits:
// +1•••••••55.
func MaskPhone(number string) string {
	if len(number) < 7 {
		return maskAll(number)
	}
	return number[:2] + strings.Repeat("•", 7) + number[len(number)-2:]
}

// MaskAddress masks an e-mail address, a domain or a number.
func MaskAddress(value string) string {
	if strings.Contains(value, "@") {
		return MaskEmail(value)
	}
	if strings.HasPrefix(value, "+") {
		return MaskPhone(value)
	}
	return maskAll(value)
}

func maskAll(value string) string {
	if value == "" {
		return ""
	}
	return hiddenRunes
}

// Addresses and numbers in running text.
var (
	emailInText = regexp.MustCompile(`[\pL\pN._%+'-]+@[\pL\pN-]+(\.[\pL\pN-]+)+`)
	phoneInText = regexp.MustCompile(`\+?\(?\d[\d\s().-]{7,}\d`)
)

// MaskText masks the e-mail addresses and phone numbers in a text.
func MaskText(text string) string {
	text = emailInText.ReplaceAllStringFunc(text, MaskEmail)
	return phoneInText.ReplaceAllStringFunc(text, func(number string) string {
		return hiddenRunes + number[len(number)-2:]
	})
}

// Life is how long the access log is kept: a year, so that a yearly review
// sees all of it, and a month to hold the review.
const Life = 396 * 24 * time.Hour

// pruneBatch bounds one deletion.
const pruneBatch = 10_000

// Access is one showing of personal data through the API.
type Access struct {
	ID        id.ID     `json:"id"`
	At        time.Time `json:"at"`
	Actor     org.Actor `json:"actor" doc:"user:<id> or key:<id>."`
	Role      org.Role  `json:"role"`
	Operation string    `json:"operation" doc:"Of the API, such as list-leads."`
	RequestID string    `json:"request_id"`
	Fields    []string  `json:"fields" doc:"Names of the fields that were shown."`
	Subjects  []id.ID   `json:"subjects" doc:"Whose data it was: leads, or what the operation lists."`
	Count     int       `json:"count" doc:"Values shown."`
}

// Log is the access log.
type Log struct {
	DB    *db.DB
	Clock clock.Clock
}

// Record notes, before it happens, that personal data is shown. A caller
// that gets an error shows nothing.
func (l *Log) Record(ctx context.Context, tenant id.ID, a Access) error {
	a.ID, a.At = id.New(), l.Clock.Now()
	if a.Subjects == nil {
		a.Subjects = []id.ID{}
	}
	err := l.DB.InTenant(ctx, tenant, func(tx db.Tx) error { return insertAccess(ctx, tx, tenant, a) })
	if err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	return nil
}

// Query selects a page of the access log, the newest first.
type Query struct {
	Actor     string    // exact; empty means all
	Operation string    // exact; empty means all
	Subject   id.ID     // Nil means all
	From, To  time.Time // inclusive, exclusive; zero means no bound
	Before    id.ID     // Nil is the newest
	Limit     int
}

// List returns a page of who saw personal data, the newest first.
func (l *Log) List(ctx context.Context, tenant id.ID, q Query) ([]Access, error) {
	var list []Access
	err := l.DB.InTenant(ctx, tenant, func(tx db.Tx) (err error) {
		list, err = selectAccess(ctx, tx, tenant, q)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("access log: %w", err)
	}
	return list, nil
}

// Prune deletes a batch of rows that are older than Life.
func (l *Log) Prune(ctx context.Context) (gone int, err error) {
	err = l.DB.InSystem(ctx, func(tx db.Tx) error {
		gone, err = pruneAccess(ctx, tx, l.Clock.Now().Add(-Life), pruneBatch)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("prune the access log: %w", err)
	}
	return gone, nil
}
