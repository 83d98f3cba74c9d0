package auth

import (
	"context"
	"fmt"
	"time"

	"rainmaker/internal/auth/mfa"
	"rainmaker/internal/auth/passkey"
	"rainmaker/internal/auth/required"
	"rainmaker/internal/auth/signal"
	"rainmaker/internal/auth/throttle"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// VerifiedLife is how long after a sign-in or Verify a session may change how
// its person proves who they are (ASVS 5.0, 7.5.1).
const VerifiedLife = 15 * time.Minute

// errMFARequired asks for a second factor. It is said only to somebody who knows
// the password (CONTRACT: {"code": "mfa_required"}).
func errMFARequired() error {
	return &errs.Error{Kind: errs.Unauthenticated, Code: "mfa_required", Message: "give a code of the authenticator app, a recovery code or a passkey"}
}

// errCode is the answer to a second factor that is wrong, used or unknown.
func errCode() *errs.Error {
	return &errs.Error{Kind: errs.Unauthenticated, Code: "mfa_invalid", Message: "this code is wrong or was used before"}
}

// Proof is one of the ways to show who one is besides the session: give one.
type Proof struct {
	Password string
	Code     string // of the authenticator app, or a recovery code
	Passkey  *passkey.Answer
}

// given reports whether there is anything besides a password.
func (p Proof) given() bool { return p.Code != "" || p.Passkey != nil }

// factors says whether a person has a second factor.
func (s *Service) factors(ctx context.Context, tx db.Tx, user id.ID) (bool, error) {
	state, err := s.mfa.State(ctx, tx, user)
	if err != nil {
		return false, err
	}
	keys, err := s.passkeys.Count(ctx, tx, user)
	return state.TOTP || keys > 0, err
}

// second asks for a second factor when the person has one. It is to be called
// after the password, in the transaction that lets the person in, and after take.
func (s *Service) second(ctx context.Context, tx db.Tx, user id.ID, p Proof) error {
	has, err := s.factors(ctx, tx, user)
	if err != nil || !has {
		return err
	}
	if !p.given() {
		return errMFARequired()
	}
	good, err := s.spend(ctx, tx, user, p)
	if err == nil && !good {
		err = errCode()
	}
	return err
}

// spend uses up a code or a passkey's answer and reports whether it was good.
// Guesses are counted by person, wherever they come from.
func (s *Service) spend(ctx context.Context, tx db.Tx, user id.ID, p Proof) (bool, error) {
	bucket := throttle.PerAccount("code", user[:])
	if err := s.guess.Take(ctx, bucket); err != nil {
		return false, err
	}
	var err error
	good := true
	if p.Passkey != nil {
		if err = s.passkeys.Prove(ctx, tx, user, *p.Passkey); errs.Is(err, errs.Unauthenticated) {
			s.log.WarnContext(ctx, "passkey refused", "user_id", user, "error", err)
			good, err = false, nil
		}
	} else {
		good, err = s.mfa.Use(ctx, tx, user, p.Code)
	}
	if err != nil {
		return false, err
	}
	if !good {
		s.log.WarnContext(ctx, "second factor refused", "user_id", user)
		return false, nil
	}
	s.guess.Empty(ctx, bucket)
	return true, nil
}

// personal refuses what only a signed-in person may do.
func personal(i Identity) error {
	if i.User == id.Nil || i.Session == id.Nil {
		return errs.New(errs.Forbidden, "an API key has no password and no second factor: sign in as a person")
	}
	return nil
}

// prove checks the proof of the person behind i and then does fn, in one
// transaction. Passwords are compared before it begins: they take long, and a
// connection is dear.
func (s *Service) prove(ctx context.Context, i Identity, p Proof, fn func(proven func(tx db.Tx) error) error) error {
	if err := personal(i); err != nil {
		return err
	}
	if err := s.take(ctx, &p); err != nil {
		return refuseAnswer(err)
	}
	if !p.given() {
		if p.Password == "" {
			return errs.InvalidField("body", "give the password, a code or a passkey")
		}
		if err := s.provePassword(ctx, i, p.Password, "body.password"); err != nil {
			return err
		}
	}
	return fn(func(tx db.Tx) error {
		if !p.given() {
			return nil
		}
		good, err := s.spend(ctx, tx, i.User, p)
		switch {
		case err != nil || good:
			return err
		case p.Passkey != nil:
			s.note(i.Org, signal.FactorFailed, i.Actor())
			return errs.InvalidField("body.passkey", "was not accepted")
		}
		s.note(i.Org, signal.FactorFailed, i.Actor())
		return errs.InvalidField("body.totp_code", "is wrong or was used before")
	})
}

// provePassword compares the password of the person behind i; location names the
// field in the error.
func (s *Service) provePassword(ctx context.Context, i Identity, password, location string) error {
	bucket := throttle.PerAccount("password", i.User[:])
	if err := s.guess.Take(ctx, bucket); err != nil {
		return err
	}
	hash := ""
	err := s.db.InTenant(ctx, i.Org, func(tx db.Tx) error {
		var err error
		hash, err = selectPassword(ctx, tx, i.User)
		return err
	})
	if err != nil {
		return fmt.Errorf("password: %w", err)
	}
	ok, err := s.hasher.Matches(ctx, password, hash)
	if err != nil {
		return err
	}
	if !ok {
		return errs.InvalidField(location, "is not your password")
	}
	s.guess.Empty(ctx, bucket)
	return nil
}

// Verify proves once more who holds a session, so that it may change second
// factors for a while.
func (s *Service) Verify(ctx context.Context, i Identity, p Proof) error {
	return s.prove(ctx, i, p, func(proven func(db.Tx) error) error {
		return s.db.InTenant(ctx, i.Org, func(tx db.Tx) error {
			if err := proven(tx); err != nil {
				return err
			}
			if err := verifySession(ctx, tx, i.Org, i.Session, s.clock.Now()); err != nil {
				return fmt.Errorf("verify session: %w", err)
			}
			return nil
		})
	})
}

// verified refuses a session whose last proof is too long ago.
func (s *Service) verified(ctx context.Context, tx db.Tx, i Identity) error {
	if err := personal(i); err != nil {
		return err
	}
	at, err := selectVerified(ctx, tx, i.Org, i.Session)
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	if s.clock.Now().Sub(at) > VerifiedLife {
		return &errs.Error{Kind: errs.Forbidden, Code: "verify_required", Message: "prove who you are once more: POST /auth/verify"}
	}
	return nil
}

// Factors is what a person has set up.
type Factors struct {
	mfa.State
	Passkeys int
	Required bool // a sign-in with the password asks for more
}

// Factors shows what the person behind i has set up.
func (s *Service) Factors(ctx context.Context, i Identity) (Factors, error) {
	if err := personal(i); err != nil {
		return Factors{}, err
	}
	var f Factors
	err := s.db.InTenant(ctx, i.Org, func(tx db.Tx) error {
		var err error
		if f.State, err = s.mfa.State(ctx, tx, i.User); err != nil {
			return err
		}
		f.Passkeys, err = s.passkeys.Count(ctx, tx, i.User)
		f.Required = f.TOTP || f.Passkeys > 0
		return err
	})
	return f, err
}

// EnrolTOTP makes a secret for an authenticator app. It asks for nothing until
// ConfirmTOTP.
func (s *Service) EnrolTOTP(ctx context.Context, i Identity) (mfa.Enrolment, error) {
	var out mfa.Enrolment
	err := s.db.InTenant(ctx, i.Org, func(tx db.Tx) error {
		if err := s.verified(ctx, tx, i); err != nil {
			return err
		}
		user, err := s.org.User(ctx, tx, i.Org, i.User)
		if err != nil {
			return err
		}
		out, err = s.mfa.Enrol(ctx, tx, i.User, user.Email)
		return err
	})
	return out, err
}

// ConfirmTOTP turns the app on, ends every other session of the person and
// returns fresh recovery codes, which replace those that came with a passkey.
func (s *Service) ConfirmTOTP(ctx context.Context, i Identity, code string) ([]string, error) {
	if err := personal(i); err != nil {
		return nil, err
	}
	bucket := throttle.PerAccount("code", i.User[:])
	if err := s.guess.Take(ctx, bucket); err != nil {
		return nil, err
	}
	var codes []string
	err := s.change(ctx, i, "mfa.enabled", map[string]any{"method": "totp"}, func(tx db.Tx) error {
		if err := s.verified(ctx, tx, i); err != nil {
			return err
		}
		if err := s.mfa.Confirm(ctx, tx, i.User, code); err != nil {
			return err
		}
		var err error
		codes, err = s.mfa.NewRecoveryCodes(ctx, tx, i.User)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.guess.Empty(ctx, bucket)
	return codes, nil
}

// DisableTOTP takes the app away, against a password or a code, and ends every
// other session. With the last second factor the recovery codes go.
func (s *Service) DisableTOTP(ctx context.Context, i Identity, p Proof) error {
	return s.prove(ctx, i, p, func(proven func(db.Tx) error) error {
		return s.change(ctx, i, "mfa.disabled", map[string]any{"method": "totp"}, func(tx db.Tx) error {
			if err := proven(tx); err != nil {
				return err
			}
			gone, err := s.mfa.Disable(ctx, tx, i.User)
			if err != nil {
				return err
			}
			if !gone {
				return errs.New(errs.Conflict, "no authenticator app is set up")
			}
			return s.dropIfLast(ctx, tx, i)
		})
	})
}

// MayRequireFactor refuses whoever would shut themselves out by asking all
// members for a second factor. API keys have none and may.
func (s *Service) MayRequireFactor(ctx context.Context, i Identity) error {
	if i.User == id.Nil {
		return nil
	}
	return s.db.InTenant(ctx, i.Org, func(tx db.Tx) error {
		has, err := s.factors(ctx, tx, i.User)
		if err != nil {
			return err
		}
		return required.MayAsk(ctx, tx, i.Org, i.Session, has)
	})
}

func (s *Service) dropIfLast(ctx context.Context, tx db.Tx, i Identity) error {
	if has, err := s.factors(ctx, tx, i.User); err != nil || has {
		return err
	}
	if err := required.KeepOne(ctx, tx, i.Org); err != nil {
		return err
	}
	return s.mfa.DropRecoveryCodes(ctx, tx, i.User)
}

// NewRecoveryCodes replaces the recovery codes of a person with a second factor.
func (s *Service) NewRecoveryCodes(ctx context.Context, i Identity) ([]string, error) {
	var codes []string
	err := s.change(ctx, i, "mfa.recovery_codes_renewed", nil, func(tx db.Tx) error {
		if err := s.verified(ctx, tx, i); err != nil {
			return err
		}
		has, err := s.factors(ctx, tx, i.User)
		if err != nil {
			return err
		}
		if !has {
			return errs.New(errs.Conflict, "recovery codes come with a second factor: set one up first")
		}
		codes, err = s.mfa.NewRecoveryCodes(ctx, tx, i.User)
		return err
	})
	return codes, err
}

// change is a change to how a person proves who they are: the change itself,
// the end of every other session in every organisation, the record, and a mail
// that tells the person, in one transaction. The session of i lives on.
func (s *Service) change(ctx context.Context, i Identity, what string, data map[string]any, fn func(tx db.Tx) error) error {
	err := s.db.InTenant(ctx, i.Org, func(tx db.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		if err := s.endOthers(ctx, tx, i); err != nil {
			return err
		}
		if err := s.notify(ctx, tx, i.Org, i.User, what); err != nil {
			return err
		}
		return org.Audit(ctx, tx, i.Org, s.clock.Now(), i.Actor(), what, org.Target("user", i.User), data)
	})
	s.sessions.ForgetAll()
	return err
}

// endOthers ends every session of the person but that of i.
func (s *Service) endOthers(ctx context.Context, tx db.Tx, i Identity) error {
	if err := raiseEpoch(ctx, tx, i.User, s.clock.Now()); err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	if err := keepSession(ctx, tx, i.Org, i.Session); err != nil {
		return fmt.Errorf("keep session: %w", err)
	}
	return nil
}
