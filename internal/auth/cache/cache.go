// Package cache remembers values until a time given with each, in the memory of
// one process.
package cache

import (
	"sync"
	"time"

	"rainmaker/internal/platform/clock"
)

// maxCached bounds each cache; at the bound the expired go, and if that is not
// enough, everything.
const maxCached = 20_000

// Cache is safe for concurrent use.
type Cache[K comparable, V any] struct {
	clock clock.Clock
	mu    sync.RWMutex
	rows  map[K]cached[V]
}

type cached[V any] struct {
	value V
	until time.Time
}

// New returns an empty Cache.
func New[K comparable, V any](c clock.Clock) *Cache[K, V] {
	return &Cache[K, V]{clock: c, rows: make(map[K]cached[V])}
}

// Find returns a value that is not over yet.
func (c *Cache[K, V]) Find(key K) (V, bool) {
	c.mu.RLock()
	row, ok := c.rows[key]
	c.mu.RUnlock()
	if !ok || !c.clock.Now().Before(row.until) {
		var none V
		return none, false
	}
	return row.value, true
}

// Put remembers a value.
func (c *Cache[K, V]) Put(key K, value V, until time.Time) {
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

// Forget drops one value.
func (c *Cache[K, V]) Forget(key K) {
	c.mu.Lock()
	delete(c.rows, key)
	c.mu.Unlock()
}

// ForgetAll empties the cache.
func (c *Cache[K, V]) ForgetAll() {
	c.mu.Lock()
	clear(c.rows)
	c.mu.Unlock()
}
