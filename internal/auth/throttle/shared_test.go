package throttle

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"rainmaker/internal/platform/limit"
	"rainmaker/internal/platform/secret"
)

// processes that count together in one Redis.
func processes(t *testing.T, c *hand, n int) (*miniredis.Miniredis, []*Throttle) {
	t.Helper()
	server := miniredis.RunT(t)
	server.SetTime(c.Now())
	var all []*Throttle
	for range n {
		shared, err := limit.OpenRedis(secret.String("redis://" + server.Addr() + "/0"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = shared.Close() })
		all = append(all, New(c, shared, slog.New(slog.DiscardHandler)))
	}
	return server, all
}

// TestGuessesOfAllProcesses: an account takes no more guesses from three processes
// than from one, a good password frees it in all of them, and Redis learns no name.
func TestGuessesOfAllProcesses(t *testing.T) {
	c := &hand{at: time.Now()}
	server, all := processes(t, c, 3)
	pass := func(d time.Duration) {
		c.move(d)
		server.SetTime(c.Now())
		server.FastForward(d)
	}
	guesses := func() (n int) {
		for i := range 300 {
			if all[i%3].Allow(t.Context(), []byte("account"), "address "+string(rune('a'+i%26))) == nil {
				n++
			}
		}
		return n
	}
	if n := guesses(); n != guessesPerAccount {
		t.Errorf("%d guesses at once, want %d", n, guessesPerAccount)
	}
	pass(time.Hour)
	if n := guesses(); n != guessesPerAccountPerHour {
		t.Errorf("%d an hour later, want %d", n, guessesPerAccountPerHour)
	}
	for _, key := range server.Keys() {
		if strings.Contains(key, "account") || strings.Contains(key, "address") {
			t.Errorf("Redis has the name %q", key)
		}
	}
	// One is right, in a process that refuses nobody yet.
	_, fresh := processes(t, c, 2)
	for range guessesPerAccount - 1 {
		if err := fresh[0].Allow(t.Context(), []byte("user"), "home"); err != nil {
			t.Fatal(err)
		}
	}
	if err := fresh[1].Allow(t.Context(), []byte("user"), "home"); err != nil {
		t.Fatal(err)
	}
	fresh[1].Forgive(t.Context(), []byte("user"), "home")
	for _, th := range fresh {
		if err := th.Allow(t.Context(), []byte("user"), "home"); err != nil {
			t.Errorf("a good password does not free everywhere: %v", err)
		}
	}
	// The address gets one failure back and keeps the others.
	left := 0
	for fresh[1].Allow(t.Context(), []byte{byte(left), 1}, "home") == nil {
		left++
	}
	if want := guessesPerAddress - guessesPerAccount - 1; left != want {
		t.Errorf("%d guesses are left to the address, want %d", left, want)
	}
}

// TestGuessesWithoutRedis: each process counts alone, and none stands still.
func TestGuessesWithoutRedis(t *testing.T) {
	c := &hand{at: time.Now()}
	server, all := processes(t, c, 2)
	server.Close()
	for _, th := range all {
		n := 0
		for range 50 {
			if th.Allow(t.Context(), []byte("account"), "home") == nil {
				n++
			}
		}
		if n != guessesPerAccount {
			t.Errorf("%d guesses, want %d", n, guessesPerAccount)
		}
	}
}
