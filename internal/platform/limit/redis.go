package limit

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/secret"
)

//go:embed take.lua
var takeScript string

//go:embed giveback.lua
var giveBackScript string

const (
	// patience bounds one question: requests wait for it.
	patience = 100 * time.Millisecond
	// restAfter is how long nobody asks after a failure, so that a Redis that is
	// down costs one request in a while its patience, not each.
	restAfter = 2 * time.Second
	// redisPrefix keeps our keys apart from others in the same database.
	redisPrefix = "rainmaker:limit:"
)

// Redis holds the buckets of many processes. Its clock is the one that counts.
type Redis struct {
	client *redis.Client
	script *redis.Script
	back   *redis.Script
	rest   atomic.Int64 // Unix nanoseconds until which nobody asks
}

// OpenRedis reads a URL such as redis://user:password@host:6379/0 (rediss for
// TLS). It does not connect.
func OpenRedis(url secret.String) (*Redis, error) {
	o, err := redis.ParseURL(url.Reveal())
	if err != nil {
		// The parser's message may quote the password.
		return nil, errs.InvalidField("redis_url", "want redis://user:password@host:port/database")
	}
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = patience, patience, patience, patience
	o.MaxRetries, o.DialerRetries, o.ContextTimeoutEnabled = -1, 1, true
	o.DisableIdentity = true
	return &Redis{client: redis.NewClient(o), script: redis.NewScript(takeScript), back: redis.NewScript(giveBackScript)}, nil
}

// Close closes the connections.
func (r *Redis) Close() error { return r.client.Close() }

// take asks Redis. ok is false when it has no answer; err only says so the
// first time, until it is asked again.
func (r *Redis) take(ctx context.Context, now time.Time, asks []Ask) (a Answer, ok bool, err error) {
	if now.UnixNano() < r.rest.Load() {
		return Answer{}, false, nil
	}
	keys := make([]string, len(asks))
	args := make([]any, 0, 3*len(asks))
	for i, a := range asks {
		keys[i] = redisPrefix + a.Bucket
		args = append(args, a.Rate.interval(time.Microsecond), a.Rate.Burst, a.cost())
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	texts, err := r.script.Run(ctx, r.client, keys, args...).StringSlice()
	if err == nil && len(texts) != len(asks) {
		err = fmt.Errorf("%d answers for %d buckets", len(texts), len(asks))
	}
	behind := make([]int64, len(texts))
	for i, text := range texts {
		if behind[i], err = strconv.ParseInt(text, 10, 64); err != nil {
			break
		}
	}
	if err != nil {
		r.rest.Store(now.Add(restAfter).UnixNano())
		return Answer{}, false, err
	}
	return judge(asks, behind, time.Microsecond), true, nil
}

// Take takes from the buckets of all processes. ok is false when Redis has no
// answer: the caller counts alone.
func (r *Redis) Take(ctx context.Context, now time.Time, asks ...Ask) (a Answer, ok bool, err error) {
	return r.take(ctx, now, asks)
}

// GiveBack puts the tokens of an Ask back.
func (r *Redis) GiveBack(ctx context.Context, now time.Time, a Ask) error {
	return r.tell(ctx, now, func(ctx context.Context) error {
		return r.back.Run(ctx, r.client, []string{redisPrefix + a.Bucket}, a.Rate.interval(time.Microsecond), a.cost()).Err()
	})
}

// Fill makes a bucket full again.
func (r *Redis) Fill(ctx context.Context, now time.Time, bucket string) error {
	return r.tell(ctx, now, func(ctx context.Context) error { return r.client.Del(ctx, redisPrefix+bucket).Err() })
}

// tell is a short word to Redis, unless it did not answer a moment ago.
func (r *Redis) tell(ctx context.Context, now time.Time, fn func(context.Context) error) error {
	if now.UnixNano() < r.rest.Load() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := fn(ctx); err != nil {
		r.rest.Store(now.Add(restAfter).UnixNano())
		return fmt.Errorf("redis: %w", err)
	}
	return nil
}
