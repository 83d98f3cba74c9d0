package inbox_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"rainmaker/internal/email/inbox"
	"rainmaker/internal/lead/leadtest"
	"rainmaker/internal/platform/clock/clocktest"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/egress"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// box is a server with one inbox.
type box struct {
	mu       sync.Mutex
	mails    []string // number 1 is the first
	validity uint32
	refuses  error
	opened   []inbox.Server
	since    []time.Time
	held     chan struct{} // when set, reading waits for it
}

// Open implements inbox.Reader.
func (b *box) Open(_ context.Context, s inbox.Server) (inbox.Session, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.opened = append(b.opened, s)
	return b, b.refuses
}

// Start implements inbox.Session.
func (b *box) Start(_ context.Context, known inbox.Mark, since time.Time) (inbox.Mark, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if known.Validity == b.validity {
		return known, nil
	}
	b.since = append(b.since, since)
	return inbox.Mark{Validity: b.validity, Next: 1}, nil
}

// Read implements inbox.Session.
func (b *box) Read(ctx context.Context, from uint32, most int, each func(raw []byte) error) (next uint32, n int, err error) {
	b.mu.Lock()
	mails, held := b.mails, b.held
	b.mu.Unlock()
	if held != nil {
		select {
		case <-held:
		case <-ctx.Done():
			return from, 0, ctx.Err()
		}
	}
	for ; int(from) <= len(mails) && n < most; from, n = from+1, n+1 {
		if err := each([]byte(mails[from-1])); err != nil {
			return from, n, err
		}
	}
	return from, n, nil
}

// Close implements inbox.Session.
func (b *box) Close() error { return nil }

func (b *box) change(fn func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	fn()
}

func (b *box) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.opened)
}

// house is an organisation with a mailbox whose inbox is box.
type house struct {
	t            *testing.T
	db           *db.DB
	clock        *clocktest.Ahead
	box          *box
	keys         *leadtest.Keyring
	service      *inbox.Service
	org, mailbox id.ID

	mu    sync.Mutex
	taken []string
	fails map[string]error // by mail
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, db: dbtest.New(t), clock: &clocktest.Ahead{}, box: &box{validity: 7}, mailbox: id.New(), fails: map[string]error{}}
	h.org = dbtest.Org(t, h.db)
	h.keys = leadtest.NewKeyring(t)
	h.service = h.process()
	h.tx(func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, `insert into mailboxes (org_id, id, from_name, from_address, smtp_host, smtp_port, smtp_tls, created_at, updated_at)
			values ($1, $2, 'Ann', 'ann@sender.test', 'localhost', 25, 'none', now(), now())`, h.org, h.mailbox)
		return err
	})
	return h
}

func (h *house) process() *inbox.Service {
	h.t.Helper()
	s, err := inbox.New(inbox.Deps{
		DB: h.db, Keys: h.keys, Clock: h.clock, Logger: slog.New(slog.DiscardHandler), Egress: egress.New(egress.Reach{Loopback: true}), Reader: h.box,
		Take: func(_ context.Context, org id.ID, address string, raw []byte) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			if org != h.org || address != "ann@sender.test" {
				h.t.Errorf("a mail of %s at %s", org, address)
			}
			if err := h.fails[string(raw)]; err != nil {
				return err
			}
			h.taken = append(h.taken, string(raw))
			return nil
		},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

func (h *house) tx(fn func(ctx context.Context, tx db.Tx) error) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := h.db.InTenant(ctx, h.org, func(tx db.Tx) error { return fn(ctx, tx) }); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) set(s inbox.Server) (err error) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx db.Tx) error {
		err = h.service.Set(ctx, tx, h.org, h.mailbox, s)
		return nil
	})
	return err
}

// place is where the inbox is.
func place() inbox.Server {
	return inbox.Server{Host: "127.0.0.1", Port: 993, Username: "ann", Password: "secret", TLS: "tls"}
}

// run reads until the returned function is called.
func (h *house) run(s *inbox.Service) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			h.t.Error(err)
		}
	})
}

// row is what is kept of the inbox.
type row struct {
	due, checked *time.Time
	next         int
	failures     int
	lastError    string
	events       int
}

func (h *house) row() (r row) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx db.Tx) error {
		return tx.QueryRow(ctx, `select due_at, checked_at, uid_next, failures, last_error,
				(select count(*) from outbox where org_id = $1 and type = 'mailbox.changed') from mailbox_inboxes where org_id = $1`, h.org).
			Scan(&r.due, &r.checked, &r.next, &r.failures, &r.lastError, &r.events)
	})
	return r
}

func (h *house) mails() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Join(h.taken, " ")
}

func (h *house) until(what string, done func() bool) {
	h.t.Helper()
	for range 1500 {
		if done() {
			return
		}
		h.service.Poke()
		<-time.After(10 * time.Millisecond)
	}
	h.t.Fatalf("never: %s; taken %q, %+v", what, h.mails(), h.row())
}

// TestMailsAreTakenOnce: by whichever process, in order, and only what is new.
func TestMailsAreTakenOnce(t *testing.T) {
	h := newHouse(t)
	h.box.mails = []string{"a", "b"}
	if err := h.set(place()); err != nil {
		t.Fatal(err)
	}
	second := h.process()
	defer h.run(h.service)()
	defer h.run(second)()
	h.until("the first reading", func() bool { return h.row().checked != nil })
	if got := h.mails(); got != "a b" {
		t.Fatalf("taken %q", got)
	}
	if r := h.row(); r.next != 3 || r.lastError != "" || r.events != 1 {
		t.Errorf("kept %+v", r)
	}
	h.box.change(func() { h.box.mails = append(h.box.mails, "c") })
	if n := h.box.count(); n != 1 {
		t.Errorf("opened %d times before it is due", n)
	}
	h.clock.Pass(time.Minute)
	second.Poke()
	h.until("the third", func() bool { return h.mails() == "a b c" })
}

// TestFailuresAreTold: with their words, less and less often, and they end.
func TestFailuresAreTold(t *testing.T) {
	h := newHouse(t)
	h.box.refuses = &inbox.Error{Phase: "login", Text: "the password is wrong"}
	if err := h.set(place()); err != nil {
		t.Fatal(err)
	}
	defer h.run(h.service)()
	var wait time.Duration
	for n := 1; n <= 8; n++ {
		h.until("a failure", func() bool { return h.row().failures == n })
		r := h.row()
		if r.lastError != "login: the password is wrong" || r.checked != nil {
			t.Fatalf("kept %+v", r)
		}
		left := r.due.Sub(h.clock.Now())
		if left < wait-time.Second || left > 15*time.Minute {
			t.Errorf("failure %d waits %v after %v", n, left, wait)
		}
		wait = left
		h.clock.Pass(left + time.Second)
	}
	if wait < 14*time.Minute {
		t.Errorf("after 8 failures it waits %v", wait)
	}
	h.box.change(func() { h.box.refuses = nil; h.box.mails = []string{"a"} })
	h.clock.Pass(time.Hour)
	h.until("it works again", func() bool { return h.mails() == "a" && h.row().checked != nil })
	if r := h.row(); r.failures != 0 || r.lastError != "" {
		t.Errorf("kept %+v", r)
	}
}

// TestWhatCannotBeTaken: a mail that nobody can read is passed over; one that we
// cannot act on now comes again, and none behind it goes before.
func TestWhatCannotBeTaken(t *testing.T) {
	h := newHouse(t)
	h.box.mails = []string{"a", "broken", "b", "later", "c"}
	h.fails["broken"] = errs.New(errs.Invalid, "the mail cannot be read")
	h.fails["later"] = errors.New("the database is away")
	if err := h.set(place()); err != nil {
		t.Fatal(err)
	}
	defer h.run(h.service)()
	h.until("it stops at the mail", func() bool { return h.row().failures == 1 })
	if r := h.row(); h.mails() != "a b" || strings.Contains(r.lastError, "database") {
		t.Errorf("taken %q, told %q", h.mails(), r.lastError)
	}
	h.mu.Lock()
	delete(h.fails, "later")
	h.mu.Unlock()
	h.clock.Pass(time.Hour)
	h.until("the rest", func() bool { return strings.HasSuffix(h.mails(), "later c") && h.row().checked != nil })
}

// TestNumberedAnew: from two days before the last good reading on, never from
// before the inbox was set up.
func TestNumberedAnew(t *testing.T) {
	h := newHouse(t)
	began := h.clock.Now()
	if err := h.set(place()); err != nil {
		t.Fatal(err)
	}
	defer h.run(h.service)()
	h.until("the first reading", func() bool { return h.row().checked != nil })
	h.clock.Pass(10 * 24 * time.Hour)
	h.until("a later one", func() bool { return h.row().checked.After(began.Add(9 * 24 * time.Hour)) })
	h.box.change(func() { h.box.validity = 8 })
	h.clock.Pass(time.Hour)
	h.until("that of the new numbers", func() bool {
		h.box.mu.Lock()
		defer h.box.mu.Unlock()
		return len(h.box.since) == 2
	})
	if first, again := h.box.since[0].Sub(began), h.box.since[1].Sub(began); first.Abs() > time.Minute || again < 7*24*time.Hour || again > 9*24*time.Hour {
		t.Errorf("from %v, then from %v after it was set up", first, again)
	}
}

// TestAnotherPlaceMeanwhile: a reading of the inbox that was set before keeps
// nothing for the one that is set now.
func TestAnotherPlaceMeanwhile(t *testing.T) {
	h := newHouse(t)
	h.box.mails, h.box.held = []string{"a", "b"}, make(chan struct{})
	if err := h.set(place()); err != nil {
		t.Fatal(err)
	}
	stop := h.run(h.service)
	h.until("it is being read", func() bool { return h.box.count() == 1 })
	other := place()
	other.Host = "other.sender.test"
	if err := h.set(other); err != nil {
		t.Fatal(err)
	}
	h.box.change(func() { h.box.refuses = &inbox.Error{Phase: "dial", Text: "cannot connect"} })
	close(h.box.held)
	h.until("the new place is tried", func() bool { return h.row().failures == 1 })
	stop()
	if r := h.row(); r.next != 0 || r.checked != nil || r.lastError != "dial: cannot connect" {
		t.Errorf("kept %+v", r)
	}
	if h.box.opened[1].Host != "other.sender.test" || h.box.opened[1].Password != "secret" {
		t.Errorf("opened %+v", h.box.opened[1])
	}
}

// TestPasswordsStayWithTheirServer: who may change a mailbox cannot have its
// password sent elsewhere.
func TestPasswordsStayWithTheirServer(t *testing.T) {
	h := newHouse(t)
	field := func(err error) string {
		var e *errs.Error
		if errors.As(err, &e) && len(e.Fields) == 1 {
			return e.Fields[0].Location
		}
		return ""
	}
	change := func(fn func(*inbox.Server)) inbox.Server {
		s := place()
		fn(&s)
		return s
	}
	for name, tt := range map[string]struct {
		server inbox.Server
		field  string
	}{
		"no host":          {change(func(s *inbox.Server) { s.Host = "" }), "body.imap.host"},
		"a port":           {change(func(s *inbox.Server) { s.Port = 70_000 }), "body.imap.port"},
		"no user":          {change(func(s *inbox.Server) { s.Username = "" }), "body.imap.username"},
		"no password":      {change(func(s *inbox.Server) { s.Password = "" }), "body.imap.password"},
		"unknown mode":     {change(func(s *inbox.Server) { s.TLS = "ssl" }), "body.imap.tls"},
		"in clear, abroad": {change(func(s *inbox.Server) { s.Host, s.TLS = "imap.sender.test", "none" }), "body.imap.tls"},
	} {
		if err := h.set(tt.server); field(err) != tt.field {
			t.Errorf("%s: %v, want %s", name, err, tt.field)
		}
	}
	if err := h.set(place()); err != nil {
		t.Fatal(err)
	}
	if err := h.set(change(func(s *inbox.Server) { s.Password, s.TLS = "", "starttls" })); err != nil {
		t.Errorf("the same server and user, without the password: %v", err)
	}
	for name, edit := range map[string]func(*inbox.Server){
		"another host": func(s *inbox.Server) { s.Host = "evil.test" }, "another port": func(s *inbox.Server) { s.Port = 1993 },
		"another user": func(s *inbox.Server) { s.Username = "eve" },
	} {
		if err := h.set(change(func(s *inbox.Server) { s.Password = ""; edit(s) })); field(err) != "body.imap.password" {
			t.Errorf("%s without the password: %v", name, err)
		}
	}
}

// TestTry: what came of it is kept, and a mailbox without an inbox has nothing to
// fail.
func TestTry(t *testing.T) {
	h := newHouse(t)
	if err := h.service.Try(t.Context(), h.org, h.mailbox); err != nil {
		t.Errorf("without an inbox: %v", err)
	}
	if err := h.set(place()); err != nil {
		t.Fatal(err)
	}
	h.box.refuses = &inbox.Error{Phase: "select", Text: "no such inbox"}
	var failed *inbox.Error
	if err := h.service.Try(t.Context(), h.org, h.mailbox); !errors.As(err, &failed) || failed.Phase != "select" || h.row().lastError != "select: no such inbox" {
		t.Errorf("%v, kept %+v", err, h.row())
	}
	h.box.refuses = nil
	if err := h.service.Try(t.Context(), h.org, h.mailbox); err != nil || h.row().lastError != "" {
		t.Errorf("%v, kept %+v", err, h.row())
	}
	if h.mails() != "" {
		t.Errorf("it read %q", h.mails())
	}
}
