package crash

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"
)

// Verdict is what came of a run.
type Verdict struct {
	Plan
	AppKills, DatabaseKills int
	Elapsed                 time.Duration

	Received int // mails in the sink's record
	Twice    int // people who got a step's mail more than once
	Missing  int // mails that did not arrive, of those that were due
	// InDoubt are the actions in doubt; Undelivered those of them whose mail did
	// not arrive. The others arrived without anybody hearing of it.
	InDoubt, Undelivered int
	Failed               int // actions that failed or were refused for good
	Unexplained          int // mails that did not arrive, and no action says why
	Unreached            int // mails that were not due, because one before them is in doubt or failed
	FalseSent            int // actions done whose mail the sink never saw
	Stuck                int // queued, claimed or sending when all should be over
	Astray               int // enrolments, actions and mails that do not fit each other
	Miscounted           []string
	Deaths               []string // of programs, by themselves
	Refusals             int      // starts given up because the database was away
	States               map[string]int
	Reasons              map[string]int // of what is in doubt or failed

	// From a kill until the program, or the database, takes requests again, and
	// until the next mail was accepted; after a kill of the database counted
	// only once it was back.
	AppReady, AppMail, DatabaseReady, DatabaseMail recoveryTimes
}

// Violations says which promises were broken.
func (v *Verdict) Violations() []string {
	var found []string
	none := func(n int, what string) {
		if n > 0 {
			found = append(found, fmt.Sprintf("%d %s", n, what))
		}
	}
	none(v.Twice, "people got the mail twice")
	none(v.Unexplained, "mails did not arrive and no action says why")
	none(v.FalseSent, "actions are done that the mail server never saw")
	none(v.Stuck, "actions or enrolments are stuck")
	none(v.Astray, "enrolments, actions and mails do not fit each other")
	found = append(found, v.Miscounted...)
	for _, death := range v.Deaths {
		found = append(found, "a program ended by itself: "+death)
	}
	return found
}

// Heading and Row are the verdict as a line of a table.
func Heading() string {
	return "mails\tapp kills\tpg kills\ttwice\tmissing\tin doubt\tof them arrived\tunexplained\tfalse sent\tstuck\tastray\tseconds\t"
}

// Row is the line below Heading.
func (v *Verdict) Row() string {
	return fmt.Sprintf("%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.0f\t", v.Mails, v.AppKills, v.DatabaseKills, v.Twice, v.Missing,
		v.InDoubt, v.InDoubt-v.Undelivered, v.Unexplained, v.FalseSent, v.Stuck, v.Astray, v.Elapsed.Seconds())
}

// String is the verdict for a test's log.
func (v *Verdict) String() string {
	var b strings.Builder
	b.WriteString("\n")
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintf(table, "%s\n%s\n", Heading(), v.Row())
	_ = table.Flush()
	_, _ = fmt.Fprintf(&b, "program killed, serves again: %s\nprogram killed, next mail:    %s\ndatabase killed, ready again: %s\ndatabase killed, next mail:   %s\n",
		&v.AppReady, &v.AppMail, &v.DatabaseReady, &v.DatabaseMail)
	_, _ = fmt.Fprintf(&b, "states %v, reasons %v, not due after a doubt %d, starts given up without database %d, seed %d\n", v.States, v.Reasons, v.Unreached, v.Refusals, v.Seed)
	return b.String()
}

// quiet is how long nothing may be on its way before all is said to be over: a
// sweep, and the longest pause of a settler, fit in.
const quiet = 4 * time.Second

// onTheWay counts what is not over. An enrolment that waits for an action in
// doubt is over: a person is asked.
const onTheWay = `select
	(select count(*) from actions where org_id = $1 and state in ('proposed', 'queued', 'claimed', 'sending')) +
	(select count(*) from enrolments where org_id = $1 and state = 'active') +
	(select count(*) from campaigns where org_id = $1 and enrolling)`

// settle waits until nothing is on its way any more, or the plan's patience
// ends. It stops no program: recovery is their own business.
func (w *world) settle(v *Verdict) {
	conn := w.connect()
	defer func() { _ = conn.Close(context.WithoutCancel(w.t.Context())) }()
	var since time.Time
	seen, last := w.sink.seen(), time.Now()
	for {
		if now := w.sink.seen(); now > seen {
			seen, last = now, time.Now() // the campaign still goes on
		}
		if err := conn.QueryRow(w.t.Context(), onTheWay, w.campaign.org).Scan(&v.Stuck); err != nil {
			w.t.Fatal(err)
		}
		switch {
		case v.Stuck > 0:
			since = time.Time{}
			if time.Since(last) > w.plan.Settle {
				return
			}
		case since.IsZero():
			since = time.Now()
		case time.Since(since) > quiet:
			return
		}
		pause(w.t, 100*time.Millisecond)
	}
}

// stop asks the programs to stop and notes which did not do so properly.
func (w *world) stop(v *Verdict) {
	for _, p := range w.programs {
		if err := p.end(syscall.SIGTERM); err != nil {
			v.Deaths = append(v.Deaths, fmt.Sprintf("%s did not stop in order: %v", p.name, err))
		}
		v.Deaths = append(v.Deaths, p.deaths...)
		v.Refusals += p.refusals
	}
}

func (w *world) connect() *pgx.Conn {
	conn, err := pgx.Connect(w.t.Context(), w.database.url())
	if err != nil {
		w.t.Fatal(err)
	}
	return conn
}
