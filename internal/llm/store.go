package llm

import (
	"context"
	"fmt"
	"time"

	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// Budget bounds what an organisation's model calls may use in one UTC day.
type Budget struct {
	// MicrosPerDay is in millionths of a US dollar; 0 means no bound of money.
	// With a bound, a model of unknown price is refused: what cannot be counted
	// cannot be bounded.
	MicrosPerDay int64
	// TokensPerDay is 0 for no bound of tokens.
	TokensPerDay int64
}

// store is the ledger in PostgreSQL.
type store struct {
	db     *db.DB
	clock  clock.Clock
	budget func(ctx context.Context, org id.ID) (Budget, error)
}

// Reserve checks and writes under the lock of the day's row.
func (s *store) Reserve(ctx context.Context, r Reservation) (id.ID, error) {
	budget, err := s.budget(ctx, r.Org)
	if err != nil {
		return id.Nil, fmt.Errorf("model budget of %s: %w", r.Org, err)
	}
	if r.CostMicros == nil && budget.MicrosPerDay > 0 {
		return id.Nil, &errs.Error{
			Kind: errs.Conflict, Code: CodeUnknownPrice,
			Message: fmt.Sprintf("the price of model %s is unknown, so the daily budget cannot be kept: set its price", r.Model),
		}
	}
	now := s.clock.Now()
	call := id.New()
	var micros int64
	if r.CostMicros != nil {
		micros = *r.CostMicros
	}
	err = s.db.InTenant(ctx, r.Org, func(tx db.Tx) error {
		if _, err := tx.Exec(ctx, `insert into llm_days (org_id, day) values ($1, $2) on conflict do nothing`,
			r.Org, day(now)); err != nil {
			return fmt.Errorf("day: %w", err)
		}
		tag, err := tx.Exec(ctx, `update llm_days set micros = micros + $3, tokens = tokens + $4, calls = calls + 1
			where org_id = $1 and day = $2
			  and ($5::bigint = 0 or micros + $3 <= $5) and ($6::bigint = 0 or tokens + $4 <= $6)`,
			r.Org, day(now), micros, r.Tokens, budget.MicrosPerDay, budget.TokensPerDay)
		if err != nil {
			return fmt.Errorf("reserve: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return &errs.Error{
				Kind: errs.LimitExceeded, Code: CodeBudget,
				Message:    "the model budget of the day is used up",
				RetryAfter: day(now).AddDate(0, 0, 1).Sub(now),
			}
		}
		return insertCall(ctx, tx, call, r, micros, now)
	})
	if err != nil {
		return id.Nil, err
	}
	return call, nil
}

func insertCall(ctx context.Context, tx db.Tx, call id.ID, r Reservation, micros int64, now time.Time) error {
	_, err := tx.Exec(ctx, `insert into llm_calls (org_id, id, day, purpose, campaign_id, lead_id, provider, model, outcome,
			counted_micros, counted_tokens, prompt_sha256, prompt_bytes, started_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, 'running', $9, $10, $11, $12, $13)`,
		r.Org, call, day(now), r.Ref.Purpose, orNull(r.Ref.CampaignID), orNull(r.Ref.LeadID), r.Provider, r.Model,
		micros, r.Tokens, r.PromptHash[:], r.PromptBytes, now)
	if err != nil {
		return fmt.Errorf("record call: %w", err)
	}
	return nil
}

// Settle closes a running call and gives back to its day what it did not use.
func (s *store) Settle(ctx context.Context, v Settlement) error {
	var u Usage
	if v.Usage != nil {
		u = *v.Usage
	}
	known := v.Usage != nil
	return s.db.InTenant(ctx, v.Org, func(tx db.Tx) error {
		_, err := tx.Exec(ctx, `with old as (
				select day, counted_micros, counted_tokens from llm_calls
				where org_id = $1 and id = $2 and outcome = 'running' for update
			), new as (
				update llm_calls c set outcome = $3, code = $4,
					model_answered = nullif($5, ''),
					input_tokens = case when $6 then $7::bigint end, cached_input_tokens = case when $6 then $8::bigint end,
					cache_write_tokens = case when $6 then $9::bigint end, output_tokens = case when $6 then $10::bigint end,
					cost_micros = case when $11 then 0 else $12::bigint end,
					counted_micros = case when $11 then 0 else coalesce($12::bigint, c.counted_micros) end,
					counted_tokens = case when $11 then 0 when $6 then $7::bigint + $8::bigint + $9::bigint + $10::bigint
						else c.counted_tokens end,
					latency_ms = $13, first_token_ms = nullif($14::bigint, 0), answer_sha256 = $15, answer_bytes = $16, settled_at = $17
				from old where c.org_id = $1 and c.id = $2 and c.outcome = 'running'
				returning c.counted_micros, c.counted_tokens
			)
			update llm_days d set micros = d.micros - old.counted_micros + new.counted_micros,
				tokens = d.tokens - old.counted_tokens + new.counted_tokens
			from old, new where d.org_id = $1 and d.day = old.day`,
			v.Org, v.Call, v.Outcome, v.Code, firstRunes(u.Model, 128), known, u.Input, u.CachedInput, u.CacheWrite, u.Output,
			v.Unbilled, v.CostMicros, v.Latency.Milliseconds(), ceilMillis(v.FirstToken), v.AnswerHash[:], v.AnswerBytes, s.clock.Now())
		if err != nil {
			return fmt.Errorf("settle call %s: %w", v.Call, err)
		}
		return nil
	})
}

// recordOffline notes a text that no model wrote: free, settled at once.
func (s *store) recordOffline(ctx context.Context, r Reservation, answer Settlement) error {
	now := s.clock.Now()
	call := id.New()
	return s.db.InTenant(ctx, r.Org, func(tx db.Tx) error {
		if err := insertCall(ctx, tx, call, r, 0, now); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `update llm_calls set outcome = 'done', input_tokens = 0, cached_input_tokens = 0,
				cache_write_tokens = 0, output_tokens = 0, cost_micros = 0, latency_ms = 0,
				answer_sha256 = $3, answer_bytes = $4, settled_at = $5
			where org_id = $1 and id = $2`, r.Org, call, answer.AnswerHash[:], answer.AnswerBytes, now)
		if err != nil {
			return fmt.Errorf("record offline text: %w", err)
		}
		return nil
	})
}

// Spent is what one group of calls used.
type Spent struct {
	Purpose      string
	Provider     string
	Model        string
	CampaignID   id.ID // Nil when none
	Calls        int64
	Failed       int64
	InputTokens  int64 // with cached ones
	OutputTokens int64
	CostMicros   int64 // of the calls whose cost is known
	UnknownCost  int64 // calls whose cost is not known: report them, don't price them
}

func (s *store) spent(ctx context.Context, org id.ID, from, to time.Time) ([]Spent, error) {
	var out []Spent
	err := s.db.InTenant(ctx, org, func(tx db.Tx) error {
		rows, err := tx.Query(ctx, `select purpose, provider, model, coalesce(campaign_id, '00000000-0000-0000-0000-000000000000'::uuid),
				count(*), count(*) filter (where outcome = 'failed'),
				coalesce(sum(input_tokens + cached_input_tokens + cache_write_tokens), 0)::bigint,
				coalesce(sum(output_tokens), 0)::bigint, coalesce(sum(cost_micros), 0)::bigint,
				count(*) filter (where cost_micros is null)
			from llm_calls where org_id = $1 and day between $2 and $3
			group by purpose, provider, model, campaign_id order by purpose, provider, model, campaign_id nulls first`,
			org, day(from), day(to))
		if err != nil {
			return fmt.Errorf("query: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var v Spent
			if err := rows.Scan(&v.Purpose, &v.Provider, &v.Model, &v.CampaignID, &v.Calls, &v.Failed,
				&v.InputTokens, &v.OutputTokens, &v.CostMicros, &v.UnknownCost); err != nil {
				return fmt.Errorf("scan: %w", err)
			}
			out = append(out, v)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("model spending of %s: %w", org, err)
	}
	return out, nil
}

// status reads the last calls and the sums of the days from..to.
func (s *store) status(ctx context.Context, org id.ID, from, to time.Time) (Status, error) {
	var v Status
	err := s.db.InTenant(ctx, org, func(tx db.Tx) error {
		return tx.QueryRow(ctx, `select
				(select max(settled_at) from llm_calls where org_id = $1 and provider <> $4 and outcome = 'done'),
				f.settled_at, coalesce(f.code, ''),
				count(*) filter (where provider <> $4), count(*) filter (where provider <> $4 and outcome = 'failed'),
				coalesce(sum(c.cost_micros), 0)::bigint,
				count(*) filter (where provider <> $4 and cost_micros is null and outcome <> 'running'),
				count(*) filter (where provider = $4)
			from (select 1) one
			left join llm_calls c on c.org_id = $1 and c.day between $2 and $3
			left join lateral (select settled_at, code from llm_calls where org_id = $1 and outcome = 'failed'
				order by id desc limit 1) f on true
			group by f.settled_at, f.code`, org, day(from), day(to), OfflineModel).
			Scan(&v.LastSuccess, &v.LastError, &v.ErrorCode, &v.Calls, &v.Failed, &v.CostMicros, &v.UnknownCost, &v.Offline)
	})
	if err != nil {
		return Status{}, fmt.Errorf("model status of %s: %w", org, err)
	}
	return v, nil
}

// Today is how much of a day's budget is used, with open reservations.
type Today struct {
	Micros int64
	Tokens int64
	Calls  int64
}

func (s *store) today(ctx context.Context, org id.ID) (Today, error) {
	var t Today
	err := s.db.InTenant(ctx, org, func(tx db.Tx) error {
		err := tx.QueryRow(ctx, `select micros, tokens, calls from llm_days where org_id = $1 and day = $2`,
			org, day(s.clock.Now())).Scan(&t.Micros, &t.Tokens, &t.Calls)
		if db.NoRows(err) {
			return nil
		}
		return err
	})
	if err != nil {
		return Today{}, fmt.Errorf("model budget of %s: %w", org, err)
	}
	return t, nil
}

func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

func orNull(v id.ID) *id.ID {
	if v == id.Nil {
		return nil
	}
	return &v
}

// ceilMillis keeps a first token within the first millisecond apart from none.
func ceilMillis(d time.Duration) int64 { return int64((d + time.Millisecond - 1) / time.Millisecond) }

func firstRunes(s string, n int) string { return oneLine(s, n) }
