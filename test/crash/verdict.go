package crash

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/id"
)

// Verdict is what came of a run.
type Verdict struct {
	Plan
	AppKills, DatabaseKills int
	Elapsed                 time.Duration

	Received int // mails in the sink's record
	Twice    int // people who got more than one
	Missing  int // people who got none
	// InDoubt are the actions in doubt; Undelivered those of them whose mail did
	// not arrive. The others arrived without anybody hearing of it.
	InDoubt, Undelivered int
	Failed               int // actions that failed or were refused for good
	Unexplained          int // people who got none, and no action says why
	FalseSent            int // actions done whose mail the sink never saw
	Stuck                int // queued, claimed or sending when all should be over
	Astray               int // enrolments and actions that do not fit each other
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
	none(v.Unexplained, "people got no mail and no action says why")
	none(v.FalseSent, "actions are done that the mail server never saw")
	none(v.Stuck, "actions or enrolments are stuck")
	none(v.Astray, "enrolments do not fit their actions")
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
	_, _ = fmt.Fprintf(&b, "states %v, reasons %v, starts given up without database %d, seed %d\n", v.States, v.Reasons, v.Refusals, v.Seed)
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

// fate is what the database says of one person's mail.
type fate struct {
	lead      id.ID
	action    string // state, empty without an action
	reason    string
	enrolment string // state
	why       string
}

// fits reports whether the enrolment is where the action's state puts it.
func (f *fate) fits() bool {
	switch f.action {
	case "done":
		return f.enrolment == "finished" && f.why == "completed"
	case "failed", "refused":
		return f.enrolment != "active" && f.enrolment != "waiting"
	case "in_doubt":
		return f.enrolment == "waiting"
	}
	return false
}

// judge compares what the database says with what the sink saw.
func (w *world) judge(v *Verdict) {
	conn := w.connect()
	defer func() { _ = conn.Close(context.WithoutCancel(w.t.Context())) }()
	got := w.sink.received(w.t)
	v.States, v.Reasons = map[string]int{}, map[string]int{}
	for _, n := range got {
		v.Received += n
		if n > 1 {
			v.Twice++
		}
	}
	known := map[id.ID]bool{}
	for _, f := range w.fates(conn) {
		if known[f.lead] {
			v.Astray++ // a second enrolment or action
			continue
		}
		known[f.lead] = true
		v.weigh(&f, got[w.campaign.addresses[f.lead]] > 0)
	}
	for lead, address := range w.campaign.addresses {
		if known[lead] {
			continue
		}
		v.Astray++ // never enrolled
		if got[address] == 0 {
			v.Missing++
			v.Unexplained++
		}
	}
	w.count(conn, v)
}

// weigh adds one person's fate to the verdict.
func (v *Verdict) weigh(f *fate, arrived bool) {
	v.States[f.action]++
	if !f.fits() {
		v.Astray++
	}
	if !arrived {
		v.Missing++
	}
	switch f.action {
	case "in_doubt":
		v.InDoubt++
		v.Reasons[f.reason]++
		if !arrived {
			v.Undelivered++
		}
	case "failed", "refused":
		v.Failed++
		v.Reasons[f.reason]++
		if !arrived && f.reason == "" {
			v.Unexplained++
		}
	case "done":
		if !arrived {
			v.FalseSent++
			v.Unexplained++
		}
	default:
		if !arrived {
			v.Unexplained++
		}
	}
}

func (w *world) fates(conn *pgx.Conn) []fate {
	rows, err := conn.Query(w.t.Context(), `select e.lead_id, coalesce(a.state, ''), coalesce(a.reason, a.rule, ''), e.state, e.reason
		from enrolments e left join actions a on a.org_id = e.org_id and a.enrolment_id = e.id
		where e.org_id = $1 and e.campaign_id = $2`, w.campaign.org, w.campaign.campaign)
	if err != nil {
		w.t.Fatal(err)
	}
	fates, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (fate, error) {
		var f fate
		err := row.Scan(&f.lead, &f.action, &f.reason, &f.enrolment, &f.why)
		return f, err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return fates
}

// count checks that timeline, events and the numbers on the dashboard tell of
// each mail once, however often its settling was tried.
func (w *world) count(conn *pgx.Conn, v *Verdict) {
	for _, c := range []struct{ what, query string }{
		{"mails in timelines", `select count(*) from interactions where org_id = $1 and type = 'email.sent'`},
		{"mails in different timelines", `select count(distinct action_id) from interactions where org_id = $1 and type = 'email.sent'`},
		{"mails in events", `select count(*) from outbox, jsonb_array_elements(data -> 'items') where org_id = $1 and type = 'email.sent'`},
		{"mails in the numbers", `select coalesce(sum(value), 0) from metric_totals where org_id = $1 and metric = 'emails_sent'`},
		{"mails in the hourly numbers", `select coalesce(sum(value), 0) from metric_rollups where org_id = $1 and metric = 'emails_sent'`},
	} {
		var n int
		if err := conn.QueryRow(w.t.Context(), c.query, w.campaign.org).Scan(&n); err != nil {
			w.t.Fatal(err)
		}
		if want := v.States["done"]; n != want {
			v.Miscounted = append(v.Miscounted, fmt.Sprintf("%d %s instead of %d", n, c.what, want))
		}
	}
}
