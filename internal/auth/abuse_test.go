package auth

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rainmaker/internal/org"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// TestSameWork: what an address asks of the program does not tell whether anybody
// has it. Time is counted in what takes it, password hashes and queued jobs,
// for a wall clock in a test measures the machine; BenchmarkStrangers has the
// times.
func TestSameWork(t *testing.T) {
	c := &hand{at: time.Now().UTC()}
	s := newService(t, c)
	p := &post{t: t}
	s.Jobs, s.Mailer = p, p
	in := signUp(t, s)
	by := org.By{Actor: org.UserActor(in.User.ID), Role: org.Admin}
	invited := "invited-" + in.User.Email
	if _, _, err := s.org.Invite(t.Context(), in.Organization.ID, by, invited, org.Analyst); err != nil {
		t.Fatal(err)
	}
	removed := removedMember(t, s, in, by)
	other := signUp(t, s)

	who := map[string]string{"known": in.User.Email, "invited": invited, "removed": removed, "unknown": "nobody-" + in.User.Email}
	for what, op := range map[string]struct {
		hashes, jobs int
		ask          func(email string) error
	}{
		"sign-in": {1, 0, func(email string) error {
			_, err := s.Login(context.Background(), Login{Email: email, Password: "not the password", Address: email})
			return err
		}},
		"sign-in elsewhere": {1, 0, func(email string) error {
			_, err := s.Login(context.Background(), Login{Email: email, Password: goodPassword, Org: other.Organization.ID, Address: email})
			return err
		}},
		"reset": {0, 1, func(email string) error { return s.RequestReset(context.Background(), email, email) }},
		"sign-up": {1, 0, func(email string) error {
			_, err := s.Signup(context.Background(), Signup{OrganizationName: "A", Name: "B", Email: email + ".invalid", Password: goodPassword})
			return err
		}},
		"invitation": {0, 0, func(email string) error {
			_, _, err := s.org.Invite(context.Background(), other.Organization.ID, org.By{Actor: org.UserActor(other.User.ID), Role: org.Admin}, email, org.Analyst)
			return err
		}},
	} {
		answers := map[string]string{}
		for name, email := range who {
			hashes, jobs := s.hasher.Work(), len(p.jobs)
			err := op.ask(email)
			if got := s.hasher.Work() - hashes; got != int64(op.hashes) {
				t.Errorf("%s, %s: %d hashes, want %d", what, name, got, op.hashes)
			}
			if got := len(p.jobs) - jobs; got != op.jobs {
				t.Errorf("%s, %s: %d jobs, want %d", what, name, got, op.jobs)
			}
			answers[name] = fmt.Sprint(err)
		}
		for name, answer := range answers {
			if answer != answers["unknown"] {
				t.Errorf("%s: %q for %s, %q for a stranger", what, answer, name, answers["unknown"])
			}
		}
	}
	// A sign-up for an address that is taken says so (docs/sign-in.md), after the
	// same work.
	hashes := s.hasher.Work()
	_, err := s.Signup(t.Context(), Signup{OrganizationName: "A", Name: "B", Email: in.User.Email, Password: goodPassword})
	if !errs.Is(err, errs.Conflict) || s.hasher.Work()-hashes != 1 {
		t.Errorf("sign-up for a taken address: %v, %d hashes", err, s.hasher.Work()-hashes)
	}
}

// removedMember is somebody who had a place and has none any more.
func removedMember(t *testing.T, s *Service, in SignedIn, by org.By) (email string) {
	t.Helper()
	email = "removed-" + in.User.Email
	m, invitation, err := s.org.Invite(t.Context(), in.Organization.ID, by, email, org.Analyst)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Accept(t.Context(), Accept{Token: invitation.Token, Name: "Rae", Password: goodPassword}); err != nil {
		t.Fatal(err)
	}
	if err := s.org.RemoveMember(t.Context(), in.Organization.ID, by, m.ID); err != nil {
		t.Fatal(err)
	}
	return email
}

// TestGuessesFromEverywhere: 10,000 guesses at one account in an hour, from 500
// addresses, with the address written in many ways: at most 20 are tried.
func TestGuessesFromEverywhere(t *testing.T) {
	c := &hand{at: time.Now().UTC()}
	s := newService(t, c)
	in := signUp(t, s)
	before, slowed := s.hasher.Work(), 0
	const guesses = 10_000
	for n := range guesses {
		email := in.User.Email
		if n%2 == 1 {
			email = fmt.Sprintf("%c%s", email[0]-'a'+'A', email[1:])
			if email[0] < 'A' || email[0] > 'Z' {
				email = in.User.Email // begins with a digit
			}
		}
		_, err := s.Login(t.Context(), Login{Email: email, Password: fmt.Sprintf("guess number %d", n), Address: fmt.Sprintf("198.51.%d.%d", n%500/250, n%250)})
		switch {
		case errs.Is(err, errs.LimitExceeded):
			slowed++
		case !errs.Is(err, errs.Unauthenticated):
			t.Fatal(err)
		}
		c.move(time.Hour / guesses)
	}
	if tried := s.hasher.Work() - before; tried > 20 || tried < 10 || int(tried)+slowed != guesses {
		t.Errorf("%d tried, %d slowed down", tried, slowed)
	}
	// The person gets in again soon, and others were never in the way.
	c.move(10 * time.Minute)
	if _, err := s.Login(t.Context(), Login{Email: in.User.Email, Password: goodPassword, Address: "home"}); err != nil {
		t.Errorf("the person: %v", err)
	}
}

// TestManyAtOnce: 200 sign-ins at the same moment take no more memory than there
// are cores, and whoever gives up waiting is told so.
func TestManyAtOnce(t *testing.T) {
	s := newService(t, &hand{at: time.Now().UTC()})
	const parallel, enough = 200, 24
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	base, peak := m.HeapInuse, uint64(0)
	before := s.hasher.Work()
	var refused, waited atomic.Int64
	var wg sync.WaitGroup
	for range parallel {
		wg.Go(func() {
			_, err := s.Login(ctx, Login{Email: id.New().String() + "@example.com", Password: "a password", Address: id.New().String()})
			if errs.Is(err, errs.Unauthenticated) {
				refused.Add(1)
			} else {
				waited.Add(1)
			}
		})
	}
	for s.hasher.Work()-before < enough {
		runtime.ReadMemStats(&m)
		peak = max(peak, m.HeapInuse)
		runtime.Gosched()
	}
	cancel()
	wg.Wait()
	done := s.hasher.Work() - before
	t.Logf("%d hashed, %d gave up, peak %d MB over %d MB", done, waited.Load(), peak>>20, base>>20)
	if done < enough || refused.Load()+waited.Load() != parallel || waited.Load() == 0 {
		t.Errorf("%d hashed, %d refused, %d gave up", done, refused.Load(), waited.Load())
	}
	// 200 at once would be 3.8 GB; the bar of the house is 400 MB.
	if peak > base+400<<20 {
		t.Errorf("peak of %d MB over %d MB", peak>>20, base>>20)
	}
}

// BenchmarkStrangers reports the median times of sign-ins and resets for a user
// and for a stranger: go test -run ^$ -bench Strangers -benchtime 200x.
func BenchmarkStrangers(b *testing.B) {
	c := &hand{at: time.Now().UTC()}
	s := newService(b, c)
	in := signUp(b, s)
	for what, ask := range map[string]func(email string) error{
		"sign-in": func(email string) error {
			_, err := s.Login(context.Background(), Login{Email: email, Password: "not the password", Address: "here"})
			if errs.Is(err, errs.Unauthenticated) {
				return nil
			}
			return err
		},
		"reset": func(email string) error { return s.RequestReset(context.Background(), email, "here") },
	} {
		b.Run(what, func(b *testing.B) {
			var known, unknown []time.Duration
			for b.Loop() {
				c.move(10 * time.Hour) // no throttle
				// In random order: the collector's pace would favour one of the two.
				turns := []struct {
					email string
					times *[]time.Duration
				}{{in.User.Email, &known}, {id.New().String() + "@example.com", &unknown}}
				rand.Shuffle(len(turns), func(i, j int) { turns[i], turns[j] = turns[j], turns[i] })
				for _, who := range turns {
					start := time.Now()
					if err := ask(who.email); err != nil {
						b.Fatal(err)
					}
					*who.times = append(*who.times, time.Since(start))
				}
			}
			median := func(times []time.Duration) float64 {
				slices.Sort(times)
				return float64(times[len(times)/2].Microseconds()) / 1000
			}
			a, z := median(known), median(unknown)
			b.ReportMetric(a, "known-ms")
			b.ReportMetric(z, "unknown-ms")
			b.ReportMetric(100*(a-z)/z, "%-apart")
		})
	}
}
