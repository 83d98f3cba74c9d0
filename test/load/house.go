package load

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"rainmaker/internal/action"
	"rainmaker/internal/campaign"
	"rainmaker/internal/compliance"
	"rainmaker/internal/email"
	"rainmaker/internal/email/message"
	"rainmaker/internal/lead"
	"rainmaker/internal/lead/leadtest"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/egress"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/provider/smtp"
)

// House is the program's services on a server, with one organisation.
type House struct {
	Server    *Server
	Org       id.ID
	Keys      *leadtest.Keyring
	Log       *action.Log
	Leads     *lead.Service
	Email     *email.Service
	Campaigns *campaign.Service
	Mailbox   id.ID

	registry *prometheus.Registry
}

// Settled returns how many actions came to the state: from the program's own
// counter, because asking the database costs what is being measured.
func (h *House) Settled(t testing.TB, state string) int64 {
	t.Helper()
	families, err := h.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	total := 0.0
	for _, family := range families {
		for _, m := range family.GetMetric() {
			for _, label := range m.GetLabel() {
				if label.GetName() == "state" && label.GetValue() == state {
					total += m.GetCounter().GetValue()
				}
			}
		}
	}
	return int64(total)
}

type noAnswers struct{}

func (noAnswers) Answered(context.Context, db.Tx, id.ID, email.Answer) error { return nil }

// NewHouse builds the services; mail goes to the sink over connections.
func NewHouse(t testing.TB, server *Server, sink *Sink, connections int) *House {
	t.Helper()
	h := &House{Server: server, Org: id.New(), Keys: leadtest.NewKeyring(t), registry: prometheus.NewRegistry()}
	server.Exec(t, `insert into organizations (id, name, postal_address) values ($1, 'Load', '{"line1": "1 Market St", "city": "San Francisco"}')`, h.Org)
	at, logger := clock.System{}, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	rules := compliance.New(compliance.Deps{DB: server.DB, Keys: h.Keys, Clock: at})
	h.Log = action.New(action.Deps{DB: server.DB, Clock: at, Logger: logger, Metrics: h.registry})
	h.Leads = lead.New(lead.Deps{DB: server.DB, Keys: h.Keys, Clock: at, Compliance: rules})
	signer, err := message.NewSigner(bytes.Repeat([]byte("k"), 32))
	if err != nil {
		t.Fatal(err)
	}
	h.Email = email.New(email.Deps{
		DB: server.DB, Clock: at, Logger: logger, Keys: h.Keys, Log: h.Log, Compliance: rules, Leads: h.Leads, Signer: signer,
		Egress:    egress.New(egress.Reach{Loopback: true}),
		Transport: &smtp.Transport{Reach: egress.Reach{Loopback: true}}, PublicURL: "https://app.example.com",
	})
	h.Campaigns = campaign.New(campaign.Deps{
		DB: server.DB, Clock: at, Logger: logger, Log: h.Log, Compliance: rules, Leads: h.Leads, Email: h.Email,
	})
	h.Email.Join(h.Campaigns, noAnswers{}, h.Campaigns)
	h.Log.Observe(email.KindSend, h.Campaigns)
	port := 25
	if sink != nil {
		port = sink.Port
	}
	h.Tx(t, func(tx db.Tx) error {
		m, err := h.Email.CreateMailbox(t.Context(), tx, h.Org, email.Mailbox{
			FromName: "Ann Lee", FromAddress: "ann@sender.test", SMTP: email.SMTP{Host: "127.0.0.1", Port: port, TLS: "none"}, Connections: connections,
		})
		h.Mailbox = m.ID
		return err
	})
	return h
}

// Tx runs fn in a transaction of the organisation.
func (h *House) Tx(t testing.TB, fn func(tx db.Tx) error) {
	t.Helper()
	if err := h.Server.DB.InTenant(t.Context(), h.Org, fn); err != nil {
		t.Fatal(err)
	}
}

// People writes n leads straight into the table, sealed as the program seals
// them: the import is measured elsewhere.
func (h *House) People(t testing.TB, n int) {
	t.Helper()
	keys, err := h.Keys.Keys(t.Context(), h.Org)
	if err != nil {
		t.Fatal(err)
	}
	const chunk = 5000
	for from := 0; from < n; from += chunk {
		size := min(chunk, n-from)
		ids, names := make([]id.ID, size), make([]string, size)
		sealed, blinds, domains := make([][]byte, size), make([][]byte, size), make([][]byte, size)
		for i := range size {
			ids[i], names[i] = id.New(), fmt.Sprintf("Person%d", from+i)
			address := fmt.Sprintf("lead%d@sink%d.test", from+i, (from+i)%997)
			if sealed[i], err = keys.Seal("leads", "email", ids[i], address); err != nil {
				t.Fatal(err)
			}
			blinds[i] = keys.Blind(compliance.KindEmail, address)
			domains[i] = keys.Blind(compliance.KindEmailDomain, compliance.EmailDomain(address))
		}
		h.Tx(t, func(tx db.Tx) error {
			_, err := tx.Exec(t.Context(), `insert into leads (org_id, id, email_sealed, email_blind, email_domain_blind, first_name, company, status, created_at, updated_at)
				select $1, t.id, t.sealed, t.blind, t.domain, t.name, 'Acme Inc', 'new', now(), now()
				from unnest($2::uuid[], $3::bytea[], $4::bytea[], $5::bytea[], $6::text[]) as t(id, sealed, blind, domain, name)`,
				h.Org, ids, sealed, blinds, domains, names)
			return err
		})
	}
	h.Server.Exec(t, `analyze`)
}

// Step is a mail of the size that real ones have, with four merge fields and two
// links.
func Step() campaign.Step {
	return campaign.Step{Channel: campaign.ChannelEmail, Variants: []campaign.Variant{{Name: "A", Weight: 1, Subject: "A question for {{company | your team}}", Body: `Hello {{first_name | there}},

I have been reading about {{company | your company}} and wondered how your team follows up with the people who ask for a demo and then go quiet.

We help teams of your size to answer every one of them within a minute, by mail and by telephone, and to book the meeting while the interest is there. A short description with prices is at https://www.example.com/overview?ref=campaign and the case of a company like yours at https://www.example.com/stories/logistics.

Would Thursday or Friday suit you for a quarter of an hour, {{first_name | there}}? If somebody else at {{company | your company}} takes care of this, a name would help me a lot.

Best regards,
{{sender_name}}`}}}
}

// Launch creates and launches a campaign of one step.
func (h *House) Launch(t testing.TB, steps ...campaign.Step) campaign.Campaign {
	t.Helper()
	var c campaign.Campaign
	h.Tx(t, func(tx db.Tx) (err error) {
		c, err = h.Campaigns.Create(t.Context(), tx, h.Org, campaign.Campaign{Name: "Load", Type: "email_sequence", Steps: steps, MailboxID: h.Mailbox})
		return err
	})
	h.Tx(t, func(tx db.Tx) (err error) {
		c, _, err = h.Campaigns.Launch(t.Context(), tx, h.Org, c.ID, "load")
		return err
	})
	return c
}
