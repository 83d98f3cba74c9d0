// Package password judges, hashes and compares passwords.
//
// A comparison takes as long for somebody who does not exist. No more run at
// once than there are cores: each takes 19 MiB, so a flood of sign-ins waits
// instead of eating the memory.
package password

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"

	"rainmaker/internal/platform/errs"
)

// Bounds of a password, in characters after NFC. ASVS 5.0 6.2.1 asks for at least
// 8, 6.2.9 for room for 64 and more, 6.2.4 for a comparison with known ones, and
// 6.2.5 for no rules of composition.
const (
	minPassword = 8
	maxPassword = 256
)

// Cost of a hash: OWASP ASVS 5.0 appendix C, m=19 MiB t=2 p=1; 59 ms of CPU on
// the machine of reference.
func cost() *argon2id.Params {
	return &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

// strangerHash has the same cost and no known password: it is compared when
// there is nothing else to compare, so that strangers take as long as users.
const strangerHash = "$argon2id$v=19$m=19456,t=2,p=1$TxjkgJHubc46XZBjpBdCqw$GNQ5LsRFu27ow/+REIvd0+F0H12A2D4FR2dFloWTNVs"

// commonGzip is a list of widely known passwords: text with a line each, after
// its origin and licence in lines that begin with #. Read it with zcat.
//
//go:embed common.txt.gz
var commonGzip []byte

// Hasher hashes passwords.
type Hasher struct {
	work   atomic.Int64 // hashes made or compared
	slots  chan struct{}
	common func() map[string]bool
}

// New returns a Hasher.
func New() *Hasher {
	return &Hasher{slots: make(chan struct{}, runtime.GOMAXPROCS(0)), common: sync.OnceValue(readCommon)}
}

// readCommon unpacks the list, when the first password is judged.
func readCommon() map[string]bool {
	common := make(map[string]bool, 1<<14)
	packed, err := gzip.NewReader(bytes.NewReader(commonGzip))
	if err != nil {
		panic(fmt.Sprintf("the embedded list of passwords: %v", err)) // a broken build
	}
	lines := bufio.NewScanner(packed)
	for lines.Scan() {
		if line := lines.Text(); !strings.HasPrefix(line, "#") {
			common[line] = true
		}
	}
	return common
}

// Check applies the policy; location names the field in the error.
func (h *Hasher) Check(location, password, email string) error {
	if !utf8.ValidString(password) {
		return errs.InvalidField(location, "must be valid UTF-8")
	}
	password = norm.NFC.String(password)
	n := utf8.RuneCountInString(password)
	if n < minPassword {
		return errs.InvalidField(location, "must have at least %d characters", minPassword)
	}
	if n > maxPassword {
		return errs.InvalidField(location, "must have at most %d characters", maxPassword)
	}
	lower := strings.ToLower(password)
	local, _, _ := strings.Cut(strings.ToLower(email), "@")
	if h.common()[lower] || repeats(lower) || lower == strings.ToLower(email) || lower == local {
		return errs.InvalidField(location, "is too easy to guess: choose another")
	}
	return nil
}

// repeats reports a password made of one or two different characters.
func repeats(s string) bool {
	seen := make(map[rune]bool)
	for _, r := range s {
		seen[r] = true
	}
	return len(seen) <= 2
}

// Hash returns the stored form of a password.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	hash, err := argon2id.CreateHash(norm.NFC.String(password), cost())
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return hash, nil
}

// Matches compares a password with its stored form; an empty one stands for
// nobody and takes as long.
func (h *Hasher) Matches(ctx context.Context, password, hash string) (bool, error) {
	if utf8.RuneCountInString(password) > maxPassword {
		return false, nil
	}
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer h.leave()
	nobody := hash == ""
	if nobody {
		hash = strangerHash
	}
	ok, err := argon2id.ComparePasswordAndHash(norm.NFC.String(password), hash)
	if err != nil {
		return false, fmt.Errorf("compare password: %w", err)
	}
	return ok && !nobody, nil
}

// Work is how many hashes were made or compared: what a sign-in costs, in a unit
// that does not depend on the machine.
func (h *Hasher) Work() int64 { return h.work.Load() }

func (h *Hasher) enter(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		h.work.Add(1)
		return nil
	case <-ctx.Done():
		return errs.Wrap(errs.Unavailable, ctx.Err(), "too many sign-ins at once: try again")
	}
}

func (h *Hasher) leave() { <-h.slots }
