package action

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

const columns = `id, kind, contract, state, lead_id, campaign_id, enrolment_id, step_id, variant_id,
	coalesce(propensity, 0), content_id, account_id, payload, due_at, created_at, attempts, intent_at, finished_at,
	coalesce(rule, ''), coalesce(reason, ''), coalesce(provider_ref, ''), claim_token`

// scanAction reads the columns above.
func scanAction(row pgx.CollectableRow) (Action, error) {
	var a Action
	var ids [8]*id.ID
	var intent, finished *time.Time
	err := row.Scan(&a.ID, &a.Kind, &a.Contract, &a.State, &ids[0], &ids[1], &ids[2], &ids[3], &ids[4],
		&a.Propensity, &ids[5], &ids[6], &a.Payload, &a.DueAt, &a.CreatedAt, &a.Attempts, &intent, &finished,
		&a.Rule, &a.Reason, &a.ProviderRef, &ids[7])
	for i, to := range []*id.ID{&a.LeadID, &a.CampaignID, &a.EnrolmentID, &a.StepID, &a.VariantID, &a.ContentID, &a.AccountID, &a.token} {
		if ids[i] != nil {
			*to = *ids[i]
		}
	}
	if intent != nil {
		a.IntentAt = *intent
	}
	if finished != nil {
		a.FinishedAt = *finished
	}
	return a, err
}

// insertActions writes proposals and returns which of them are new. A conflict
// is either the once key or a lead that is in another touch.
func insertActions(ctx context.Context, tx db.Tx, org id.ID, kind string, contract Contract, now time.Time, proposals []Proposal) (map[id.ID]bool, error) {
	n := len(proposals)
	ids, leads, campaigns, enrolments := make([]id.ID, n), make([]id.ID, n), make([]id.ID, n), make([]id.ID, n)
	steps, variants, contents, accounts := make([]id.ID, n), make([]id.ID, n), make([]id.ID, n), make([]id.ID, n)
	keys, states, payloads := make([]string, n), make([]string, n), make([]*string, n)
	touches, propensities, dues := make([]bool, n), make([]float32, n), make([]time.Time, n)
	for i, p := range proposals {
		ids[i], leads[i], campaigns[i], enrolments[i] = p.ID, p.LeadID, p.CampaignID, p.EnrolmentID
		steps[i], variants[i], contents[i], accounts[i] = p.StepID, p.VariantID, p.ContentID, p.AccountID
		keys[i], touches[i], propensities[i], dues[i] = p.OnceKey, p.Touch, p.Propensity, p.DueAt
		states[i] = string(Queued)
		if p.NeedsPerson {
			states[i] = string(Proposed)
		}
		if p.Payload != nil {
			text := string(p.Payload)
			payloads[i] = &text
		}
	}
	rows, err := tx.Query(ctx, `insert into actions (org_id, kind, contract, created_at, id, lead_id, campaign_id, enrolment_id,
			step_id, variant_id, content_id, account_id, once_key, state, phase, touch, propensity, due_at, payload)
		select $1, $2, $3, $4, t.id, nullif(t.lead, $5), nullif(t.campaign, $5), nullif(t.enrolment, $5),
			nullif(t.step, $5), nullif(t.variant, $5), nullif(t.content, $5), nullif(t.account, $5),
			t.once_key, t.state, action_phase(t.state), t.touch, nullif(t.propensity, 0), t.due_at, t.payload::jsonb
		from unnest($6::uuid[], $7::uuid[], $8::uuid[], $9::uuid[], $10::uuid[], $11::uuid[], $12::uuid[], $13::uuid[],
			$14::text[], $15::text[], $16::bool[], $17::real[], $18::timestamptz[], $19::text[])
			as t(id, lead, campaign, enrolment, step, variant, content, account, once_key, state, touch, propensity, due_at, payload)
		on conflict do nothing returning id`,
		org, kind, string(contract), now, id.Nil, ids, leads, campaigns, enrolments, steps, variants, contents, accounts,
		keys, states, touches, propensities, dues, payloads)
	if err != nil {
		return nil, err
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

func duePlaces(ctx context.Context, tx db.Tx, kind string, now time.Time) ([]Place, error) {
	rows, err := tx.Query(ctx, `select org_id, account_id from actions_due($1, $2)`, kind, now)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Place])
}

// claimActions: SKIP LOCKED jumps over rows another process is claiming now. The
// claim is written beside them, for the sweeper: an index that finds claimed rows
// would be written by every change of theirs.
func claimActions(ctx context.Context, tx db.Tx, place Place, kind string, token id.ID, incarnation int32, now time.Time, limit int) ([]Action, error) {
	rows, err := tx.Query(ctx, `with due as (
			select a.id as due_id from actions a
			where a.org_id = $1 and a.kind = $2 and a.account_id = $3 and a.phase = 1 and a.state = 'queued' and a.due_at <= $4
			order by a.due_at limit $5 for update skip locked)
		update actions set state = 'claimed', claim_token = $6, incarnation = $7, claimed_at = $4, attempts = attempts + 1
		from due where org_id = $1 and id = due_id
		returning `+columns, place.Org, kind, place.Account, now, limit, token, incarnation)
	if err != nil {
		return nil, err
	}
	claimed, err := pgx.CollectRows(rows, scanAction)
	if err != nil || len(claimed) == 0 {
		return nil, err
	}
	ids := make([]id.ID, len(claimed))
	for i := range claimed {
		ids[i] = claimed[i].ID
	}
	_, err = tx.Exec(ctx, `insert into action_claims (org_id, token, incarnation, claimed_at, actions) values ($1, $2, $3, $4, $5)`,
		place.Org, token, incarnation, now, ids)
	return claimed, err
}

func claimedBy(ctx context.Context, tx db.Tx, org, token id.ID) ([]Action, error) {
	rows, err := tx.Query(ctx, `select `+columns+` from actions
		where org_id = $1 and id = any((select c.actions from action_claims c where c.org_id = $1 and c.token = $2)::uuid[])
			and state = 'claimed' and claim_token = $2`, org, token)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanAction)
}

func beginActions(ctx context.Context, tx db.Tx, org id.ID, actions []*Action, now time.Time, deadline time.Duration, rule string, policy int) (map[id.ID]bool, error) {
	ids, tokens := make([]id.ID, len(actions)), make([]id.ID, len(actions))
	for i, a := range actions {
		ids[i], tokens[i] = a.ID, a.token
	}
	rows, err := tx.Query(ctx, `update actions a set state = 'sending', intent_at = $2, deadline = $3, rule = $4, policy = $5
		from unnest($6::uuid[], $7::uuid[]) as t(id, token)
		where a.org_id = $1 and a.id = t.id and a.claim_token = t.token and a.state = 'claimed'
		returning a.id`, org, now, now.Add(deadline), rule, policy, ids, tokens)
	if err != nil {
		return nil, err
	}
	return collectSet(rows)
}

// settleActions moves rows whose claim token still fits. From in_doubt too: the
// holder's late answer is better than the sweeper's doubt. One exception: a touch
// in doubt does not go back to the queue while another touch of the person is
// on its way (actions_in_flight); it stays in doubt, for a person to release.
func settleActions(ctx context.Context, tx db.Tx, org id.ID, outcomes []Outcome) (map[id.ID]bool, error) {
	n := len(outcomes)
	ids, tokens, states := make([]id.ID, n), make([]id.ID, n), make([]string, n)
	dues, ats := make([]*time.Time, n), make([]time.Time, n)
	rules, reasons, refs, untried := make([]*string, n), make([]*string, n), make([]*string, n), make([]bool, n)
	for i := range outcomes {
		o := &outcomes[i]
		ids[i], tokens[i], states[i], ats[i] = o.Action.ID, o.Action.token, string(o.State), o.At
		if o.State == Queued {
			dues[i] = &o.DueAt
		}
		rules[i], reasons[i], refs[i], untried[i] = optional(o.Rule), optional(o.Reason), optional(o.ProviderRef), o.Untried
	}
	rows, err := tx.Query(ctx, `update actions a set state = t.state, phase = action_phase(t.state),
			due_at = coalesce(t.due_at, a.due_at),
			finished_at = case when t.state in ('queued', 'in_doubt') then null else t.at end,
			attempts = a.attempts - t.untried::int,
			rule = coalesce(t.rule, a.rule), reason = t.reason, provider_ref = coalesce(t.ref, a.provider_ref)
		from unnest($2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::text[], $8::text[], $9::text[], $10::bool[])
			as t(id, token, state, due_at, at, rule, reason, ref, untried)
		where a.org_id = $1 and a.id = t.id and a.claim_token = t.token and a.state in ('claimed', 'sending', 'in_doubt')
			and not (a.state = 'in_doubt' and t.state = 'in_doubt')
			and not (a.state = 'in_doubt' and t.state = 'queued' and a.touch and exists (select from actions o
				where o.lead_id = a.lead_id and o.org_id = a.org_id and o.touch and o.phase = 1))
		returning a.id`, org, ids, tokens, states, dues, ats, rules, reasons, refs, untried)
	if err != nil {
		return nil, err
	}
	return collectSet(rows)
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

type heldBy struct {
	incarnation int32
	org         id.ID
}

func heldActions(ctx context.Context, tx db.Tx) ([]heldBy, error) {
	rows, err := tx.Query(ctx, `select incarnation, org_id from actions_held_by()`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (heldBy, error) {
		var h heldBy
		err := row.Scan(&h.incarnation, &h.org)
		return h, err
	})
}

func countInDoubt(ctx context.Context, tx db.Tx) (int64, error) {
	var n int64
	err := tx.QueryRow(ctx, `select actions_in_doubt()`).Scan(&n)
	return n, err
}

// lockIncarnation takes the lock of an incarnation until the transaction ends,
// and reports whether it got it: then nobody lives under that number.
func lockIncarnation(ctx context.Context, tx db.Tx, incarnation int32) (bool, error) {
	var dead bool
	err := tx.QueryRow(ctx, `select pg_try_advisory_xact_lock($1, $2)`, lockClass, incarnation).Scan(&dead)
	return dead, err
}

// requeueClaimed puts back what a dead or hanging incarnation claimed before a
// time and has not begun.
func requeueClaimed(ctx context.Context, tx db.Tx, h heldBy, before time.Time) (int64, error) {
	tag, err := tx.Exec(ctx, `update actions a set state = 'queued', claim_token = null, attempts = a.attempts - 1
		from action_claims c, unnest(c.actions) as held(id)
		where c.org_id = $1 and c.incarnation = $2 and c.claimed_at < $3
			and a.org_id = $1 and a.id = held.id and a.claim_token = c.token and a.state = 'claimed'`, h.org, h.incarnation, before)
	if err != nil {
		return 0, fmt.Errorf("requeue claimed: %w", err)
	}
	return tag.RowsAffected(), nil
}

// doubtSending keeps the claim token, so that its holder, if it lives after all,
// can still tell what happened. No deadline is before its claim.
func doubtSending(ctx context.Context, tx db.Tx, h heldBy, deadlineBefore time.Time) ([]Action, error) {
	rows, err := tx.Query(ctx, `with doubtful as (
			update actions a set state = 'in_doubt', phase = 3, reason = $4
			from action_claims c, unnest(c.actions) as held(held_id)
			where c.org_id = $1 and c.incarnation = $2 and c.claimed_at < $3
				and a.org_id = $1 and a.id = held.held_id and a.claim_token = c.token and a.state = 'sending' and a.deadline < $3
			returning a.*)
		select `+columns+` from doubtful`, h.org, h.incarnation, deadlineBefore, orphaned)
	if err != nil {
		return nil, fmt.Errorf("doubt sending: %w", err)
	}
	return pgx.CollectRows(rows, scanAction)
}

// dropClaims forgets claims made before a time of which nothing is held any more.
func dropClaims(ctx context.Context, tx db.Tx, h heldBy, before time.Time) error {
	_, err := tx.Exec(ctx, `delete from action_claims c
		where c.org_id = $1 and c.incarnation = $2 and c.claimed_at < $3 and not exists (
			select from unnest(c.actions) as held(id) join actions a on a.org_id = $1 and a.id = held.id
			where a.claim_token = c.token and a.state in ('claimed', 'sending'))`, h.org, h.incarnation, before)
	if err != nil {
		return fmt.Errorf("drop claims: %w", err)
	}
	return nil
}

func findAction(ctx context.Context, tx db.Tx, org, action id.ID, lock bool) (Action, error) {
	query := `select ` + columns + ` from actions where org_id = $1 and id = $2`
	if lock {
		query += ` for update`
	}
	rows, err := tx.Query(ctx, query, org, action)
	if err != nil {
		return Action{}, fmt.Errorf("find action: %w", err)
	}
	a, err := pgx.CollectExactlyOneRow(rows, scanAction)
	if db.NoRows(err) {
		return Action{}, errs.New(errs.NotFound, "not found")
	}
	return a, err
}

// judgeAction clears the claim token of what goes back to the queue: whoever
// held it before can no longer settle it.
func judgeAction(ctx context.Context, tx db.Tx, org, action id.ID, to State, reason string, now time.Time) error {
	_, err := tx.Exec(ctx, `update actions set state = $3, phase = action_phase($3), reason = $4, due_at = case when $3 = 'queued' then greatest(due_at, $5) else due_at end,
			claim_token = case when $3 in ('queued', 'abandoned') then null else claim_token end,
			finished_at = case when $3 in ('done', 'abandoned') then $5::timestamptz end
		where org_id = $1 and id = $2`, org, action, string(to), reason, now)
	return err
}

func cancelQueued(ctx context.Context, tx db.Tx, org id.ID, leads []id.ID, reason string, now time.Time) error {
	_, err := tx.Exec(ctx, `update actions set state = 'abandoned', phase = 0, reason = $3, finished_at = $4
		where org_id = $1 and lead_id = any($2) and state in ('queued', 'proposed')`, org, leads, reason, now)
	return err
}

func withdrawQueued(ctx context.Context, tx db.Tx, org id.ID, leads, enrolments []id.ID, reason string, now time.Time) error {
	_, err := tx.Exec(ctx, `update actions set state = 'abandoned', phase = 0, reason = $4, finished_at = $5
		where org_id = $1 and lead_id = any($2) and enrolment_id = any($3) and state in ('queued', 'proposed')`, org, leads, enrolments, reason, now)
	return err
}

func traces(ctx context.Context, tx db.Tx, org id.ID, leads, enrolments []id.ID) (map[id.ID]Trace, error) {
	rows, err := tx.Query(ctx, `select enrolment_id, count(*) filter (where state in ('sending', 'done', 'failed', 'in_doubt')),
			count(*) filter (where state not in ('sending', 'done', 'failed', 'in_doubt'))
		from actions where org_id = $1 and lead_id = any($2) and enrolment_id = any($3) group by enrolment_id`, org, leads, enrolments)
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	out := make(map[id.ID]Trace, len(enrolments))
	var enrolment id.ID
	var t Trace
	_, err = pgx.ForEachRow(rows, []any{&enrolment, &t.Left, &t.Waiting}, func() error {
		out[enrolment] = t
		return nil
	})
	return out, err
}

func delayQueued(ctx context.Context, tx db.Tx, org, lead id.ID, at time.Time) error {
	_, err := tx.Exec(ctx, `update actions set due_at = greatest(due_at, $3)
		where org_id = $1 and lead_id = $2 and state = 'queued'`, org, lead, at)
	if err != nil {
		return fmt.Errorf("delay actions: %w", err)
	}
	return nil
}

func listActions(ctx context.Context, tx db.Tx, org id.ID, f Filter) ([]Action, error) {
	where, args := []string{"org_id = $1"}, []any{org}
	add := func(clause string, arg any) {
		args = append(args, arg)
		where = append(where, fmt.Sprintf(clause, len(args)))
	}
	if f.State != "" {
		add("state = $%d", string(f.State))
	}
	switch f.State { // so that the index actions_waiting serves
	case Proposed:
		where = append(where, "phase >= 2 and phase = 2")
	case InDoubt:
		where = append(where, "phase >= 2 and phase = 3")
	}
	if f.Kind != "" {
		add("kind = $%d", f.Kind)
	}
	if f.CampaignID != id.Nil {
		add("campaign_id = $%d", f.CampaignID)
	}
	if f.LeadID != id.Nil {
		add("lead_id = $%d", f.LeadID)
	}
	if f.Before != id.Nil {
		add("id < $%d", f.Before)
	}
	args = append(args, f.Limit)
	rows, err := tx.Query(ctx, fmt.Sprintf(`select %s from actions where %s order by actions.id desc limit $%d`,
		columns, strings.Join(where, " and "), len(args)), args...)
	if err != nil {
		return nil, fmt.Errorf("list actions: %w", err)
	}
	return pgx.CollectRows(rows, scanAction)
}

func orgOf(ctx context.Context, tx db.Tx, action id.ID) (id.ID, error) {
	var org *id.ID
	if err := tx.QueryRow(ctx, `select action_org($1)`, action).Scan(&org); err != nil {
		return id.Nil, err
	}
	if org == nil {
		return id.Nil, errs.New(errs.NotFound, "not found")
	}
	return *org, nil
}

// countStates counts what is not finished: what is, the read side counts.
func countStates(ctx context.Context, tx db.Tx, org, campaign id.ID) (map[State]int64, error) {
	rows, err := tx.Query(ctx, `select state, count(*) from actions
		where org_id = $1 and campaign_id = $2 and phase = 1 group by state
		union all select state, count(*) from actions
		where org_id = $1 and campaign_id = $2 and phase >= 2 group by state`, org, campaign)
	if err != nil {
		return nil, fmt.Errorf("count actions: %w", err)
	}
	counts := map[State]int64{}
	var state State
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&state, &n}, func() error {
		counts[state] = n
		return nil
	})
	return counts, err
}

func recentTouches(ctx context.Context, tx db.Tx, org id.ID, leads []id.ID, since time.Time) (map[id.ID]int, error) {
	rows, err := tx.Query(ctx, `select lead_id, count(*) from actions
		where org_id = $1 and lead_id = any($2) and created_at >= $3 and touch and state in ('done', 'in_doubt')
		group by lead_id`, org, leads, since)
	if err != nil {
		return nil, fmt.Errorf("recent touches: %w", err)
	}
	counts := map[id.ID]int{}
	var lead id.ID
	var n int
	_, err = pgx.ForEachRow(rows, []any{&lead, &n}, func() error {
		counts[lead] = n
		return nil
	})
	return counts, err
}

func insertDecisions(ctx context.Context, tx db.Tx, org id.ID, decisions []Decision) error {
	batch := &pgx.Batch{}
	for _, d := range decisions {
		batch.Queue(`insert into decisions (org_id, id, kind, lead_id, campaign_id, action_id, inputs, options, chosen, probability, decider, reason, decided_at)
			values ($1, $2, $3, nullif($4, $14::uuid), nullif($5, $14::uuid), nullif($6, $14::uuid), $7, $8, $9, $10, $11, $12, $13)`,
			org, d.ID, d.Kind, d.LeadID, d.CampaignID, d.ActionID, d.Inputs, d.Options, d.Chosen, d.Probability, d.Decider, d.Reason, d.DecidedAt, id.Nil)
	}
	return tx.SendBatch(ctx, batch).Close()
}

func listDecisions(ctx context.Context, tx db.Tx, org, lead, campaign, before id.ID, limit int) ([]Decision, error) {
	rows, err := tx.Query(ctx, `select id, kind, coalesce(lead_id, $6), coalesce(campaign_id, $6), coalesce(action_id, $6),
			inputs, options, chosen, coalesce(probability, 0), decider, reason, decided_at
		from decisions
		where org_id = $1 and ($2::uuid = $6::uuid or lead_id = $2) and ($3::uuid = $6 or campaign_id = $3) and ($4::uuid = $6 or id < $4)
		order by decisions.id desc limit $5`, org, lead, campaign, before, limit, id.Nil)
	if err != nil {
		return nil, fmt.Errorf("list decisions: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Decision])
}

// countWaiting walks the partial index actions_waiting and the claims; the ids
// grow with time, so the lowest is the oldest.
func countWaiting(ctx context.Context, tx db.Tx, org id.ID, most int) (Waiting, error) {
	var w Waiting
	err := tx.QueryRow(ctx, `select p.n, p.oldest, d.n, d.oldest, f.n from
			(select count(*) n, min(created_at) oldest from
				(select created_at from actions where org_id = $1 and phase >= 2 and phase = 2 order by actions.id limit $2) x) p,
			(select count(*) n, min(since) oldest from
				(select coalesce(intent_at, created_at) since from actions where org_id = $1 and phase >= 2 and phase = 3 order by actions.id limit $2) x) d,
			(select count(*) n from action_claims c, unnest(c.actions) as held(id) join actions a on a.org_id = $1 and a.id = held.id
				where c.org_id = $1 and a.claim_token = c.token and a.state in ('claimed', 'sending')) f`, org, most).
		Scan(&w.Proposed.Count, &w.Proposed.OldestAt, &w.InDoubt.Count, &w.InDoubt.OldestAt, &w.InFlight)
	if err != nil {
		return Waiting{}, fmt.Errorf("count waiting actions: %w", err)
	}
	return w, nil
}

func setContent(ctx context.Context, tx db.Tx, org, action, content id.ID) error {
	_, err := tx.Exec(ctx, `update actions set content_id = $3 where org_id = $1 and id = $2`, org, action, content)
	if err != nil {
		return fmt.Errorf("set content of action: %w", err)
	}
	return nil
}
