// Package mfa keeps the second factors that are codes: time-based one-time
// passwords (RFC 6238) and recovery codes.
//
// Invariants:
//   - A code is good once, however many requests bring it at the same moment:
//     the last step that was used is a column, moved on by one statement that
//     only one of them can win.
//   - The secret of a person is sealed under a key of the installation and shown
//     once, by Enrol; recovery codes are stored as keyed hashes and shown once.
//   - An enrolment asks for nothing before a first code has confirmed it.
//   - Nothing here counts guesses: the caller throttles before it asks.
//
// People belong to no tenant, and so do these rows; row-level security shows
// them to the tenants that the person is a member of (docs/tenancy.md).
//
// Tables: user_totp, recovery_codes.
//
// Files: mfa.go (enrolment and use), recovery.go, store.go (SQL).
package mfa

import (
	"context"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
	seal "github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"

	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

const (
	// period of a code in seconds, digits, and skew in periods: what every
	// authenticator app does. RFC 6238 5.2 allows one period for the way and
	// the clocks.
	period = 30
	digits = otp.DigitsSix
	skew   = 1
	// secretSize in bytes: RFC 4226 4 recommends 160 bits.
	secretSize = 20
	// issuer is the name that the app shows.
	issuer = "Rainmaker"
)

// Service knows the second factors of people. Its methods run in a transaction
// of a tenant of which the person is a member.
type Service struct {
	clock   clock.Clock
	seal    tink.AEAD
	hashKey []byte // of recovery codes
}

// New returns a Service.
func New(vault *secret.Vault, c clock.Clock) (*Service, error) {
	key, err := vault.Derive("users-totp-seal", 32)
	if err != nil {
		return nil, err
	}
	s := &Service{clock: c}
	if s.seal, err = seal.NewAESGCM(key); err != nil {
		return nil, fmt.Errorf("second factors: %w", err)
	}
	if s.hashKey, err = vault.Derive("users-recovery-codes", 32); err != nil {
		return nil, err
	}
	return s, nil
}

// State is what a person has set up.
type State struct {
	TOTP          bool       // confirmed
	Since         *time.Time // of the confirmation
	RecoveryCodes int        // that are left
}

// State of a person.
func (s *Service) State(ctx context.Context, tx db.Tx, user id.ID) (State, error) {
	state, err := selectState(ctx, tx, user)
	if err != nil {
		return State{}, fmt.Errorf("second factors: %w", err)
	}
	state.TOTP = state.Since != nil
	return state, nil
}

// Enrolment is a secret that waits for its first code.
type Enrolment struct {
	Secret string // base32, for typing
	URL    string // otpauth://, for a QR code
}

// Enrol makes a secret. One that was never confirmed is replaced; a confirmed
// one is a conflict. account is what the app shows beside the issuer.
func (s *Service) Enrol(ctx context.Context, tx db.Tx, user id.ID, account string) (Enrolment, error) {
	key, err := totp.Generate(totp.GenerateOpts{
		Issuer: issuer, AccountName: account, Period: period, SecretSize: secretSize, Digits: digits, Algorithm: otp.AlgorithmSHA1,
	})
	if err != nil {
		return Enrolment{}, fmt.Errorf("make TOTP secret: %w", err)
	}
	sealed, err := s.seal.Encrypt([]byte(key.Secret()), place(user))
	if err != nil {
		return Enrolment{}, fmt.Errorf("seal TOTP secret: %w", err)
	}
	stored, err := upsertTOTP(ctx, tx, user, sealed, s.clock.Now())
	if err != nil {
		return Enrolment{}, fmt.Errorf("store TOTP secret: %w", err)
	}
	if !stored {
		return Enrolment{}, errs.New(errs.Conflict, "an authenticator app is set up already: turn it off first")
	}
	return Enrolment{Secret: key.Secret(), URL: key.URL()}, nil
}

// Confirm turns the enrolment on with a first code, which is used by that.
func (s *Service) Confirm(ctx context.Context, tx db.Tx, user id.ID, code string) error {
	row, err := selectTOTP(ctx, tx, user)
	if db.NoRows(err) || err == nil && row.confirmed {
		return errs.New(errs.Conflict, "no enrolment is waiting for a code: begin a new one")
	}
	if err != nil {
		return fmt.Errorf("confirm TOTP: %w", err)
	}
	step, err := s.match(user, row, code)
	if err != nil {
		return err
	}
	if step == 0 {
		return errs.InvalidField("body.totp_code", "is not the code that the app shows now")
	}
	done, err := confirmTOTP(ctx, tx, user, step, s.clock.Now())
	if err != nil {
		return fmt.Errorf("confirm TOTP: %w", err)
	}
	if !done {
		return errs.New(errs.Conflict, "this enrolment was confirmed just now")
	}
	return nil
}

// Disable takes the app away. It reports whether there was one.
func (s *Service) Disable(ctx context.Context, tx db.Tx, user id.ID) (bool, error) {
	gone, err := deleteTOTP(ctx, tx, user)
	if err != nil {
		return false, fmt.Errorf("turn TOTP off: %w", err)
	}
	return gone, nil
}

// Use spends a code of the app, or a recovery code, and reports whether it was
// good. A code that was good once is not good again.
func (s *Service) Use(ctx context.Context, tx db.Tx, user id.ID, code string) (bool, error) {
	code = clean(code)
	if len(code) == recoverySize {
		return s.useRecovery(ctx, tx, user, code)
	}
	row, err := selectTOTP(ctx, tx, user)
	if db.NoRows(err) || err == nil && !row.confirmed {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("TOTP: %w", err)
	}
	step, err := s.match(user, row, code)
	if err != nil || step == 0 {
		return false, err
	}
	good, err := useStep(ctx, tx, user, step)
	if err != nil {
		return false, fmt.Errorf("TOTP: %w", err)
	}
	return good, nil
}

// match returns the step whose code this is, or zero. Steps up to the last used
// are not looked at.
func (s *Service) match(user id.ID, row totpRow, code string) (int64, error) {
	code = clean(code)
	raw, err := s.seal.Decrypt(row.sealed, place(user))
	if err != nil {
		return 0, fmt.Errorf("open TOTP secret of %s: %w", user, err)
	}
	now := s.clock.Now().Unix() / period
	found := int64(0)
	for step := now - skew; step <= now+skew; step++ {
		want, err := hotp.GenerateCodeCustom(string(raw), uint64(step), hotp.ValidateOpts{Digits: digits, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, fmt.Errorf("TOTP: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && step > row.lastStep {
			found = step
		}
	}
	return found, nil
}

func place(user id.ID) []byte { return append([]byte("user_totp.secret."), user[:]...) }

// clean takes away what people type between the groups of a code, and writes
// letters as the alphabet has them.
func clean(code string) string {
	out := make([]byte, 0, len(code))
	for _, c := range []byte(code) {
		switch {
		case c == ' ' || c == '-':
		case c >= 'a' && c <= 'z':
			out = append(out, c-'a'+'A')
		default:
			out = append(out, c)
		}
	}
	return string(out)
}

// encoding of recovery codes: no 0, 1, 8 that look like letters.
func encoding() *base32.Encoding { return base32.StdEncoding.WithPadding(base32.NoPadding) }
