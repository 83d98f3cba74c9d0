package compliance_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"rainmaker/internal/compliance"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// ring is a keyring with one vault.
type ring struct{ keys map[id.ID]*secret.Keys }

func (r ring) Keys(_ context.Context, org id.ID) (*secret.Keys, error) {
	if keys := r.keys[org]; keys != nil {
		return keys, nil
	}
	return nil, fmt.Errorf("no keys of %s", org)
}

// noon is when these tests happen: a Wednesday in New York.
var noon = clock.Fixed(time.Date(2026, 11, 18, 17, 0, 0, 0, time.UTC))

type house struct {
	*compliance.Service
	t    *testing.T
	db   *db.DB
	keys ring
	org  id.ID
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, db: dbtest.New(t), keys: ring{map[id.ID]*secret.Keys{}}}
	h.org = h.tenant()
	h.Service = compliance.New(compliance.Deps{DB: h.db, Keys: h.keys, Clock: noon})
	return h
}

// tenant makes an organisation with keys and a postal address.
func (h *house) tenant() id.ID {
	h.t.Helper()
	org := dbtest.Org(h.t, h.db)
	vault, err := secret.NewVault(make([]byte, secret.MasterKeySize))
	h.must(err)
	wrapped, err := vault.NewOrg(org)
	h.must(err)
	h.keys.keys[org], err = vault.OpenOrg(org, wrapped)
	h.must(err)
	h.in(org, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, `update organizations set postal_address = '{"line1": "1 Main St", "city": "Reno"}', timezone = 'America/New_York' where id = $1`, org)
		return err
	})
	return org
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) in(org id.ID, fn func(ctx context.Context, tx db.Tx) error) {
	h.t.Helper()
	h.must(h.db.InTenant(h.t.Context(), org, func(tx db.Tx) error { return fn(h.t.Context(), tx) }))
}

// check asks the rules about a mail to an address with a phone.
func (h *house) check(org id.ID, email, phone string) compliance.Rule {
	h.t.Helper()
	keys := h.keys.keys[org]
	touch := compliance.Touch{Lead: id.New(), Channel: compliance.ChannelEmail, Status: "new"}
	if email != "" {
		normal, err := compliance.NormalEmail(email)
		h.must(err)
		touch.EmailBlind = keys.Blind(compliance.KindEmail, normal)
		touch.DomainBlind = keys.Blind(compliance.KindEmailDomain, compliance.EmailDomain(normal))
	}
	if phone != "" {
		touch.PhoneBlind = keys.Blind(compliance.KindPhone, phone)
	}
	var verdicts []compliance.Verdict
	h.in(org, func(ctx context.Context, tx db.Tx) error {
		sender, err := h.Sender(ctx, tx, org)
		if err != nil {
			return err
		}
		verdicts, err = h.Check(ctx, tx, org, sender, []compliance.Touch{touch})
		return err
	})
	return verdicts[0].Rule
}

func (h *house) list(org id.ID) []compliance.Suppression {
	h.t.Helper()
	list, err := h.Suppressions(h.t.Context(), org, time.Time{}, id.Nil, 100)
	h.must(err)
	return list
}

func (h *house) suppress(reason string, addresses ...compliance.Address) {
	h.t.Helper()
	h.in(h.org, func(ctx context.Context, tx db.Tx) error {
		return h.Suppress(ctx, tx, h.org, compliance.NewSuppression{Reason: reason, Source: "test"}, addresses...)
	})
}

func (h *house) events() (types []string) {
	h.t.Helper()
	h.in(h.org, func(ctx context.Context, tx db.Tx) error {
		rows, err := tx.Query(ctx, `select type from outbox where org_id = $1 order by id`, h.org)
		if err != nil {
			return err
		}
		types, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return types
}

func TestSuppressedAddressesInEverySpelling(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.must(h.PutSuppressions(t.Context(), h.org, []string{"Ann@Example.COM", "jo@BÜCHER.example", "blocked.test", "(415) 234-5678", "kim+news@example.com"}, "manual"))
	for _, tt := range []struct {
		email, phone string
		want         compliance.Rule
	}{
		{"ann@example.com", "", compliance.Suppressed},
		{" ANN@EXAMPLE.com ", "", compliance.Suppressed},
		{"Ann Lee <ann@example.com>", "", compliance.Suppressed},
		{"ann+tag@example.com", "", compliance.Allowed}, // another mailbox
		{"a.nn@example.com", "", compliance.Allowed},
		{"bob@example.com", "", compliance.Allowed},
		{"jo@bücher.example", "", compliance.Suppressed},
		{"jo@xn--bcher-kva.example", "", compliance.Suppressed},
		{"anybody@blocked.test", "", compliance.Suppressed},
		{"anybody@sub.blocked.test", "", compliance.Allowed},
		{"kim@example.com", "", compliance.Allowed},
		{"KIM+News@example.com", "", compliance.Suppressed},
		{"bob@example.com", "+14152345678", compliance.Suppressed}, // whoever is barred by phone is not mailed either
		{"bob@example.com", "+14152345679", compliance.Allowed},
		{"", "+14152345679", compliance.NoAddress},
	} {
		if got := h.check(h.org, tt.email, tt.phone); got != tt.want {
			t.Errorf("%s %s: %s, want %s", tt.email, tt.phone, got, tt.want)
		}
	}
	stranger := h.tenant()
	if got := h.check(stranger, "ann@example.com", ""); got != compliance.Allowed {
		t.Errorf("another organisation's list counts: %s", got)
	}
	if list := h.list(stranger); len(list) != 0 {
		t.Errorf("another organisation sees %v", list)
	}
}

func TestCheckAnswersInOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.must(h.PutSuppressions(t.Context(), h.org, []string{"p1@example.com"}, "manual"))
	var touches []compliance.Touch
	for i := range 3 {
		email := fmt.Sprintf("p%d@example.com", i)
		touches = append(touches, compliance.Touch{Lead: id.New(), Channel: compliance.ChannelEmail, EmailBlind: h.keys.keys[h.org].Blind(compliance.KindEmail, email)})
	}
	h.in(h.org, func(ctx context.Context, tx db.Tx) error {
		sender, err := h.Sender(ctx, tx, h.org)
		h.must(err)
		verdicts, err := h.Check(ctx, tx, h.org, sender, touches)
		h.must(err)
		for i, want := range []compliance.Rule{compliance.Allowed, compliance.Suppressed, compliance.Allowed} {
			if verdicts[i].Rule != want {
				t.Errorf("touch %d: %s", i, verdicts[i].Rule)
			}
		}
		none, err := h.Check(ctx, tx, h.org, sender, nil)
		if len(none) != 0 {
			t.Errorf("verdicts about nobody: %v", none)
		}
		return err
	})
}

func TestSender(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	sender := func() (s compliance.Sender) {
		h.in(h.org, func(ctx context.Context, tx db.Tx) (err error) {
			s, err = h.Sender(ctx, tx, h.org)
			return err
		})
		return s
	}
	set := func(what string) {
		h.in(h.org, func(ctx context.Context, tx db.Tx) error {
			_, err := tx.Exec(ctx, `update organizations set `+what+` where id = $1`, h.org)
			return err
		})
	}
	got := sender()
	if got.Paused || !got.HasPostalAddress || got.Zone.String() != "America/New_York" || got.Frequency != compliance.DefaultFrequency {
		t.Errorf("sender %+v", got)
	}
	set(`paused_at = now(), timezone = 'Mars/Olympus', settings = '{"frequency": {"touches": 3, "days": 2}}', postal_address = '{"line1": "1 Main St"}'`)
	got = sender()
	if !got.Paused || got.HasPostalAddress || got.Zone != time.UTC || got.Frequency != (compliance.FrequencyCap{Touches: 3, Days: 2}) {
		t.Errorf("sender %+v", got)
	}
	if rule := h.check(h.org, "ann@example.com", ""); rule != compliance.NoPostalAddress {
		t.Errorf("without an address: %s", rule)
	}
}

func TestSuppressTwiceIsOneEntry(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ann := compliance.Address{Kind: compliance.KindEmail, Value: "ann@example.com"}
	h.suppress("bounce", ann, ann, compliance.Address{Kind: compliance.KindPhone})
	h.suppress("manual", ann)
	list := h.list(h.org)
	if len(list) != 1 || list[0].Reason != "bounce" || list[0].Value != "ann@example.com" || list[0].LeadID != nil {
		t.Errorf("list %+v", list)
	}
	if diff := cmp.Diff([]string{"suppression.added"}, h.events()); diff != "" {
		t.Error(diff)
	}
}

// TestOptOutBindsHarder: an address that is on the list for a reason that the
// organisation can take back stays once its person opts out.
func TestOptOutBindsHarder(t *testing.T) {
	t.Parallel()
	for _, reason := range []string{"opt_out", "complaint"} {
		h := newHouse(t)
		ann := compliance.Address{Kind: compliance.KindEmail, Value: "ann@example.com"}
		h.suppress("manual", ann)
		h.suppress(reason, ann)
		h.suppress("bounce", ann)
		entry := h.list(h.org)[0]
		if entry.Reason != reason {
			t.Errorf("the reason is %s", entry.Reason)
		}
		if err := h.Unsuppress(t.Context(), h.org, entry.ID); !errs.Is(err, errs.Conflict) {
			t.Errorf("taken off the list: %v", err)
		}
		if rule := h.check(h.org, "ann@example.com", ""); rule != compliance.Suppressed {
			t.Errorf("%s", rule)
		}
	}
}

func TestUnsuppress(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for reason, removable := range map[string]bool{"manual": true, "bounce": true, "import": true, "dnc": true, "opt_out": false, "complaint": false} {
		email := reason + "@example.com"
		h.suppress(reason, compliance.Address{Kind: compliance.KindEmail, Value: email})
		entry := h.list(h.org)
		var found compliance.Suppression
		for _, s := range entry {
			if s.Value == email {
				found = s
			}
		}
		if err := h.Unsuppress(t.Context(), h.tenant(), found.ID); !errs.Is(err, errs.NotFound) {
			t.Errorf("%s: another organisation: %v", reason, err)
		}
		err := h.Unsuppress(t.Context(), h.org, found.ID)
		if removable != (err == nil) || !removable && !errs.Is(err, errs.Conflict) {
			t.Errorf("%s: %v", reason, err)
		}
		want := compliance.Suppressed
		if removable {
			want = compliance.Allowed
		}
		if got := h.check(h.org, email, ""); got != want {
			t.Errorf("%s: %s, want %s", reason, got, want)
		}
	}
	if err := h.Unsuppress(t.Context(), h.org, id.New()); !errs.Is(err, errs.NotFound) {
		t.Errorf("nothing: %v", err)
	}
}

func TestPutSuppressionsIsAllOrNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	err := h.PutSuppressions(t.Context(), h.org, []string{"ann@example.com", "not an address"}, "manual")
	if !errs.Is(err, errs.Invalid) || len(h.list(h.org)) != 0 {
		t.Errorf("err %v, list %v", err, h.list(h.org))
	}
	for value, kind := range map[string]string{
		"a@b.co": compliance.KindEmail, "b.co": compliance.KindEmailDomain, "BÜCHER.example": compliance.KindEmailDomain, "+1 415 234 5678": compliance.KindPhone,
	} {
		if got, err := compliance.ParseAddress(value); err != nil || got.Kind != kind {
			t.Errorf("%s: %+v, %v", value, got, err)
		}
	}
	for _, value := range []string{"", "@b.co", "localhost", "ann@", "12345", "a b.co", "com"} {
		if got, err := compliance.ParseAddress(value); err == nil {
			t.Errorf("%q: %+v", value, got)
		}
	}
}

func TestSuppressionsPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i := range 5 {
		h.suppress("manual", compliance.Address{Kind: compliance.KindEmail, Value: fmt.Sprintf("p%d@example.com", i)})
	}
	seen := map[string]bool{}
	var at time.Time
	var last id.ID
	for range 4 {
		page, err := h.Suppressions(t.Context(), h.org, at, last, 2)
		h.must(err)
		for _, s := range page {
			if seen[s.Value] {
				t.Errorf("%s twice", s.Value)
			}
			seen[s.Value] = true
			at, last = s.CreatedAt, s.ID
		}
	}
	if len(seen) != 5 {
		t.Errorf("saw %v", seen)
	}
}

// TestAddressesAreSealed: the list outlives its people, so it is not readable.
func TestAddressesAreSealed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.suppress("manual", compliance.Address{Kind: compliance.KindEmail, Value: "ann@example.com"})
	var row string
	h.in(h.org, func(ctx context.Context, tx db.Tx) error {
		return tx.QueryRow(ctx, `select encode(value_sealed || blind, 'escape') || s::text || (select string_agg(o::text, '') from outbox o where org_id = $1)
			from suppressions s where org_id = $1`, h.org).Scan(&row)
	})
	for _, word := range []string{"ann", "example"} {
		if strings.Contains(row, word) {
			t.Errorf("the row says %q", word)
		}
	}
}

func TestConsentLedger(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	lead := id.New()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	granted := compliance.Consent{LeadID: lead, Channel: "call", Purpose: "marketing", State: "granted", Evidence: "web form 12", TextVersion: "v3", OccurredAt: at}
	revoked := granted
	revoked.State, revoked.OccurredAt = "revoked", at.Add(time.Hour)
	h.suppress("manual", compliance.Address{Kind: compliance.KindEmail, Value: "ann@example.com"})
	h.in(h.org, func(ctx context.Context, tx db.Tx) (err error) {
		if granted, err = h.RecordConsent(ctx, tx, h.org, granted); err != nil {
			return err
		}
		if revoked, err = h.RecordConsent(ctx, tx, h.org, revoked); err != nil {
			return err
		}
		_, err = h.RecordConsent(ctx, tx, h.org, compliance.Consent{LeadID: id.New(), Channel: "email", Purpose: "x", State: "granted", Evidence: "x", OccurredAt: at})
		return err
	})
	h.in(h.org, func(ctx context.Context, tx db.Tx) error {
		ledger, err := h.Ledger(ctx, tx, h.org, lead, h.keys.keys[h.org].Blind(compliance.KindEmail, "ann@example.com"))
		if diff := cmp.Diff([]compliance.Consent{revoked, granted}, ledger.Consents); diff != "" {
			t.Error(diff)
		}
		if len(ledger.Suppressions) != 1 {
			t.Errorf("suppressions %v", ledger.Suppressions)
		}
		return err
	})
	// No channel is made up.
	err := h.db.InTenant(t.Context(), h.org, func(tx db.Tx) error {
		_, err := h.RecordConsent(t.Context(), tx, h.org, compliance.Consent{LeadID: lead, Channel: "pigeon", State: "granted", OccurredAt: at})
		return err
	})
	if err == nil {
		t.Error("consent on a channel that does not exist")
	}
	stranger := h.tenant()
	h.in(stranger, func(ctx context.Context, tx db.Tx) error {
		ledger, err := h.Ledger(ctx, tx, stranger, lead)
		if len(ledger.Consents) != 0 {
			t.Error("another organisation reads the ledger")
		}
		return err
	})
}
