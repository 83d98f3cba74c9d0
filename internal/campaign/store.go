package campaign

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

const campaignColumns = `id, name, type, status, goal, audience, ai, budget, schedule, ab_testing, auto_optimize,
	mailbox_id, phone_number_id, start_at, end_at, launched_at, coalesce(paused_by, ''), enrolling, version, created_at, updated_at`

func scanCampaign(row pgx.CollectableRow) (Campaign, error) {
	var c Campaign
	var audience, ai, budget, schedule []byte
	var mailbox, phone *id.ID
	err := row.Scan(&c.ID, &c.Name, &c.Type, &c.Status, &c.Goal, &audience, &ai, &budget, &schedule, &c.ABTesting, &c.AutoOptimize,
		&mailbox, &phone, &c.StartAt, &c.EndAt, &c.LaunchedAt, &c.PausedBy, &c.Enrolling, &c.Version, &c.CreatedAt, &c.UpdatedAt)
	if err != nil {
		return Campaign{}, err
	}
	if mailbox != nil {
		c.MailboxID = *mailbox
	}
	if phone != nil {
		c.PhoneNumberID = *phone
	}
	for _, part := range []struct {
		raw  []byte
		into any
	}{{audience, &c.Audience}, {ai, &c.AI}, {budget, &c.Budget}, {schedule, &c.Schedule}} {
		if err := json.Unmarshal(part.raw, part.into); err != nil {
			return Campaign{}, fmt.Errorf("campaign %s: %w", c.ID, err)
		}
	}
	return c, nil
}

func findCampaign(ctx context.Context, tx db.Tx, org, campaign id.ID, lock bool) (Campaign, error) {
	query := `select ` + campaignColumns + ` from campaigns where org_id = $1 and id = $2`
	if lock {
		query += ` for no key update` // people are enrolled beside it
	}
	rows, err := tx.Query(ctx, query, org, campaign)
	if err != nil {
		return Campaign{}, fmt.Errorf("find campaign: %w", err)
	}
	c, err := pgx.CollectExactlyOneRow(rows, scanCampaign)
	if db.NoRows(err) {
		return Campaign{}, errs.New(errs.NotFound, "not found")
	}
	if err != nil {
		return Campaign{}, err
	}
	list := []Campaign{c}
	if err := loadSteps(ctx, tx, org, list); err != nil {
		return Campaign{}, err
	}
	return list[0], nil
}

func listCampaigns(ctx context.Context, tx db.Tx, org id.ID, status Status, before id.ID, limit int) ([]Campaign, error) {
	rows, err := tx.Query(ctx, `select `+campaignColumns+` from campaigns
		where org_id = $1 and ($2 = '' or status = $2) and ($3::uuid = $5::uuid or id < $3)
		order by campaigns.id desc limit $4`, org, string(status), before, limit, id.Nil)
	if err != nil {
		return nil, fmt.Errorf("list campaigns: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanCampaign)
	if err != nil {
		return nil, err
	}
	return list, loadSteps(ctx, tx, org, list)
}

// loadSteps reads the steps and variants of the campaigns into them.
func loadSteps(ctx context.Context, tx db.Tx, org id.ID, list []Campaign) error {
	index := map[id.ID]int{}
	ids := make([]id.ID, len(list))
	for i := range list {
		index[list[i].ID], ids[i] = i, list[i].ID
	}
	rows, err := tx.Query(ctx, `select s.campaign_id, s.id, s.channel, s.delay_seconds, s.condition,
			v.id, v.name, v.weight, v.subject, v.body, v.prompt, v.script, v.content_id
		from campaign_steps s join campaign_variants v on v.org_id = $1 and v.step_id = s.id
		where s.org_id = $1 and s.campaign_id = any($2)
		order by s.campaign_id, s.position, v.position`, org, ids)
	if err != nil {
		return fmt.Errorf("load steps: %w", err)
	}
	var campaign id.ID
	var step Step
	var seconds int64
	var condition []byte
	var v Variant
	var content *id.ID
	_, err = pgx.ForEachRow(rows, []any{
		&campaign, &step.ID, &step.Channel, &seconds, &condition,
		&v.ID, &v.Name, &v.Weight, &v.Subject, &v.Body, &v.Prompt, &v.Script, &content,
	}, func() error {
		c := &list[index[campaign]]
		if n := len(c.Steps); n == 0 || c.Steps[n-1].ID != step.ID {
			next := Step{ID: step.ID, Channel: step.Channel, Delay: time.Duration(seconds) * time.Second}
			if condition != nil {
				next.Condition = &Condition{}
				if err := json.Unmarshal(condition, next.Condition); err != nil {
					return fmt.Errorf("condition of step %s: %w", step.ID, err)
				}
			}
			c.Steps = append(c.Steps, next)
		}
		v.ContentID = id.Nil
		if content != nil {
			v.ContentID = *content
		}
		last := &c.Steps[len(c.Steps)-1]
		last.Variants = append(last.Variants, v)
		return nil
	})
	return err
}

// documents are the parts of a campaign that are stored as JSON.
func (c *Campaign) documents() (audience, ai, budget, schedule []byte, err error) {
	parts := make([][]byte, 4)
	for i, part := range []any{c.Audience, c.AI, c.Budget, c.Schedule} {
		if parts[i], err = json.Marshal(part); err != nil {
			return nil, nil, nil, nil, err
		}
	}
	return parts[0], parts[1], parts[2], parts[3], nil
}

func orNull(v id.ID) *id.ID {
	if v == id.Nil {
		return nil
	}
	return &v
}

func insertCampaign(ctx context.Context, tx db.Tx, org id.ID, c *Campaign) error {
	audience, ai, budget, schedule, err := c.documents()
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into campaigns (org_id, id, name, type, status, goal, audience, ai, budget, schedule, ab_testing,
			auto_optimize, mailbox_id, phone_number_id, start_at, end_at, version, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $18)`,
		org, c.ID, c.Name, c.Type, string(c.Status), c.Goal, audience, ai, budget, schedule, c.ABTesting, c.AutoOptimize,
		orNull(c.MailboxID), orNull(c.PhoneNumberID), c.StartAt, c.EndAt, c.Version, c.CreatedAt)
	return err
}

func updateCampaign(ctx context.Context, tx db.Tx, org id.ID, c *Campaign) error {
	audience, ai, budget, schedule, err := c.documents()
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update campaigns set name = $3, status = $4, goal = $5, audience = $6, ai = $7, budget = $8, schedule = $9,
			ab_testing = $10, auto_optimize = $11, mailbox_id = $12, phone_number_id = $13, start_at = $14, end_at = $15,
			launched_at = $16, paused_by = nullif($17, ''), enrolling = $18, version = $19, updated_at = $20, type = $21
		where org_id = $1 and id = $2`,
		org, c.ID, c.Name, string(c.Status), c.Goal, audience, ai, budget, schedule, c.ABTesting, c.AutoOptimize,
		orNull(c.MailboxID), orNull(c.PhoneNumberID), c.StartAt, c.EndAt, c.LaunchedAt, c.PausedBy, c.Enrolling, c.Version, c.UpdatedAt, c.Type)
	return err
}

// saveSteps makes the stored steps those of c: it updates, adds and removes.
func saveSteps(ctx context.Context, tx db.Tx, org id.ID, c *Campaign) error {
	batch := &pgx.Batch{}
	var steps, variants []id.ID
	for i, step := range c.Steps {
		var condition []byte
		if step.Condition != nil {
			var err error
			if condition, err = json.Marshal(step.Condition); err != nil {
				return err
			}
		}
		steps = append(steps, step.ID)
		batch.Queue(`insert into campaign_steps (org_id, id, campaign_id, position, channel, delay_seconds, condition)
			values ($1, $2, $3, $4, $5, $6, $7)
			on conflict (org_id, id) do update set position = $4, channel = $5, delay_seconds = $6, condition = $7
			where campaign_steps.campaign_id = $3`,
			org, step.ID, c.ID, i, step.Channel, int64(step.Delay/time.Second), condition)
		for j, v := range step.Variants {
			variants = append(variants, v.ID)
			batch.Queue(`insert into campaign_variants (org_id, id, step_id, position, name, weight, subject, body, prompt, script, content_id)
				values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
				on conflict (org_id, id) do update set position = $4, name = $5, weight = $6, subject = $7, body = $8, prompt = $9, script = $10, content_id = $11
				where campaign_variants.step_id = $3`,
				org, v.ID, step.ID, j, v.Name, v.Weight, v.Subject, v.Body, v.Prompt, v.Script, orNull(v.ContentID))
		}
	}
	batch.Queue(`delete from campaign_variants v using campaign_steps s
		where v.org_id = $1 and s.org_id = $1 and s.id = v.step_id and s.campaign_id = $2 and v.id <> all($3)`, org, c.ID, variants)
	batch.Queue(`delete from campaign_steps where org_id = $1 and campaign_id = $2 and id <> all($3)`, org, c.ID, steps)
	return tx.SendBatch(ctx, batch).Close()
}

func deleteCampaign(ctx context.Context, tx db.Tx, org, campaign id.ID) error {
	_, err := tx.Exec(ctx, `delete from campaigns where org_id = $1 and id = $2`, org, campaign)
	return err
}

func insertLaunch(ctx context.Context, tx db.Tx, org, campaign id.ID, by string, at time.Time, snapshot []byte) error {
	_, err := tx.Exec(ctx, `insert into campaign_launches (org_id, id, campaign_id, launched_by, launched_at, snapshot)
		values ($1, $2, $3, $4, $5, $6)`, org, id.New(), campaign, by, at, snapshot)
	return err
}

// mailboxUser returns the name of a running or paused campaign that sends from
// the mailbox, or nothing.
func mailboxUser(ctx context.Context, tx db.Tx, org, mailbox id.ID) (string, error) {
	var name string
	err := tx.QueryRow(ctx, `select name from campaigns
		where org_id = $1 and mailbox_id = $2 and status in ('running', 'paused') limit 1`, org, mailbox).Scan(&name)
	if db.NoRows(err) {
		return "", nil
	}
	return name, err
}

func campaignNames(ctx context.Context, tx db.Tx, org id.ID, campaigns []id.ID) (map[id.ID]string, error) {
	rows, err := tx.Query(ctx, `select id, name from campaigns where org_id = $1 and id = any($2)`, org, campaigns)
	if err != nil {
		return nil, fmt.Errorf("campaign names: %w", err)
	}
	names := map[id.ID]string{}
	var campaign id.ID
	var name string
	_, err = pgx.ForEachRow(rows, []any{&campaign, &name}, func() error {
		names[campaign] = name
		return nil
	})
	return names, err
}
