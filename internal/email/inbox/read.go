package inbox

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/telemetry"
)

const (
	// pollEvery is how often due inboxes are looked for; Poke shortens it.
	pollEvery = 5 * time.Second
	// readEvery is how long a mail lies in an inbox at most. Gmail takes a sign-in
	// every few seconds, and 15 connections at once.
	readEvery = 30 * time.Second
	// waitMost is how long a server that refuses is left alone at most.
	waitMost = 15 * time.Minute
	// atOnce inboxes are read by one process.
	atOnce = 16
	// readTime bounds one reading; lease is how long the inbox is its process's
	// alone.
	readTime = 2 * time.Minute
	lease    = readTime + time.Minute
	// batchSize mails are taken before it is kept how far they go, and maxBatches
	// in one reading.
	batchSize, maxBatches = 50, 20
	// overlap is how far before the last reading a renumbered inbox is read again:
	// servers search by day, in their own zone.
	overlap = 48 * time.Hour
)

// place is the inbox of one mailbox.
type place struct{ org, mailbox id.ID }

// claimed is an inbox that is being read.
type claimed struct {
	place
	server     Server
	sealed     []byte // its password
	address    string // of the mailbox
	state      string // of the mailbox
	generation int
	mark       Mark
	since      time.Time
	checked    *time.Time
	failures   int
	lastError  string
}

// Run reads inboxes until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	var readers errgroup.Group
	readers.SetLimit(atOnce)
	defer func() { _ = readers.Wait() }() // no reader returns an error
	for {
		due, err := s.due(ctx)
		if err != nil && ctx.Err() == nil {
			s.Logger.WarnContext(ctx, "look for due inboxes", "error", err)
		}
		for _, p := range due {
			if !readers.TryGo(func() error { s.read(ctx, p); return nil }) {
				break
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		case <-s.wake:
		}
	}
}

func (s *Service) due(ctx context.Context) (places []place, err error) {
	err = s.DB.InSystem(ctx, func(tx db.Tx) error {
		places, err = dueInboxes(ctx, tx, s.Clock.Now(), atOnce)
		return err
	})
	return places, err
}

// read reads one inbox, if nobody else does, and keeps what came of it.
func (s *Service) read(ctx context.Context, p place) {
	c, ok, err := s.claim(ctx, p)
	if err != nil || !ok {
		if err != nil && ctx.Err() == nil {
			s.Logger.WarnContext(ctx, "claim inbox", "org_id", p.org, "mailbox_id", p.mailbox, "error", err)
		}
		return
	}
	reading, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	reading, span := telemetry.Span(reading, "inbox read", telemetry.OrgID.String(p.org.String()))
	more, err := s.readAll(reading, &c)
	span.End(err)
	if err = s.settle(context.WithoutCancel(ctx), &c, more, ctx.Err() != nil, err); err != nil {
		s.Logger.WarnContext(ctx, "settle inbox", "org_id", p.org, "mailbox_id", p.mailbox, "error", err)
	}
}

// claim takes a due inbox for as long as a reading may last.
func (s *Service) claim(ctx context.Context, p place) (c claimed, ok bool, err error) {
	now := s.Clock.Now()
	err = s.DB.InTenant(ctx, p.org, func(tx db.Tx) error {
		c, ok, err = claimInbox(ctx, tx, p, now, now.Add(lease))
		return err
	})
	if err == nil && ok {
		c.server.Password, err = s.open(ctx, p.org, p.mailbox, c.sealed)
	}
	return c, ok, err
}

// readAll takes what has come since the last reading; more reports that there is
// more than one reading takes.
func (s *Service) readAll(ctx context.Context, c *claimed) (more bool, err error) {
	session, err := s.Reader.Open(ctx, c.server)
	if err != nil {
		return false, err
	}
	defer func() { _ = session.Close() }() // it was only read
	day := c.since
	if c.checked != nil && c.checked.Add(-overlap).After(day) {
		day = c.checked.Add(-overlap)
	}
	if c.mark, err = session.Start(ctx, c.mark, day); err != nil {
		return false, err
	}
	for range maxBatches {
		next, n, err := session.Read(ctx, c.mark.Next, batchSize, func(raw []byte) error { return s.take(ctx, c, raw) })
		if err != nil {
			return false, err
		}
		c.mark.Next = next
		if n < batchSize {
			return false, nil
		}
		if err := s.keepPlace(ctx, c); err != nil {
			return false, err
		}
	}
	return true, nil
}

// take acts on one mail. One that nobody can read is passed over: it would be in
// the way of all others for ever.
func (s *Service) take(ctx context.Context, c *claimed, raw []byte) error {
	err := s.Take(ctx, c.org, c.address, raw)
	if errs.Is(err, errs.Invalid) {
		s.mails.WithLabelValues("unreadable").Inc()
		s.Logger.WarnContext(ctx, "a mail cannot be read", "org_id", c.org, "mailbox_id", c.mailbox, "bytes", len(raw))
		return nil
	}
	if err == nil {
		s.mails.WithLabelValues("taken").Inc()
	}
	return err
}

func (s *Service) keepPlace(ctx context.Context, c *claimed) error {
	return s.DB.InTenant(ctx, c.org, func(tx db.Tx) error { return keepPlace(ctx, tx, c, s.Clock.Now().Add(lease)) })
}

// settle keeps how far a reading came and why not further, and says when the next
// one is.
func (s *Service) settle(ctx context.Context, c *claimed, more, stopped bool, failure error) error {
	now := s.Clock.Now()
	next := now.Add(readEvery)
	reason := ""
	switch {
	case stopped:
		next, reason, more = now, c.lastError, true // another process goes on
	case failure != nil:
		reason = textOf(failure)
		next = now.Add(min(readEvery<<min(c.failures, 10), waitMost))
		s.reads.WithLabelValues("failed").Inc()
		s.Logger.WarnContext(ctx, "inbox cannot be read", "org_id", c.org, "mailbox_id", c.mailbox, "error", failure)
	default:
		s.reads.WithLabelValues("read").Inc()
		if more {
			next = now
		}
	}
	err := s.DB.InTenant(ctx, c.org, func(tx db.Tx) error {
		kept, err := settleInbox(ctx, tx, c, next, now, failure == nil && !more, reason)
		if err != nil || !kept || reason == c.lastError && c.checked != nil {
			return err
		}
		e, err := event.New("mailbox.changed", c.mailbox.String(), now, map[string]any{"id": c.mailbox, "state": c.state})
		if err != nil {
			return err
		}
		return event.Append(ctx, tx, c.org, e)
	})
	s.Wake()
	return err
}

// textOf is a failure as the page of mailboxes tells it.
func textOf(err error) string {
	var failed *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &failed):
		return failed.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return "read: the server took too long"
	}
	return "something went wrong on our side; it is tried again"
}
