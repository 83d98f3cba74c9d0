package auth

import (
	"sync"
	"time"

	"rainmaker/internal/platform/clock"
)

// maxCached bounds each cache; at the bound the expired go, and if that is not
// enough, everything.
const maxCached = 20_000

// cache remembers values until a time given with each.
type cache[K comparable, V any] struct {
	clock clock.Clock
	mu    sync.RWMutex
	rows  map[K]cached[V]
}

type cached[V any] struct {
	value V
	until time.Time
}

func newCache[K comparable, V any](c clock.Clock) *cache[K, V] {
	return &cache[K, V]{clock: c, rows: make(map[K]cached[V])}
}

func (c *cache[K, V]) find(key K) (V, bool) {
	c.mu.RLock()
	row, ok := c.rows[key]
	c.mu.RUnlock()
	if !ok || !c.clock.Now().Before(row.until) {
		var none V
		return none, false
	}
	return row.value, true
}

func (c *cache[K, V]) put(key K, value V, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.rows) >= maxCached {
		now := c.clock.Now()
		for k, row := range c.rows {
			if !now.Before(row.until) {
				delete(c.rows, k)
			}
		}
		if len(c.rows) >= maxCached {
			clear(c.rows)
		}
	}
	c.rows[key] = cached[V]{value, until}
}

func (c *cache[K, V]) forget(key K) {
	c.mu.Lock()
	delete(c.rows, key)
	c.mu.Unlock()
}

func (c *cache[K, V]) forgetAll() {
	c.mu.Lock()
	clear(c.rows)
	c.mu.Unlock()
}
