package crash

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"log/slog"
	"testing"

	"rainmaker/internal/action"
	"rainmaker/internal/app"
	"rainmaker/internal/campaign"
	"rainmaker/internal/compliance"
	"rainmaker/internal/email"
	"rainmaker/internal/email/message"
	"rainmaker/internal/lead"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/config"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/egress"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
	"rainmaker/internal/provider/smtp"
)

// campaignSetup is what the programs find: an organisation whose campaign was
// launched a moment ago.
type campaignSetup struct {
	masterKey string
	org       id.ID
	campaign  id.ID
	addresses map[id.ID]string // of each lead
}

// setUp makes the installation and its one campaign through the program's own
// services, in this process; then the database is the programs' alone.
func setUp(t testing.TB, url, data string, port int, p Plan) campaignSetup {
	t.Helper()
	key := make([]byte, secret.MasterKeySize)
	_, _ = rand.Read(key) // never fails
	s := campaignSetup{masterKey: base64.StdEncoding.EncodeToString(key), org: id.New(), addresses: map[id.ID]string{}}
	quiet, at := slog.New(slog.DiscardHandler), clock.System{}
	in, err := app.Open(t.Context(), config.Config{
		Data: data, MasterKey: secret.String(s.masterKey), Database: config.Database{URL: secret.String(url), MaxConns: 4},
	}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close(t.Context()) }()
	orgs, err := org.New(org.Deps{DB: in.DB, Vault: in.Vault, Clock: at, NormalEmail: compliance.NormalEmail})
	if err != nil {
		t.Fatal(err)
	}
	tx := func(fn func(tx db.Tx) error) {
		t.Helper()
		if err := in.DB.InTenant(t.Context(), s.org, fn); err != nil {
			t.Fatal(err)
		}
	}
	admin := id.New()
	tx(func(tx db.Tx) error {
		_, _, err := orgs.Create(t.Context(), tx, org.NewOrganization{ID: s.org, Name: "Crash", Admin: admin, Email: "ann@sender.test", UserName: "Ann Lee"})
		return err
	})
	address := org.PostalAddress{Line1: "1 Market St", City: "San Francisco", Region: "CA", PostalCode: "94105", Country: "US"}
	if _, err := orgs.Update(t.Context(), s.org, org.UserActor(admin), org.Update{PostalAddress: &address}); err != nil {
		t.Fatal(err)
	}
	s.people(t, orgs, tx, p.Mails)

	rules := compliance.New(compliance.Deps{DB: in.DB, Keys: orgs, Clock: at})
	log := action.New(action.Deps{DB: in.DB, Clock: at, Logger: quiet})
	leads := lead.New(lead.Deps{DB: in.DB, Keys: orgs, Clock: at, Compliance: rules})
	signer, err := message.NewSigner(bytes.Repeat([]byte("k"), 32)) // nothing is sent from here
	if err != nil {
		t.Fatal(err)
	}
	mail := email.New(email.Deps{
		DB: in.DB, Clock: at, Logger: quiet, Keys: orgs, Log: log, Compliance: rules, Leads: leads, Signer: signer,
		Egress:    egress.New(egress.Reach{Loopback: true}),
		Transport: &smtp.Transport{}, PublicURL: "https://app.example.com",
	})
	campaigns := campaign.New(campaign.Deps{DB: in.DB, Clock: at, Logger: quiet, Log: log, Compliance: rules, Leads: leads, Email: mail})
	tx(func(tx db.Tx) error {
		mailbox, err := mail.CreateMailbox(t.Context(), tx, s.org, email.Mailbox{
			FromName: "Ann Lee", FromAddress: "ann@sender.test",
			SMTP: email.SMTP{Host: "127.0.0.1", Port: port, TLS: "none"}, Connections: connections,
		})
		if err != nil {
			return err
		}
		c, err := campaigns.Create(t.Context(), tx, s.org, campaign.Campaign{
			Name: "Crash", Type: "email_sequence", MailboxID: mailbox.ID,
			Steps: steps(p.Steps),
		})
		s.campaign = c.ID
		return err
	})
	tx(func(tx db.Tx) error {
		_, _, err := campaigns.Launch(t.Context(), tx, s.org, s.campaign, "crash")
		return err
	})
	return s
}

// steps are n mails, each due as soon as the one before is done.
func steps(n int) []campaign.Step {
	list := make([]campaign.Step, n)
	for i := range list {
		list[i] = campaign.Step{Channel: campaign.ChannelEmail, Variants: []campaign.Variant{{
			Name: "A", Weight: 1, Subject: "A question, {{first_name | there}}",
			Body: "Hello {{first_name | there}},\n\ncould we talk about {{company | your company}} on Thursday?\n\nhttps://www.example.com/overview\n",
		}}}
	}
	return list
}

// people writes the leads straight into the table, sealed as the program seals
// them: imports are tested elsewhere.
func (s *campaignSetup) people(t testing.TB, orgs *org.Service, tx func(func(db.Tx) error), n int) {
	t.Helper()
	keys, err := orgs.Keys(t.Context(), s.org)
	if err != nil {
		t.Fatal(err)
	}
	ids, names := make([]id.ID, n), make([]string, n)
	sealed, blinds, domains := make([][]byte, n), make([][]byte, n), make([][]byte, n)
	for i := range n {
		ids[i], names[i] = id.New(), fmt.Sprintf("Person%d", i)
		address := fmt.Sprintf("lead%d@sink%d.test", i, i%97)
		if sealed[i], err = keys.Seal("leads", "email", ids[i], address); err != nil {
			t.Fatal(err)
		}
		blinds[i] = keys.Blind(compliance.KindEmail, address)
		domains[i] = keys.Blind(compliance.KindEmailDomain, compliance.EmailDomain(address))
		s.addresses[ids[i]] = address
	}
	tx(func(tx db.Tx) error {
		_, err := tx.Exec(t.Context(), `insert into leads (org_id, id, email_sealed, email_blind, email_domain_blind, first_name, company, status, created_at, updated_at)
			select $1, t.id, t.sealed, t.blind, t.domain, t.name, 'Acme Inc', 'new', now(), now()
			from unnest($2::uuid[], $3::bytea[], $4::bytea[], $5::bytea[], $6::text[]) as t(id, sealed, blind, domain, name)`,
			s.org, ids, sealed, blinds, domains, names)
		return err
	})
}
