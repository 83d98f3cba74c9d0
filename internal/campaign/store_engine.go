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
// process has it or the campaign runs no more.
func lockEnrolling(ctx context.Context, tx db.Tx, org, campaign id.ID) (after id.ID, busy bool, err error) {
	var cursor *id.ID
	err = tx.QueryRow(ctx, `select enrol_after from campaigns where org_id = $1 and id = $2 and status = 'running' and enrolling for no key update skip locked`, org, campaign).Scan(&cursor)
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

// nobodyLeft is true of a running campaign c, $2 of $1, that nobody is in.
const nobodyLeft = `c.org_id = $1 and c.id = $2 and c.status = 'running' and not c.enrolling
	and not exists (select from enrolment_due d where d.org_id = $1 and d.campaign_id = $2)
	and not exists (select from enrolments e where e.org_id = $1 and e.campaign_id = $2 and e.state = 'waiting')`

// completeCampaign completes a running campaign in which nobody is left. The lock
// is a statement of its own: whom the change it waits for enrols, only the next
// one sees.
func completeCampaign(ctx context.Context, tx db.Tx, org, campaign id.ID, now time.Time) (bool, error) {
	if tag, err := tx.Exec(ctx, `select from campaigns c where `+nobodyLeft+` for no key update`, org, campaign); err != nil || tag.RowsAffected() == 0 {
		return false, err
	}
	tag, err := tx.Exec(ctx, `update campaigns c set status = 'completed', updated_at = $3 where `+nobodyLeft, org, campaign, now)
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
		from enrolment_due where org_id = $1 and campaign_id = $2 and next_at < $5
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
