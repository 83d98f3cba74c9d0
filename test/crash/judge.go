package crash

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/id"
)

// touch is one step's mail to one person.
type touch struct {
	lead id.ID
	step int
}

// deed is an action as the database has it.
type deed struct {
	id     id.ID
	touch  touch
	state  string
	reason string
}

// enrolment is where a person stands in the campaign.
type enrolment struct {
	lead          id.ID
	state, reason string
}

// judge compares what the database says with what the sink saw.
func (w *world) judge(v *Verdict) {
	conn := w.connect()
	defer func() { _ = conn.Close(context.WithoutCancel(w.t.Context())) }()
	v.States, v.Reasons = map[string]int{}, map[string]int{}
	deeds := query[deed](w, conn, `select a.id, a.lead_id, s.position, a.state, coalesce(a.reason, a.rule, '')
		from actions a join campaign_steps s on s.org_id = a.org_id and s.id = a.step_id
		where a.org_id = $1 and a.campaign_id = $2`, func(d *deed) []any {
		return []any{&d.id, &d.touch.lead, &d.touch.step, &d.state, &d.reason}
	})
	arrived := w.arrivals(v, deeds)
	of := map[touch]*deed{}
	for i := range deeds {
		d := &deeds[i]
		if of[d.touch] != nil {
			v.Astray++ // a second action for the same touch
		}
		of[d.touch] = d
		v.weigh(d, arrived[d.touch] > 0)
	}
	enrolled := map[id.ID]enrolment{}
	for _, e := range query[enrolment](w, conn, `select lead_id, state, reason from enrolments where org_id = $1 and campaign_id = $2`,
		func(e *enrolment) []any { return []any{&e.lead, &e.state, &e.reason} }) {
		enrolled[e.lead] = e
	}
	for lead := range w.campaign.addresses {
		v.follow(lead, enrolled[lead], of, w.plan.Steps)
	}
	w.count(conn, v)
}

// query reads rows of the campaign.
func query[T any](w *world, conn *pgx.Conn, sql string, fields func(*T) []any) []T {
	rows, err := conn.Query(w.t.Context(), sql, w.campaign.org, w.campaign.campaign)
	if err != nil {
		w.t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (T, error) {
		var one T
		err := row.Scan(fields(&one)...)
		return one, err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// arrivals counts the mails of each touch in the sink's record. Doubles are
// counted by address as well: for that the sink needs no help of the program's.
func (w *world) arrivals(v *Verdict, deeds []deed) map[touch]int {
	known := map[string]*deed{}
	for i := range deeds {
		known[deeds[i].id.String()] = &deeds[i]
	}
	arrived, got, twice := map[touch]int{}, map[string]int{}, map[string]bool{}
	for _, mail := range w.sink.received(w.t) {
		v.Received++
		if got[mail.recipient]++; got[mail.recipient] > w.plan.Steps {
			twice[mail.recipient] = true
		}
		name, _, _ := strings.Cut(mail.messageID, "@")
		d := known[name]
		if d == nil || w.campaign.addresses[d.touch.lead] != mail.recipient {
			v.Astray++ // a mail without an action, or to somebody else
			continue
		}
		if arrived[d.touch]++; arrived[d.touch] > 1 {
			twice[mail.recipient] = true
		}
	}
	v.Twice = len(twice)
	return arrived
}

// weigh adds one action to the verdict.
func (v *Verdict) weigh(d *deed, arrived bool) {
	v.States[d.state]++
	if !arrived {
		v.Missing++
	}
	switch d.state {
	case "in_doubt":
		v.InDoubt++
		v.Reasons[d.reason]++
		if !arrived {
			v.Undelivered++
		}
	case "failed", "refused":
		v.Failed++
		v.Reasons[d.reason]++
		if !arrived && d.reason == "" {
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

// follow goes through one person's steps: all are done up to the last one or to
// one in doubt or failed, and the enrolment stands where that puts it.
func (v *Verdict) follow(lead id.ID, e enrolment, of map[touch]*deed, steps int) {
	want := enrolment{lead: lead, state: "finished", reason: "completed"}
	for step := range steps {
		d := of[touch{lead, step}]
		switch {
		case d == nil && want.state == "finished" && want.reason == "completed":
			v.Missing++
			v.Unexplained++
			return
		case d == nil:
			v.Unreached++
		case want.reason != "completed":
			v.Astray++ // went on although nobody knows of the step before
		case d.state == "in_doubt":
			want = enrolment{lead: lead, state: "waiting"}
		case d.state == "failed":
			want.reason = "failed"
		case d.state == "refused":
			want.reason = d.reason
		}
	}
	if e != want {
		v.Astray++
	}
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
