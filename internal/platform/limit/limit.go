// Package limit holds token buckets: how often somebody may ask for something.
//
// A bucket is one number, the time at which it will be full again (the generic
// cell rate algorithm, ITU-T I.371). Buckets live in the memory of the process,
// or in Redis when there is one, so that the processes of an installation count
// together. Without an answer from Redis the process counts alone: a limit that
// is a little too wide is better than a product that stands still.
//
// Invariants: a question about several buckets takes from all of them or from
// none; the memory of buckets is bounded, whoever asks under however many names.
//
// Files: limit.go (Take), memory.go (this process), redis.go (many processes).
package limit

import (
	"context"
	"log/slog"
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"rainmaker/internal/platform/clock"
)

// Rate fills a bucket with PerSecond tokens a second, up to Burst.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Ask wants Cost tokens of a bucket. Bucket names whose tokens they are, such as
// "org:..."; what stands before the colon is the label in the metrics. A cost
// above the burst counts as the burst, or nobody could ever pay it.
type Ask struct {
	Bucket string
	Rate   Rate
	Cost   int
}

// Answer describes the tightest bucket of a question.
type Answer struct {
	Allowed    bool
	Bucket     string        // the tightest one, or the one that refused
	Rate       Rate          // its rate
	Remaining  int           // tokens left in it
	Reset      time.Duration // until it is full
	RetryAfter time.Duration // until it would have allowed this; 0 when it did
}

// Options of a Limiter. Clock is needed.
type Options struct {
	Clock    clock.Clock
	Logger   *slog.Logger
	Registry *prometheus.Registry // nil: no metrics
	Redis    *Redis               // nil: this process alone
	Size     int                  // buckets in memory, 0: 200,000 (about 8 MB)
}

const defaultSize = 200_000

// Limiter answers questions. It is safe for concurrent use.
type Limiter struct {
	clock   clock.Clock
	logger  *slog.Logger
	memory  *memory
	redis   *Redis
	refused *prometheus.CounterVec
	alone   prometheus.Counter
}

// New returns a limiter.
func New(o Options) (*Limiter, error) {
	if o.Size == 0 {
		o.Size = defaultSize
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	l := &Limiter{
		clock: o.Clock, logger: o.Logger, memory: newMemory(o.Size), redis: o.Redis,
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "rainmaker_limit_refused_total", Help: "Requests refused because a bucket was empty, by kind of bucket.",
		}, []string{"bucket"}),
		alone: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "rainmaker_limit_alone_total", Help: "Questions answered from the memory of one process because Redis did not answer.",
		}),
	}
	if o.Registry != nil {
		for _, c := range []prometheus.Collector{l.refused, l.alone} {
			if err := o.Registry.Register(c); err != nil {
				return nil, err
			}
		}
	}
	return l, nil
}

// Take takes the tokens, or says how long to wait.
func (l *Limiter) Take(ctx context.Context, asks ...Ask) Answer {
	if len(asks) == 0 {
		return Answer{Allowed: true}
	}
	a, ok := Answer{}, false
	now := l.clock.Now()
	if l.redis != nil {
		var err error
		if a, ok, err = l.redis.take(ctx, now, asks); err != nil {
			l.logger.WarnContext(ctx, "rate limits: Redis does not answer, this process counts alone", "error", err)
		}
		if !ok {
			l.alone.Inc()
		}
	}
	if !ok {
		a = l.memory.take(now.UnixNano(), asks)
	}
	if !a.Allowed {
		l.refused.WithLabelValues(kind(a.Bucket)).Inc()
	}
	return a
}

func kind(bucket string) string {
	for i := range len(bucket) {
		if bucket[i] == ':' {
			return bucket[:i]
		}
	}
	return "other"
}

// unit is the resolution of bucket times.
type unit = time.Duration

// interval is the time in which one token comes back.
func (r Rate) interval(u unit) int64 {
	return max(1, int64(float64(time.Second/u)/r.PerSecond))
}

// cost is what is really taken.
func (a Ask) cost() int64 { return int64(min(max(a.Cost, 1), max(a.Rate.Burst, 1))) }

// judge decides from how far each bucket is behind its full mark, before
// anything is taken: all pay, or none.
func judge(asks []Ask, behind []int64, u unit) Answer {
	refused, best := Answer{}, Answer{Allowed: true, Remaining: math.MaxInt}
	for i, a := range asks {
		every := a.Rate.interval(u)
		whole, price := every*int64(a.Rate.Burst), every*a.cost()
		if over := behind[i] + price - whole; over > 0 {
			if wait := time.Duration(over) * u; wait > refused.RetryAfter {
				refused = Answer{
					Bucket: a.Bucket, Rate: a.Rate, Remaining: int(max(0, whole-behind[i]) / every),
					Reset: time.Duration(behind[i]) * u, RetryAfter: wait,
				}
			}
			continue
		}
		after := behind[i] + price
		if left := int((whole - after) / every); left < best.Remaining {
			best = Answer{Allowed: true, Bucket: a.Bucket, Rate: a.Rate, Remaining: left, Reset: time.Duration(after) * u}
		}
	}
	if refused.RetryAfter > 0 {
		return refused
	}
	return best
}
