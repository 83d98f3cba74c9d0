package email

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"rainmaker/internal/action"
	"rainmaker/internal/compliance"
	"rainmaker/internal/email/bounce"
	"rainmaker/internal/email/reply"
	"rainmaker/internal/lead"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/telemetry"
)

// Incoming is a mail that was handed to us. Nothing in it is proved.
type Incoming struct {
	Org  id.ID  // acts on this organisation alone, when it was read in an inbox of it
	From string // empty for bounces
	To   []string
	Raw  []byte
}

// Accepts reports whether mail to the address is ours to take: a bounce address
// of a mail of ours, or a mailbox.
func (s *Service) Accepts(ctx context.Context, recipient string) (bool, error) {
	if _, _, ok := s.Signer.ParseReturnPath(recipient); ok {
		return true, nil
	}
	owners, err := s.owners(ctx, recipient)
	return len(owners) > 0, err
}

// owners returns the mailboxes with the address, with or without a plus tag.
func (s *Service) owners(ctx context.Context, recipient string) ([]mailboxOwner, error) {
	address, err := compliance.NormalEmail(recipient)
	if err != nil {
		return nil, nil //nolint:nilerr // what is no address belongs to nobody
	}
	local, domain, _ := strings.Cut(address, "@")
	plain, _, _ := strings.Cut(local, "+")
	var owners []mailboxOwner
	err = s.DB.InSystem(ctx, func(tx db.Tx) (err error) {
		if owners, err = mailboxOwners(ctx, tx, address); err == nil && len(owners) == 0 && plain != local {
			owners, err = mailboxOwners(ctx, tx, plain+"@"+domain)
		}
		return err
	})
	return owners, err
}

// arrival is an incoming mail, read.
type arrival struct {
	id      []byte // the mail's Message-ID, or all of it
	report  bounce.Report
	message reply.Message
}

// Receive stores an incoming mail and acts on it in one transaction; it is
// acknowledged to the sender only after that. A mail that comes twice acts once.
func (s *Service) Receive(ctx context.Context, in Incoming) (err error) {
	ctx, span := telemetry.Span(ctx, "mail receive")
	defer func() { span.End(err) }()
	got, err := readArrival(in)
	if err != nil {
		return errs.Wrap(errs.Invalid, err, "the mail cannot be read")
	}
	if own, err := s.ours(ctx, got); err != nil || own {
		return err
	}
	org, about, err := s.about(ctx, in, got)
	if err != nil {
		return err
	}
	if about != id.Nil {
		err = s.receiveAbout(ctx, org, about, got)
	} else {
		err = s.receiveLoose(ctx, in, got)
	}
	s.Wake()
	return err
}

func readArrival(in Incoming) (arrival, error) {
	report, err := bounce.Parse(in.Raw)
	if err != nil {
		return arrival{}, err
	}
	message, err := reply.FromMessage(in.Raw)
	if err != nil {
		return arrival{}, err
	}
	identity := []byte(message.MessageID)
	if len(identity) == 0 {
		identity = in.Raw
	}
	return arrival{id: identity, report: report, message: message}, nil
}

// key is the same for the same mail about the same action, however often and to
// however many of our addresses it comes.
func (a *arrival) key(about id.ID) []byte {
	sum := sha256.Sum256(bytes.Join([][]byte{a.id, []byte(a.report.Kind), about[:]}, []byte{0}))
	return sum[:]
}

// ours reports whether a mail is one that we sent: somebody who writes to their
// own address finds the next mail of a thread in their inbox, and has not answered.
func (s *Service) ours(ctx context.Context, got arrival) (bool, error) {
	sent, ok := actionOf(got.message.MessageID)
	if !ok || got.report.Kind != bounce.None {
		return false, nil
	}
	_, err := s.Log.OrgOf(ctx, sent)
	if errs.Is(err, errs.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// about finds the mail of ours that an incoming mail is about: by the bounce
// address it came to, by the mail it returns, or by the thread it continues.
func (s *Service) about(ctx context.Context, in Incoming, got arrival) (org, action id.ID, err error) {
	var candidates []id.ID
	for _, address := range append(append([]string(nil), in.To...), append(got.report.SentTo, got.report.OriginalReturnPath)...) {
		if _, found, ok := s.Signer.ParseReturnPath(address); ok {
			candidates = append(candidates, found)
		}
	}
	threads := append([]string{got.report.OriginalMessageID, got.message.InReplyTo}, got.message.References...)
	for _, messageID := range threads {
		if found, ok := actionOf(messageID); ok {
			candidates = append(candidates, found)
		}
	}
	for _, candidate := range candidates {
		org, err := s.Log.OrgOf(ctx, candidate)
		if errs.Is(err, errs.NotFound) || err == nil && in.Org != id.Nil && in.Org != org {
			continue
		}
		return org, candidate, err
	}
	return id.Nil, id.Nil, nil
}

// actionOf reads the action from one of our Message-IDs.
func actionOf(messageID string) (id.ID, bool) {
	local, _, ok := strings.Cut(strings.Trim(messageID, " <>"), "@")
	if !ok {
		return id.Nil, false
	}
	found, err := id.Parse("message_id", local)
	return found, err == nil
}

// receiveAbout acts on a mail about a mail of ours.
func (s *Service) receiveAbout(ctx context.Context, org, about id.ID, got arrival) error {
	return s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		a, err := s.Log.FindIn(ctx, tx, org, about)
		if err != nil {
			return err
		}
		// The lead's lock first: the gate takes it first too.
		if _, err := s.Leads.LockForTouch(ctx, tx, org, []id.ID{a.LeadID}); err != nil {
			return err
		}
		fresh, err := insertInbound(ctx, tx, org, got.key(about), string(got.report.Kind), a.LeadID, a.ID, s.Clock.Now())
		if err != nil || !fresh {
			return err
		}
		return s.act(ctx, tx, org, &a, got)
	})
}

// act does what a mail about a means.
func (s *Service) act(ctx context.Context, tx db.Tx, org id.ID, a *action.Action, got arrival) error {
	reason := ""
	if len(got.report.Recipients) > 0 {
		reason = string(got.report.Recipients[0].Reason)
	}
	switch got.report.Kind {
	case bounce.Hard:
		return s.stop(ctx, tx, org, a.LeadID, a, bounced(reason, "bounce"))
	case bounce.Soft:
		return s.softBounce(ctx, tx, org, a, reason)
	case bounce.Complaint:
		return s.stop(ctx, tx, org, a.LeadID, a, stopping{
			why: StopComplaint, status: lead.StatusUnsubscribed, suppress: "complaint", source: "feedback_loop",
			typ: "email.complained", detail: "complained: " + got.report.FeedbackType,
		})
	}
	if err := s.Log.Evidence(ctx, tx, org, a.ID, "an answer to it"); err != nil {
		return err
	}
	return s.answers.Answered(ctx, tx, org, answerOf(a, got, s))
}

// A mailbox that is full or deferred again and again is dead in all but name:
// providers count mail to it against the sender.
const (
	softLimit  = 3                   // mails bounced softly
	softWithin = 30 * 24 * time.Hour // that stop a person's plans like a hard one
)

// softBounce records that a mail did not arrive this time. The plan goes on,
// unless it is one time too many.
func (s *Service) softBounce(ctx context.Context, tx db.Tx, org id.ID, a *action.Action, reason string) error {
	n, err := softBounces(ctx, tx, org, a.LeadID, s.Clock.Now().Add(-softWithin))
	if err != nil {
		return err
	}
	if n >= softLimit {
		return s.stop(ctx, tx, org, a.LeadID, a, bounced(fmt.Sprintf("%s, %d soft bounces within 30 days", reason, n), "bounce"))
	}
	if err := s.Log.Evidence(ctx, tx, org, a.ID, "a bounce"); err != nil {
		return err
	}
	entry := itemOf(a, s.Clock.Now())
	entry.Reason = reason
	data := dataOf(a)
	data.Detail = "soft bounce: " + reason
	return s.record(ctx, tx, org, "email.bounced", a, entry, data)
}

// answerOf is an incoming mail as the packages above see it.
func answerOf(a *action.Action, got arrival, s *Service) Answer {
	return Answer{
		LeadID: a.LeadID, CampaignID: a.CampaignID, ActionID: a.ID, StepID: a.StepID, VariantID: a.VariantID,
		MessageID: got.message.MessageID, References: got.message.References, Subject: got.message.Subject, Text: got.message.Visible,
		Machine: got.report.Kind == bounce.AutoReply || got.report.Kind == bounce.OutOfOffice,
		BackAt:  got.report.OutOfOfficeUntil, ReceivedAt: s.Clock.Now(),
	}
}

// receiveLoose takes a mail that continues no thread of ours: from a person we
// know it is an answer; from anybody else it is only counted.
func (s *Service) receiveLoose(ctx context.Context, in Incoming, got arrival) error {
	for _, recipient := range in.To {
		owners, err := s.owners(ctx, recipient)
		if err != nil {
			return err
		}
		for _, owner := range owners {
			if in.Org != id.Nil && in.Org != owner.org {
				continue
			}
			if err := s.receiveFrom(ctx, owner.org, got); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) receiveFrom(ctx context.Context, org id.ID, got arrival) error {
	return s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		person := id.Nil
		if address, err := compliance.NormalEmail(got.message.From); err == nil {
			person, err = s.Leads.FindByEmail(ctx, tx, org, address)
			if err != nil && !errs.Is(err, errs.NotFound) {
				return err
			}
		}
		kind := string(got.report.Kind)
		if person == id.Nil {
			kind = "unmatched"
		} else if _, err := s.Leads.LockForTouch(ctx, tx, org, []id.ID{person}); err != nil {
			return err
		}
		fresh, err := insertInbound(ctx, tx, org, got.key(id.Nil), kind, person, id.Nil, s.Clock.Now())
		if err != nil || !fresh || person == id.Nil {
			return err
		}
		if got.report.Kind == bounce.Hard || got.report.Kind == bounce.Soft || got.report.Kind == bounce.Complaint {
			return nil // a report from a known person about nothing of ours
		}
		return s.answers.Answered(ctx, tx, org, answerOf(&action.Action{LeadID: person}, got, s))
	})
}
