package limit

import (
	"hash/maphash"
	"sync"
	"time"
)

// sweepEvery is the least time between two searches for full buckets, in
// nanoseconds: each looks at all of them.
const sweepEvery = int64(time.Second)

// memory holds the buckets of this process: for each the time, in Unix
// nanoseconds, at which it is full again. A bucket that is full needs no entry.
// Names are hashed with a seed of this process: two names that meet share a
// bucket, which nobody can bring about on purpose.
type memory struct {
	size int
	seed maphash.Seed

	mu    sync.Mutex
	full  map[uint64]int64
	swept int64
}

func newMemory(size int) *memory {
	return &memory{size: size, seed: maphash.MakeSeed(), full: make(map[uint64]int64)}
}

// maxAsks of one question that need no allocation.
const maxAsks = 4

func (m *memory) take(now int64, asks []Ask) Answer {
	var keyRoom [maxAsks]uint64
	var behindRoom [maxAsks]int64
	keys, behind := keyRoom[:0], behindRoom[:0]
	for _, a := range asks {
		keys = append(keys, maphash.String(m.seed, a.Bucket))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, key := range keys {
		behind = append(behind, max(0, m.full[key]-now))
	}
	answer := judge(asks, behind, time.Nanosecond)
	if !answer.Allowed {
		return answer
	}
	for i, a := range asks {
		if _, known := m.full[keys[i]]; !known && len(m.full) >= m.size {
			m.makeRoom(now)
		}
		m.full[keys[i]] = now + behind[i] + a.Rate.interval(time.Nanosecond)*a.cost()
	}
	return answer
}

// makeRoom drops full buckets, and if there are none the fullest of a few: who
// comes under ever new names must not free those who were already refused.
func (m *memory) makeRoom(now int64) {
	if now-m.swept >= sweepEvery {
		m.swept = now
		for key, at := range m.full {
			if at <= now {
				delete(m.full, key)
			}
		}
		if len(m.full) < m.size {
			return
		}
	}
	var fullest uint64
	seen, best := 0, int64(0)
	for key, at := range m.full { // begins anywhere, which is random enough
		if seen == 0 || at < best {
			fullest, best = key, at
		}
		if seen++; seen == 16 {
			break
		}
	}
	delete(m.full, fullest)
}
