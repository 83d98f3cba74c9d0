package api_test

import (
	"context"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"rainmaker/internal/analytics"
	"rainmaker/internal/api"
	"rainmaker/internal/api/apitest"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
)

// withNumbers gives the API its analytics.
func withNumbers(t *testing.T) apitest.Option {
	return func(d *api.Deps) {
		d.Analytics = analytics.New(analytics.Deps{DB: dbtest.New(t), Clock: d.Clock, Logger: d.Logger})
	}
}

// TestNumbersOverHTTP: a lead that is made shows up in the numbers, the funnel
// and the feed of its organisation, and nowhere else.
func TestNumbersOverHTTP(t *testing.T) {
	s := apitest.Start(t, withNumbers(t))
	c, stranger := s.SignUp(t), s.SignUp(t)
	relay := event.NewRelay(s.DB, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = relay.Run(ctx, s.Deps.Analytics.Consumer())
	}()
	defer func() { cancel(); <-done }()
	c.Post("/leads", apitest.M{"email": "ann@example.com", "first_name": "Ann", "last_name": "Lee"}).Want(http.StatusCreated)
	relay.Wake()

	type numbers struct {
		Items    []map[string]any `json:"items"`
		Totals   map[string]int64 `json:"totals"`
		From, To time.Time
		Timezone string `json:"timezone"`
	}
	const ask = "/analytics?metrics=leads_created,emails_sent&group_by=campaign,day&timezone=Asia/Tokyo"
	var got numbers
	deadline := time.Now().Add(20 * time.Second)
	for got.Totals["leads_created"] != 1 {
		if time.Now().After(deadline) {
			t.Fatalf("totals %v", got.Totals)
		}
		<-time.After(10 * time.Millisecond)
		got = numbers{}
		c.Get(ask).Want(http.StatusOK).Into(&got)
	}
	item := got.Items[0]
	if campaign, there := item["campaign_id"]; !there || campaign != nil || item["leads_created"] != 1.0 || item["emails_sent"] != 0.0 || item["day"] == nil {
		t.Errorf("item %v", item)
	}
	if got.Timezone != "Asia/Tokyo" || !got.From.Before(got.To) || len(got.Totals) != 2 {
		t.Errorf("answer %+v", got)
	}
	var none numbers
	stranger.Get(ask).Want(http.StatusOK).Into(&none)
	if len(none.Items) != 0 || none.Totals["leads_created"] != 0 {
		t.Errorf("another organisation sees %+v", none)
	}

	var funnel struct {
		Items []struct {
			Stage string `json:"stage"`
			Count int64  `json:"count"`
		} `json:"items"`
	}
	c.Get("/analytics/funnel").Want(http.StatusOK).Into(&funnel)
	if len(funnel.Items) != 6 || funnel.Items[0].Stage != "leads_created" || funnel.Items[0].Count != 1 {
		t.Errorf("funnel %+v", funnel)
	}
	var feed pageOf[struct {
		Seq    int64  `json:"seq"`
		Text   string `json:"text"`
		LeadID string `json:"lead_id"`
	}]
	c.Get("/activity?limit=5").Want(http.StatusOK).Into(&feed)
	if len(feed.Items) != 1 || feed.Items[0].Text != "New lead: Ann Lee" || feed.Items[0].LeadID == "" || feed.NextCursor != nil {
		t.Errorf("feed %+v", feed)
	}
}

// TestWrongQuestions: each names the parameter.
func TestWrongQuestions(t *testing.T) {
	s := apitest.Start(t, withNumbers(t))
	c := s.SignUp(t)
	for query, location := range map[string]string{
		"metrics=emails_sent,happiness":        "query.metrics",
		"group_by=mood":                        "query.group_by",
		"timezone=Nowhere":                     "query.timezone",
		"from=yesterday":                       "query.from",
		"from=2026-01-02&to=2026-01-01":        "query.from",
		"campaign_id=" + id.New().String()[1:]: "query.campaign_id",
	} {
		p := c.Get("/analytics?" + query).Problem(http.StatusUnprocessableEntity)
		if len(p.Errors) != 1 || p.Errors[0].Location != location {
			t.Errorf("%s: %+v, want %s", query, p.Errors, location)
		}
	}
}
