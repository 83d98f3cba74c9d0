package emailtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rainmaker/internal/email"
	"rainmaker/internal/platform/secret"
)

// Behaviour is how the server at the other end of a transport under test treats
// mail. The zero value takes everything.
type Behaviour struct {
	Unreachable bool              // nobody listens
	Password    string            // what it asks for; empty: nothing
	Reject      map[string]string // replies to recipients, such as "550 5.1.1 nobody"
	Final       string            // reply to the final dot; empty: taken
	Silent      bool              // it takes the mail at its final dot and hangs up without a word
}

// Rig is a transport with a server at its other end.
type Rig struct {
	Transport email.Transport
	Account   email.Account // reaches the server; the suite sets the password
	// Delivered returns what the server has taken, in order.
	Delivered func() []email.Envelope
}

// ann is a plain envelope; its body has what transports may spoil.
func ann() email.Envelope {
	return email.Envelope{From: "from@sender.test", To: "ann@people.test", Body: []byte("Subject: x\r\nMessage-ID: <1@sender.test>\r\n\r\n.\r\n..two\r\nend\r\n")}
}

// user is one of a transport with a server.
type user struct {
	t   *testing.T
	rig Rig
	out email.Outlet
}

// Conform checks that a transport keeps the promises of email.Transport and
// email.Outlet. rig makes a fresh one with a server that behaves as told; what
// it opens, it closes at the test's end.
func Conform(t *testing.T, rig func(t *testing.T, b Behaviour) Rig) {
	t.Helper()
	use := func(t *testing.T, b Behaviour, password string) *user {
		t.Helper()
		u := &user{t: t, rig: rig(t, b)}
		u.rig.Account.Password = secret.String(password)
		out, err := u.rig.Transport.Outlet(t.Context(), u.rig.Account)
		if err != nil {
			t.Fatalf("outlet: %v", err)
		}
		u.out = out
		t.Cleanup(func() { _ = out.Close() }) // twice must do no harm
		return u
	}
	for name, check := range map[string]func(t *testing.T){
		"Taken":         func(t *testing.T) { taken(use(t, Behaviour{}, "")) },
		"IntentRefuses": func(t *testing.T) { intentRefuses(use(t, Behaviour{}, "")) },
		"Recipients": func(t *testing.T) {
			recipients(use(t, Behaviour{Reject: map[string]string{"gone@people.test": "550 5.1.1 nobody here", "later@people.test": "451 4.7.1 come back"}}, ""))
		},
		"RefusedAtTheDot": func(t *testing.T) {
			refusedAtTheDot(use(t, Behaviour{Final: "554 5.7.1 spam"}, ""), email.SendError{Phase: "dot", Code: 554, Enhanced: "5.7.1", Text: "spam"})
		},
		"PutOffAtTheDot": func(t *testing.T) {
			refusedAtTheDot(use(t, Behaviour{Final: "451 4.3.0 busy"}, ""), email.SendError{Phase: "dot", Code: 451, Enhanced: "4.3.0", Text: "busy", Temporary: true})
		},
		"SilentAtTheDot": func(t *testing.T) { silent(use(t, Behaviour{Silent: true}, "")) },
		"Unreachable": func(t *testing.T) {
			neverBegun(use(t, Behaviour{Unreachable: true}, ""), "dial", true)
		},
		"WrongPassword": func(t *testing.T) {
			neverBegun(use(t, Behaviour{Password: "right-secret"}, "wrong-secret"), "auth", false)
		},
		"RightPassword": func(t *testing.T) { taken(use(t, Behaviour{Password: "right-secret"}, "right-secret")) },
		"Ended":         func(t *testing.T) { ended(use(t, Behaviour{}, "")) },
		"Hostile":       func(t *testing.T) { hostile(use(t, Behaviour{}, "")) },
		"Many":          func(t *testing.T) { many(use(t, Behaviour{}, "")) },
		"Line": func(t *testing.T) {
			inLine(use(t, Behaviour{Reject: map[string]string{"gone@people.test": "550 5.1.1 nobody here"}}, ""))
		},
		"Closed": func(t *testing.T) { closed(use(t, Behaviour{}, "")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t)
		})
	}
}

// send sends env and returns how often its intent was called.
func (u *user) send(env email.Envelope) (receipt email.Receipt, intents int, err error) {
	receipt, err = u.out.Send(u.t.Context(), env, func(context.Context) error {
		intents++
		return nil
	})
	return receipt, intents, err
}

// failed checks that err is a SendError and returns it.
func (u *user) failed(err error) email.SendError {
	u.t.Helper()
	var e *email.SendError
	if !errors.As(err, &e) {
		u.t.Fatalf("not a SendError: %v", err)
	}
	return *e
}

func (u *user) delivered(want ...email.Envelope) {
	u.t.Helper()
	if diff := cmp.Diff(fmt.Sprintf("%q", want), fmt.Sprintf("%q", u.rig.Delivered())); diff != "" {
		u.t.Errorf("delivered: %s", diff)
	}
}

// taken: the intent comes once, before the server has the mail, and the mail
// arrives as it was.
func taken(u *user) {
	calls := 0
	receipt, err := u.out.Send(u.t.Context(), ann(), func(ctx context.Context) error {
		calls++
		if ctx.Err() != nil {
			u.t.Error("the intent has no time")
		}
		u.delivered()
		return nil
	})
	if err != nil || receipt.Code != 250 || calls != 1 {
		u.t.Fatalf("receipt %+v, %d intents, %v", receipt, calls, err)
	}
	u.delivered(ann())
	if _, calls, err := u.send(ann()); err != nil || calls != 1 {
		u.t.Fatalf("a second mail: %d intents, %v", calls, err)
	}
	u.delivered(ann(), ann())
}

// intentRefuses: its error comes back, the mail does not arrive, and the outlet
// goes on.
func intentRefuses(u *user) {
	mine := errors.New("mine")
	if _, err := u.out.Send(u.t.Context(), ann(), func(context.Context) error { return mine }); !errors.Is(err, mine) {
		u.t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(u.t.Context())
	_, err := u.out.Send(ctx, ann(), func(ctx context.Context) error {
		cancel()
		return ctx.Err()
	})
	if err == nil {
		u.t.Error("sent though its intent was cancelled")
	}
	u.delivered()
	if _, _, err := u.send(ann()); err != nil {
		u.t.Errorf("the next mail: %v", err)
	}
	u.delivered(ann())
}

// recipients: who is refused by name is not asked about.
func recipients(u *user) {
	for to, want := range map[string]email.SendError{
		"gone@people.test":  {Phase: "rcpt", Code: 550, Enhanced: "5.1.1", Text: "nobody here"},
		"later@people.test": {Phase: "rcpt", Code: 451, Enhanced: "4.7.1", Text: "come back", Temporary: true},
	} {
		env := ann()
		env.To = to
		_, calls, err := u.send(env)
		if diff := cmp.Diff(want, u.failed(err)); diff != "" || calls != 0 {
			u.t.Errorf("%s, %d intents: %s", to, calls, diff)
		}
	}
	if _, _, err := u.send(ann()); err != nil {
		u.t.Errorf("the next recipient: %v", err)
	}
	u.delivered(ann())
}

func refusedAtTheDot(u *user, want email.SendError) {
	_, calls, err := u.send(ann())
	if diff := cmp.Diff(want, u.failed(err)); diff != "" || calls != 1 {
		u.t.Errorf("%d intents: %s", calls, diff)
	}
	u.delivered()
}

// silent: only now does nobody know.
func silent(u *user) {
	_, calls, err := u.send(ann())
	if e := u.failed(err); !e.Doubtful || e.Temporary || e.Phase != "dot" || e.Code != 0 || calls != 1 {
		u.t.Errorf("%d intents: %+v", calls, e)
	}
}

// neverBegun: the connection fails, so no intent is asked for, nothing is in
// doubt, and no secret is told.
func neverBegun(u *user, phase string, temporary bool) {
	_, calls, err := u.send(ann())
	e := u.failed(err)
	if e.Phase != phase || e.Doubtful || e.Temporary != temporary || calls != 0 {
		u.t.Errorf("%d intents: %+v", calls, e)
	}
	if strings.Contains(fmt.Sprintf("%v %+v %#v", err, e, u.rig.Account), "-secret") {
		u.t.Errorf("the error tells the password: %v", err)
	}
	u.delivered()
}

// ended: who has no time does not begin.
func ended(u *user) {
	ctx, cancel := context.WithCancel(u.t.Context())
	cancel()
	calls := 0
	_, err := u.out.Send(ctx, ann(), func(context.Context) error { calls++; return nil })
	if err == nil || calls != 0 {
		u.t.Errorf("%d intents, %v", calls, err)
	}
	var e *email.SendError
	if errors.As(err, &e) && e.Doubtful {
		u.t.Errorf("in doubt before it began: %+v", e)
	}
	u.delivered()
}

// hostile: an address is no way to say more than an address.
func hostile(u *user) {
	for _, to := range []string{"ann@people.test>\r\nRCPT TO:<bob@people.test", "ann@people.test\r\n", "ann@people.test> SIZE=1"} {
		env := ann()
		env.To = to
		_, calls, err := u.send(env)
		if e := u.failed(err); e.Temporary || e.Doubtful || calls != 0 {
			u.t.Errorf("%q, %d intents: %+v", to, calls, e)
		}
	}
	u.delivered()
}

// many: concurrent mails arrive once each.
func many(u *user) {
	const senders, each = 6, 5
	var all sync.WaitGroup
	for n := range senders {
		all.Go(func() {
			for i := range each {
				env := ann()
				env.To = fmt.Sprintf("p%d-%d@people.test", n, i)
				if _, calls, err := u.send(env); err != nil || calls != 1 {
					u.t.Errorf("%s: %d intents, %v", env.To, calls, err)
				}
			}
		})
	}
	all.Wait()
	seen := map[string]int{}
	for _, env := range u.rig.Delivered() {
		seen[env.To]++
	}
	if len(seen) != senders*each || len(u.rig.Delivered()) != senders*each {
		u.t.Errorf("delivered %v", seen)
	}
}

// inLine: mails that were told of arrive once, in order, each after its own
// intent; refusals are about their own mail; what does not come is not sent.
func inLine(u *user) {
	line := u.out.Line()
	envelopes := make([]email.Envelope, 6)
	for i := range envelopes {
		envelopes[i] = ann()
		envelopes[i].To = fmt.Sprintf("p%d@people.test", i)
	}
	envelopes[1].To, envelopes[3].To = "gone@people.test", "bad one@people.test"
	var arrived []email.Envelope
	for i := range 5 { // the last is announced and never sent
		calls := 0
		_, err := line.Send(u.t.Context(), &envelopes[i], &envelopes[i+1], func(context.Context) error {
			u.delivered(arrived...)
			calls++
			return nil
		})
		if i == 1 || i == 3 {
			if e := u.failed(err); e.Phase != "rcpt" || calls != 0 {
				u.t.Errorf("mail %d, %d intents: %+v", i, calls, e)
			}
			continue
		}
		if arrived = append(arrived, envelopes[i]); err != nil || calls != 1 {
			u.t.Fatalf("mail %d, %d intents: %v", i, calls, err)
		}
	}
	if err := line.Close(); err != nil {
		u.t.Errorf("close: %v", err)
	}
	u.delivered(arrived...)
}

func closed(u *user) {
	if err := u.out.Close(); err != nil {
		u.t.Errorf("close: %v", err)
	}
	_, calls, err := u.send(ann())
	var e *email.SendError
	if err == nil || calls != 0 || errors.As(err, &e) && e.Doubtful {
		u.t.Errorf("a closed outlet: %d intents, %v", calls, err)
	}
	u.delivered()
}
