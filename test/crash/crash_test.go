package crash

import (
	"flag"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// The short form is the default; package comment crash.go shows the long one.
var (
	mails  = flag.Int("crash.mails", 1600, "people in the campaign")
	sequel = flag.Int("crash.steps", 1, "mails for each of them")
	kills  = flag.Int("crash.kills", 8, "kills at random points; a quarter of them of PostgreSQL")
	wait   = flag.Duration("crash.wait", 500*time.Millisecond, "mean pause between kills")
	delay  = flag.Duration("crash.delay", 160*time.Millisecond, "delay of each answer of the mail server")
	seed   = flag.Uint64("crash.seed", 0, "seed of the kill schedule; 0 makes one and prints it")
	mutate = flag.Bool("crash.mutants", false, "show that the test fails when the program is broken in known ways")
)

func plan(t *testing.T) Plan {
	p := Plan{
		Mails: *mails, Steps: *sequel, Kills: *kills, Wait: *wait, Seed: *seed, Database: 0.25, Delay: *delay, Withhold: 0.001,
		Settle: time.Minute,
	}
	if p.Seed == 0 {
		p.Seed = rand.Uint64()
	}
	t.Logf("seed %d", p.Seed)
	return p
}

// build makes the program, with flags before the package.
func build(t *testing.T, flags ...string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "rainmaker")
	args := append([]string{"build", "-buildvcs=false", "-o", binary}, flags...)
	if out, err := exec.Command("go", append(args, "rainmaker/cmd/rainmaker")...).CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	return binary
}

func TestCrash(t *testing.T) {
	p := plan(t)
	p.Binary = build(t)
	v := Run(t, p)
	t.Log(v)
	for _, violation := range v.Violations() {
		t.Error(violation)
	}
	if done := v.AppKills + v.DatabaseKills; done < p.Kills {
		t.Errorf("the campaign was over after %d of %d kills: raise -crash.mails or lower -crash.wait", done, p.Kills)
	}
}

// TestMutants shows that the test fails when the claim token, the intent or the
// sweeper is taken out of the program. Without -crash.mutants it checks only
// that each mutant can still be made: five campaigns take minutes.
func TestMutants(t *testing.T) {
	for _, m := range Mutants() {
		t.Run(m.Name, func(t *testing.T) {
			overlay := m.overlay(t)
			if !*mutate {
				return
			}
			p := plan(t)
			p.Binary, p.Database = build(t, "-overlay", overlay), m.Database
			p.Mails, p.Kills = max(p.Mails, m.Mails), max(p.Kills, m.Kills)
			p.Settle = 20 * time.Second // what is stuck stays stuck
			v := Run(t, p)
			t.Logf("%s\n%s%q", m.What, v, v.Violations())
			if noticed := len(v.Violations()) > 0; noticed == m.Harmless {
				t.Errorf("the crash test noticed: %t", noticed)
			}
		})
	}
}
