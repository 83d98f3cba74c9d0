package email

import "time"

// gather returns first and what else comes from the channel, until there are
// most, patience is over, or the channel is closed. One transaction for many is
// worth more than the wait: a transaction costs as much as twenty of its rows.
func gather[T any](first T, from <-chan T, most int, patience time.Duration) []T {
	group := append(make([]T, 0, most), first)
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for len(group) < most {
		select {
		case next, open := <-from:
			if !open {
				return group
			}
			group = append(group, next)
		case <-timer.C:
			return group
		}
	}
	return group
}
