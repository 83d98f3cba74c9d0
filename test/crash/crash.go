// Package crash kills the program and its database at random points while a
// campaign is being sent, and counts at the far end what became of each mail.
//
// What runs is what runs in production: two processes of the real binary on one
// PostgreSQL with fsync, full_page_writes and synchronous_commit on, and a mail
// server in a process of its own, which is never killed. It writes down each
// mail it accepts before it answers, takes a while for each answer, as a
// network would, and never answers one mail in a thousand. A kill is SIGKILL of
// one of the two programs or, for one in four, of the postmaster and all its
// children. What is killed is started again, by the test, as a service manager
// would.
//
// The verdict (Verdict.Violations):
//   - nobody got a mail of the campaign twice;
//   - whoever did not get it has an action in doubt, or failed with a reason;
//   - no action is done that the mail server never saw;
//   - nothing is left queued, claimed or sending, every person has one enrolment
//     and one action, and the enrolment is where the action's state puts it;
//   - timeline and events tell of each sent mail once;
//   - no program ended by itself while it was serving, and both stop when asked.
//
// The short form is part of every test run. The long form, and the proof that
// the test would notice (mutant.go):
//
//	go test ./test/crash -run TestCrash -v -timeout 30m -crash.mails=20000 -crash.kills=60 -crash.wait=1s
//	go test ./test/crash -run TestMutants -v -timeout 30m -crash.mutants
//
// Files: crash.go (a plan and its run), postgres.go, program.go, sink.go (what
// runs), setup.go (the campaign), verdict.go and judge.go, mutant.go.
package crash

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Plan says what is sent and what is killed.
type Plan struct {
	Mails int // people in the campaign
	Steps int // mails that each of them gets
	Kills int
	Wait  time.Duration // mean of the exponentially distributed pause between kills
	Seed  uint64
	// Database is the share of the kills that hit PostgreSQL.
	Database float64
	// Delay of each answer of the mail server. Two are needed for a mail, and
	// there are 32 connections, so it also bounds the rate: 16/Delay a second.
	Delay time.Duration
	// Withhold is the share of the mails that are taken and never answered.
	Withhold float64
	// Settle bounds the time from the last kill, or from the end of the campaign,
	// until nothing is on its way any more.
	Settle time.Duration
	// Binary is the program under test.
	Binary string
}

const (
	programs    = 2
	connections = 16 // of the mailbox, in each program
	// longestDown is how long the database stays down at most, beyond what it
	// needs to start.
	longestDown = 300 * time.Millisecond
)

// Run carries out the plan and returns what came of it. It fails t only when
// the surroundings fail: judging is the caller's.
func Run(t testing.TB, p Plan) *Verdict {
	t.Helper()
	w := newWorld(t, p)
	random := rand.New(rand.NewPCG(p.Seed, 0))
	began := time.Now()
	for _, program := range w.programs {
		program.start()
	}
	v := &Verdict{Plan: p}
	for _, ofDatabase := range p.schedule(random) {
		if w.sink.seen() > p.Mails*p.Steps*19/20 {
			break // what follows would hit nothing
		}
		pause(t, time.Duration(random.ExpFloat64()*float64(p.Wait)))
		down := time.Duration(random.Float64() * float64(longestDown))
		if ofDatabase {
			killed := time.Now()
			w.database.kill(t, down)
			v.DatabaseKills++
			v.DatabaseReady.add(time.Since(killed))
			w.sink.next(&v.DatabaseMail, killed)
		} else {
			victim := w.programs[random.IntN(programs)]
			killed := victim.kill(t)
			v.AppKills++
			w.sink.next(&v.AppMail, killed)
		}
		// The first kill hits a campaign that is just beginning; the others one that
		// is being sent, not one that is still being started over and over.
		for until := time.Now().Add(p.Settle); w.sink.seen() == 0 && time.Now().Before(until); {
			pause(t, 10*time.Millisecond)
		}
	}
	w.settle(v)
	w.stop(v)
	v.Elapsed = time.Since(began)
	w.judge(v)
	for _, program := range w.programs {
		v.AppReady.add(program.ready.sorted()...)
	}
	return v
}

// schedule says of each kill, in a random order, whether it hits the database.
func (p *Plan) schedule(random *rand.Rand) []bool {
	kills := make([]bool, p.Kills)
	for i := range int(math.Round(float64(p.Kills) * p.Database)) {
		kills[i] = true
	}
	random.Shuffle(len(kills), func(i, j int) { kills[i], kills[j] = kills[j], kills[i] })
	return kills
}

// world is everything that runs.
type world struct {
	t        testing.TB
	plan     Plan
	dir      string
	database *database
	sink     *sink
	programs []*program
	campaign campaignSetup
}

// newWorld starts database and mail server, and launches the campaign; the
// programs are not started yet.
func newWorld(t testing.TB, p Plan) *world {
	t.Helper()
	dir, err := os.MkdirTemp("", "crash-")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, plan: p, dir: dir}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("logs and data are kept in %s", dir)
			return
		}
		_ = os.RemoveAll(dir)
	})
	w.database = startDatabase(t, filepath.Join(dir, "db"))
	w.sink = startSink(t, dir, p)
	w.campaign = setUp(t, w.database.url(), filepath.Join(dir, "setup"), w.sink.port, p)
	for i := range programs {
		data := filepath.Join(dir, fmt.Sprintf("program%d", i+1))
		w.programs = append(w.programs, newProgram(t, p.Binary, data, w.database, w.campaign.masterKey))
	}
	return w
}

// pause waits, unless the test is over.
func pause(t testing.TB, d time.Duration) {
	t.Helper()
	select {
	case <-t.Context().Done():
		t.Fatal("the test was stopped")
	case <-time.After(d):
	}
}
