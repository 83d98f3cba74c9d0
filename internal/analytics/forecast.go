package analytics

import (
	"context"
	"math"
	"time"

	"rainmaker/internal/platform/id"
)

const (
	// forecastPast is how many whole days a forecast looks back on: eight weeks.
	forecastPast = 56
	// forecastLeast is how many days must have had mails before anything is said.
	forecastLeast = 14
	// forecastZ is for an interval of 90 %.
	forecastZ = 1.645
)

// ForecastMethod says in words what Forecast does.
const ForecastMethod = "The mean of each weekday over the last eight weeks, summed over the days ahead. The interval of 90 % comes from how far " +
	"single days lay from their weekday's mean. It assumes that you go on as you did."

// Expected is a sum that is expected, with its interval.
type Expected struct {
	Metric         Metric
	Value          float64
	Low, High      float64
	Days           int // days with mails it stands on
	NotEnoughData  bool
	PastDaysNeeded int // days with mails still missing
}

// Forecast says how many mails, answers and interested answers the next days
// will bring, if they are like those before.
func (s *Service) Forecast(ctx context.Context, org id.ID, days int, timezone string) ([]Expected, error) {
	now := s.Clock.Now()
	ask := Ask{Timezone: timezone}
	q, err := ask.Query(now)
	if err != nil {
		return nil, err
	}
	today := now.In(q.Zone)
	ask.From = today.AddDate(0, 0, -forecastPast).Format(time.DateOnly)
	ask.To = today.AddDate(0, 0, -1).Format(time.DateOnly)
	ask.Metrics = []string{string(EmailsSent), string(Replies), string(PositiveReplies)}
	ask.GroupBy = []string{string(ByDay)}
	a, err := s.Ask(ctx, org, ask)
	if err != nil {
		return nil, err
	}
	byDay := map[string]Figures{}
	sending := 0
	for _, row := range a.Rows {
		byDay[row.Keys[0]] = row.Figures
		if row.Figures[EmailsSent] > 0 {
			sending++
		}
	}
	out := make([]Expected, 0, len(a.Query.Metrics))
	for _, m := range a.Query.Metrics {
		e := Expected{Metric: m, Days: sending}
		if sending < forecastLeast {
			e.NotEnoughData, e.PastDaysNeeded = true, forecastLeast-sending
		} else {
			e.Value, e.Low, e.High = expect(m, byDay, today, days)
		}
		out = append(out, e)
	}
	return out, nil
}

// expect sums the means of the weekdays ahead.
func expect(m Metric, byDay map[string]Figures, today time.Time, days int) (value, low, high float64) {
	var sum, squares, n [7]float64
	for back := 1; back <= forecastPast; back++ {
		day := today.AddDate(0, 0, -back)
		w, v := day.Weekday(), float64(byDay[day.Format(time.DateOnly)][m])
		sum[w], squares[w], n[w] = sum[w]+v, squares[w]+v*v, n[w]+1
	}
	variance := 0.0
	for ahead := range days {
		w := today.AddDate(0, 0, ahead).Weekday()
		mean := sum[w] / n[w]
		value += mean
		// Of one day, and of the mean itself.
		variance += (squares[w] - n[w]*mean*mean) / (n[w] - 1) * (1 + 1/n[w])
	}
	half := forecastZ * math.Sqrt(variance)
	return value, max(0, value-half), value + half
}
