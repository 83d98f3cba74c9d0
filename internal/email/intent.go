package email

import (
	"context"
	"fmt"
	"time"

	"rainmaker/internal/action"
	"rainmaker/internal/compliance"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/telemetry"
)

// intentPatience is how long an intent waits for others to share its
// transaction. A group is complete when every connection of the lane is in it.
// A lane has one committer: while it waits for the disk the next group gathers.
const intentPatience = time.Millisecond

// intent is a mail whose body is on the wire and that waits for permission to
// end.
type intent struct {
	mail  *mail
	reply chan permission
}

// permission is the answer: when its transaction began, or why it may not end.
type permission struct {
	begun time.Time
	err   error
}

// begin asks for permission to write the final dot. Mails of several connections
// that ask at the same time share a transaction. The returned time is when that
// transaction began: the deadline counts from there.
func (l *lane) begin(ctx context.Context, m *mail) (time.Time, error) {
	wait := &intent{mail: m, reply: make(chan permission, 1)}
	select {
	case l.intents <- wait:
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	}
	select {
	case p := <-wait.reply:
		return p.begun, p.err
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	}
}

// commitIntents commits waiting intents in groups until the channel closes.
func (l *lane) commitIntents(ctx context.Context) {
	for first := range l.intents {
		l.commit(ctx, gather(first, l.intents, l.mailbox.Connections, intentPatience))
	}
}

// commit runs the gate for a group in one transaction and answers each.
func (l *lane) commit(ctx context.Context, group []*intent) {
	begun := time.Now()
	var may map[id.ID]bool
	var refused []action.Outcome
	ctx, span := telemetry.Span(ctx, "mail intent", telemetry.OrgID.String(l.org.String()), telemetry.Count.Int(len(group)))
	err := l.service.DB.InTenant(ctx, l.org, func(tx db.Tx) (err error) {
		may, refused, err = l.gate(ctx, tx, group)
		return err
	})
	span.End(err)
	if err != nil {
		l.service.Logger.Warn("intent", "mails", len(group), "error", err)
		for _, wait := range group {
			wait.reply <- permission{err: fmt.Errorf("intent: %w", err)}
		}
		return
	}
	for _, outcome := range refused {
		l.outcomes <- outcome
	}
	for _, wait := range group {
		if may[wait.mail.action.ID] {
			wait.reply <- permission{begun: begun}
		} else {
			wait.reply <- permission{err: errNotBegun}
		}
	}
}

// gate locks the people, asks every rule again and begins the actions that pass.
// What does not pass comes back as outcomes.
func (l *lane) gate(ctx context.Context, tx db.Tx, group []*intent) (map[id.ID]bool, []action.Outcome, error) {
	actions := make([]*action.Action, len(group))
	leads := make([]id.ID, len(group))
	for i, wait := range group {
		actions[i], leads[i] = wait.mail.action, wait.mail.action.LeadID
	}
	contacts, err := l.service.Leads.LockForTouch(ctx, tx, l.org, leads)
	if err != nil {
		return nil, nil, err
	}
	verdicts, _, err := l.judge(ctx, tx, actions, contacts, false)
	if err != nil {
		return nil, nil, err
	}
	var refused []action.Outcome
	pass := make([]*action.Action, 0, len(group))
	for _, wait := range group {
		a := wait.mail.action
		verdict := verdicts[a.ID]
		if verdict.Allows() && contacts[a.LeadID].Email != wait.mail.contact.Email {
			verdict = l.later(ruleAddressChanged, time.Second)
		}
		if verdict.Allows() {
			pass = append(pass, a)
		} else {
			refused = append(refused, l.refusal(a, verdict))
		}
	}
	over, err := l.service.planner.Reserve(ctx, tx, l.org, pass)
	if err != nil {
		return nil, nil, err
	}
	if len(over) > 0 {
		fits := pass[:0]
		for _, a := range pass {
			if verdict, refuse := over[a.ID]; refuse {
				refused = append(refused, l.refusal(a, verdict))
			} else {
				fits = append(fits, a)
			}
		}
		pass = fits
	}
	begun, err := l.service.Log.Begin(ctx, tx, l.org, pass, string(compliance.Allowed), compliance.PolicyVersion)
	return begun, refused, err
}

// ruleAddressChanged puts a mail off that was rendered for an address that is
// not the person's any more.
const ruleAddressChanged compliance.Rule = "address_changed"

func (l *lane) later(rule compliance.Rule, delay time.Duration) compliance.Verdict {
	return compliance.Verdict{Rule: rule, Until: l.service.Clock.Now().Add(delay), Policy: compliance.PolicyVersion}
}

// refusal is the outcome of an action that a rule stopped: put off when the rule
// names a time, else refused for good.
func (l *lane) refusal(a *action.Action, verdict compliance.Verdict) action.Outcome {
	now := l.service.Clock.Now()
	outcome := action.Outcome{Action: a, State: action.Refused, Rule: string(verdict.Rule), At: now}
	if verdict.PutsOff() {
		outcome.State, outcome.DueAt, outcome.Untried = action.Queued, verdict.Until, true
	}
	return outcome
}

// failure is the outcome of an action that can never be sent.
func (l *lane) failure(a *action.Action, reason string) action.Outcome {
	return action.Outcome{Action: a, State: action.Failed, Reason: reason, At: l.service.Clock.Now()}
}
