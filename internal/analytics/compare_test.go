package analytics_test

import (
	"math"
	"testing"

	"rainmaker/internal/analytics"
)

func TestCompare(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name          string
		first, second analytics.Sample
		pairs         int
		want          analytics.Verdict
	}{
		{"nothing", analytics.Sample{}, analytics.Sample{}, 1, analytics.NotEnoughData},
		{"a lucky start", analytics.Sample{Sent: 20, Replied: 6}, analytics.Sample{Sent: 20}, 1, analytics.NotEnoughData},
		{"few answers", analytics.Sample{Sent: 5000, Replied: 7}, analytics.Sample{Sent: 5000}, 1, analytics.NotEnoughData},
		{"alike", analytics.Sample{Sent: 1000, Replied: 50}, analytics.Sample{Sent: 1000, Replied: 56}, 1, analytics.NoDifference},
		{"95 % would say yes, people look daily", analytics.Sample{Sent: 1000, Replied: 50}, analytics.Sample{Sent: 1000, Replied: 72}, 1, analytics.NoDifference},
		{"clear", analytics.Sample{Sent: 1000, Replied: 100}, analytics.Sample{Sent: 1000, Replied: 40}, 1, analytics.FirstBetter},
		{"clear the other way", analytics.Sample{Sent: 1000, Replied: 40}, analytics.Sample{Sent: 1000, Replied: 100}, 1, analytics.SecondBetter},
		{"clear alone", analytics.Sample{Sent: 1000, Replied: 80}, analytics.Sample{Sent: 1000, Replied: 49}, 1, analytics.FirstBetter},
		{"not among ten pairs", analytics.Sample{Sent: 1000, Replied: 80}, analytics.Sample{Sent: 1000, Replied: 49}, 10, analytics.NoDifference},
		{"more answers than mails", analytics.Sample{Sent: 100, Replied: 120}, analytics.Sample{Sent: 100, Replied: 100}, 1, analytics.NoDifference},
	} {
		c := analytics.Compare(tc.first, tc.second, tc.pairs)
		if c.Verdict != tc.want {
			t.Errorf("%s: %s (%.4f in %.4f..%.4f), want %s", tc.name, c.Verdict, c.Difference, c.Low, c.High, tc.want)
		}
		if math.IsNaN(c.Low) || math.IsNaN(c.High) || c.Low > c.Difference || c.High < c.Difference || c.Low < -1 || c.High > 1 {
			t.Errorf("%s: interval %v..%v of %v", tc.name, c.Low, c.High, c.Difference)
		}
	}
}

// TestNewcombe holds the interval against method 10 of Newcombe 1998, table II
// (a): 56/70 against 48/80, at 95 %, is 0.0524 to 0.3339. At our confidence it
// must be wider.
func TestNewcombe(t *testing.T) {
	t.Parallel()
	low, high := analytics.Newcombe(analytics.Sample{Sent: 70, Replied: 56}, analytics.Sample{Sent: 80, Replied: 48}, 1.959964)
	if math.Abs(low-0.0524) > 0.0001 || math.Abs(high-0.3339) > 0.0001 {
		t.Errorf("%.4f..%.4f, want 0.0524..0.3339", low, high)
	}
	c := analytics.Compare(analytics.Sample{Sent: 70, Replied: 56}, analytics.Sample{Sent: 80, Replied: 48}, 1)
	if c.Low >= low || c.High <= high {
		t.Errorf("%.4f..%.4f is not wider", c.Low, c.High)
	}
}
