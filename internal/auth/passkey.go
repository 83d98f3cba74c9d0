package auth

import (
	"context"
	"fmt"

	"rainmaker/internal/auth/passkey"
	"rainmaker/internal/auth/refusal"
	"rainmaker/internal/auth/throttle"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// take takes the challenge of a passkey out of circulation, in a transaction of
// its own, so that one answer is judged once whatever comes of it. It is called
// before the transaction that judges.
func (s *Service) take(ctx context.Context, p *Proof) error {
	if p.Passkey == nil {
		return nil
	}
	return s.db.InSystem(ctx, func(tx db.Tx) error { return s.passkeys.TakeProof(ctx, tx, p.Passkey) })
}

// Passkeys lists those of the person behind i.
func (s *Service) Passkeys(ctx context.Context, i Identity) ([]passkey.Passkey, error) {
	if err := personal(i); err != nil {
		return nil, err
	}
	var list []passkey.Passkey
	err := s.db.InTenant(ctx, i.Org, func(tx db.Tx) error {
		var err error
		list, err = s.passkeys.List(ctx, tx, i.User)
		return err
	})
	return list, err
}

// BeginPasskey asks the browser of the person behind i for a new passkey.
func (s *Service) BeginPasskey(ctx context.Context, i Identity) (passkey.Ceremony, error) {
	var c passkey.Ceremony
	err := s.db.InTenant(ctx, i.Org, func(tx db.Tx) error {
		if err := s.verified(ctx, tx, i); err != nil {
			return err
		}
		user, err := s.org.User(ctx, tx, i.Org, i.User)
		if err != nil {
			return err
		}
		c, err = s.passkeys.BeginAdd(ctx, tx, user)
		return err
	})
	return c, err
}

// AddPasskey stores what the browser answered and ends every other session of
// the person. Recovery codes are made when there were none.
func (s *Service) AddPasskey(ctx context.Context, i Identity, a passkey.Answer, name string) (passkey.Passkey, []string, error) {
	if err := personal(i); err != nil {
		return passkey.Passkey{}, nil, err
	}
	if err := s.db.InSystem(ctx, func(tx db.Tx) error { return s.passkeys.TakeAdd(ctx, tx, &a) }); err != nil {
		return passkey.Passkey{}, nil, refuseAnswer(err)
	}
	var added passkey.Passkey
	var codes []string
	err := s.change(ctx, i, "passkey.added", map[string]any{}, func(tx db.Tx) error {
		if err := s.verified(ctx, tx, i); err != nil {
			return err
		}
		user, err := s.org.User(ctx, tx, i.Org, i.User)
		if err != nil {
			return err
		}
		if added, err = s.passkeys.Add(ctx, tx, user, a, name); err != nil {
			return refuseAnswer(err)
		}
		state, err := s.mfa.State(ctx, tx, i.User)
		if err != nil || state.RecoveryCodes > 0 {
			return err
		}
		codes, err = s.mfa.NewRecoveryCodes(ctx, tx, i.User)
		return err
	})
	return added, codes, err
}

// refuseAnswer says to somebody who is signed in that the answer was wrong, and
// not that the session is.
func refuseAnswer(err error) error {
	if errs.Is(err, errs.Unauthenticated) {
		return &errs.Error{
			Kind: errs.Invalid, Code: "passkey_invalid", Message: "this passkey was not accepted", Cause: err,
			Fields: []errs.Field{{Location: "body.credential", Message: "was not accepted"}},
		}
	}
	return err
}

// RenamePasskey changes what the person behind i calls a passkey.
func (s *Service) RenamePasskey(ctx context.Context, i Identity, key id.ID, name string) (passkey.Passkey, error) {
	var renamed passkey.Passkey
	err := s.db.InTenant(ctx, i.Org, func(tx db.Tx) error {
		var err error
		if renamed, err = s.passkeys.Rename(ctx, tx, i.User, key, name); err != nil {
			return err
		}
		return org.Audit(ctx, tx, i.Org, s.clock.Now(), i.Actor(), "passkey.renamed", org.Target("passkey", key), nil)
	})
	return renamed, err
}

// RemovePasskey takes a passkey away and ends every other session of the person.
// With the last second factor the recovery codes go.
func (s *Service) RemovePasskey(ctx context.Context, i Identity, key id.ID) error {
	// Whose it is comes first: what is not one's own is not there.
	err := s.db.InTenant(ctx, i.Org, func(tx db.Tx) error { return s.passkeys.Exists(ctx, tx, i.User, key) })
	if err != nil {
		return err
	}
	return s.change(ctx, i, "passkey.removed", map[string]any{"passkey": key}, func(tx db.Tx) error {
		if err := s.verified(ctx, tx, i); err != nil {
			return err
		}
		if err := s.passkeys.Remove(ctx, tx, i.User, key); err != nil {
			return err
		}
		return s.dropIfLast(ctx, tx, i)
	})
}

// BeginPasskeyProof asks a browser for a passkey: to sign in alone, or as second
// factor wherever a Proof is taken.
func (s *Service) BeginPasskeyProof(ctx context.Context) (passkey.Ceremony, error) {
	var c passkey.Ceremony
	err := s.db.InSystem(ctx, func(tx db.Tx) error {
		var err error
		c, err = s.passkeys.BeginProof(ctx, tx)
		return err
	})
	return c, err
}

// PasskeyLogin is a sign-in with a passkey alone.
type PasskeyLogin struct {
	Answer  passkey.Answer
	Org     id.ID  // of several; zero is where the person last signed in
	Address string // network address, for the throttle
}

// LoginWithPasskey opens a session for the person whose passkey answered. The
// authenticator has verified its holder, so nothing more is asked for.
func (s *Service) LoginWithPasskey(ctx context.Context, in PasskeyLogin) (_ SignedIn, err error) {
	defer func() { s.refused.Count(refusal.Passkey, err) }()
	address := throttle.PerAddress(in.Address)
	if err := s.guess.Take(ctx, address); err != nil {
		return SignedIn{}, err
	}
	p := Proof{Passkey: &in.Answer}
	if err := s.take(ctx, &p); err != nil {
		return SignedIn{}, err
	}
	user, err := s.passkeys.Person(in.Answer)
	if err != nil {
		return SignedIn{}, err
	}
	var places []id.ID
	err = s.db.InSystem(ctx, func(tx db.Tx) error {
		var err error
		places, err = selectPlaces(ctx, tx, user)
		return err
	})
	if err != nil {
		return SignedIn{}, fmt.Errorf("sign in: %w", err)
	}
	place := id.Nil
	for _, at := range places {
		if in.Org == id.Nil || at == in.Org {
			place = at
			break
		}
	}
	if place == id.Nil {
		s.log.WarnContext(ctx, "passkey refused", "known", len(places) > 0)
		return SignedIn{}, &errs.Error{Kind: errs.Unauthenticated, Code: "passkey_invalid", Message: "this passkey was not accepted"}
	}
	var out SignedIn
	err = s.db.InTenant(ctx, place, func(tx db.Tx) error {
		if err := s.passkeys.Prove(ctx, tx, user, in.Answer); err != nil {
			return err
		}
		var err error
		if out, err = s.open(ctx, tx, place, user); err != nil {
			return err
		}
		return org.Audit(ctx, tx, place, s.clock.Now(), org.UserActor(user), "session.opened", org.Target("session", out.Session), map[string]any{"via": "passkey"})
	})
	if err != nil {
		s.log.WarnContext(ctx, "passkey refused", "user_id", user, "error", err)
		return SignedIn{}, err
	}
	s.guess.GiveBack(ctx, address)
	return s.withAccess(ctx, out)
}
