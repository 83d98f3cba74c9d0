package campaign

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

type dueCampaign struct {
	org      id.ID
	campaign id.ID
}

func scanDueCampaign(row pgx.CollectableRow) (dueCampaign, error) {
	var d dueCampaign
	err := row.Scan(&d.org, &d.campaign)
	return d, err
}

func dueCampaigns(ctx context.Context, tx db.Tx, now time.Time) ([]dueCampaign, error) {
	rows, err := tx.Query(ctx, `select org_id, campaign_id from campaigns_due($1)`, now)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanDueCampaign)
}

func runningCampaigns(ctx context.Context, tx db.Tx) ([]dueCampaign, error) {
	rows, err := tx.Query(ctx, `select org_id, campaign_id from campaigns_running()`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanDueCampaign)
}

func campaignVersion(ctx context.Context, tx db.Tx, org, campaign id.ID) (version int, status Status, enrolling bool, err error) {
	err = tx.QueryRow(ctx, `select version, status, enrolling from campaigns where org_id = $1 and id = $2`, org, campaign).
		Scan(&version, &status, &enrolling)
	if db.NoRows(err) {
		err = errs.New(errs.NotFound, "not found")
	}
	return version, status, enrolling, err
}

func resetEnrolling(ctx context.Context, tx db.Tx, org, campaign id.ID) error {
	_, err := tx.Exec(ctx, `update campaigns set enrol_after = null where org_id = $1 and id = $2`, org, campaign)
	return err
}

// lockEnrolling takes the campaign's audience cursor, or says that another
// process has it.
func lockEnrolling(ctx context.Context, tx db.Tx, org, campaign id.ID) (after id.ID, busy bool, err error) {
	var cursor *id.ID
	err = tx.QueryRow(ctx, `select enrol_after from campaigns where org_id = $1 and id = $2 and enrolling for no key update skip locked`, org, campaign).Scan(&cursor)
	if db.NoRows(err) {
		return id.Nil, true, nil
	}
	if cursor != nil {
		after = *cursor
	}
	return after, false, err
}

func keepEnrolling(ctx context.Context, tx db.Tx, org, campaign, after id.ID) error {
	_, err := tx.Exec(ctx, `update campaigns set enrol_after = $3 where org_id = $1 and id = $2`, org, campaign, after)
	return err
}

func finishEnrolling(ctx context.Context, tx db.Tx, org, campaign id.ID) error {
	_, err := tx.Exec(ctx, `update campaigns set enrolling = false, enrol_after = null where org_id = $1 and id = $2`, org, campaign)
	return err
}

// enrolledLeads finds enrolments by their leads, one look into the index for each:
// a plan that walks the campaign instead would read all of it for every chunk.
func enrolledLeads(ctx context.Context, tx db.Tx, org, campaign id.ID, leads []id.ID) (map[id.ID]bool, error) {
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

func insertEnrolments(ctx context.Context, tx db.Tx, org, campaign id.ID, leads []id.ID, nextAt, now time.Time) (int64, error) {
	ids := make([]id.ID, len(leads))
	for i := range ids {
		ids[i] = id.New()
	}
	tag, err := tx.Exec(ctx, `insert into enrolments (org_id, id, campaign_id, lead_id, state, step, next_at, enrolled_at)
		select $1, t.id, $2, t.lead, 'active', 0, $3, $4 from unnest($5::uuid[], $6::uuid[]) as t(id, lead)
		on conflict (campaign_id, lead_id, org_id) do nothing`, org, campaign, nextAt, now, ids, leads)
	return tag.RowsAffected(), err
}

type dueEnrolment struct {
	id   id.ID
	lead id.ID
	step int
}

// claimDue locks due enrolments; SKIP LOCKED jumps over those another process is
// moving now.
func claimDue(ctx context.Context, tx db.Tx, org, campaign id.ID, now time.Time, limit int) ([]dueEnrolment, error) {
	rows, err := tx.Query(ctx, `select id, lead_id, step from enrolments
		where org_id = $1 and campaign_id = $2 and state = 'active' and next_at <= $3
		order by next_at limit $4 for no key update skip locked`, org, campaign, now, limit)
	if err != nil {
		return nil, fmt.Errorf("claim due enrolments: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (dueEnrolment, error) {
		var d dueEnrolment
		err := row.Scan(&d.id, &d.lead, &d.step)
		return d, err
	})
}

func moveEnrolments(ctx context.Context, tx db.Tx, org id.ID, moves []move, now time.Time) error {
	n := len(moves)
	ids, states, steps := make([]id.ID, n), make([]string, n), make([]int32, n)
	times, reasons := make([]time.Time, n), make([]string, n)
	for i, m := range moves {
		ids[i], states[i], steps[i], times[i], reasons[i] = m.enrolment, m.state, int32(m.step), m.nextAt, m.reason
	}
	_, err := tx.Exec(ctx, `update enrolments e set state = t.state, step = t.step, next_at = t.next_at, reason = t.reason,
			finished_at = case when t.state = 'finished' then $2::timestamptz end
		from unnest($3::uuid[], $4::text[], $5::int[], $6::timestamptz[], $7::text[]) as t(id, state, step, next_at, reason)
		where e.org_id = $1 and e.id = t.id`, org, now, ids, states, steps, times, reasons)
	return err
}

// settled is an enrolment whose action is over.
type settled struct {
	enrolment id.ID
	at        time.Time
	reason    string
}

type finishedEnrolment struct {
	enrolment, lead, campaign id.ID
}

// advanceEnrolments makes waiting enrolments active for their next step, counted
// from when the last one happened, or finishes them; it returns those.
func advanceEnrolments(ctx context.Context, tx db.Tx, org id.ID, done []settled) ([]finishedEnrolment, error) {
	if len(done) == 0 {
		return nil, nil
	}
	ids, ats := make([]id.ID, len(done)), make([]time.Time, len(done))
	for i, d := range done {
		ids[i], ats[i] = d.enrolment, d.at
	}
	rows, err := tx.Query(ctx, `update enrolments e set
			state = case when x.step_id is null then 'finished' else 'active' end,
			next_at = x.at + make_interval(secs => coalesce(x.delay_seconds, 0)),
			reason = case when x.step_id is null then 'completed' else '' end,
			finished_at = case when x.step_id is null then x.at end
		from (
			select w.id, t.at, s.id as step_id, s.delay_seconds
			from unnest($2::uuid[], $3::timestamptz[]) as t(id, at)
			join enrolments w on w.org_id = $1 and w.id = t.id and w.state = 'waiting'
			left join campaign_steps s on s.org_id = $1 and s.campaign_id = w.campaign_id and s.position = w.step
		) x
		where e.org_id = $1 and e.id = x.id and e.state = 'waiting'
		returning e.id, e.lead_id, e.campaign_id, e.state`, org, ids, ats)
	if err != nil {
		return nil, err
	}
	var finished []finishedEnrolment
	var f finishedEnrolment
	var state string
	_, err = pgx.ForEachRow(rows, []any{&f.enrolment, &f.lead, &f.campaign, &state}, func() error {
		if state == "finished" {
			finished = append(finished, f)
		}
		return nil
	})
	return finished, err
}

func endWaiting(ctx context.Context, tx db.Tx, org id.ID, ended []settled) error {
	if len(ended) == 0 {
		return nil
	}
	ids, ats, reasons := make([]id.ID, len(ended)), make([]time.Time, len(ended)), make([]string, len(ended))
	for i, e := range ended {
		ids[i], ats[i], reasons[i] = e.enrolment, e.at, e.reason
	}
	_, err := tx.Exec(ctx, `update enrolments e set state = 'stopped', reason = t.reason, finished_at = t.at
		from unnest($2::uuid[], $3::timestamptz[], $4::text[]) as t(id, at, reason)
		where e.org_id = $1 and e.id = t.id and e.state = 'waiting'`, org, ids, ats, reasons)
	return err
}

// stoppedEnrolment is who was taken out of which campaign.
type stoppedEnrolment struct{ lead, campaign id.ID }

// endLeads ends people's enrolments.
func endLeads(ctx context.Context, tx db.Tx, org id.ID, leads []id.ID, state, reason string, now time.Time) ([]stoppedEnrolment, error) {
	rows, err := tx.Query(ctx, `update enrolments set state = $3, reason = $4, finished_at = $5
		where org_id = $1 and lead_id = any($2) and state in ('active', 'waiting') returning lead_id, campaign_id`, org, leads, state, reason, now)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (e stoppedEnrolment, err error) {
		return e, row.Scan(&e.lead, &e.campaign)
	})
}

func restLead(ctx context.Context, tx db.Tx, org, lead id.ID, until time.Time, reason string) error {
	_, err := tx.Exec(ctx, `update enrolments set next_at = greatest(next_at, $3), reason = $4
		where org_id = $1 and lead_id = $2 and state = 'active'`, org, lead, until, reason)
	return err
}

func stopEnrolments(ctx context.Context, tx db.Tx, org, campaign id.ID, reason string, now time.Time) error {
	_, err := tx.Exec(ctx, `update enrolments set state = 'stopped', reason = $3, finished_at = $4
		where org_id = $1 and campaign_id = $2 and state in ('active', 'waiting')`, org, campaign, reason, now)
	if err != nil {
		return fmt.Errorf("stop enrolments: %w", err)
	}
	return nil
}

func waitingEnrolments(ctx context.Context, tx db.Tx, org id.ID, enrolments []id.ID) (map[id.ID]bool, error) {
	if len(enrolments) == 0 {
		return nil, nil
	}
	rows, err := tx.Query(ctx, `select id from enrolments where org_id = $1 and id = any($2) and state || '' = 'waiting'`, org, enrolments)
	if err != nil {
		return nil, err
	}
	return collectSet(rows)
}

// completeCampaign completes a running campaign in which nobody is left.
func completeCampaign(ctx context.Context, tx db.Tx, org, campaign id.ID, now time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, `update campaigns c set status = 'completed', version = version + 1, updated_at = $3
		where c.org_id = $1 and c.id = $2 and c.status = 'running' and not c.enrolling and not exists (
			select from enrolments e where e.org_id = $1 and e.campaign_id = $2 and e.state = 'active')
		and not exists (
			select from enrolments e where e.org_id = $1 and e.campaign_id = $2 and e.state = 'waiting')`, org, campaign, now)
	return tag.RowsAffected() > 0, err
}

// lockSpend returns what a campaign spent today and in all, and keeps other
// processes from spending until the transaction ends.
func lockSpend(ctx context.Context, tx db.Tx, org, campaign id.ID, day time.Time) (today, total int64, err error) {
	if _, err = tx.Exec(ctx, `insert into campaign_spend (org_id, campaign_id, day, micros) values ($1, $2, $3, 0) on conflict do nothing`, org, campaign, day); err != nil {
		return 0, 0, err
	}
	if err = tx.QueryRow(ctx, `select micros from campaign_spend where org_id = $1 and campaign_id = $2 and day = $3 for update`, org, campaign, day).Scan(&today); err != nil {
		return 0, 0, err
	}
	err = tx.QueryRow(ctx, `select sum(micros) from campaign_spend where org_id = $1 and campaign_id = $2`, org, campaign).Scan(&total)
	return today, total, err
}

func addSpend(ctx context.Context, tx db.Tx, org, campaign id.ID, day time.Time, micros int64) error {
	_, err := tx.Exec(ctx, `update campaign_spend set micros = micros + $4 where org_id = $1 and campaign_id = $2 and day = $3`, org, campaign, day, micros)
	return err
}

// upcoming counts active enrolments by the day of zone and the step; what is
// overdue counts for the day of now.
func upcoming(ctx context.Context, tx db.Tx, org, campaign id.ID, zone string, now, until time.Time) ([]Upcoming, error) {
	rows, err := tx.Query(ctx, `select to_char(greatest(next_at, $4) at time zone $3, 'YYYY-MM-DD') as day, step, count(*)::int,
			min(greatest(next_at, $4)), max(greatest(next_at, $4))
		from enrolments where org_id = $1 and campaign_id = $2 and state = 'active' and next_at < $5
		group by 1, 2 order by 1, 2 limit 60`, org, campaign, zone, now, until)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Upcoming])
	if list == nil {
		list = []Upcoming{}
	}
	return list, err
}

func listLaunches(ctx context.Context, tx db.Tx, org, campaign id.ID) ([]Launched, error) {
	rows, err := tx.Query(ctx, `select id, launched_by, launched_at, snapshot from campaign_launches
		where org_id = $1 and campaign_id = $2 order by launched_at desc limit 50`, org, campaign)
	if err != nil {
		return nil, fmt.Errorf("list launches: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Launched])
}
