package task

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

func insertTask(ctx context.Context, tx db.Tx, org id.ID, t Task, body []byte) error {
	_, err := tx.Exec(ctx, `insert into tasks (org_id, id, lead_id, campaign_id, title, body_sealed, assignee_id, due_at, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, org, t.ID, t.LeadID, t.CampaignID, t.Title, body, t.AssigneeID, t.DueAt, t.CreatedAt)
	if db.Violates(err, "tasks_assignee") {
		return errs.InvalidField("body.assignee_id", "there is no such member")
	}
	if err != nil {
		return fmt.Errorf("insert task: %w", err)
	}
	return nil
}

// taskRow is a Task with its body sealed.
type taskRow struct {
	Task
	body []byte
}

// listTasks returns the tasks of one lead (all) or of everybody (open ones
// first by due time).
func listTasks(ctx context.Context, tx db.Tx, org, lead id.ID, limit int) ([]taskRow, error) {
	sql := `select id, lead_id, campaign_id, title, body_sealed, assignee_id, due_at, done_at, created_at from tasks where org_id = $1 `
	args := []any{org, limit}
	if lead != id.Nil {
		sql += `and lead_id = $3 order by tasks.id desc limit $2`
		args = append(args, lead)
	} else {
		sql += `and done_at is null order by due_at nulls last, tasks.id limit $2`
	}
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("list tasks: %w", err)
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (taskRow, error) {
		var t taskRow
		return t, r.Scan(&t.ID, &t.LeadID, &t.CampaignID, &t.Title, &t.body, &t.AssigneeID, &t.DueAt, &t.DoneAt, &t.CreatedAt)
	})
}

func finishTask(ctx context.Context, tx db.Tx, org, task id.ID, doneAt *time.Time) (id.ID, error) {
	var lead id.ID
	err := tx.QueryRow(ctx, `update tasks set done_at = $3 where org_id = $1 and id = $2 returning lead_id`, org, task, doneAt).Scan(&lead)
	return lead, err
}
