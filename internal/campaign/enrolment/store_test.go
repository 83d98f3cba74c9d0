package enrolment_test

import (
	"context"
	"testing"
	"time"

	"rainmaker/internal/campaign/enrolment"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/id"
)

// desk is a campaign of two steps with one enrolment that waits for the outcome
// of its first mail.
type desk struct {
	t                              *testing.T
	db                             *db.DB
	org, campaign, lead, enrolment id.ID
	now                            time.Time
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, db: dbtest.New(t), campaign: id.New(), lead: id.New(), enrolment: id.New(), now: time.Now().UTC().Truncate(time.Second)}
	d.org = dbtest.Org(t, d.db)
	d.tx(func(ctx context.Context, tx db.Tx) error {
		if _, err := tx.Exec(ctx, `insert into campaigns (org_id, id, name, type, status, audience, ai, budget, schedule, ab_testing, auto_optimize, version, created_at, updated_at)
			values ($1, $2, 'Test', 'email_sequence', 'running', '{}', '{}', '{}', '{}', false, false, 1, $3, $3)`, d.org, d.campaign, d.now); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into campaign_steps (org_id, id, campaign_id, position, channel, delay_seconds)
			values ($1, $3, $2, 0, 'email', 0), ($1, $4, $2, 1, 'email', 3600)`, d.org, d.campaign, id.New(), id.New()); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `insert into enrolments (org_id, id, campaign_id, lead_id, state, step, next_at, enrolled_at)
			values ($1, $2, $3, $4, 'waiting', 1, $5, $5)`, d.org, d.enrolment, d.campaign, d.lead, d.now)
		return err
	})
	return d
}

func (d *desk) tx(fn func(ctx context.Context, tx db.Tx) error) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), 30*time.Second)
	defer cancel()
	if err := d.db.InTenant(ctx, d.org, func(tx db.Tx) error { return fn(ctx, tx) }); err != nil {
		d.t.Error(err)
	}
}

// TestChangesThatMeetASettledMail: a plan ends or rests in the moment in which
// its mail is settled and the next step becomes due. Nothing may be left due that
// is not active, and nothing active may be left without being due.
func TestChangesThatMeetASettledMail(t *testing.T) {
	for name, tc := range map[string]struct {
		change change
		state  string
		due    int
		next   time.Duration
	}{
		"end": {func(ctx context.Context, d *desk, tx db.Tx) error {
			ended, err := enrolment.EndLeads(ctx, tx, d.org, []id.ID{d.lead}, "finished", "reply", d.now)
			if len(ended) != 1 {
				d.t.Errorf("%d ended", len(ended))
			}
			return err
		}, "finished", 0, 0},
		"stop": {func(ctx context.Context, d *desk, tx db.Tx) error {
			return enrolment.Stop(ctx, tx, d.org, d.campaign, "archived", d.now)
		}, "stopped", 0, 0},
		"rest": {func(ctx context.Context, d *desk, tx db.Tx) error {
			return enrolment.RestLead(ctx, tx, d.org, d.lead, d.now.Add(48*time.Hour), "out_of_office")
		}, "active", 1, 48 * time.Hour},
	} {
		t.Run(name+" waits for the settling", func(t *testing.T) {
			d := newDesk(t)
			d.meet(settle, tc.change)
			d.check(tc.state, tc.due, max(tc.next, time.Hour))
		})
		t.Run("the settling waits for "+name, func(t *testing.T) {
			d := newDesk(t)
			d.meet(tc.change, settle)
			d.check(tc.state, tc.due, tc.next)
		})
	}
}

// change is something done to the desk in a transaction.
type change func(ctx context.Context, d *desk, tx db.Tx) error

// settle says that the first mail has left: the second step is due in an hour.
func settle(ctx context.Context, d *desk, tx db.Tx) error {
	_, err := enrolment.Advance(ctx, tx, d.org, []enrolment.Settled{{Enrolment: d.enrolment, At: d.now}})
	return err
}

// meet does two things in two transactions: the first ends when the second waits
// for it.
func (d *desk) meet(first, second change) {
	d.t.Helper()
	over := make(chan struct{})
	d.tx(func(ctx context.Context, tx db.Tx) error {
		if err := first(ctx, d, tx); err != nil {
			return err
		}
		go func() {
			defer close(over)
			d.tx(func(ctx context.Context, tx db.Tx) error { return second(ctx, d, tx) })
		}()
		return dbtest.Blocked(ctx, d.db, tx)
	})
	<-over
}

func (d *desk) check(state string, due int, next time.Duration) {
	d.t.Helper()
	d.tx(func(ctx context.Context, tx db.Tx) error {
		var gotState string
		var at time.Time
		if err := tx.QueryRow(ctx, `select state, next_at from enrolments where org_id = $1 and id = $2`, d.org, d.enrolment).Scan(&gotState, &at); err != nil {
			return err
		}
		if gotState != state || !at.Equal(d.now.Add(next)) {
			d.t.Errorf("it is %s until %v, want %s until %v", gotState, at.Sub(d.now), state, next)
		}
		var rows, agree int
		err := tx.QueryRow(ctx, `select count(*), count(*) filter (where next_at = $3) from enrolment_due where org_id = $1 and enrolment_id = $2`, d.org, d.enrolment, at).Scan(&rows, &agree)
		if rows != due || agree != due {
			d.t.Errorf("%d rows are due, %d at its time; want %d", rows, agree, due)
		}
		return err
	})
}
