package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"rainmaker/internal/auth"
	"rainmaker/internal/campaign"
	"rainmaker/internal/email"
	"rainmaker/internal/lead"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/money"
	"rainmaker/internal/platform/secret"
	"rainmaker/internal/provider/sandbox"
)

const (
	// demoSeed makes every demo meet the same crowd.
	demoSeed = 20261123
	// demoPeople is how many leads the workspace begins with; demoMost is where
	// its growth ends.
	demoPeople = 240
	demoMost   = 3000
	// demoGrowth is how often new people arrive.
	demoGrowth = 4 * time.Second
)

// SignIn is how to get into the demo's workspace.
type SignIn struct {
	Email    string
	Password secret.String
}

// demoSignIn is fixed, so that the line a person copied yesterday works today.
// Demo listens on loopback unless it is told otherwise.
func demoSignIn() SignIn {
	return SignIn{Email: "demo@example.com", Password: "rainmaker-demo-2026"}
}

// Demo starts the sandbox and makes the workspace that lives in it, unless it is
// there from an earlier start. It returns once a person can sign in; the
// workspace fills and lives on until ctx ends.
func (a *App) Demo(ctx context.Context) (SignIn, error) {
	in := demoSignIn()
	signed, err := a.services.auth.Signup(ctx, auth.Signup{
		OrganizationName: "Northwind Demo", Name: "Dana Demo", Email: in.Email, Password: in.Password.Reveal(),
	})
	if errs.Is(err, errs.Conflict) {
		signed, err = a.services.auth.Login(ctx, auth.Login{Email: in.Email, Password: in.Password.Reveal()})
	}
	if err != nil {
		return SignIn{}, fmt.Errorf("make the demo workspace: %w", err)
	}
	if a.inbound == nil {
		return SignIn{}, errs.New(errs.Invalid, "demo needs the worker in the same process: leave out --target")
	}
	prospects, err := sandbox.Listen(sandbox.Options{Seed: demoSeed, Inbound: a.inbound.Addr(), Logger: a.log})
	if err != nil {
		return SignIn{}, err
	}
	go func() { _ = prospects.Run(ctx) }()
	d := demo{app: a, org: signed.Organization.ID, user: signed.User.ID, random: rand.New(rand.NewPCG(demoSeed, 1))} //nolint:gosec // the same demo every time
	if err := d.fill(ctx, prospects.Port()); err != nil {
		return SignIn{}, fmt.Errorf("fill the demo workspace: %w", err)
	}
	go d.live(ctx)
	return in, nil
}

// demo is the workspace being made.
type demo struct {
	app      *App
	org      id.ID
	user     id.ID
	random   *rand.Rand
	campaign id.ID
	people   int
}

// fill makes what is missing: the organisation's address, a mailbox in the
// sandbox, people, and a campaign that is launched.
func (d *demo) fill(ctx context.Context, port int) error {
	s := &d.app.services
	_, err := s.org.Update(ctx, d.org, org.UserActor(d.user), org.Update{
		PostalAddress: &org.PostalAddress{Line1: "548 Market Street", City: "San Francisco", Region: "CA", PostalCode: "94104", Country: "US"},
		RevenueGoal:   &money.Money{AmountMinor: 1_000_000_00, Currency: "USD"},
	})
	if err != nil {
		return err
	}
	mailbox, err := d.mailbox(ctx, port)
	if err != nil {
		return err
	}
	running, err := s.campaigns.List(ctx, d.org, "", id.Nil, 1)
	if err != nil {
		return err
	}
	if len(running) > 0 {
		d.campaign, d.people = running[0].ID, demoPeople
		return nil
	}
	for range demoPeople {
		if _, err := d.arrive(ctx); err != nil {
			return err
		}
	}
	return s.in(ctx, d.app, d.org, func(tx db.Tx) error {
		c, err := s.campaigns.Create(ctx, tx, d.org, demoCampaign(mailbox))
		if err != nil {
			return err
		}
		d.campaign = c.ID
		_, _, err = s.campaigns.Launch(ctx, tx, d.org, c.ID, "demo")
		return err
	})
}

// in runs fn in a transaction of an organisation.
func (s *services) in(ctx context.Context, a *App, tenant id.ID, fn func(tx db.Tx) error) error {
	return a.in.DB.InTenant(ctx, tenant, fn)
}

// mailbox makes the demo's mailbox, or points it at this start's sandbox.
func (d *demo) mailbox(ctx context.Context, port int) (id.ID, error) {
	s := &d.app.services
	var found id.ID
	err := s.in(ctx, d.app, d.org, func(tx db.Tx) error {
		list, err := s.email.Mailboxes(ctx, tx, d.org)
		if err != nil {
			return err
		}
		if len(list) > 0 {
			found = list[0].ID
			_, err = s.email.UpdateMailbox(ctx, tx, d.org, found, func(m *email.Mailbox) error {
				m.SMTP.Port = port
				return nil
			})
			return err
		}
		m, err := s.email.CreateMailbox(ctx, tx, d.org, email.Mailbox{
			FromName: "Dana Demo", FromAddress: "dana@northwind.example", Connections: 4,
			SMTP: email.SMTP{Host: "127.0.0.1", Port: port, TLS: "none"},
		})
		found = m.ID
		return err
	})
	return found, err
}

// live lets new people arrive and enter the campaign.
func (d *demo) live(ctx context.Context) {
	ticker := time.NewTicker(demoGrowth)
	defer ticker.Stop()
	for d.people < demoMost {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := d.grow(ctx); err != nil && ctx.Err() == nil {
			d.app.log.Debug("demo: nobody arrived", "error", err)
		}
	}
}

func (d *demo) grow(ctx context.Context) error {
	s := &d.app.services
	var arrived []id.ID
	for range 1 + d.random.IntN(3) {
		l, err := d.arrive(ctx)
		if err != nil {
			return err
		}
		arrived = append(arrived, l)
	}
	return s.in(ctx, d.app, d.org, func(tx db.Tx) error {
		_, err := s.campaigns.Enrol(ctx, tx, d.org, d.campaign, arrived, nil)
		return err
	})
}

var (
	demoFirst   = []string{"Maya", "Jordan", "Priya", "Luis", "Hannah", "Omar", "Grace", "Daniel", "Sofia", "Ethan", "Mei", "Carlos", "Nora", "Victor", "Amara", "Felix", "Ruth", "Andre", "Lena", "Sam"}
	demoLast    = []string{"Alvarez", "Brooks", "Chen", "Dalton", "Eriksen", "Foster", "Gupta", "Hughes", "Ito", "Jensen", "Kim", "Lopez", "Moreno", "Novak", "Okafor", "Patel", "Quinn", "Reyes", "Singh", "Turner"}
	demoCompany = []string{"Harborlight Logistics", "Redwood Analytics", "Bluefin Software", "Sierra Staffing", "Golden Gate Freight", "Pacific Dental Group", "Mesa Robotics", "Cypress Health", "Tidewater Media", "Juniper Labs"}
	demoTitle   = []string{"Head of Sales", "VP Marketing", "Founder", "Revenue Operations Lead", "Director of Growth", "Account Executive"}
	demoRegion  = []string{"CA", "CA", "CA", "WA", "OR", "AZ", "NV", "CO"}
	demoSource  = []string{"webinar", "website", "event", "referral", "trial"}
)

// arrive creates one person.
func (d *demo) arrive(ctx context.Context) (id.ID, error) {
	pick := func(list []string) string { return list[d.random.IntN(len(list))] }
	first, last, company := pick(demoFirst), pick(demoLast), pick(demoCompany)
	for {
		d.people++
		l, err := d.app.services.leads.Create(ctx, d.org, lead.Draft{
			Email:     fmt.Sprintf("%s.%s%d@%s.example", lower(first), lower(last), d.people, slug(company)),
			FirstName: first, LastName: last, Company: company, Title: pick(demoTitle), Region: pick(demoRegion), Source: pick(demoSource),
		})
		if errs.Is(err, errs.Conflict) {
			continue // from an earlier start
		}
		return l.ID, err
	}
}

func lower(s string) string { return slug(s) }

// slug keeps the letters of a name, in lower case.
func slug(s string) string {
	out := make([]rune, 0, len(s))
	for _, r := range s {
		switch {
		case r >= 'A' && r <= 'Z':
			out = append(out, r+'a'-'A')
		case r >= 'a' && r <= 'z':
			out = append(out, r)
		}
	}
	return string(out)
}

// demoCampaign is a sequence that is over in minutes instead of weeks.
func demoCampaign(mailbox id.ID) campaign.Campaign {
	step := func(delay time.Duration, variants ...campaign.Variant) campaign.Step {
		return campaign.Step{Channel: campaign.ChannelEmail, Delay: delay, Variants: variants}
	}
	return campaign.Campaign{
		Name: "Demo requests that went quiet", Type: "email_sequence", Goal: "Book a demo", MailboxID: mailbox, ABTesting: true,
		Steps: []campaign.Step{
			step(0,
				campaign.Variant{Name: "Question", Weight: 50, Subject: "{{company | your team}} and slow follow-up", Body: "Hi {{first_name | there}},\n\nhow long does somebody who asks {{company | your company}} for a demo wait for an answer today?\n\nNorthwind answers every request within a minute and books the meeting while the interest is there. Two minutes of reading: https://northwind.example/how-it-works\n\nWorth a quarter of an hour this week?\n\n{{sender_name}}"},
				campaign.Variant{Name: "Offer", Weight: 50, Subject: "15 minutes on Thursday, {{first_name | there}}?", Body: "Hi {{first_name | there}},\n\nI look after teams like {{company | yours}} at Northwind. We follow up with every inbound request by mail and telephone, around the clock but never out of hours.\n\nHere is what that looks like: https://northwind.example/how-it-works\n\nWould Thursday suit you for a short call?\n\n{{sender_name}}"}),
			step(40*time.Second, campaign.Variant{Name: "Nudge", Weight: 100, Subject: "Re: slow follow-up at {{company | your company}}", Body: "Hi {{first_name | there}},\n\ndid my note reach you? If follow-up is not your department, a name would help me a lot.\n\n{{sender_name}}"}),
			step(60*time.Second, campaign.Variant{Name: "Goodbye", Weight: 100, Subject: "Closing the loop", Body: "Hi {{first_name | there}},\n\nI will leave you in peace after this one. If quick follow-up becomes a topic at {{company | your company}}, everything is here: https://northwind.example/how-it-works\n\nAll the best,\n{{sender_name}}"}),
		},
	}
}
