package email

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"rainmaker/internal/action"
	"rainmaker/internal/compliance"
	"rainmaker/internal/email/message"
	"rainmaker/internal/lead"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// KindTest is the action kind of a test: the words of a campaign, sent to the
// user who asked. It is no touch of a lead and counts for no campaign.
const KindTest = "email.test"

const (
	// testPoll is how long a test waits at most when nobody says that it is there.
	testPoll = 2 * time.Second
	// testPatience bounds one test, dialling included.
	testPatience = time.Minute
	// maxTestAttempts: who asked is still waiting, so it is said soon.
	maxTestAttempts = 3
	testRetry       = 10 * time.Second
	testsAtOnce     = 16
)

// Users finds the user a test goes to. org.Service is one.
type Users interface {
	User(ctx context.Context, tx db.Tx, tenant, user id.ID) (org.User, error)
}

// Test says which words go to whom. Lead, when given, fills the merge fields.
type Test struct {
	Mailbox id.ID `json:"-"`
	Content id.ID `json:"-"`
	User    id.ID `json:"user_id"`
	Lead    id.ID `json:"lead_id,omitzero"`
}

// ProposeTest writes a test down, in tx. The kill switch holds for tests, too.
func (s *Service) ProposeTest(ctx context.Context, tx db.Tx, tenant id.ID, t Test) (id.ID, error) {
	sender, err := s.Compliance.Sender(ctx, tx, tenant)
	if err != nil {
		return id.Nil, err
	}
	if sender.Paused {
		return id.Nil, errs.New(errs.Conflict, "everything is paused; resume first")
	}
	mailbox, _, err := findMailbox(ctx, tx, tenant, t.Mailbox, false)
	if err != nil {
		return id.Nil, err
	}
	if mailbox.State != "active" {
		return id.Nil, errs.New(errs.Conflict, "the mailbox is %s", mailbox.State)
	}
	payload, err := json.Marshal(t)
	if err != nil {
		return id.Nil, err
	}
	proposal := action.Proposal{
		ID: id.New(), ContentID: t.Content, AccountID: t.Mailbox, Payload: payload, DueAt: s.Clock.Now(),
	}
	proposal.OnceKey = "test/" + proposal.ID.String()
	ids, err := s.Log.Propose(ctx, tx, tenant, KindTest, action.Hold, []action.Proposal{proposal})
	if err != nil {
		return id.Nil, err
	}
	return ids[0], nil
}

// PokeTests makes the sender look for tests now.
func (s *Service) PokeTests() {
	select {
	case s.tests <- struct{}{}:
	default:
	}
}

// runTests sends tests as they come, until ctx ends.
func (s *Service) runTests(ctx context.Context) {
	ticker := time.NewTicker(testPoll)
	defer ticker.Stop()
	for {
		places, err := s.Log.Due(ctx, KindTest)
		if err != nil && ctx.Err() == nil {
			s.Logger.Warn("look for due tests", "error", err)
		}
		for _, place := range places {
			if err := s.sendTests(ctx, place); err != nil && ctx.Err() == nil {
				s.Logger.Warn("send tests", "mailbox", place.Account, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-s.tests:
		}
	}
}

// sendTests claims and sends what is due from one mailbox.
func (s *Service) sendTests(ctx context.Context, place action.Place) error {
	claimed, err := s.Log.Claim(ctx, KindTest, place, testsAtOnce)
	if err != nil {
		return err
	}
	for i := range claimed {
		a := &claimed[i]
		// What was begun is settled, whatever ends meanwhile.
		sending, stop := context.WithTimeout(context.WithoutCancel(ctx), testPatience)
		outcome := s.sendOneTest(sending, place.Org, a)
		stop()
		err = errors.Join(err, s.Log.Settle(context.WithoutCancel(ctx), place.Org, []action.Outcome{outcome}, nil))
	}
	s.Wake()
	return err
}

// sendOneTest composes and transmits a claimed test and says what became of it.
func (s *Service) sendOneTest(ctx context.Context, tenant id.ID, a *action.Action) action.Outcome {
	outcome := action.Outcome{Action: a, State: action.Failed}
	account, envelope, err := s.composeTest(ctx, tenant, a)
	if err == nil {
		var outlet Outlet
		if outlet, err = s.Transport.Outlet(ctx, account); err == nil {
			defer func() { _ = outlet.Close() }()
			var receipt Receipt
			receipt, err = outlet.Send(ctx, envelope, func(ctx context.Context) error { return s.beginTest(ctx, tenant, a) })
			outcome.ProviderRef = receipt.Text
		}
	}
	outcome.At = s.Clock.Now()
	var failed *SendError
	switch {
	case err == nil:
		outcome.State = action.Done
	case errors.Is(err, errTestPaused):
		outcome.State, outcome.Rule, outcome.Reason = action.Refused, string(compliance.OrgPaused), compliance.OrgPaused.Words()
	case errors.As(err, &failed):
		outcome.Reason = withoutAddresses(failed.Error())
		if failed.Doubtful {
			outcome.State = action.InDoubt
		} else if failed.Temporary && a.Attempts < maxTestAttempts {
			outcome.State, outcome.DueAt = action.Queued, outcome.At.Add(testRetry)
		}
	default:
		outcome.Reason = withoutAddresses(err.Error())
	}
	return outcome
}

// errTestPaused says that the kill switch was pulled before the final dot.
var errTestPaused = errors.New("paused")

// beginTest passes the gate of a test: the kill switch, asked in the transaction
// of the intent.
func (s *Service) beginTest(ctx context.Context, tenant id.ID, a *action.Action) error {
	return s.DB.InTenant(ctx, tenant, func(tx db.Tx) error {
		sender, err := s.Compliance.Sender(ctx, tx, tenant)
		if err != nil {
			return err
		}
		if sender.Paused {
			return errTestPaused
		}
		begun, err := s.Log.Begin(ctx, tx, tenant, []*action.Action{a}, string(compliance.Allowed), compliance.PolicyVersion)
		if err == nil && !begun[a.ID] {
			err = errNotBegun
		}
		return err
	})
}

// composeTest renders the mail as a person of the audience would get it, with
// "[Test]" before its subject, and addresses it to the user.
func (s *Service) composeTest(ctx context.Context, tenant id.ID, a *action.Action) (account Account, envelope Envelope, err error) {
	var t Test
	if err := json.Unmarshal(a.Payload, &t); err != nil {
		return account, envelope, fmt.Errorf("payload of %s: %w", a.ID, err)
	}
	var mailbox Mailbox
	var sealed sealedMailbox
	var sender senderInfo
	var content Content
	var user org.User
	person := lead.Contact{}
	err = s.DB.InTenant(ctx, tenant, func(tx db.Tx) (err error) {
		if mailbox, sealed, err = findMailbox(ctx, tx, tenant, a.AccountID, false); err != nil {
			return err
		}
		if sender, err = loadSender(ctx, tx, tenant); err != nil {
			return err
		}
		if content, err = findContent(ctx, tx, tenant, a.ContentID); err != nil {
			return err
		}
		if user, err = s.Users.User(ctx, tx, tenant, t.User); err != nil || t.Lead == id.Nil {
			return err
		}
		people, err := s.Leads.Contacts(ctx, tx, tenant, []id.ID{t.Lead})
		person = people[t.Lead]
		return err
	})
	if err != nil {
		return account, envelope, err
	}
	account, dkim, err := s.account(ctx, tenant, mailbox, sealed)
	if err != nil {
		return account, envelope, err
	}
	if len(sender.postal) == 0 {
		sender.postal = []string{"(the organisation's postal address)"}
	}
	subject, err := message.Parse("subject", "[Test] "+content.Subject)
	if err != nil {
		return account, envelope, err
	}
	body, err := message.Parse("body", content.Body)
	if err != nil {
		return account, envelope, err
	}
	mail, err := message.Compile(message.Draft{
		Subject: subject, Body: body, FromName: mailbox.FromName, FromAddress: mailbox.FromAddress, ReplyTo: mailbox.ReplyTo,
		OrganizationName: sender.name, PostalAddress: sender.postal, DKIM: dkim,
	})
	if err != nil {
		return account, envelope, err
	}
	raw, err := mail.Compose(nil, &message.Recipient{
		Action: a.ID, Name: user.Name, Address: user.Email, Date: s.Clock.Now(), Fields: person.Field,
		UnsubscribeURL: s.PublicURL + "/u/preview",
	})
	return account, Envelope{From: mailbox.FromAddress, To: user.Email, Body: raw}, err
}
