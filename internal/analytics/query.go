package analytics

import (
	"context"
	"slices"
	"strings"
	"time"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// Group is something an answer is split by.
type Group string

// The groups.
const (
	ByCampaign Group = "campaign"
	ByStep     Group = "step"
	ByVariant  Group = "variant"
	ByChannel  Group = "channel"
	ByDay      Group = "day"  // in the query's zone; an hour belongs to the day in which it starts
	ByHour     Group = "hour" // UTC
)

func groups() []Group { return []Group{ByCampaign, ByStep, ByVariant, ByChannel, ByDay, ByHour} }

const (
	// maxSums bounds an answer; more must be asked in pieces.
	maxSums = 50_000
	// maxSpan bounds the time asked for.
	maxSpan = 5 * 366 * 24 * time.Hour
	// defaultSpan is asked when from is missing: today and the 29 days before.
	defaultSpan = 29
)

// Query asks for sums of metrics in From <= hour < To.
type Query struct {
	Metrics   []Metric
	GroupBy   []Group
	From, To  time.Time
	Zone      *time.Location
	Campaigns []id.ID // none means all
	Currency  string  // of money metrics
}

// Ask is a Query as people write it. Empty fields have defaults.
type Ask struct {
	Metrics   []string // none: all
	GroupBy   []string
	From, To  string // RFC 3339, or a date in Timezone; a date in To includes its day
	Timezone  string // IANA; UTC by default
	Campaigns []id.ID
	Currency  string
}

// Query checks the ask. Errors name the parameter.
func (a Ask) Query(now time.Time) (*Query, error) {
	q := &Query{Campaigns: a.Campaigns, Currency: strings.ToUpper(a.Currency), Zone: time.UTC}
	if q.Campaigns == nil {
		q.Campaigns = []id.ID{}
	}
	if q.Currency == "" {
		q.Currency = DefaultCurrency
	}
	for _, name := range a.Metrics {
		m := Metric(strings.TrimSpace(name))
		if !m.Known() {
			return nil, errs.InvalidField("query.metrics", "unknown metric %q; known are %s", name, list(Metrics()))
		}
		if !slices.Contains(q.Metrics, m) {
			q.Metrics = append(q.Metrics, m)
		}
	}
	if len(q.Metrics) == 0 {
		q.Metrics = Metrics()
	}
	for _, name := range a.GroupBy {
		g := Group(strings.TrimSpace(name))
		if !slices.Contains(groups(), g) {
			return nil, errs.InvalidField("query.group_by", "unknown group %q; known are %s", name, list(groups()))
		}
		if !slices.Contains(q.GroupBy, g) {
			q.GroupBy = append(q.GroupBy, g)
		}
	}
	if a.Timezone != "" {
		zone, err := time.LoadLocation(a.Timezone)
		if err != nil || a.Timezone == "Local" {
			return nil, errs.InvalidField("query.timezone", "not an IANA time zone such as Europe/Berlin")
		}
		q.Zone = zone
	}
	return q, a.period(q, now)
}

// period fills From and To.
func (a Ask) period(q *Query, now time.Time) error {
	q.To = now
	if a.To != "" {
		to, isDate, err := moment("query.to", a.To, q.Zone)
		if err != nil {
			return err
		}
		if isDate {
			to = to.AddDate(0, 0, 1)
		}
		q.To = to
	}
	local := q.To.In(q.Zone)
	q.From = time.Date(local.Year(), local.Month(), local.Day()-defaultSpan, 0, 0, 0, 0, q.Zone)
	if a.From != "" {
		from, _, err := moment("query.from", a.From, q.Zone)
		if err != nil {
			return err
		}
		q.From = from
	}
	q.From, q.To = q.From.UTC().Truncate(time.Hour), q.To.UTC()
	if !q.From.Before(q.To) {
		return errs.InvalidField("query.from", "must be before to")
	}
	if q.To.Sub(q.From) > maxSpan {
		return errs.InvalidField("query.from", "at most five years before to")
	}
	return nil
}

// moment reads a time or a date at midnight of the zone.
func moment(location, s string, zone *time.Location) (t time.Time, isDate bool, err error) {
	if t, err := time.ParseInLocation(time.DateOnly, s, zone); err == nil {
		return t, true, nil
	}
	t, err = time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, false, errs.InvalidField(location, "not a time such as 2026-01-31T08:00:00Z, nor a date such as 2026-01-31")
	}
	return t, false, nil
}

func list[T ~string](values []T) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = string(v)
	}
	return strings.Join(words, ", ")
}

// Row is one line of an answer. Keys are in the order of the query's groups;
// empty means none, such as leads that belong to no campaign.
type Row struct {
	Keys    []string
	Figures Figures
}

// Answer holds the sums of a query.
type Answer struct {
	Query  *Query
	Rows   []Row
	Totals Figures
	// OtherCurrencies lists what money metrics leave out: amounts are never added
	// over currencies.
	OtherCurrencies []string
}

// Ask answers from the rollups.
func (s *Service) Ask(ctx context.Context, org id.ID, ask Ask) (*Answer, error) {
	q, err := ask.Query(s.Clock.Now())
	if err != nil {
		return nil, err
	}
	var sums []sum
	err = s.DB.InTenant(ctx, org, func(tx db.Tx) (err error) {
		sums, err = readRollups(ctx, tx, org, q)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(sums) > maxSums {
		return nil, errs.InvalidField("query.group_by", "the answer has too many lines: ask for a shorter time or fewer groups")
	}
	return gather(q, sums), nil
}

// gather turns sums, sorted by keys, into rows.
func gather(q *Query, sums []sum) *Answer {
	a := &Answer{Query: q, Rows: []Row{}, Totals: Figures{}, OtherCurrencies: []string{}}
	for _, v := range sums {
		if v.metric.isMoney() && v.currency != q.Currency {
			if !slices.Contains(a.OtherCurrencies, v.currency) {
				a.OtherCurrencies = append(a.OtherCurrencies, v.currency)
			}
			continue
		}
		for i, key := range v.keys {
			if key == id.Nil.String() {
				v.keys[i] = ""
			}
		}
		if n := len(a.Rows); n == 0 || !slices.Equal(a.Rows[n-1].Keys, v.keys) {
			a.Rows = append(a.Rows, Row{Keys: v.keys, Figures: Figures{}})
		}
		a.Rows[len(a.Rows)-1].Figures[v.metric] += v.value
		a.Totals[v.metric] += v.value
	}
	for i := range a.Rows {
		a.Rows[i].Figures.toMinor()
	}
	a.Totals.toMinor()
	slices.Sort(a.OtherCurrencies)
	return a
}

// Stage is one step of the funnel.
type Stage struct {
	Name  string
	Count int64
}

// Funnel counts how far people came in the period. Opens are no stage: they
// prove nothing. Stages count events of the period, not one group of people, so
// a late answer counts in the month it came.
func (s *Service) Funnel(ctx context.Context, org id.ID, ask Ask) (*Query, []Stage, error) {
	ask.Metrics, ask.GroupBy = []string{
		string(LeadsCreated), string(EmailsSent), string(Calls), string(Replies), string(Connects),
		string(PositiveReplies), string(Meetings), string(DealsWon),
	}, nil
	a, err := s.Ask(ctx, org, ask)
	if err != nil {
		return nil, nil, err
	}
	t := a.Totals
	return a.Query, []Stage{
		{"leads_created", t[LeadsCreated]},
		{"touches", t[EmailsSent] + t[Calls]},
		{"answers", t[Replies] + t[Connects]},
		{"positive_replies", t[PositiveReplies]},
		{"meetings", t[Meetings]},
		{"deals_won", t[DealsWon]},
	}, nil
}

// Part is the figures of a step or a variant of a campaign.
type Part struct {
	StepID    id.ID
	VariantID id.ID // Nil for a step
	Figures   Figures
}

// CampaignReport is how a campaign does, over all time.
type CampaignReport struct {
	CampaignID  id.ID
	Currency    string
	Totals      Figures
	BySteps     []Part
	ByVariants  []Part
	Comparisons []Comparison
}

// CampaignMetrics reports on a campaign. One that nothing happened in, or that
// does not exist, has zeros: whether it exists is for the caller to know.
func (s *Service) CampaignMetrics(ctx context.Context, org, campaign id.ID) (*CampaignReport, error) {
	var totals []total
	err := s.DB.InTenant(ctx, org, func(tx db.Tx) (err error) {
		totals, err = campaignTotals(ctx, tx, org, []id.ID{campaign})
		return err
	})
	if err != nil {
		return nil, err
	}
	r := &CampaignReport{CampaignID: campaign, Currency: DefaultCurrency, Totals: Figures{}}
	steps, variants := map[place]Figures{}, map[place]Figures{}
	for _, t := range totals {
		if t.metric.isMoney() && t.currency != r.Currency {
			continue
		}
		r.Totals[t.metric] += t.value
		addTo(steps, place{step: t.step}, t)
		addTo(variants, place{step: t.step, variant: t.variant}, t)
	}
	r.Totals.toMinor()
	r.BySteps, r.ByVariants = parts(steps), parts(variants)
	r.ByVariants = slices.DeleteFunc(r.ByVariants, func(p Part) bool { return p.VariantID == id.Nil })
	r.Comparisons = compareVariants(r.ByVariants)
	return r, nil
}

func addTo(sums map[place]Figures, at place, t total) {
	if sums[at] == nil {
		sums[at] = Figures{}
	}
	sums[at][t.metric] += t.value
}

// parts lists sums in the order of their ids, without those of no step.
func parts(sums map[place]Figures) []Part {
	out := []Part{}
	for at, figures := range sums {
		if at.step == id.Nil {
			continue
		}
		figures.toMinor()
		out = append(out, Part{at.step, at.variant, figures})
	}
	slices.SortFunc(out, func(a, b Part) int {
		if c := slices.Compare(a.StepID[:], b.StepID[:]); c != 0 {
			return c
		}
		return slices.Compare(a.VariantID[:], b.VariantID[:])
	})
	return out
}
