package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/analytics"
	"rainmaker/internal/platform/id"
)

// reports registers what the numbers say, and links that show them to others.
func (a *API) reports(service *analytics.Service) {
	h := reportHandlers{service}
	tags := []string{"Analytics"}
	register(a, huma.Operation{
		OperationID: "list-insights", Method: http.MethodGet, Path: "/analytics/insights",
		Summary: "What the numbers show with enough evidence to say it", Tags: tags,
		Description: "Fixed rules over the counts of the period, no model. Each names its sample and its interval; what is not shown has too little evidence.",
	}, h.insights)
	register(a, huma.Operation{
		OperationID: "show-forecast", Method: http.MethodGet, Path: "/analytics/forecast",
		Summary: "What the next days will bring if they are like those before", Tags: tags,
	}, h.forecast)
	register(a, huma.Operation{
		OperationID: "create-share", Method: http.MethodPost, Path: "/shares", DefaultStatus: http.StatusCreated,
		Summary: "Make a link that shows a report to whoever has it, for some days", Tags: tags,
		Description: "It shows sums and names of campaigns, never people. The address is told once.",
	}, h.create)
	register(a, huma.Operation{
		OperationID: "list-shares", Method: http.MethodGet, Path: "/shares",
		Summary: "The links, the newest first; those that ended too", Tags: tags,
	}, h.list)
	register(a, huma.Operation{
		OperationID: "revoke-share", Method: http.MethodDelete, Path: "/shares/{id}", DefaultStatus: http.StatusNoContent,
		Summary: "End a link at once", Tags: tags,
	}, h.revoke)
	register(a, huma.Operation{
		OperationID: "open-share", Method: http.MethodGet, Path: "/shared/{token}",
		Summary: "The report behind a link", Tags: tags,
	}, h.open)
}

type reportHandlers struct{ service *analytics.Service }

// Insight is something the numbers show.
type Insight struct {
	Kind       string             `json:"kind"`
	Weight     analytics.Weight   `json:"weight" enum:"act,look,shine"`
	Title      string             `json:"title"`
	Text       string             `json:"text"`
	CampaignID *id.ID             `json:"campaign_id,omitempty"`
	StepID     *id.ID             `json:"step_id,omitempty"`
	VariantID  *id.ID             `json:"variant_id,omitempty"`
	Sample     int64              `json:"sample" doc:"Mails it stands on."`
	Evidence   map[string]float64 `json:"evidence" doc:"Counts, rates, and the ends of the interval at the confidence."`
	Action     InsightAction      `json:"action"`
}

// InsightAction is what a person may do about it.
type InsightAction struct {
	Label string `json:"label"`
	Place string `json:"place" enum:"campaign,variants"`
}

// Insights is the answer of GET /analytics/insights.
type Insights struct {
	Items []Insight `json:"items"`
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
}

func (h reportHandlers) insights(ctx context.Context, in *PeriodQuery) (*bodyOf[Insights], error) {
	q, found, err := h.service.Insights(ctx, From(ctx).Org, in.ask())
	if err != nil {
		return nil, err
	}
	out := Insights{Items: make([]Insight, len(found)), From: q.From, To: q.To}
	for i, f := range found {
		out.Items[i] = Insight{
			f.Kind, f.Weight, f.Title, f.Text, optionalID(f.CampaignID), optionalID(f.StepID), optionalID(f.VariantID), f.Sample, f.Evidence,
			InsightAction{f.Do.Label, f.Do.Place},
		}
	}
	return answer(out), nil
}

func (p PeriodQuery) ask() analytics.Ask {
	return analytics.Ask{From: p.From, To: p.To, Timezone: p.Timezone, Currency: p.Currency}
}

type forecastQuery struct {
	Days     int    `query:"days" minimum:"1" maximum:"90" default:"30"`
	Timezone string `query:"timezone" maxLength:"64" doc:"IANA zone of days; UTC by default."`
}

// Forecast is the answer of GET /analytics/forecast.
type Forecast struct {
	Days   int            `json:"days" doc:"From today on."`
	Method string         `json:"method"`
	Items  []ForecastItem `json:"items"`
}

// ForecastItem is one expected sum.
type ForecastItem struct {
	Metric        analytics.Metric `json:"metric"`
	Expected      *float64         `json:"expected" doc:"Null when there is not enough data."`
	Low           *float64         `json:"low" doc:"Of the interval of 90 %."`
	High          *float64         `json:"high"`
	NotEnoughData bool             `json:"not_enough_data"`
	PastDays      int              `json:"past_days" doc:"Days with mails it stands on."`
	MissingDays   int              `json:"missing_days" doc:"Days with mails that are still needed."`
}

func (h reportHandlers) forecast(ctx context.Context, in *forecastQuery) (*bodyOf[Forecast], error) {
	expected, err := h.service.Forecast(ctx, From(ctx).Org, in.Days, in.Timezone)
	if err != nil {
		return nil, err
	}
	out := Forecast{Days: in.Days, Method: analytics.ForecastMethod, Items: make([]ForecastItem, len(expected))}
	for i, e := range expected {
		item := ForecastItem{Metric: e.Metric, NotEnoughData: e.NotEnoughData, PastDays: e.Days, MissingDays: e.PastDaysNeeded}
		if !e.NotEnoughData {
			item.Expected, item.Low, item.High = &e.Value, &e.Low, &e.High
		}
		out.Items[i] = item
	}
	return answer(out), nil
}

type shareInput struct {
	Body struct {
		Title    string `json:"title" minLength:"1" maxLength:"120"`
		Days     int    `json:"days,omitempty" minimum:"1" maximum:"90" default:"7" doc:"How long the link is good."`
		From     string `json:"from,omitempty" maxLength:"40" doc:"As in GET /analytics; the link keeps showing this time."`
		To       string `json:"to,omitempty" maxLength:"40"`
		Timezone string `json:"timezone,omitempty" maxLength:"64"`
		Currency string `json:"currency,omitempty" maxLength:"3"`
	}
}

// Share is a link to a report.
type Share struct {
	ID        id.ID      `json:"id"`
	Title     string     `json:"title"`
	Path      string     `json:"path,omitempty" doc:"Of the page on this host. Told once, when the link is made."`
	From      string     `json:"from"`
	To        string     `json:"to"`
	CreatedBy string     `json:"created_by"`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt time.Time  `json:"expires_at"`
	RevokedAt *time.Time `json:"revoked_at"`
	Seen      int        `json:"seen" doc:"How often it was opened."`
}

func shareOf(s analytics.Share, path string) Share {
	return Share{s.ID, s.Title, path, s.Ask.From, s.Ask.To, s.CreatedBy, s.CreatedAt, s.ExpiresAt, s.RevokedAt, s.Seen}
}

func (h reportHandlers) create(ctx context.Context, in *shareInput) (*bodyOf[Share], error) {
	who := From(ctx)
	b := in.Body
	ask := analytics.Ask{From: b.From, To: b.To, Timezone: b.Timezone, Currency: b.Currency}
	share, token, err := h.service.CreateShare(ctx, who.Org, who.Actor(), b.Title, b.Days, ask)
	if err != nil {
		return nil, err
	}
	return answer(shareOf(share, "/shared/"+token)), nil
}

func (h reportHandlers) list(ctx context.Context, _ *struct{}) (*bodyOf[Page[Share]], error) {
	shares, err := h.service.Shares(ctx, From(ctx).Org)
	if err != nil {
		return nil, err
	}
	return mapPage(shares, "", func(s analytics.Share) Share { return shareOf(s, "") }), nil
}

func (h reportHandlers) revoke(ctx context.Context, in *IDPath) (*struct{}, error) {
	who := From(ctx)
	return nil, h.service.RevokeShare(ctx, who.Org, who.Actor(), in.ID)
}

type sharedInput struct {
	Token string `path:"token" maxLength:"100"`
}

// SharedReport is what a link shows.
type SharedReport struct {
	Title     string            `json:"title"`
	From      time.Time         `json:"from"`
	To        time.Time         `json:"to"`
	Timezone  string            `json:"timezone"`
	Currency  string            `json:"currency"`
	ExpiresAt time.Time         `json:"expires_at"`
	Totals    analytics.Figures `json:"totals"`
	Days      []SharedDay       `json:"days" doc:"Days on which nothing happened are left out."`
	Campaigns []SharedCampaign  `json:"campaigns"`
}

// SharedDay is one day of it.
type SharedDay struct {
	Day     string            `json:"day"`
	Metrics analytics.Figures `json:"metrics"`
}

// SharedCampaign is one campaign of it.
type SharedCampaign struct {
	Name    string            `json:"name"`
	Metrics analytics.Figures `json:"metrics"`
}

func (h reportHandlers) open(ctx context.Context, in *sharedInput) (*bodyOf[SharedReport], error) {
	r, err := h.service.OpenShare(ctx, in.Token)
	if err != nil {
		return nil, err
	}
	q := r.Answer.Query
	out := SharedReport{
		Title: r.Title, From: q.From, To: q.To, Timezone: q.Zone.String(), Currency: q.Currency, ExpiresAt: r.ExpiresAt,
		Totals: r.Answer.Totals.Only(q.Metrics), Days: make([]SharedDay, len(r.Answer.Rows)), Campaigns: make([]SharedCampaign, len(r.Campaigns)),
	}
	for i, row := range r.Answer.Rows {
		out.Days[i] = SharedDay{row.Keys[0], row.Figures.Only(q.Metrics)}
	}
	for i, c := range r.Campaigns {
		out.Campaigns[i] = SharedCampaign{c.Name, c.Figures.Only(q.Metrics)}
	}
	return answer(out), nil
}
