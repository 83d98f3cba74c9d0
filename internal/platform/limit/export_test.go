package limit

// Buckets is how many are in memory.
func (l *Limiter) Buckets() int {
	l.memory.mu.Lock()
	defer l.memory.mu.Unlock()
	return len(l.memory.full)
}
