package analytics_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rainmaker/internal/analytics"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// ledger is an organisation whose rollups a test writes.
type ledger struct {
	t       *testing.T
	db      *db.DB
	org     id.ID
	service *analytics.Service
}

func newLedger(t *testing.T, now time.Time) *ledger {
	t.Helper()
	d := dbtest.New(t)
	return &ledger{t: t, db: d, org: dbtest.Org(t, d), service: at(d, now)}
}

func at(d *db.DB, now time.Time) *analytics.Service {
	return analytics.New(analytics.Deps{DB: d, Clock: clock.Fixed(now), Logger: slog.New(slog.DiscardHandler), Names: named{}})
}

// named calls every campaign Spring.
type named struct{}

func (named) CampaignNames(_ context.Context, _ id.ID, campaigns []id.ID) (map[id.ID]string, error) {
	names := map[id.ID]string{}
	for _, c := range campaigns {
		names[c] = "Spring"
	}
	return names, nil
}

func (named) LeadNames(context.Context, id.ID, []id.ID) (map[id.ID]string, error) { return nil, nil }

func (l *ledger) write(hour time.Time, campaign, step, variant id.ID, figures analytics.Figures) {
	l.t.Helper()
	err := l.db.InTenant(l.t.Context(), l.org, func(tx db.Tx) error {
		for metric, value := range figures {
			_, err := tx.Exec(l.t.Context(), `insert into metric_rollups (org_id, metric, hour, campaign_id, channel, step_id, variant_id, currency, value)
				values ($1, $2, $3, $4, 'email', $5, $6, '', $7)`, l.org, string(metric), hour, campaign, step, variant, value)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		l.t.Fatal(err)
	}
}

func TestInsights(t *testing.T) {
	t.Parallel()
	sent, replies, positive := analytics.EmailsSent, analytics.Replies, analytics.PositiveReplies
	type cell struct {
		campaign, step, variant int // numbers for ids
		figures                 analytics.Figures
	}
	for name, tc := range map[string]struct {
		cells []cell
		want  []string
	}{
		"nothing":                        {nil, []string{}},
		"a few unlucky mails":            {[]cell{{1, 1, 1, analytics.Figures{sent: 40, analytics.HardBounces: 6}}}, []string{}},
		"bounces that may be luck":       {[]cell{{1, 1, 1, analytics.Figures{sent: 400, analytics.HardBounces: 12}}}, []string{}},
		"bounces":                        {[]cell{{1, 1, 1, analytics.Figures{sent: 1000, analytics.HardBounces: 60}}}, []string{"bounces_high"}},
		"complaints, too few mails":      {[]cell{{1, 1, 1, analytics.Figures{sent: 900, analytics.Complaints: 9}}}, []string{}},
		"complaints":                     {[]cell{{1, 1, 1, analytics.Figures{sent: 10_000, analytics.Complaints: 40}}}, []string{"complaints_high"}},
		"opt-outs after bounces":         {[]cell{{1, 1, 1, analytics.Figures{sent: 1000, analytics.Unsubscribes: 60, analytics.HardBounces: 60}}}, []string{"bounces_high", "opt_outs_high"}},
		"a wording that may be luck":     {[]cell{{1, 1, 1, analytics.Figures{sent: 500, replies: 25}}, {1, 1, 2, analytics.Figures{sent: 500, replies: 33}}}, []string{}},
		"a better wording":               {[]cell{{1, 1, 1, analytics.Figures{sent: 1000, replies: 30}}, {1, 1, 2, analytics.Figures{sent: 1000, replies: 90}}}, []string{"variant_better"}},
		"a late step":                    {[]cell{{1, 1, 1, analytics.Figures{sent: 2000, replies: 120}}, {1, 2, 2, analytics.Figures{sent: 2000, replies: 4}}}, []string{"step_weak"}},
		"a late step that does its part": {[]cell{{1, 1, 1, analytics.Figures{sent: 2000, replies: 120}}, {1, 2, 2, analytics.Figures{sent: 2000, replies: 80}}}, []string{}},
		"a campaign that works":          {[]cell{{1, 1, 1, analytics.Figures{sent: 1000, positive: 60}}, {2, 1, 1, analytics.Figures{sent: 3000, positive: 20}}}, []string{"campaign_best"}},
		"mails of no campaign":           {[]cell{{0, 0, 0, analytics.Figures{sent: 1000, analytics.HardBounces: 500}}}, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLedger(t, noon)
			ids := map[[2]int]id.ID{}
			known := func(kind, n int) id.ID {
				if n == 0 {
					return id.Nil
				}
				if ids[[2]int{kind, n}] == id.Nil {
					ids[[2]int{kind, n}] = id.New()
				}
				return ids[[2]int{kind, n}]
			}
			for _, c := range tc.cells {
				l.write(noon.Add(-24*time.Hour).Truncate(time.Hour), known(0, c.campaign), known(1, c.step), known(2, c.variant), c.figures)
			}
			_, found, err := l.service.Insights(t.Context(), l.org, analytics.Ask{})
			if err != nil {
				t.Fatal(err)
			}
			kinds := []string{}
			for _, i := range found {
				kinds = append(kinds, i.Kind)
				if i.Title == "" || i.Text == "" || i.Sample == 0 || len(i.Evidence) == 0 || i.Do.Label == "" || i.CampaignID == id.Nil {
					t.Errorf("without its evidence: %+v", i)
				}
			}
			if diff := cmp.Diff(tc.want, kinds); diff != "" {
				t.Errorf("insights (-want +got):\n%s", diff)
			}
		})
	}
}

func TestForecast(t *testing.T) {
	t.Parallel()
	l := newLedger(t, noon)
	step := id.New()
	campaign := id.New()
	day := func(back int) time.Time { return noon.AddDate(0, 0, -back).Truncate(24 * time.Hour).Add(9 * time.Hour) }
	write := func(back int) {
		if w := day(back).Weekday(); w != time.Saturday && w != time.Sunday {
			l.write(day(back), campaign, step, id.Nil, analytics.Figures{analytics.EmailsSent: 100, analytics.Replies: int64(back % 3)})
		}
	}
	for back := 1; back <= 14; back++ {
		write(back)
	}
	little, err := l.service.Forecast(t.Context(), l.org, 7, "")
	if err != nil {
		t.Fatal(err)
	}
	if e := little[0]; !e.NotEnoughData || e.PastDaysNeeded != 4 || e.Value != 0 {
		t.Errorf("after ten days: %+v", e)
	}
	for back := 15; back <= 56; back++ {
		write(back)
	}
	enough, err := l.service.Forecast(t.Context(), l.org, 7, "")
	if err != nil {
		t.Fatal(err)
	}
	// A week has five days of 100 mails, always; answers vary.
	if e := enough[0]; e.Metric != analytics.EmailsSent || e.NotEnoughData || e.Value != 500 || e.Low != 500 || e.High != 500 {
		t.Errorf("mails: %+v", e)
	}
	if e := enough[1]; e.Metric != analytics.Replies || e.Low >= e.Value || e.High <= e.Value || e.Low < 0 || e.Value < 4 || e.Value > 6 {
		t.Errorf("answers: %+v", e)
	}
	if _, err := l.service.Forecast(t.Context(), l.org, 7, "Mars"); !errs.Is(err, errs.Invalid) {
		t.Errorf("a zone that is none: %v", err)
	}
}

func TestShares(t *testing.T) {
	t.Parallel()
	l := newLedger(t, noon)
	other := newLedger(t, noon)
	campaign := id.New()
	l.write(noon.Add(-2*time.Hour), campaign, id.New(), id.Nil, analytics.Figures{analytics.EmailsSent: 12, analytics.HardBounces: 3})
	by := org.UserActor(id.New())
	share, token, err := l.service.CreateShare(t.Context(), l.org, by, "March", 7, analytics.Ask{})
	if err != nil {
		t.Fatal(err)
	}
	seen, err := l.service.OpenShare(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	if seen.Title != "March" || seen.Answer.Totals[analytics.EmailsSent] != 12 || seen.Answer.Totals[analytics.HardBounces] != 0 ||
		len(seen.Campaigns) != 1 || seen.Campaigns[0].Name != "Spring" || seen.Campaigns[0].Figures[analytics.EmailsSent] != 12 {
		t.Errorf("shows %+v", seen)
	}
	gone := func(what string, service *analytics.Service, token string) {
		t.Helper()
		if _, err := service.OpenShare(t.Context(), token); !errs.Is(err, errs.NotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	gone("another token", l.service, org.NewToken())
	gone("none", l.service, "")
	gone("after its days", at(l.db, share.ExpiresAt), token)
	if err := other.service.RevokeShare(t.Context(), other.org, by, share.ID); !errs.Is(err, errs.NotFound) {
		t.Errorf("another organisation ends it: %v", err)
	}
	for range 2 { // ending twice is ending once
		if err := l.service.RevokeShare(t.Context(), l.org, by, share.ID); err != nil {
			t.Fatal(err)
		}
	}
	gone("revoked", l.service, token)
	list, err := l.service.Shares(t.Context(), l.org)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || list[0].RevokedAt == nil || list[0].Seen != 1 {
		t.Errorf("listed as %+v", list)
	}
	if theirs, err := other.service.Shares(t.Context(), other.org); err != nil || len(theirs) != 0 {
		t.Errorf("another organisation sees %+v, %v", theirs, err)
	}
	for _, bad := range []struct {
		title string
		days  int
		ask   analytics.Ask
		at    string
	}{
		{"", 7, analytics.Ask{}, "body.title"},
		{"a\r\nb", 7, analytics.Ask{}, "body.title"},
		{"x", 0, analytics.Ask{}, "body.days"},
		{"x", 91, analytics.Ask{}, "body.days"},
		{"x", 7, analytics.Ask{From: "yesterday"}, "query.from"},
	} {
		_, _, err := l.service.CreateShare(t.Context(), l.org, by, bad.title, bad.days, bad.ask)
		var refused *errs.Error
		if !errors.As(err, &refused) || len(refused.Fields) != 1 || refused.Fields[0].Location != bad.at {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}
