// Package email is one message: rendered, sent at most once, and everything
// that comes back because of it. It owns mailboxes, the words of steps, tracked
// links, and incoming mail.
//
// A mail is an action of kind email.send under contract H: plain SMTP neither
// dedups nor can be asked. Lanes (one per mailbox) claim queued actions, look up
// their people, render, and hand the mail to a Transport; the intent is
// committed, with the gate, before its final dot.
//
// Invariants: no mail leaves without a begun action; a mail names the exact
// words it sent (email_contents rows never change); an opt-out is on the
// suppression list before its answer is given; opens are never interest.
//
// Events out: email.sent, email.failed, email.refused, email.bounced,
// email.opened, email.clicked, email.replied, email.unsubscribed,
// email.complained, mailbox.changed.
// Tables: mailboxes, email_contents, email_links, email_reads, inbound_mail.
// Files: email.go (types, ports), service.go and mailbox.go (mailboxes),
// content.go (words, links), sender.go (lanes), lane.go (one mailbox at work),
// testmail.go (tests to oneself), intent.go (the gate), settle.go (outcomes), throttle.go, inbound.go (mail that
// comes back), tracking.go (opens, clicks, opt-outs), store.go.
package email

import (
	"context"
	"fmt"
	"time"

	"rainmaker/internal/action"
	"rainmaker/internal/compliance"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// KindSend is the action kind of an outreach mail.
const KindSend = "email.send"

// Account is a mailbox opened for its transport.
type Account struct {
	ID          id.ID
	Host        string
	Port        int
	Username    string
	Password    secret.String
	TLS         string // none, starttls, tls
	LocalName   string // what we say in EHLO: the domain of the from address
	Connections int
}

// Envelope is one mail on its way.
type Envelope struct {
	From string // return path
	To   string
	Body []byte // complete message, CRLF, not dot-stuffed
}

// Receipt is what the server said when it took a mail.
type Receipt struct {
	Code int
	Text string
}

// Outlet sends the mail of one mailbox. It is safe for concurrent use and keeps
// connections between mails.
type Outlet interface {
	// Send transmits the mail, calls intent after the last byte of its body and
	// before the final dot, and sends the dot only when intent returned nil. An
	// error is a *SendError, or intent's own.
	Send(ctx context.Context, env Envelope, intent func(ctx context.Context) error) (Receipt, error)
	// Line begins a line of mails, for one caller at a time.
	Line() Line
	Close() error
}

// Line sends one mail after the other.
type Line interface {
	// Send is Outlet.Send. next, unless nil, is the mail that the next call is
	// meant to bring: the server may be asked for it before the answer about env is
	// there. Neither may change until it is sent; nothing is lost when it is not.
	Send(ctx context.Context, env, next *Envelope, intent func(ctx context.Context) error) (Receipt, error)
	Close() error
}

// Transport opens outlets. provider/smtp is one.
type Transport interface {
	Outlet(ctx context.Context, account Account) (Outlet, error)
}

// SendError says how sending failed.
type SendError struct {
	Phase     string // dial, greeting, auth, mail, rcpt, data, body, dot
	Code      int    // SMTP reply code, 0 when there was none
	Enhanced  string // RFC 3463 status such as 5.1.1, may be empty
	Text      string
	Temporary bool
	// Doubtful is set only when the final dot may have been written and no answer
	// to it was understood. Everything else is known not to have been sent.
	Doubtful bool
}

// Error describes the failure for logs and for people; it holds what the server
// said, which may quote the recipient.
func (e *SendError) Error() string {
	if e.Code == 0 {
		return fmt.Sprintf("%s: %s", e.Phase, e.Text)
	}
	return fmt.Sprintf("%s: %d %s %s", e.Phase, e.Code, e.Enhanced, e.Text)
}

// Plan is what a campaign says about one of its actions, right now.
type Plan struct {
	Open    bool            // the campaign runs and the enrolment is still in it
	Rule    compliance.Rule // why not, when it is not open
	Until   time.Time       // when to ask again; zero means never
	Window  compliance.Window
	Zone    *time.Location // a fixed zone instead of the lead's own
	Tracked bool           // opens and clicks are recorded
}

// Rules of a Plan that is not open.
const (
	RuleCampaignPaused compliance.Rule = "campaign_paused"
	RuleCampaignClosed compliance.Rule = "campaign_closed"
	RuleEnrolmentEnded compliance.Rule = "enrolment_ended"
	RuleBudget         compliance.Rule = "budget"
	RuleMailboxLimit   compliance.Rule = "mailbox_limit"
	RuleMailboxPaused  compliance.Rule = "mailbox_paused"
)

// Planner answers for campaigns, which this package must not know. It is asked
// in the transaction of the intent.
type Planner interface {
	Plans(ctx context.Context, tx db.Tx, org id.ID, actions []*action.Action) (map[id.ID]Plan, error)
	// Reserve counts actions that passed every rule against their budgets and
	// returns a verdict for each that does not fit.
	Reserve(ctx context.Context, tx db.Tx, org id.ID, actions []*action.Action) (map[id.ID]compliance.Verdict, error)
}

// Answer is a mail from a person, or from their machine, about a mail of ours.
type Answer struct {
	LeadID     id.ID
	CampaignID id.ID // zero when it belongs to none
	ActionID   id.ID // the mail it answers, zero when unknown
	StepID     id.ID
	VariantID  id.ID
	MessageID  string
	References []string
	Subject    string
	Text       string // visible: without quotes and signature
	Machine    bool   // auto-reply or out of office
	BackAt     *time.Time
	ReceivedAt time.Time
}

// Answerer understands answers, in the transaction that stores them, with the
// lead's row locked. Conversation is one.
type Answerer interface {
	Answered(ctx context.Context, tx db.Tx, org id.ID, answer Answer) error
}

// Stop is why every plan of a person ends.
type Stop string

// The stops that e-mail finds by itself.
const (
	StopOptOut    Stop = "opt_out"
	StopBounce    Stop = "bounce"
	StopComplaint Stop = "complaint"
)

// Stopper ends every plan of a person, on every channel, in tx. Campaign is one.
type Stopper interface {
	Stop(ctx context.Context, tx db.Tx, org, lead id.ID, why Stop) error
}
