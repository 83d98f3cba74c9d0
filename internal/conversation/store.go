package conversation

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/email"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

func insertReply(ctx context.Context, tx db.Tx, org id.ID, r Reply, answer email.Answer, subject, text []byte, unsure *time.Time) error {
	_, err := tx.Exec(ctx, `insert into replies (org_id, id, lead_id, campaign_id, action_id, step_id, variant_id, channel,
			subject_sealed, text_sealed, machine, intent, confidence, decider, reason, retry_after, received_at, unsure_since)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		org, r.ID, r.LeadID, r.CampaignID, r.ActionID, orNone(answer.StepID), orNone(answer.VariantID), r.Channel,
		subject, text, r.Machine, string(r.Intent), r.Confidence, r.Decider, r.Reason, r.RetryAfter, r.ReceivedAt, unsure)
	return err
}

type sealedReply struct {
	Reply
	subject, text []byte
}

// replyColumns are read by scanReply; r is replies, l leads.
const replyColumns = `r.id, r.lead_id, trim(coalesce(l.first_name, '') || ' ' || coalesce(l.last_name, '')),
	r.campaign_id, r.action_id, r.channel, r.subject_sealed, r.text_sealed, r.machine, r.intent, r.confidence, r.decider, r.reason,
	r.retry_after, r.received_at`

func scanReply(row pgx.CollectableRow) (sealedReply, error) {
	var r sealedReply
	err := row.Scan(&r.ID, &r.LeadID, &r.LeadName, &r.CampaignID, &r.ActionID, &r.Channel, &r.subject, &r.text, &r.Machine,
		&r.Intent, &r.Confidence, &r.Decider, &r.Reason, &r.RetryAfter, &r.ReceivedAt)
	return r, err
}

func listReplies(ctx context.Context, tx db.Tx, org id.ID, intent string, before id.ID, limit int) ([]sealedReply, error) {
	rows, err := tx.Query(ctx, `select `+replyColumns+`
		from replies r left join leads l on l.org_id = $1 and l.id = r.lead_id
		where r.org_id = $1 and ($2 = '' or r.intent = $2) and ($3::uuid = $5::uuid or r.id < $3)
		order by r.id desc limit $4`, org, intent, before, limit, id.Nil)
	if err != nil {
		return nil, fmt.Errorf("list replies: %w", err)
	}
	return pgx.CollectRows(rows, scanReply)
}

func findReply(ctx context.Context, tx db.Tx, org, reply id.ID) (sealedReply, error) {
	rows, err := tx.Query(ctx, `select `+replyColumns+`
		from replies r left join leads l on l.org_id = $1 and l.id = r.lead_id where r.org_id = $1 and r.id = $2`, org, reply)
	if err != nil {
		return sealedReply{}, fmt.Errorf("find reply: %w", err)
	}
	found, err := pgx.CollectExactlyOneRow(rows, scanReply)
	if db.NoRows(err) {
		return sealedReply{}, errs.New(errs.NotFound, "not found")
	}
	return found, err
}

func unsureReplies(ctx context.Context, tx db.Tx, limit int) ([]unsure, error) {
	rows, err := tx.Query(ctx, `select org_id, reply_id from replies_to_reconsider($1)`, limit)
	if err != nil {
		return nil, fmt.Errorf("unsure replies: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (unsure, error) {
		var u unsure
		err := row.Scan(&u.org, &u.reply)
		return u, err
	})
}

// settleReply writes the model's verdict and reports whether nobody else has.
func settleReply(ctx context.Context, tx db.Tx, org id.ID, r Reply) (bool, error) {
	tag, err := tx.Exec(ctx, `update replies set intent = $3, confidence = $4, decider = $5, reason = $6, unsure_since = null
		where org_id = $1 and id = $2 and unsure_since is not null`, org, r.ID, string(r.Intent), r.Confidence, r.Decider, r.Reason)
	if err != nil {
		return false, fmt.Errorf("settle reply: %w", err)
	}
	return tag.RowsAffected() > 0, nil
}

// correctReply writes a person's verdict and returns the one before it.
func correctReply(ctx context.Context, tx db.Tx, org id.ID, r Reply) (Intent, error) {
	var was Intent
	err := tx.QueryRow(ctx, `update replies r set intent = $3, confidence = $4, decider = $5, reason = $6, retry_after = $7, unsure_since = null
		from (select id, intent from replies where org_id = $1 and id = $2 for update) old
		where r.org_id = $1 and r.id = old.id returning old.intent`,
		org, r.ID, string(r.Intent), r.Confidence, r.Decider, r.Reason, r.RetryAfter).Scan(&was)
	if db.NoRows(err) {
		return "", errs.New(errs.NotFound, "not found")
	}
	if err != nil {
		return "", fmt.Errorf("correct reply: %w", err)
	}
	return was, nil
}

// placeOf returns which step and wording an answer is to, and how the other answers
// to the same mail are sorted.
func placeOf(ctx context.Context, tx db.Tx, org, reply id.ID) (step, variant *id.ID, others []string, err error) {
	err = tx.QueryRow(ctx, `select r.step_id, r.variant_id, array(select distinct o.intent from replies o
			where o.org_id = $1 and o.lead_id = r.lead_id and o.action_id = r.action_id and o.id <> r.id order by 1)
		from replies r where r.org_id = $1 and r.id = $2`, org, reply).Scan(&step, &variant, &others)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("place of reply %s: %w", reply, err)
	}
	return step, variant, others, nil
}
