package limit_test

import (
	"fmt"
	"net"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"rainmaker/internal/platform/limit"
	"rainmaker/internal/platform/secret"
)

// hands is a clock that a test sets.
type hands struct{ at atomic.Int64 }

func newHands() *hands {
	h := &hands{}
	h.at.Store(time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC).UnixNano())
	return h
}

func (h *hands) Now() time.Time       { return time.Unix(0, h.at.Load()) }
func (h *hands) pass(d time.Duration) { h.at.Add(int64(d)) }

func newLimiter(t *testing.T, o limit.Options) *limit.Limiter {
	t.Helper()
	l, err := limit.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// conform is what a bucket does, wherever it is kept. pass moves the clock that
// counts.
func conform(t *testing.T, l *limit.Limiter, name string, pass func(time.Duration)) {
	t.Helper()
	rate := limit.Rate{PerSecond: 10, Burst: 5}
	user := limit.Ask{Bucket: "user:" + name, Rate: rate}
	for left := 4; left >= 0; left-- {
		if a := l.Take(t.Context(), user); !a.Allowed || a.Remaining != left || a.Bucket != user.Bucket || a.RetryAfter != 0 {
			t.Fatalf("with %d left: %+v", left, a)
		}
	}
	a := l.Take(t.Context(), user)
	if a.Allowed || a.Remaining != 0 || a.RetryAfter <= 0 || a.RetryAfter > 100*time.Millisecond || a.Reset <= 400*time.Millisecond || a.Reset > 500*time.Millisecond {
		t.Errorf("an empty bucket: %+v", a)
	}
	pass(200 * time.Millisecond)
	if a := l.Take(t.Context(), limit.Ask{Bucket: user.Bucket, Rate: rate, Cost: 2}); !a.Allowed {
		t.Errorf("two tokens came back: %+v", a)
	}
	if a := l.Take(t.Context(), user); a.Allowed {
		t.Errorf("a third one: %+v", a)
	}
	// All or none: the organisation has tokens, its user none, so nobody pays.
	org := limit.Ask{Bucket: "org:" + name, Rate: limit.Rate{PerSecond: 1, Burst: 2}}
	for range 5 {
		if a := l.Take(t.Context(), org, user); a.Allowed || a.Bucket != user.Bucket {
			t.Fatalf("one of two buckets is empty: %+v", a)
		}
	}
	if a := l.Take(t.Context(), org); !a.Allowed || a.Remaining != 1 {
		t.Errorf("who was refused paid: %+v", a)
	}
	// More than the bucket holds costs all of it.
	dear := limit.Ask{Bucket: "dear:" + name, Rate: rate, Cost: 1000}
	if a := l.Take(t.Context(), dear); !a.Allowed || a.Remaining != 0 {
		t.Errorf("a cost above the burst: %+v", a)
	}
	if a := l.Take(t.Context(), dear); a.Allowed {
		t.Errorf("twice: %+v", a)
	}
}

func TestMemory(t *testing.T) {
	clock := newHands()
	registry := prometheus.NewRegistry()
	conform(t, newLimiter(t, limit.Options{Clock: clock, Registry: registry}), "x", clock.pass)
	n, err := testutil.GatherAndCount(registry, "rainmaker_limit_refused_total")
	if err != nil || n != 2 { // user, dear
		t.Errorf("%d kinds of refusals counted, %v", n, err)
	}
}

// TestMemoryIsBounded has more names than there is room for, and a bucket that
// must stay empty meanwhile.
func TestMemoryIsBounded(t *testing.T) {
	clock := newHands()
	l := newLimiter(t, limit.Options{Clock: clock, Size: 1000})
	slow := limit.Ask{Bucket: "address:attacker", Rate: limit.Rate{PerSecond: 0.01, Burst: 3}, Cost: 3}
	if a := l.Take(t.Context(), slow); !a.Allowed {
		t.Fatal("a fresh bucket is empty")
	}
	for i := range 50_000 {
		l.Take(t.Context(), limit.Ask{Bucket: fmt.Sprint("address:", i), Rate: limit.Rate{PerSecond: 1, Burst: 10}})
		if i%100 == 0 {
			clock.pass(time.Millisecond)
		}
	}
	if n := l.Buckets(); n > 1000 {
		t.Errorf("%d buckets, room for 1000", n)
	}
	if a := l.Take(t.Context(), slow); a.Allowed {
		t.Error("under many other names somebody got free again")
	}
	clock.pass(time.Hour)
	for i := range 1001 {
		l.Take(t.Context(), limit.Ask{Bucket: fmt.Sprint("late:", i), Rate: limit.Rate{PerSecond: 1, Burst: 10}})
	}
	if n := l.Buckets(); n > 1000 {
		t.Errorf("%d buckets after the sweep", n)
	}
}

func TestMemoryInParallel(t *testing.T) {
	l := newLimiter(t, limit.Options{Clock: newHands()})
	var allowed atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 1000 {
				if l.Take(t.Context(), limit.Ask{Bucket: "org:x", Rate: limit.Rate{PerSecond: 1, Burst: 100}}).Allowed {
					allowed.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if allowed.Load() != 100 {
		t.Errorf("%d of a burst of 100", allowed.Load())
	}
}

func open(t *testing.T, addr string) *limit.Redis {
	t.Helper()
	r, err := limit.OpenRedis(secret.String("redis://" + addr + "/0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// TestRedis runs the script in a Redis written in Go, whose clock a test can
// set.
func TestRedis(t *testing.T) {
	server := miniredis.RunT(t)
	clock := newHands()
	at := clock.Now()
	server.SetTime(at)
	l := newLimiter(t, limit.Options{Clock: clock, Redis: open(t, server.Addr())})
	conform(t, l, "x", func(d time.Duration) {
		at = at.Add(d)
		server.SetTime(at)
		server.FastForward(d)
	})
	if l.Buckets() != 0 {
		t.Error("this process counted too")
	}
}

// TestRealRedis runs the same against the real server, when the machine has it
// (scripts/redis.sh installs it), and with two processes that count together.
func TestRealRedis(t *testing.T) {
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		t.Log("no redis-server: the script ran in miniredis only")
		return
	}
	addr := startRedis(t, binary)
	clock := newHands()
	first := newLimiter(t, limit.Options{Clock: clock, Redis: open(t, addr)})
	second := newLimiter(t, limit.Options{Clock: clock, Redis: open(t, addr)})
	ask := limit.Ask{Bucket: "org:{a}", Rate: limit.Rate{PerSecond: 0.001, Burst: 20}}
	var allowed atomic.Int64
	var wg sync.WaitGroup
	for _, l := range []*limit.Limiter{first, second, first, second} {
		wg.Go(func() {
			for range 20 {
				if l.Take(t.Context(), ask).Allowed {
					allowed.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if allowed.Load() != 20 {
		t.Errorf("two processes allowed %d of a burst of 20", allowed.Load())
	}
	if first.Buckets()+second.Buckets() != 0 {
		t.Errorf("the processes counted alone: %d and %d buckets", first.Buckets(), second.Buckets())
	}
}

func startRedis(t *testing.T, binary string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().(*net.TCPAddr)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary, "--port", fmt.Sprint(addr.Port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for range 500 {
		if conn, err := net.Dial("tcp", addr.String()); err == nil {
			_ = conn.Close()
			return addr.String()
		}
		<-time.After(10 * time.Millisecond)
	}
	t.Fatal("redis-server does not listen")
	return ""
}

// TestRedisAway: a Redis that does not answer costs no request, and is asked
// again.
func TestRedisAway(t *testing.T) {
	server := miniredis.RunT(t)
	clock := newHands()
	registry := prometheus.NewRegistry()
	l := newLimiter(t, limit.Options{Clock: clock, Registry: registry, Redis: open(t, server.Addr())})
	ask := limit.Ask{Bucket: "org:x", Rate: limit.Rate{PerSecond: 0.001, Burst: 3}}
	server.SetError("LOADING")
	for range 3 {
		if !l.Take(t.Context(), ask).Allowed {
			t.Error("refused because Redis is away")
		}
	}
	if l.Take(t.Context(), ask).Allowed {
		t.Error("without Redis nobody counts")
	}
	server.SetError("")
	clock.pass(3 * time.Second)
	if !l.Take(t.Context(), ask).Allowed {
		t.Error("Redis is not asked again")
	}
	var total float64
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "rainmaker_limit_alone_total" {
			total = f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	if total != 4 {
		t.Errorf("%v questions counted alone, want 4", total)
	}
}

func TestOpenRedis(t *testing.T) {
	if _, err := limit.OpenRedis("http://user:hunter2@nowhere"); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a URL that is none: %v", err)
	}
}

func BenchmarkTake(b *testing.B) {
	l, err := limit.New(limit.Options{Clock: newHands()})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		l.Take(b.Context(), limit.Ask{Bucket: "org:x", Rate: limit.Rate{PerSecond: 1e9, Burst: 1 << 30}}, limit.Ask{Bucket: "user:y", Rate: limit.Rate{PerSecond: 1e9, Burst: 1 << 30}})
	}
}
