package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/analytics"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// analytics registers the numbers and the activity feed.
func (a *API) analytics(service *analytics.Service) {
	h := analyticsHandlers{service}
	register(a, huma.Operation{
		OperationID: "query-analytics", Method: http.MethodGet, Path: "/analytics",
		Summary: "Sums of metrics over a time", Tags: []string{"Analytics"},
		Description: "Every item holds a key for each group (campaign_id, step_id, variant_id, channel, day, hour; null for none) and every asked metric. " +
			"Opens and clicks count people, once a mail; replies leave out auto-replies; positive_replies are those sorted as interested. " +
			"revenue and spend are in the smallest unit of currency; amounts in other currencies are left out and their currencies listed.",
	}, h.query)
	register(a, huma.Operation{
		OperationID: "show-funnel", Method: http.MethodGet, Path: "/analytics/funnel",
		Summary: "How far people came in a time", Tags: []string{"Analytics"},
	}, h.funnel)
	register(a, huma.Operation{
		OperationID: "show-activity", Method: http.MethodGet, Path: "/activity",
		Summary: "What happened lately, in words, newest first", Tags: []string{"Analytics"},
	}, h.activity)
}

type analyticsHandlers struct{ service *analytics.Service }

// PeriodQuery is the time of a question.
type PeriodQuery struct {
	From     string `query:"from" maxLength:"40" doc:"RFC 3339 time or date; 29 days before to by default."`
	To       string `query:"to" maxLength:"40" doc:"RFC 3339 time, exclusive, or date, inclusive; now by default."`
	Timezone string `query:"timezone" maxLength:"64" doc:"IANA zone of dates and days; UTC by default."`
	Currency string `query:"currency" maxLength:"3" doc:"Of revenue and spend; USD by default."`
}

type analyticsQuery struct {
	PeriodQuery
	Metrics    []string `query:"metrics" maxItems:"40" doc:"Comma-separated; all by default."`
	GroupBy    []string `query:"group_by" maxItems:"6" doc:"Comma-separated: campaign, step, variant, channel, day, hour."`
	CampaignID []string `query:"campaign_id" maxItems:"100" doc:"Only these campaigns."`
}

// AnalyticsAnswer is the answer of GET /analytics.
type AnalyticsAnswer struct {
	Items           []map[string]any  `json:"items" doc:"Group keys and metrics."`
	Totals          analytics.Figures `json:"totals"`
	From            time.Time         `json:"from"`
	To              time.Time         `json:"to"`
	Timezone        string            `json:"timezone"`
	Currency        string            `json:"currency"`
	OtherCurrencies []string          `json:"other_currencies" doc:"Left out of revenue and spend."`
}

func (h analyticsHandlers) query(ctx context.Context, in *analyticsQuery) (*bodyOf[AnalyticsAnswer], error) {
	ask := analytics.Ask{Metrics: in.Metrics, GroupBy: in.GroupBy, From: in.From, To: in.To, Timezone: in.Timezone, Currency: in.Currency}
	for _, text := range in.CampaignID {
		campaign, err := id.Parse("query.campaign_id", text)
		if err != nil {
			return nil, err
		}
		ask.Campaigns = append(ask.Campaigns, campaign)
	}
	a, err := h.service.Ask(ctx, From(ctx).Org, ask)
	if err != nil {
		return nil, err
	}
	return answer(AnalyticsAnswer{
		Items: analyticsItems(a), Totals: a.Totals.Only(a.Query.Metrics), From: a.Query.From, To: a.Query.To,
		Timezone: a.Query.Zone.String(), Currency: a.Query.Currency, OtherCurrencies: a.OtherCurrencies,
	}), nil
}

// analyticsItems flattens rows: keys and metrics side by side.
func analyticsItems(a *analytics.Answer) []map[string]any {
	items := make([]map[string]any, len(a.Rows))
	for i, row := range a.Rows {
		item := make(map[string]any, len(row.Keys)+len(a.Query.Metrics))
		for k, group := range a.Query.GroupBy {
			item[groupKey(group)] = nil
			if row.Keys[k] != "" {
				item[groupKey(group)] = row.Keys[k]
			}
		}
		for metric, value := range row.Figures.Only(a.Query.Metrics) {
			item[string(metric)] = value
		}
		items[i] = item
	}
	return items
}

// groupKey is the name of a group's key in items.
func groupKey(g analytics.Group) string {
	switch g {
	case analytics.ByCampaign, analytics.ByStep, analytics.ByVariant:
		return string(g) + "_id"
	}
	return string(g)
}

// FunnelAnswer is the answer of GET /analytics/funnel.
type FunnelAnswer struct {
	Items []FunnelStage `json:"items"`
	From  time.Time     `json:"from"`
	To    time.Time     `json:"to"`
}

// FunnelStage is one stage of the funnel.
type FunnelStage struct {
	Stage string `json:"stage"`
	Count int64  `json:"count"`
}

func (h analyticsHandlers) funnel(ctx context.Context, in *PeriodQuery) (*bodyOf[FunnelAnswer], error) {
	q, stages, err := h.service.Funnel(ctx, From(ctx).Org, analytics.Ask{From: in.From, To: in.To, Timezone: in.Timezone, Currency: in.Currency})
	if err != nil {
		return nil, err
	}
	out := FunnelAnswer{Items: make([]FunnelStage, len(stages)), From: q.From, To: q.To}
	for i, s := range stages {
		out.Items[i] = FunnelStage{s.Name, s.Count}
	}
	return answer(out), nil
}

type activityQuery struct {
	PageQuery
	After int64 `query:"after" minimum:"0" doc:"Only what came after this seq."`
}

// ActivityLine is one thing that happened.
type ActivityLine struct {
	Seq        int64     `json:"seq"`
	Event      string    `json:"event"`
	OccurredAt time.Time `json:"occurred_at"`
	Text       string    `json:"text"`
	LeadID     *id.ID    `json:"lead_id,omitempty"`
	CampaignID *id.ID    `json:"campaign_id,omitempty"`
}

func (h analyticsHandlers) activity(ctx context.Context, in *activityQuery) (*bodyOf[Page[ActivityLine]], error) {
	var before int64
	if err := decodeCursor(in.Cursor, &before); err != nil {
		return nil, err
	}
	if before < 0 {
		return nil, errs.InvalidField("query.cursor", "not a cursor of ours")
	}
	lines, err := h.service.Activity(ctx, From(ctx).Org, in.After, before, in.Limit)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(lines) == in.Limit {
		next = encodeCursor(lines[len(lines)-1].Seq)
	}
	return mapPage(lines, next, func(l analytics.Line) ActivityLine {
		return ActivityLine{l.Seq, l.Event, l.OccurredAt, l.Text, optionalID(l.LeadID), optionalID(l.CampaignID)}
	}), nil
}

func optionalID(v id.ID) *id.ID {
	if v == id.Nil {
		return nil
	}
	return &v
}

// CampaignMetrics is the answer of GET /campaigns/{id}/metrics, over all time.
type CampaignMetrics struct {
	CampaignID  id.ID               `json:"campaign_id"`
	Currency    string              `json:"currency" doc:"Of revenue and spend, which are in its smallest unit."`
	Totals      analytics.Figures   `json:"totals"`
	ByStep      []StepMetrics       `json:"by_step"`
	ByVariant   []VariantMetrics    `json:"by_variant"`
	Comparisons []VariantComparison `json:"comparisons" doc:"Every two variants of a step, by answers of people; never by opens."`
}

// StepMetrics are the figures of one step.
type StepMetrics struct {
	StepID  id.ID             `json:"step_id"`
	Metrics analytics.Figures `json:"metrics"`
}

// VariantMetrics are the figures of one variant.
type VariantMetrics struct {
	StepID    id.ID             `json:"step_id"`
	VariantID id.ID             `json:"variant_id"`
	Metrics   analytics.Figures `json:"metrics"`
}

// VariantComparison says which of two variants gets more answers, if that can be
// said.
type VariantComparison struct {
	StepID     id.ID             `json:"step_id"`
	First      id.ID             `json:"first"`
	Second     id.ID             `json:"second"`
	FirstRate  float64           `json:"first_rate" doc:"Answers by people per mail."`
	SecondRate float64           `json:"second_rate"`
	Difference float64           `json:"difference" doc:"first_rate - second_rate"`
	Low        float64           `json:"low" doc:"Of the difference, at the confidence."`
	High       float64           `json:"high"`
	Confidence float64           `json:"confidence"`
	Verdict    analytics.Verdict `json:"verdict" enum:"not_enough_data,no_difference_shown,first_better,second_better"`
}

// campaignMetricsOf shapes a report.
func campaignMetricsOf(r *analytics.CampaignReport) CampaignMetrics {
	all := analytics.Metrics()
	out := CampaignMetrics{
		CampaignID: r.CampaignID, Currency: r.Currency, Totals: r.Totals.Only(all),
		ByStep: []StepMetrics{}, ByVariant: []VariantMetrics{}, Comparisons: []VariantComparison{},
	}
	for _, p := range r.BySteps {
		out.ByStep = append(out.ByStep, StepMetrics{p.StepID, p.Figures.Only(all)})
	}
	for _, p := range r.ByVariants {
		out.ByVariant = append(out.ByVariant, VariantMetrics{p.StepID, p.VariantID, p.Figures.Only(all)})
	}
	for _, c := range r.Comparisons {
		out.Comparisons = append(out.Comparisons, VariantComparison{
			c.StepID, c.First, c.Second, c.FirstRate, c.SecondRate, c.Difference, c.Low, c.High, c.Confidence, c.Verdict,
		})
	}
	return out
}
