package throttle

import (
	"log/slog"
	"sync"
	"testing"
	"time"
)

// hand is a clock that a test moves.
type hand struct {
	mu sync.Mutex
	at time.Time
}

func (h *hand) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hand) move(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

func TestThrottle(t *testing.T) {
	c := &hand{at: time.Now()}
	th := New(c, nil, slog.New(slog.DiscardHandler))
	// From 500 addresses, in one hour: an account takes no more than 20 guesses.
	guesses := 0
	for minute := range 60 {
		for n := range 500 {
			address := string(rune(n)) + "/" + string(rune(minute))
			if th.Allow(t.Context(), []byte("account"), address) == nil {
				guesses++
			}
		}
		c.move(time.Minute)
	}
	if guesses < guessesPerAccount || guesses > 20 {
		t.Errorf("%d guesses an hour", guesses)
	}
	// One address, many accounts.
	guesses = 0
	for n := range 1000 {
		if th.Allow(t.Context(), []byte{byte(n), byte(n >> 8)}, "one address") == nil {
			guesses++
		}
	}
	if guesses != guessesPerAddress {
		t.Errorf("%d guesses from one address", guesses)
	}
	// Whoever knows the password is never counted.
	for range 1000 {
		if err := th.Allow(t.Context(), []byte("user"), "home"); err != nil {
			t.Fatal(err)
		}
		th.Forgive(t.Context(), []byte("user"), "home")
	}
}
