package conversation

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/email"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

func insertReply(ctx context.Context, tx db.Tx, org id.ID, r Reply, answer email.Answer, subject, text []byte) error {
	_, err := tx.Exec(ctx, `insert into replies (org_id, id, lead_id, campaign_id, action_id, step_id, variant_id, channel,
			subject_sealed, text_sealed, machine, intent, confidence, decider, reason, retry_after, received_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		org, r.ID, r.LeadID, r.CampaignID, r.ActionID, orNone(answer.StepID), orNone(answer.VariantID), r.Channel,
		subject, text, r.Machine, string(r.Intent), r.Confidence, r.Decider, r.Reason, r.RetryAfter, r.ReceivedAt)
	return err
}

type sealedReply struct {
	Reply
	subject, text []byte
}

func listReplies(ctx context.Context, tx db.Tx, org id.ID, intent string, before id.ID, limit int) ([]sealedReply, error) {
	rows, err := tx.Query(ctx, `select r.id, r.lead_id, trim(coalesce(l.first_name, '') || ' ' || coalesce(l.last_name, '')),
			r.campaign_id, r.action_id, r.channel, r.subject_sealed, r.text_sealed, r.machine, r.intent, r.confidence, r.decider, r.reason,
			r.retry_after, r.received_at
		from replies r left join leads l on l.org_id = $1 and l.id = r.lead_id
		where r.org_id = $1 and ($2 = '' or r.intent = $2) and ($3::uuid = $5::uuid or r.id < $3)
		order by r.id desc limit $4`, org, intent, before, limit, id.Nil)
	if err != nil {
		return nil, fmt.Errorf("list replies: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (sealedReply, error) {
		var r sealedReply
		err := row.Scan(&r.ID, &r.LeadID, &r.LeadName, &r.CampaignID, &r.ActionID, &r.Channel, &r.subject, &r.text, &r.Machine,
			&r.Intent, &r.Confidence, &r.Decider, &r.Reason, &r.RetryAfter, &r.ReceivedAt)
		return r, err
	})
}
