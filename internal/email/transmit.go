package email

import (
	"context"
	"errors"
	"regexp"
	"time"

	"rainmaker/internal/action"
	"rainmaker/internal/email/message"
	"rainmaker/internal/platform/id"
)

// errNotBegun says that the gate, or a lost claim, kept a mail from its final
// dot. Its outcome is settled already.
var errNotBegun = errors.New("not begun")

// maxAttempts is how often a mail is tried that its server puts off: with the
// delays of retryDelay that is about five days, as RFC 5321 4.5.4.1 advises.
const maxAttempts = 12

// maxLost is how often a connection that was lost in the middle of a mail is
// taken for the network's fault.
const maxLost = 3

// retryDelay is how long a mail waits after its n-th temporary refusal.
func retryDelay(n int) time.Duration {
	delays := []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour}
	if n < 1 {
		n = 1
	}
	if n > len(delays) {
		return 24 * time.Hour
	}
	return delays[n-1]
}

// letter is a mail rendered for its recipient. Its buffer is used again.
type letter struct {
	mail     *mail
	envelope Envelope
	buffer   []byte
}

// sendAll sends mails over one connection at a time until there are no more. The
// next one is rendered before a mail is sent, so that the server can be asked for
// it in the same breath.
func (l *lane) sendAll(ctx, settling context.Context) {
	line := l.outlet.Line()
	defer func() { _ = line.Close() }() // what was sent has its outcome
	now, then := &letter{}, &letter{}
	for more := l.fetch(ctx, now, true); more; {
		follows := l.fetch(ctx, then, false)
		if follows {
			l.send(settling, line, now, &then.envelope)
		} else {
			l.send(settling, line, now, nil)
		}
		now, then = then, now
		more = follows && !l.putBack(ctx, now.mail) || l.fetch(ctx, now, true)
	}
}

// fetch renders the next mail that can be sent into the letter. Unless it is to
// wait it takes one only if there are enough for every connection.
func (l *lane) fetch(ctx context.Context, into *letter, wait bool) bool {
	for {
		m := l.pick(wait)
		if m == nil {
			return false
		}
		if l.putBack(ctx, m) {
			continue
		}
		envelope, buffer, err := l.render(m, into.buffer[:0])
		if into.buffer = buffer; err != nil {
			l.outcomes <- l.failure(m.action, "this mail cannot be rendered: "+err.Error())
			continue
		}
		into.mail, into.envelope = m, envelope
		return true
	}
}

// pick takes a mail that was prepared; nil if there is none any more, or none to
// be had without waiting.
func (l *lane) pick(wait bool) *mail {
	if wait {
		return <-l.mails
	}
	if len(l.mails) < l.mailbox.Connections {
		return nil
	}
	select {
	case m := <-l.mails:
		return m
	default:
		return nil
	}
}

// putBack puts a mail back in the queue when nothing may be sent any more.
func (l *lane) putBack(ctx context.Context, m *mail) bool {
	if ctx.Err() == nil && !l.over() {
		return false
	}
	reason, delay := "", time.Duration(0)
	if l.brokenBy() != nil {
		reason, delay = "the mail server cannot be reached", retryBroken
	}
	l.requeue([]action.Action{*m.action}, reason, delay)
	return true
}

// send transmits one mail, which next may follow, and hands its outcome to the
// settler.
func (l *lane) send(ctx context.Context, line Line, this *letter, next *Envelope) {
	m := this.mail
	receipt, err := line.Send(ctx, &this.envelope, next, func(ctx context.Context) error {
		begun, err := l.begin(ctx, m)
		if err == nil && time.Since(begun) > action.Deadline {
			return errTooLate
		}
		return err
	})
	now := l.service.Clock.Now()
	outcome := action.Outcome{Action: m.action, At: now}
	var sendErr *SendError
	switch {
	case err == nil:
		outcome.State, outcome.Reason = action.Done, ""
		outcome.ProviderRef = receipt.Text
		l.mu.Lock()
		l.worked = true
		l.mu.Unlock()
	case errors.Is(err, errNotBegun):
		return
	case errors.Is(err, errTooLate):
		outcome.State, outcome.DueAt, outcome.Untried = action.Queued, now.Add(time.Second), true
		outcome.Reason = "the database was too slow to permit it in time"
	case errors.As(err, &sendErr):
		l.sendFailed(&outcome, m, sendErr)
	default: // the intent's transaction failed: nothing was sent
		outcome.State, outcome.DueAt, outcome.Untried = action.Queued, now.Add(time.Second), true
	}
	l.outcomes <- outcome
}

// errTooLate says that the intent took longer than its own deadline.
var errTooLate = errors.New("past the deadline of the intent")

// sendFailed decides what a failed transmission means.
func (l *lane) sendFailed(outcome *action.Outcome, m *mail, failed *SendError) {
	now, said := outcome.At, withoutAddresses(failed.Error())
	switch {
	case failed.Doubtful:
		outcome.State, outcome.Reason = action.InDoubt, "the server never answered the final dot"
	case failed.Phase == "dial" || failed.Phase == "greeting" || failed.Phase == "auth" || failed.Phase == "starttls":
		// The connection, not the mail. The others would fail the same way.
		outcome.State, outcome.DueAt, outcome.Untried = action.Queued, now.Add(retryBroken), true
		outcome.Reason = "the mail server cannot be used: " + said
		l.breakDown(failed)
	case failed.Code == 0 && m.action.Attempts <= maxLost:
		outcome.State, outcome.DueAt, outcome.Reason = action.Queued, now.Add(retryBroken), said
	// A connection that is lost again and again is put off like a refusal: it may
	// be this mail that the server cannot bear.
	case (failed.Temporary || failed.Code == 0) && m.action.Attempts < maxAttempts:
		outcome.State, outcome.DueAt = action.Queued, now.Add(retryDelay(m.action.Attempts))
		outcome.Reason = said
	default:
		outcome.State, outcome.Reason = action.Failed, said
	}
}

// addresses are e-mail addresses as servers quote them.
var addresses = regexp.MustCompile(`[^\s<>()"';,:=]+@[^\s<>()"';,]+`)

// withoutAddresses takes the people out of what a server said: reasons are stored
// and shown in clear.
func withoutAddresses(said string) string { return addresses.ReplaceAllString(said, "[address]") }

// render writes the mail for its recipient.
func (l *lane) render(m *mail, buffer []byte) (Envelope, []byte, error) {
	s := l.service
	recipient := message.Recipient{
		Action: m.action.ID, Name: m.contact.Name(), Address: m.contact.Email, Date: s.Clock.Now(), Fields: m.contact.Field,
		UnsubscribeURL: s.PublicURL + "/u/" + s.Signer.Sign(message.KindUnsubscribe, l.org, m.action.ID, id.Nil),
	}
	if m.plan.Tracked {
		recipient.OpenPixelURL = s.PublicURL + "/t/o/" + s.Signer.Sign(message.KindOpen, l.org, m.action.ID, id.Nil)
		recipient.TrackLink = func(url string) string {
			link, known := m.words.links[url]
			if !known {
				return url
			}
			return s.PublicURL + "/t/c/" + s.Signer.Sign(message.KindClick, l.org, m.action.ID, link)
		}
	}
	body, err := m.words.mail.Compose(buffer, &recipient)
	if err != nil {
		return Envelope{}, buffer, err
	}
	from := s.Signer.ReturnPath(m.words.mail.FromAddress(), m.action.ID)
	return Envelope{From: from, To: m.contact.Email, Body: body}, body, nil
}
