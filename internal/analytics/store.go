package analytics

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// insertFirsts returns those that were not there yet.
func insertFirsts(ctx context.Context, tx db.Tx, org id.ID, firsts map[first]cell) (map[first]bool, error) {
	fresh := map[first]bool{}
	if len(firsts) == 0 {
		return fresh, nil
	}
	actions, metrics, hours := make([]id.ID, 0, len(firsts)), make([]string, 0, len(firsts)), make([]time.Time, 0, len(firsts))
	for f, c := range firsts {
		actions, metrics, hours = append(actions, f.action), append(metrics, string(f.metric)), append(hours, time.Unix(c.hour, 0))
	}
	rows, err := tx.Query(ctx, `insert into metric_firsts (org_id, action_id, metric, hour)
		select $1, a, m, h from unnest($2::uuid[], $3::text[], $4::timestamptz[]) as t(a, m, h)
		on conflict do nothing returning action_id, metric`, org, actions, metrics, hours)
	if err != nil {
		return nil, fmt.Errorf("first answers: %w", err)
	}
	var f first
	_, err = pgx.ForEachRow(rows, []any{&f.action, &f.metric}, func() error {
		fresh[f] = true
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("first answers: %w", err)
	}
	return fresh, nil
}

// dropFirst forgets that something was counted for a mail and returns the hour in
// which it was: fallback where an older version did not note it. false: it was not
// counted.
func dropFirst(ctx context.Context, tx db.Tx, org id.ID, f first, fallback int64) (hour int64, counted bool, err error) {
	var at *time.Time
	err = tx.QueryRow(ctx, `delete from metric_firsts where org_id = $1 and action_id = $2 and metric = $3 returning hour`,
		org, f.action, string(f.metric)).Scan(&at)
	switch {
	case db.NoRows(err):
		return 0, false, nil
	case err != nil:
		return 0, false, fmt.Errorf("take back a first answer: %w", err)
	case at == nil:
		return fallback, true, nil
	}
	return at.Unix(), true, nil
}

// columns holds cells as arrays for unnest.
type columns struct {
	metrics, channels, currencies []string
	hours                         []time.Time
	campaigns, steps, variants    []id.ID
	values                        []int64
}

// split lays out sums in the order of the key, so that two writers never wait
// for each other in a circle. Hours are dropped when hourly is false.
func split(sums map[cell]int64, hourly bool) columns {
	merged := sums
	if !hourly {
		merged = make(map[cell]int64, len(sums))
		for c, n := range sums {
			c.hour = 0
			merged[c] += n
		}
	}
	cells := slices.SortedFunc(maps.Keys(merged), func(a, b cell) int {
		return cmp.Or(strings.Compare(string(a.metric), string(b.metric)), cmp.Compare(a.hour, b.hour),
			slices.Compare(a.campaign[:], b.campaign[:]), strings.Compare(a.channel, b.channel),
			slices.Compare(a.step[:], b.step[:]), slices.Compare(a.variant[:], b.variant[:]), strings.Compare(a.currency, b.currency))
	})
	var out columns
	for _, c := range cells {
		out.metrics = append(out.metrics, string(c.metric))
		out.hours = append(out.hours, time.Unix(c.hour, 0))
		out.campaigns = append(out.campaigns, c.campaign)
		out.channels = append(out.channels, c.channel)
		out.steps = append(out.steps, c.step)
		out.variants = append(out.variants, c.variant)
		out.currencies = append(out.currencies, c.currency)
		out.values = append(out.values, merged[c])
	}
	return out
}

// addCounts adds sums to the hours and to the totals, in one round trip.
func addCounts(ctx context.Context, tx db.Tx, org id.ID, sums map[cell]int64) error {
	if len(sums) == 0 {
		return nil
	}
	h, t := split(sums, true), split(sums, false)
	batch := &pgx.Batch{}
	batch.Queue(`insert into metric_rollups as r (org_id, metric, hour, campaign_id, channel, step_id, variant_id, currency, value)
		select $1, m, h, c, ch, s, v, cu, n
		from unnest($2::text[], $3::timestamptz[], $4::uuid[], $5::text[], $6::uuid[], $7::uuid[], $8::text[], $9::bigint[]) as t(m, h, c, ch, s, v, cu, n)
		on conflict (org_id, metric, hour, campaign_id, channel, step_id, variant_id, currency) do update set value = r.value + excluded.value`,
		org, h.metrics, h.hours, h.campaigns, h.channels, h.steps, h.variants, h.currencies, h.values)
	batch.Queue(`insert into metric_totals as r (org_id, metric, campaign_id, channel, step_id, variant_id, currency, value)
		select $1, m, c, ch, s, v, cu, n
		from unnest($2::text[], $3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::text[], $8::bigint[]) as t(m, c, ch, s, v, cu, n)
		on conflict (org_id, campaign_id, metric, channel, step_id, variant_id, currency) do update set value = r.value + excluded.value`,
		org, t.metrics, t.campaigns, t.channels, t.steps, t.variants, t.currencies, t.values)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("add counts: %w", err)
	}
	return nil
}

// markPending locks the rows it finds, so that a tell that runs meanwhile cannot
// clear a mark without having seen this transaction's counts.
func markPending(ctx context.Context, tx db.Tx, org id.ID, campaigns map[id.ID]bool) error {
	if len(campaigns) == 0 {
		return nil
	}
	ids := slices.SortedFunc(maps.Keys(campaigns), func(a, b id.ID) int { return slices.Compare(a[:], b[:]) })
	_, err := tx.Exec(ctx, `insert into metric_pending (org_id, campaign_id) select $1, c from unnest($2::uuid[]) as t(c)
		on conflict (org_id, campaign_id) do update set campaign_id = excluded.campaign_id`, org, ids)
	if err != nil {
		return fmt.Errorf("mark changed campaigns: %w", err)
	}
	return nil
}

func pendingOrgs(ctx context.Context, d *db.DB) ([]id.ID, error) {
	rows, err := d.Pool().Query(ctx, `select org_id from metric_pending_orgs()`)
	if err != nil {
		return nil, fmt.Errorf("changed numbers: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[id.ID])
}

// takePending clears the marks nobody is writing at this moment and returns them.
func takePending(ctx context.Context, tx db.Tx, org id.ID) ([]id.ID, error) {
	rows, err := tx.Query(ctx, `delete from metric_pending p using (
			select campaign_id from metric_pending where org_id = $1 order by campaign_id for update skip locked) t
		where p.org_id = $1 and p.campaign_id = t.campaign_id returning p.campaign_id`, org)
	if err != nil {
		return nil, fmt.Errorf("changed campaigns: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[id.ID])
}

// total is a sum over all time.
type total struct {
	place
	metric   Metric
	currency string
	value    int64
}

// campaignTotals reads the all-time sums of campaigns.
func campaignTotals(ctx context.Context, tx db.Tx, org id.ID, campaigns []id.ID) ([]total, error) {
	rows, err := tx.Query(ctx, `select campaign_id, step_id, variant_id, channel, metric, currency, value
		from metric_totals where org_id = $1 and campaign_id = any ($2)`, org, campaigns)
	if err != nil {
		return nil, fmt.Errorf("totals: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (total, error) {
		var t total
		err := row.Scan(&t.campaign, &t.step, &t.variant, &t.channel, &t.metric, &t.currency, &t.value)
		return t, err
	})
}

// grouping is how a group is summed and how its key is written. Sums are made
// over native values; only the few results are put into text.
type grouping struct{ by, text string }

// groupings of the table metric_rollups; days are local to the zone $5.
func groupings() map[Group]grouping {
	return map[Group]grouping{
		ByCampaign: {`campaign_id`, `%s::text`},
		ByVariant:  {`variant_id`, `%s::text`},
		ByStep:     {`step_id`, `%s::text`},
		ByChannel:  {`channel`, `%s`},
		ByDay:      {`(hour at time zone $5::text)::date`, `to_char(%s, 'YYYY-MM-DD')`},
		ByHour:     {`hour`, `to_char(%s at time zone 'UTC', 'YYYY-MM-DD"T"HH24:00:00"Z"')`},
	}
}

// sum is one value of an answer under its group keys.
type sum struct {
	keys     []string
	metric   Metric
	currency string
	value    int64
}

// readRollups sums the asked metrics by the asked groups. The SQL is built from
// the fixed list above only.
func readRollups(ctx context.Context, tx db.Tx, org id.ID, q *Query) ([]sum, error) {
	known := groupings()
	var inner, keys, order strings.Builder
	for i, g := range q.GroupBy {
		name := "k" + strconv.Itoa(i)
		inner.WriteString(known[g].by + " as " + name + ", ")
		if i > 0 {
			keys.WriteString(", ")
		}
		keys.WriteString(fmt.Sprintf(known[g].text, name))
		order.WriteString(name + ", ")
	}
	metrics := make([]string, len(q.Metrics))
	for i, m := range q.Metrics {
		metrics[i] = string(m)
	}
	rows, err := tx.Query(ctx, `select array[`+keys.String()+`]::text[], metric, currency, value from (
			select `+inner.String()+`metric, currency, sum(value)::bigint as value
			from metric_rollups
			where org_id = $1 and metric = any ($2) and hour >= $3 and hour < $4 and $5::text <> ''
				and (cardinality($6::uuid[]) = 0 or campaign_id = any ($6))
			group by `+order.String()+`metric, currency) g
		order by `+order.String()+`metric, currency limit $7`,
		org, metrics, q.From, q.To, q.Zone.String(), q.Campaigns, maxSums+1)
	if err != nil {
		return nil, fmt.Errorf("read rollups: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (sum, error) {
		var s sum
		err := row.Scan(&s.keys, &s.metric, &s.currency, &s.value)
		return s, err
	})
}
