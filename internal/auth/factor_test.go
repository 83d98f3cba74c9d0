package auth

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"rainmaker/internal/auth/required"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/job"
)

// identityOf is what the door would say of a sign-in.
func identityOf(in SignedIn) Identity {
	return Identity{Org: in.Organization.ID, User: in.User.ID, Role: in.Role, Via: ViaToken, Session: in.Session}
}

func loginOf(in SignedIn, code string) Login {
	return Login{Email: in.User.Email, Password: goodPassword, Second: Proof{Code: code}, Address: "here"}
}

// withTOTP sets an authenticator app up and returns its secret and the recovery
// codes.
func withTOTP(t *testing.T, s *Service, c clock.Clock, in SignedIn) (string, []string) {
	t.Helper()
	e, err := s.EnrolTOTP(t.Context(), identityOf(in))
	if err != nil {
		t.Fatal(err)
	}
	code, err := totp.GenerateCode(e.Secret, c.Now())
	if err != nil {
		t.Fatal(err)
	}
	codes, err := s.ConfirmTOTP(t.Context(), identityOf(in), code)
	if err != nil {
		t.Fatal(err)
	}
	return e.Secret, codes
}

// TestCodesAtOnce: of twenty requests that bring the same good code at the same
// moment, one gets in. Of processes there are two.
func TestCodesAtOnce(t *testing.T) {
	c := &hand{at: time.Now().UTC()}
	s, other := newService(t, c), newService(t, c)
	in := signUp(t, s)
	secret, recovery := withTOTP(t, s, c, in)
	c.move(time.Minute)
	code, err := totp.GenerateCode(secret, c.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, proof := range [][2]string{{"TOTP", code}, {"recovery", recovery[0]}} { // in this order: the clock moves on
		what, code := proof[0], proof[1]
		var wg sync.WaitGroup
		var good, refused, slowed atomic.Int32
		for n := range 20 {
			wg.Go(func() {
				_, err := []*Service{s, other}[n%2].Login(context.Background(), loginOf(in, code))
				switch {
				case err == nil:
					good.Add(1)
				case errs.Is(err, errs.Unauthenticated):
					refused.Add(1)
				case errs.Is(err, errs.LimitExceeded):
					slowed.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if good.Load() != 1 || refused.Load()+slowed.Load() != 19 {
			t.Errorf("%s: %d got in, %d refused, %d slowed", what, good.Load(), refused.Load(), slowed.Load())
		}
		c.move(10 * time.Hour) // the throttle forgets; recovery codes do not age
	}
}

// TestCodeWindow: a code is good one period early and late, and no step is used
// again or gone back to.
func TestCodeWindow(t *testing.T) {
	c := &hand{at: time.Date(2026, 11, 23, 12, 0, 15, 0, time.UTC)}
	s := newService(t, c)
	in := signUp(t, s)
	secret, _ := withTOTP(t, s, c, in)
	try := func(at time.Time) error {
		code, err := totp.GenerateCode(secret, at)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Login(t.Context(), loginOf(in, code))
		return err
	}
	c.move(10 * time.Minute)
	now := c.Now()
	for _, step := range []struct {
		offset time.Duration
		good   bool
	}{{-60 * time.Second, false}, {60 * time.Second, false}, {-30 * time.Second, true}, {30 * time.Second, true}, {0, false}, {-30 * time.Second, false}} {
		if err := try(now.Add(step.offset)); (err == nil) != step.good {
			t.Errorf("%v: %v", step.offset, err)
		}
	}
}

// TestVerified: a session that is old, or was stolen long after its sign-in,
// changes no second factor.
func TestVerified(t *testing.T) {
	c := &hand{at: time.Now().UTC()}
	s := newService(t, c)
	in := signUp(t, s)
	c.move(VerifiedLife + time.Second)
	wantCode := func(err error) {
		t.Helper()
		var e *errs.Error
		if !errors.As(err, &e) || e.Code != "verify_required" {
			t.Errorf("%v", err)
		}
	}
	_, err := s.EnrolTOTP(t.Context(), identityOf(in))
	wantCode(err)
	if err := s.Verify(t.Context(), identityOf(in), Proof{Password: "wrong"}); !errs.Is(err, errs.Invalid) {
		t.Errorf("a wrong password: %v", err)
	}
	_, err = s.EnrolTOTP(t.Context(), identityOf(in))
	wantCode(err)
	if err := s.Verify(t.Context(), identityOf(in), Proof{Password: goodPassword}); err != nil {
		t.Fatal(err)
	}
	secret, _ := withTOTP(t, s, c, in)
	c.move(VerifiedLife + time.Second)
	_, err = s.NewRecoveryCodes(t.Context(), identityOf(in))
	wantCode(err)
	code, err := totp.GenerateCode(secret, c.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(t.Context(), identityOf(in), Proof{Code: code}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.NewRecoveryCodes(t.Context(), identityOf(in)); err != nil {
		t.Error(err)
	}
}

// TestEndedAtOnce: what changes a password, a second factor or a role ends the
// sessions here at once and in other processes within stateLife.
func TestEndedAtOnce(t *testing.T) {
	for what, change := range map[string]func(s *Service, c *hand, in SignedIn) error{
		"password": func(s *Service, _ *hand, in SignedIn) error {
			return s.ChangePassword(context.Background(), identityOf(in), goodPassword, "another long password")
		},
		"second factor": func(s *Service, c *hand, in SignedIn) error {
			withTOTP(t, s, c, in)
			return nil
		},
		"role": func(s *Service, _ *hand, in SignedIn) error {
			by := org.By{Actor: org.UserActor(in.User.ID), Role: org.Admin}
			// Another admin must be left over; the person is made less than one.
			m, invitation, err := s.org.Invite(context.Background(), in.Organization.ID, by, "second-"+in.User.Email, org.Admin)
			if err != nil {
				return err
			}
			if _, err := s.Accept(context.Background(), Accept{Token: invitation.Token, Name: "Bo", Password: goodPassword}); err != nil {
				return err
			}
			_, err = s.org.SetRole(context.Background(), in.Organization.ID, org.By{Actor: org.UserActor(m.ID), Role: org.Admin}, in.User.ID, org.Analyst, nil)
			s.MembersChanged()
			return err
		},
	} {
		c := &hand{at: time.Now().UTC()}
		here, there := newService(t, c), newService(t, c)
		in := signUp(t, here)
		second, err := here.Login(t.Context(), loginOf(in, ""))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []*Service{here, there} {
			if _, err := ask(s, "Bearer "+second.AccessToken); err != nil {
				t.Fatal(err)
			}
		}
		if err := change(here, c, in); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if _, err := ask(here, "Bearer "+second.AccessToken); !errs.Is(err, errs.Unauthenticated) {
			t.Errorf("%s: still signed in here: %v", what, err)
		}
		c.move(stateLife)
		for name, proof := range map[string]func() error{
			"token": func() error { _, err := ask(there, "Bearer "+second.AccessToken); return err },
			"cookie": func() error {
				r := httptest.NewRequest(http.MethodGet, "/", nil)
				r.AddCookie(&http.Cookie{Name: "rainmaker", Value: second.Cookie.Reveal()})
				_, err := there.Authenticate(context.Background(), r)
				return err
			},
			"refresh": func() error { _, err := there.Refresh(context.Background(), second.RefreshToken); return err },
		} {
			if err := proof(); !errs.Is(err, errs.Unauthenticated) {
				t.Errorf("%s: the %s is still good elsewhere: %v", what, name, err)
			}
		}
		_, err = ask(here, "Bearer "+in.AccessToken)
		if what == "role" != (err != nil) {
			t.Errorf("%s: the session that did it: %v", what, err)
		}
	}
}

// TestIdle: a session that nobody uses ends, one in use does not.
func TestIdle(t *testing.T) {
	c := &hand{at: time.Now().UTC()}
	s := newService(t, c)
	in := signUp(t, s)
	cookie := func() error {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.AddCookie(&http.Cookie{Name: "rainmaker", Value: in.Cookie.Reveal()})
		_, err := s.Authenticate(context.Background(), r)
		return err
	}
	for range 4 {
		c.move(IdleLife - time.Minute)
		if err := cookie(); err != nil {
			t.Fatal(err)
		}
	}
	c.move(IdleLife)
	if err := cookie(); !errs.Is(err, errs.Unauthenticated) {
		t.Errorf("idle: %v", err)
	}
	if list, err := s.Sessions(t.Context(), identityOf(in)); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
}

// post is a queue and a mail server in one: it runs jobs as they are queued,
// after the transaction.
type post struct {
	t      *testing.T
	jobs   []job.Args
	mailed []string // "to | subject | text"
}

func (p *post) InsertOnce(_ context.Context, _ db.Tx, args job.Args, _ time.Duration) error {
	p.jobs = append(p.jobs, args)
	return nil
}

func (p *post) SendSystem(_ context.Context, to, subject, text string) error {
	p.mailed = append(p.mailed, to+" | "+subject+" | "+text)
	return nil
}

// work runs what is queued and returns the mails.
func (p *post) work(s *Service) []string {
	p.t.Helper()
	for _, args := range p.jobs {
		j, ok := args.(mailJob)
		if !ok {
			p.t.Fatalf("%T", args)
		}
		if err := s.sendMail(p.t.Context(), j); err != nil {
			p.t.Fatal(err)
		}
	}
	mails := p.mailed
	p.jobs, p.mailed = nil, nil
	return mails
}

// TestResetMail: the link comes by mail, is good once and for ten minutes, and
// nothing of it stands in the queue or the database.
func TestResetMail(t *testing.T) {
	c := &hand{at: time.Now().UTC()}
	s := newService(t, c)
	p := &post{t: t}
	s.Jobs, s.Mailer, s.publicURL = p, p, "https://app.example.com"
	in := signUp(t, s)
	link := regexp.MustCompile(`https://app\.example\.com/reset-password#token=(\S+)`)
	ask := func() string {
		t.Helper()
		if err := s.RequestReset(t.Context(), in.User.Email, "here"); err != nil {
			t.Fatal(err)
		}
		mails := p.work(s)
		if len(mails) != 1 || !strings.HasPrefix(mails[0], in.User.Email+" | ") {
			t.Fatalf("%v", mails)
		}
		found := link.FindStringSubmatch(mails[0])
		if found == nil {
			t.Fatalf("no link in %s", mails[0])
		}
		return found[1]
	}
	// A stranger's request is the same job and no mail.
	if err := s.RequestReset(t.Context(), "nobody-"+in.User.Email, "here"); err != nil || len(p.jobs) != 1 {
		t.Fatalf("%v, %d jobs", err, len(p.jobs))
	}
	if mails := p.work(s); len(mails) != 0 {
		t.Errorf("a stranger got %v", mails)
	}
	first, second := ask(), ask()
	if dump := dumpOf(t); strings.Contains(dump, first) {
		t.Error("the token stands in the database")
	}
	if err := s.ConfirmReset(t.Context(), Reset{Token: second, Password: "my second password", Address: "here"}); err != nil {
		t.Fatal(err)
	}
	if mails := p.work(s); len(mails) != 1 || !strings.Contains(mails[0], "Your password was reset") {
		t.Errorf("told: %v", mails)
	}
	for name, token := range map[string]string{"used": second, "asked for before": first} {
		if err := s.ConfirmReset(t.Context(), Reset{Token: token, Password: "my third password", Address: "here"}); !errors.Is(err, ErrReset) {
			t.Errorf("a link that was %s: %v", name, err)
		}
	}
	c.move(3 * time.Hour)
	late := ask()
	c.move(ResetLife)
	if err := s.ConfirmReset(t.Context(), Reset{Token: late, Password: "my third password", Address: "here"}); !errors.Is(err, ErrReset) {
		t.Errorf("an old link: %v", err)
	}
	// Nobody fills another's mailbox, from however many addresses.
	c.move(10 * time.Hour)
	for n := range 50 {
		if err := s.RequestReset(t.Context(), in.User.Email, string(rune('A'+n))); err != nil {
			t.Fatal(err)
		}
	}
	if len(p.jobs) != resetsPerAccount {
		t.Errorf("%d mails", len(p.jobs))
	}
}

// TestInvitationMail: the token travels sealed.
func TestInvitationMail(t *testing.T) {
	s := newService(t, clock.System{})
	p := &post{t: t}
	s.Jobs, s.Mailer, s.publicURL = p, p, "https://app.example.com"
	in := signUp(t, s)
	by := org.By{Actor: org.UserActor(in.User.ID), Role: org.Admin}
	m, invitation, err := s.org.Invite(t.Context(), in.Organization.ID, by, "new-"+in.User.Email, org.Analyst)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.MailInvitation(t.Context(), in.Organization.ID, m.ID, invitation.Token); err != nil {
		t.Fatal(err)
	}
	if j, ok := p.jobs[0].(mailJob); !ok || strings.Contains(string(j.Sealed), invitation.Token) {
		t.Errorf("%+v", p.jobs[0])
	}
	mails := p.work(s)
	if len(mails) != 1 || !strings.HasPrefix(mails[0], "new-"+in.User.Email) || !strings.Contains(mails[0], "https://app.example.com/invitation#"+invitation.Token) {
		t.Errorf("%v", mails)
	}
}

// TestSecondFactorAtRest: neither secret nor recovery codes can be read in the
// database.
func TestSecondFactorAtRest(t *testing.T) {
	s := newService(t, clock.System{})
	in := signUp(t, s)
	secret, codes := withTOTP(t, s, clock.System{}, in)
	dump := strings.ToLower(dumpOf(t))
	for _, proof := range append(codes, secret) {
		if plain := strings.ToLower(strings.ReplaceAll(proof, "-", "")); strings.Contains(dump, plain) || strings.Contains(dump, strings.ToLower(proof)) {
			t.Errorf("%s stands in the database", proof)
		}
	}
}

// TestRequiredIsClosed: whoever asks in the plain way, as live streams do, hears no
// until the second factor is there; only what sets one up is open.
func TestRequiredIsClosed(t *testing.T) {
	c := &hand{at: time.Now().UTC()}
	s := newService(t, c)
	in := signUp(t, s)
	yes := true
	if _, err := s.org.Update(t.Context(), in.Organization.ID, org.SystemActor("test"), org.Update{RequireMFA: &yes}); err != nil {
		t.Fatal(err)
	}
	s.MembersChanged()
	for name, prove := range map[string]func(*http.Request){
		"cookie": func(r *http.Request) { r.AddCookie(&http.Cookie{Name: plainCookie, Value: in.Cookie.Reveal()}) },
		"token":  func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+in.AccessToken) },
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		prove(r)
		for operation, open := range map[string]bool{"": false, "list-leads": false, "create-api-key": false, "no-such-operation": false, "enrol-totp": true} {
			i, err := s.AuthenticateFor(t.Context(), r, operation)
			var refused *errs.Error
			if open != (err == nil) || err != nil && (!errors.As(err, &refused) || refused.Code != required.CodeSetUp) || open && !i.MustEnrol {
				t.Errorf("%s, %q: %+v %v", name, operation, i, err)
			}
		}
		if _, err := s.Authenticate(t.Context(), r); err == nil {
			t.Errorf("%s: a stream is open", name)
		}
	}
	withTOTP(t, s, c, in)
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer "+in.AccessToken)
	if _, err := s.Authenticate(t.Context(), r); err != nil {
		t.Errorf("with a second factor: %v", err)
	}
}
