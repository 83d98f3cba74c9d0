package email

import (
	"context"
	"errors"
	"sync"
	"time"

	"rainmaker/internal/action"
	"rainmaker/internal/compliance"
	"rainmaker/internal/email/message"
	"rainmaker/internal/lead"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/telemetry"
)

const (
	// claimSize is how many actions a lane claims at once: large enough that the
	// claim costs little, small enough that a dead process delays few.
	claimSize = 256
	// retryBroken is how long mail waits when its server cannot be reached.
	retryBroken = 15 * time.Second
	// linger is how long a lane keeps its connections while the mailbox's rate
	// holds it up: servers count connections too.
	linger = 5 * time.Second
	// watchEvery is how soon a change of the mailbox reaches a lane at work.
	watchEvery = time.Second
	// drainTime is how long a lane has to write down outcomes after it was told
	// to stop (CONTRACT: SIGTERM drains within 30 s).
	drainTime = 20 * time.Second
)

// lane is one mailbox at work: it claims, prepares, sends over several
// connections, and settles.
type lane struct {
	service *Service
	org     id.ID
	place   action.Place
	mailbox Mailbox
	dkim    *message.DKIM
	sender  senderInfo
	outlet  Outlet
	library library

	mails    chan *mail
	intents  chan *intent
	outcomes chan action.Outcome

	mu      sync.Mutex
	broken  error          // the server cannot be used: nothing more is claimed
	retired bool           // the mailbox was changed or paused: a new lane must begin
	worked  bool           // the server has taken a mail
	taken   map[id.ID]bool // mails whose budget is taken and not settled
}

// mail is one claimed action ready to be sent.
type mail struct {
	action  *action.Action
	contact lead.Contact
	plan    Plan
	words   *words
}

// runLane works off one place and returns when nothing is due there, the server
// is broken, the mailbox's limit is reached, or ctx has ended. Everything it
// claimed is settled then. The returned time is when the place is worth another
// look; zero means as soon as something is due.
func (s *Service) runLane(ctx context.Context, place action.Place) time.Time {
	l := &lane{service: s, org: place.Org, place: place, library: library{words: map[id.ID]*words{}}, taken: map[id.ID]bool{}}
	if err := l.open(ctx); err != nil {
		if ctx.Err() == nil {
			s.Logger.Warn("open mailbox", "mailbox", place.Account, "error", err)
			l.note(ctx, err.Error())
		}
		return time.Now().Add(retryBroken)
	}
	defer func() { _ = l.outlet.Close() }()

	// Outcomes outlive ctx: what was begun must be written down.
	settling, stopSettling := context.WithCancel(context.WithoutCancel(ctx))
	defer stopSettling()
	stopAfter := context.AfterFunc(ctx, func() {
		time.AfterFunc(drainTime, stopSettling)
	})
	defer stopAfter()

	connections := l.mailbox.Connections
	l.mails = make(chan *mail, claimSize)
	l.intents = make(chan *intent, connections)
	l.outcomes = make(chan action.Outcome, claimSize)

	var senders, committers, settlers, watchers sync.WaitGroup
	watching, stopWatching := context.WithCancel(ctx)
	watchers.Go(func() { l.watch(watching) })
	for range connections {
		senders.Go(func() { l.sendAll(ctx, settling) })
	}
	committers.Go(func() { l.commitIntents(settling) })
	settlers.Go(func() { l.settleOutcomes(settling) })

	rest := l.claimAll(ctx, settling)
	close(l.mails)
	senders.Wait()
	close(l.intents)
	committers.Wait()
	close(l.outcomes)
	settlers.Wait()
	stopWatching()
	watchers.Wait()
	if broken := l.brokenBy(); broken != nil {
		l.note(settling, broken.Error())
		return time.Now().Add(retryBroken)
	}
	if l.worked && l.mailbox.LastError != "" {
		l.note(settling, "")
	}
	return rest
}

// watch retires the lane when its mailbox is changed or paused: what it still
// holds goes back to the queue.
func (l *lane) watch(ctx context.Context) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		var version int
		err := l.service.DB.InTenant(ctx, l.org, func(tx db.Tx) (err error) {
			version, err = mailboxVersion(ctx, tx, l.org, l.place.Account)
			return err
		})
		if err == nil && version != l.mailbox.Version {
			l.mu.Lock()
			l.retired = true
			l.mu.Unlock()
			return
		}
	}
}

// over reports whether the lane must not begin anything any more.
func (l *lane) over() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.retired || l.broken != nil
}

// open loads the mailbox and connects its outlet.
func (l *lane) open(ctx context.Context) error {
	var sealed sealedMailbox
	err := l.service.DB.InTenant(ctx, l.org, func(tx db.Tx) (err error) {
		if l.mailbox, sealed, err = findMailbox(ctx, tx, l.org, l.place.Account, false); err != nil {
			return err
		}
		l.sender, err = loadSender(ctx, tx, l.org)
		return err
	})
	if err != nil {
		return err
	}
	if l.mailbox.State != "active" {
		return errors.New("the mailbox is " + l.mailbox.State)
	}
	account, dkim, err := l.service.account(ctx, l.org, l.mailbox, sealed)
	if err != nil {
		return err
	}
	l.dkim = dkim
	l.outlet, err = l.service.Transport.Outlet(ctx, account)
	return err
}

// note records on the mailbox why it cannot send, for its owner to see; nothing
// when it can.
func (l *lane) note(ctx context.Context, reason string) {
	err := l.service.DB.InTenant(ctx, l.org, func(tx db.Tx) error {
		return setMailboxError(ctx, tx, l.org, l.place.Account, reason)
	})
	if err != nil && ctx.Err() == nil {
		l.service.Logger.Warn("note mailbox error", "mailbox", l.place.Account, "error", err)
	}
}

// claimAll claims and prepares until nothing is due, the server is broken, the
// mailbox has reached its limit or ctx ends.
func (l *lane) claimAll(ctx, settling context.Context) (rest time.Time) {
	for ctx.Err() == nil && !l.over() {
		limit, again, err := l.available(ctx, claimSize)
		if err == nil && limit == 0 {
			// again is in the domain's time, which a dev offset may shift.
			wait := again.Sub(l.service.Clock.Now())
			if wait > linger {
				return time.Now().Add(wait)
			}
			pause(ctx, wait)
			continue
		}
		var claimed []action.Action
		if err == nil {
			claimed, err = l.service.Log.Claim(ctx, KindSend, l.place, limit)
		}
		if err != nil {
			if ctx.Err() == nil && !errors.Is(err, action.ErrNoIncarnation) {
				l.service.Logger.Warn("claim mail", "error", err)
			}
			return time.Time{}
		}
		if len(claimed) == 0 {
			return time.Time{}
		}
		preparing, span := telemetry.Span(settling, "mail prepare", telemetry.OrgID.String(l.org.String()), telemetry.Count.Int(len(claimed)))
		mails, err := l.prepare(preparing, claimed)
		span.End(err)
		if err != nil {
			l.service.Logger.Warn("prepare mail", "error", err)
			l.requeue(claimed, "", time.Second)
			return time.Time{}
		}
		for i, m := range mails {
			select {
			case l.mails <- m:
			case <-ctx.Done():
				for _, rest := range mails[i:] {
					l.requeue([]action.Action{*rest.action}, "", 0)
				}
				return time.Time{}
			}
		}
	}
	return time.Time{}
}

// pause waits, or returns early when ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// requeue settles actions that were not sent as queued again.
func (l *lane) requeue(actions []action.Action, reason string, delay time.Duration) {
	now := l.service.Clock.Now()
	for i := range actions {
		l.outcomes <- action.Outcome{Action: &actions[i], State: action.Queued, DueAt: now.Add(delay), Reason: reason, At: now, Untried: true}
	}
}

// prepare looks up the people and words of claimed actions and asks the rules
// once, without locks: what is refused here never reaches the server. The same
// rules are asked again in the intent.
func (l *lane) prepare(ctx context.Context, claimed []action.Action) ([]*mail, error) {
	ready := make([]*mail, 0, len(claimed))
	var outcomes []action.Outcome
	fresh := map[id.ID]*words{}
	err := l.service.DB.InTenant(ctx, l.org, func(tx db.Tx) error {
		ready, outcomes = ready[:0], nil
		contacts, err := l.service.Leads.Contacts(ctx, tx, l.org, leadIDs(claimed))
		if err != nil {
			return err
		}
		verdicts, plans, err := l.judge(ctx, tx, pointers(claimed), contacts, true)
		if err != nil {
			return err
		}
		for i := range claimed {
			a := &claimed[i]
			if v := verdicts[a.ID]; !v.Allows() {
				outcomes = append(outcomes, l.refusal(a, v))
				continue
			}
			compiled := fresh[a.ContentID]
			if compiled == nil {
				if compiled, err = l.compile(ctx, tx, a.ContentID, a.CampaignID); err != nil {
					outcomes = append(outcomes, l.failure(a, "the words of this step cannot be rendered: "+err.Error()))
					continue
				}
				fresh[a.ContentID] = compiled
			}
			ready = append(ready, &mail{action: a, contact: contacts[a.LeadID], plan: plans[a.ID], words: compiled})
		}
		granted, again, err := l.takeBudget(ctx, tx, len(ready))
		for _, m := range ready[granted:] {
			outcomes = append(outcomes, l.refusal(m.action, compliance.Verdict{Rule: RuleMailboxLimit, Until: again, Policy: compliance.PolicyVersion}))
		}
		ready = ready[:granted]
		return err
	})
	if err != nil {
		return nil, err
	}
	l.remember(ready)
	for content, compiled := range fresh {
		l.library.keep(content, compiled)
	}
	for _, outcome := range outcomes {
		l.outcomes <- outcome
	}
	return ready, nil
}

// judge asks campaign and compliance about actions, in tx.
func (l *lane) judge(ctx context.Context, tx db.Tx, actions []*action.Action, contacts map[id.ID]lead.Contact, frequency bool) (map[id.ID]compliance.Verdict, map[id.ID]Plan, error) {
	sender, err := l.service.Compliance.Sender(ctx, tx, l.org)
	if err != nil {
		return nil, nil, err
	}
	plans, err := l.service.planner.Plans(ctx, tx, l.org, actions)
	if err != nil {
		return nil, nil, err
	}
	var recent map[id.ID]int
	if frequency {
		leads := make([]id.ID, len(actions))
		for i, a := range actions {
			leads[i] = a.LeadID
		}
		if recent, err = l.service.Log.Recent(ctx, tx, l.org, leads, sender.Frequency.Days); err != nil {
			return nil, nil, err
		}
	}
	touches := make([]compliance.Touch, len(actions))
	for i, a := range actions {
		touches[i] = l.touch(contacts[a.LeadID], plans[a.ID], recent[a.LeadID])
	}
	decided, err := l.service.Compliance.Check(ctx, tx, l.org, sender, touches)
	if err != nil {
		return nil, nil, err
	}
	verdicts := make(map[id.ID]compliance.Verdict, len(actions))
	for i, a := range actions {
		verdict := decided[i]
		if plan := plans[a.ID]; !plan.Open {
			verdict = compliance.Verdict{Rule: plan.Rule, Until: plan.Until, Policy: compliance.PolicyVersion}
		}
		verdicts[a.ID] = verdict
	}
	return verdicts, plans, nil
}

// touch are the facts about one mail for the rules.
func (l *lane) touch(contact lead.Contact, plan Plan, recent int) compliance.Touch {
	touch := compliance.Touch{
		Lead: contact.ID, Channel: compliance.ChannelEmail, Status: string(contact.Status),
		EmailBlind: contact.EmailBlind, DomainBlind: contact.EmailDomainBlind, PhoneBlind: contact.PhoneBlind,
		Window: plan.Window, Recent: recent,
	}
	if plan.Zone != nil {
		touch.Zones = []*time.Location{plan.Zone}
	} else if !plan.Window.Always() {
		touch.Zones = l.service.Compliance.Zones().Of(contact.Timezone, contact.Phone, contact.Region)
	}
	return touch
}

// breakDown remembers that the server cannot be used.
func (l *lane) breakDown(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken == nil {
		l.broken = err
	}
}

func (l *lane) brokenBy() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.broken
}

func pointers(actions []action.Action) []*action.Action {
	out := make([]*action.Action, len(actions))
	for i := range actions {
		out[i] = &actions[i]
	}
	return out
}

func leadIDs(actions []action.Action) []id.ID {
	out := make([]id.ID, len(actions))
	for i := range actions {
		out[i] = actions[i].LeadID
	}
	return out
}
