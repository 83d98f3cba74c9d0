package enrolment

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// Enrolled finds enrolments by their leads, one look into the index for each:
// a plan that walks the campaign instead would read all of it for every chunk.
func Enrolled(ctx context.Context, tx db.Tx, org, campaign id.ID, leads []id.ID) (map[id.ID]bool, error) {
	rows, err := tx.Query(ctx, `select e.lead_id from unnest($3::uuid[]) as t(lead) cross join lateral (
			select lead_id from enrolments where campaign_id = $2 and lead_id = t.lead and org_id = $1 limit 1) e`, org, campaign, leads)
	if err != nil {
		return nil, fmt.Errorf("who is enrolled: %w", err)
	}
	return collectSet(rows)
}

func collectSet(rows pgx.Rows) (map[id.ID]bool, error) {
	list, err := pgx.CollectRows(rows, pgx.RowTo[id.ID])
	if err != nil {
		return nil, err
	}
	set := make(map[id.ID]bool, len(list))
	for _, v := range list {
		set[v] = true
	}
	return set, nil
}

// Insert enrols leads, each as its move says, and returns the ids of
// those that are new in the campaign. batch names the request of a person; nil is
// the launch.
func Insert(ctx context.Context, tx db.Tx, org, campaign id.ID, batch *id.ID, leads []id.ID, moves []Move, now time.Time) (map[id.ID]bool, error) {
	columns := columnsOf(moves)
	rows, err := tx.Query(ctx, `with enrolled as (
			insert into enrolments (org_id, id, campaign_id, lead_id, state, step, next_at, reason, enrolled_at, finished_at, batch_id)
			select $1, t.id, $2, t.lead, t.state, t.step, t.next_at, t.reason, $3, case when t.state = 'finished' then $3::timestamptz end, $10
			from unnest($4::uuid[], $5::uuid[], $6::text[], $7::int[], $8::timestamptz[], $9::text[]) as t(id, lead, state, step, next_at, reason)
			on conflict (campaign_id, lead_id, org_id) do nothing returning id, state, step, next_at),
		due as (
			insert into enrolment_due (org_id, campaign_id, next_at, enrolment_id, step)
			select $1, $2, next_at, id, step from enrolled where state = 'active')
		select id from enrolled`, org, campaign, now, columns.ids, leads, columns.states, columns.steps, columns.times, columns.reasons, batch)
	if err != nil {
		return nil, err
	}
	return collectSet(rows)
}

// Due is an enrolment whose next step is due.
type Due struct {
	ID     id.ID
	Lead   id.ID
	Step   int
	NextAt time.Time // zero when it is being enrolled
}

// Claim locks due enrolments; SKIP LOCKED jumps over those another process is
// moving now. Whoever changes an enrolment and its row in enrolment_due comes to
// them in this order.
func Claim(ctx context.Context, tx db.Tx, org, campaign id.ID, now time.Time, limit int) ([]Due, error) {
	rows, err := tx.Query(ctx, `select e.id, e.lead_id, e.step, e.next_at
		from enrolment_due d join enrolments e on e.id = d.enrolment_id and e.org_id = $1
		where d.org_id = $1 and d.campaign_id = $2 and d.next_at <= $3 and e.state = 'active' and e.next_at = d.next_at
		order by d.next_at limit $4 for no key update of e skip locked`, org, campaign, now, limit)
	if err != nil {
		return nil, fmt.Errorf("claim due enrolments: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Due, error) {
		var d Due
		err := row.Scan(&d.ID, &d.Lead, &d.Step, &d.NextAt)
		return d, err
	})
}

// moveColumns are moves as arrays.
type moveColumns struct {
	ids     []id.ID
	states  []string
	steps   []int32
	times   []time.Time
	reasons []string
}

func columnsOf(moves []Move) moveColumns {
	n := len(moves)
	c := moveColumns{make([]id.ID, n), make([]string, n), make([]int32, n), make([]time.Time, n), make([]string, n)}
	for i, m := range moves {
		c.ids[i], c.states[i], c.steps[i], c.times[i], c.reasons[i] = m.Enrolment, m.State, int32(m.Step), m.NextAt, m.Reason
	}
	return c
}

// Write writes what a tick has decided about enrolments that tx has
// locked, or has just inserted.
func Write(ctx context.Context, tx db.Tx, org, campaign id.ID, moves []Move, now time.Time) error {
	columns := columnsOf(moves)
	stays := make([]Move, 0, len(moves))
	var gone []id.ID
	var times []time.Time
	for _, m := range moves {
		if m.State == "active" {
			stays = append(stays, m)
		}
		if !m.WasDue.IsZero() {
			gone, times = append(gone, m.Enrolment), append(times, m.WasDue)
		}
	}
	batch := &pgx.Batch{}
	batch.Queue(`update enrolments e set state = t.state, step = t.step, next_at = t.next_at, reason = t.reason,
			finished_at = case when t.state = 'finished' then $2::timestamptz end
		from unnest($3::uuid[], $4::text[], $5::int[], $6::timestamptz[], $7::text[]) as t(id, state, step, next_at, reason)
		where e.org_id = $1 and e.id = t.id`, org, now, columns.ids, columns.states, columns.steps, columns.times, columns.reasons)
	if len(gone) > 0 {
		batch.Queue(`delete from enrolment_due d using unnest($3::uuid[], $4::timestamptz[]) as t(id, next_at)
			where d.org_id = $1 and d.campaign_id = $2 and d.next_at = t.next_at and d.enrolment_id = t.id`, org, campaign, gone, times)
	}
	if len(stays) > 0 {
		columns = columnsOf(stays)
		batch.Queue(`insert into enrolment_due (org_id, campaign_id, next_at, enrolment_id, step)
			select $1, $2, t.next_at, t.id, t.step from unnest($3::uuid[], $4::int[], $5::timestamptz[]) as t(id, step, next_at)`,
			org, campaign, columns.ids, columns.steps, columns.times)
	}
	return tx.SendBatch(ctx, batch).Close()
}

// Settled is an enrolment whose action is over.
type Settled struct {
	Enrolment id.ID
	At        time.Time
	Reason    string // why it ends; empty when it goes on
}

// Finished is an enrolment that has come to the end of its sequence.
type Finished struct {
	Enrolment, Lead, Campaign id.ID
}

// Advance makes waiting enrolments active for their next step, counted
// from when the last one happened but not before a rest is over, or finishes
// them; it returns those.
func Advance(ctx context.Context, tx db.Tx, org id.ID, done []Settled) ([]Finished, error) {
	if len(done) == 0 {
		return nil, nil
	}
	ids, ats := make([]id.ID, len(done)), make([]time.Time, len(done))
	for i, d := range done {
		ids[i], ats[i] = d.Enrolment, d.At
	}
	rows, err := tx.Query(ctx, `with advanced as (
			update enrolments e set (state, next_at, reason, finished_at) = (
				select case when s.id is null then 'finished' else 'active' end,
					greatest(t.at + make_interval(secs => coalesce(s.delay_seconds, 0)), e.next_at),
					case when s.id is null then 'completed' else '' end,
					case when s.id is null then t.at end
				from (values (1)) as one(n)
				left join campaign_steps s on s.org_id = $1 and s.campaign_id = e.campaign_id and s.position = e.step)
			from unnest($2::uuid[], $3::timestamptz[]) as t(id, at)
			where e.org_id = $1 and e.id = t.id and e.state = 'waiting'
			returning e.id, e.lead_id, e.campaign_id, e.state, e.next_at, e.step),
		due as (
			insert into enrolment_due (org_id, campaign_id, next_at, enrolment_id, step)
			select $1, campaign_id, next_at, id, step from advanced where state = 'active')
		select id, lead_id, campaign_id, state from advanced`, org, ids, ats)
	if err != nil {
		return nil, err
	}
	var finished []Finished
	var f Finished
	var state string
	_, err = pgx.ForEachRow(rows, []any{&f.Enrolment, &f.Lead, &f.Campaign, &state}, func() error {
		if state == "finished" {
			finished = append(finished, f)
		}
		return nil
	})
	return finished, err
}

// EndWaiting stops waiting enrolments whose action will not happen.
func EndWaiting(ctx context.Context, tx db.Tx, org id.ID, ended []Settled) error {
	if len(ended) == 0 {
		return nil
	}
	ids, ats, reasons := make([]id.ID, len(ended)), make([]time.Time, len(ended)), make([]string, len(ended))
	for i, e := range ended {
		ids[i], ats[i], reasons[i] = e.Enrolment, e.At, e.Reason
	}
	_, err := tx.Exec(ctx, `update enrolments e set state = 'stopped', reason = t.reason, finished_at = t.at
		from unnest($2::uuid[], $3::timestamptz[], $4::text[]) as t(id, at, reason)
		where e.org_id = $1 and e.id = t.id and e.state = 'waiting'`, org, ids, ats, reasons)
	return err
}

// Stopped is who was taken out of which campaign.
type Stopped struct{ Lead, Campaign id.ID }

// open are the states that something can still end.
const open = `('active', 'waiting')`

// EndLeads ends people's enrolments.
func EndLeads(ctx context.Context, tx db.Tx, org id.ID, leads []id.ID, state, reason string, now time.Time) ([]Stopped, error) {
	if err := lock(ctx, tx, `org_id = $1 and lead_id = any($2) and state in `+open, org, leads); err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, `with ended as (
			update enrolments set state = $3, reason = $4, finished_at = $5
			where org_id = $1 and lead_id = any($2) and state in `+open+` returning id, lead_id, campaign_id, next_at),
		gone as (
			delete from enrolment_due d using ended
			where d.org_id = $1 and d.campaign_id = ended.campaign_id and d.next_at = ended.next_at and d.enrolment_id = ended.id)
		select lead_id, campaign_id from ended`, org, leads, state, reason, now)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Stopped])
}

// lock holds the enrolments of a condition until the transaction ends. It is a
// statement of its own: one that waits for somebody else's change sees the row of
// enrolments as it is then, but that of enrolment_due as it was when it began.
func lock(ctx context.Context, tx db.Tx, condition string, args ...any) error {
	_, err := tx.Exec(ctx, `select from enrolments where `+condition+` order by id for no key update`, args...)
	if err != nil {
		return fmt.Errorf("lock enrolments: %w", err)
	}
	return nil
}

// RestLead puts off a person's enrolments until a time, unless they are due
// later anyway.
func RestLead(ctx context.Context, tx db.Tx, org, lead id.ID, until time.Time, reason string) error {
	if err := lock(ctx, tx, `org_id = $1 and lead_id = $2 and state in `+open, org, lead); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `with old as (
			select id, campaign_id, next_at from enrolments where org_id = $1 and lead_id = $2 and state in `+open+`),
		rested as (
			update enrolments e set next_at = greatest(e.next_at, $3), reason = $4 from old where e.org_id = $1 and e.id = old.id)
		update enrolment_due d set next_at = greatest(d.next_at, $3) from old
		where d.org_id = $1 and d.campaign_id = old.campaign_id and d.next_at = old.next_at and d.enrolment_id = old.id`, org, lead, until, reason)
	return err
}

// Stop ends all enrolments of a campaign.
func Stop(ctx context.Context, tx db.Tx, org, campaign id.ID, reason string, now time.Time) error {
	if err := lock(ctx, tx, `org_id = $1 and campaign_id = $2 and state in `+open, org, campaign); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `with stopped as (
			update enrolments set state = 'stopped', reason = $3, finished_at = $4
			where org_id = $1 and campaign_id = $2 and state in `+open+` returning id, next_at)
		delete from enrolment_due d using stopped
		where d.org_id = $1 and d.campaign_id = $2 and d.next_at = stopped.next_at and d.enrolment_id = stopped.id`, org, campaign, reason, now)
	if err != nil {
		return fmt.Errorf("stop enrolments: %w", err)
	}
	return nil
}

// Waiting says which of the enrolments still wait for their action.
func Waiting(ctx context.Context, tx db.Tx, org id.ID, enrolments []id.ID) (map[id.ID]bool, error) {
	if len(enrolments) == 0 {
		return nil, nil
	}
	rows, err := tx.Query(ctx, `select id from enrolments where org_id = $1 and id = any($2) and state = 'waiting'`, org, enrolments)
	if err != nil {
		return nil, err
	}
	return collectSet(rows)
}

// List finds enrolments of a campaign, those of one state unless it is empty,
// the newest first, before an id unless it is zero.
func List(ctx context.Context, tx db.Tx, org, campaign id.ID, state string, before id.ID, limit int) ([]Enrolment, error) {
	rows, err := tx.Query(ctx, `select id, lead_id, state, step, next_at, reason, enrolled_at, finished_at
		from enrolments where org_id = $1 and campaign_id = $2 and ($3 = '' or state = $3) and ($4::uuid = $6::uuid or id < $4)
		order by enrolments.id desc limit $5`, org, campaign, state, before, limit, id.Nil)
	if err != nil {
		return nil, fmt.Errorf("list enrolments: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Enrolment])
}

// Count counts the enrolments of a campaign by state.
func Count(ctx context.Context, tx db.Tx, org, campaign id.ID) (map[string]int64, error) {
	rows, err := tx.Query(ctx, `select state, count(*) from enrolments where org_id = $1 and campaign_id = $2 group by state`, org, campaign)
	if err != nil {
		return nil, fmt.Errorf("count enrolments: %w", err)
	}
	counts := map[string]int64{}
	var state string
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&state, &n}, func() error {
		counts[state] = n
		return nil
	})
	return counts, err
}
