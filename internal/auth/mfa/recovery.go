package mfa

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strings"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

const (
	// recoveryCodes are given at once.
	recoveryCodes = 10
	// recoverySize in characters of base32: 120 bits. From 112 bits on a code
	// may be stored under a fast hash (ASVS 5.0, 6.5.2).
	recoverySize  = 24
	recoveryBytes = recoverySize * 5 / 8
	// recoveryGroup is how many characters stand between dashes.
	recoveryGroup = 6
)

// NewRecoveryCodes replaces all recovery codes of a person and returns the new
// ones, which nobody can read again.
func (s *Service) NewRecoveryCodes(ctx context.Context, tx db.Tx, user id.ID) ([]string, error) {
	codes, hashes := make([]string, recoveryCodes), make([][]byte, recoveryCodes)
	for i := range codes {
		var raw [recoveryBytes]byte
		_, _ = rand.Read(raw[:]) // never fails (crypto/rand)
		text := encoding().EncodeToString(raw[:])
		hashes[i] = s.hashRecovery(user, text)
		var groups []string
		for from := 0; from < len(text); from += recoveryGroup {
			groups = append(groups, strings.ToLower(text[from:from+recoveryGroup]))
		}
		codes[i] = strings.Join(groups, "-")
	}
	if err := replaceRecovery(ctx, tx, user, hashes, s.clock.Now()); err != nil {
		return nil, fmt.Errorf("store recovery codes: %w", err)
	}
	return codes, nil
}

// DropRecoveryCodes takes them away with the last second factor.
func (s *Service) DropRecoveryCodes(ctx context.Context, tx db.Tx, user id.ID) error {
	if err := replaceRecovery(ctx, tx, user, nil, s.clock.Now()); err != nil {
		return fmt.Errorf("delete recovery codes: %w", err)
	}
	return nil
}

func (s *Service) useRecovery(ctx context.Context, tx db.Tx, user id.ID, code string) (bool, error) {
	good, err := useRecovery(ctx, tx, user, s.hashRecovery(user, code), s.clock.Now())
	if err != nil {
		return false, fmt.Errorf("recovery code: %w", err)
	}
	return good, nil
}

// hashRecovery is keyed, so that a copy of the database alone proves nothing.
func (s *Service) hashRecovery(user id.ID, code string) []byte {
	mac := hmac.New(sha256.New, s.hashKey)
	mac.Write(user[:])
	mac.Write([]byte(code))
	return mac.Sum(nil)
}
