package passkey

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// Purposes of a challenge: an answer to one is no answer to the other.
const (
	toAdd   = "add"
	toProve = "prove"
)

// Ceremony is a question to the browser. ID comes back with the answer.
type Ceremony struct {
	ID      string          `json:"ceremony"`
	Options json.RawMessage `json:"options" doc:"For navigator.credentials, in the form of PublicKeyCredential.parseCreationOptionsFromJSON or parseRequestOptionsFromJSON."`
}

// Answer is what the browser said, as PublicKeyCredential.toJSON gives it.
type Answer struct {
	Ceremony   string
	Credential json.RawMessage

	session *webauthn.SessionData // of the challenge, once taken
}

// errAnswer is the one answer to everything that is wrong with an answer; the
// log has the reason.
func errAnswer(cause error) error {
	return &errs.Error{Kind: errs.Unauthenticated, Code: "passkey_invalid", Message: "this passkey was not accepted", Cause: cause}
}

// BeginAdd asks a browser for a new passkey of a person.
func (s *Service) BeginAdd(ctx context.Context, tx db.Tx, user org.User) (Ceremony, error) {
	if s.off != nil {
		return Ceremony{}, s.off
	}
	rows, err := selectKeys(ctx, tx, user.ID, false)
	if err != nil {
		return Ceremony{}, fmt.Errorf("passkeys: %w", err)
	}
	if len(rows) >= most {
		return Ceremony{}, errs.New(errs.Conflict, "a person has at most %d passkeys", most)
	}
	keys, err := read(rows)
	if err != nil {
		return Ceremony{}, err
	}
	var have []protocol.CredentialDescriptor
	for _, k := range keys {
		have = append(have, k.Descriptor())
	}
	who := person{id: user.ID, name: user.Email, display: user.Name, keys: keys}
	options, session, err := s.web.BeginRegistration(who, webauthn.WithExclusions(have))
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin to add a passkey: %w", err)
	}
	return s.keep(ctx, tx, toAdd, options.Response, session)
}

// BeginProof asks a browser for any passkey it has for these pages.
func (s *Service) BeginProof(ctx context.Context, tx db.Tx) (Ceremony, error) {
	if s.off != nil {
		return Ceremony{}, s.off
	}
	options, session, err := s.web.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin to prove a passkey: %w", err)
	}
	return s.keep(ctx, tx, toProve, options.Response, session)
}

// keep stores the challenge under a random name.
func (s *Service) keep(ctx context.Context, tx db.Tx, purpose string, options any, session *webauthn.SessionData) (Ceremony, error) {
	text, err := json.Marshal(options)
	if err != nil {
		return Ceremony{}, fmt.Errorf("passkey options: %w", err)
	}
	kept, err := json.Marshal(session)
	if err != nil {
		return Ceremony{}, fmt.Errorf("passkey challenge: %w", err)
	}
	name := org.NewToken()
	if err := insertChallenge(ctx, tx, org.HashToken(name), purpose, kept, s.clock.Now().Add(ChallengeLife)); err != nil {
		return Ceremony{}, fmt.Errorf("store passkey challenge: %w", err)
	}
	return Ceremony{ID: name, Options: text}, nil
}

// TakeAdd and TakeProof take the challenge of an answer, once, whatever comes of
// it. They belong into a transaction of their own, before the one that judges.
func (s *Service) TakeAdd(ctx context.Context, tx db.Tx, a *Answer) error {
	return s.take(ctx, tx, toAdd, a)
}

// TakeProof is TakeAdd for a proof.
func (s *Service) TakeProof(ctx context.Context, tx db.Tx, a *Answer) error {
	return s.take(ctx, tx, toProve, a)
}

func (s *Service) take(ctx context.Context, tx db.Tx, purpose string, a *Answer) error {
	if s.off != nil {
		return s.off
	}
	kept, err := takeChallenge(ctx, tx, org.HashToken(a.Ceremony), purpose, s.clock.Now())
	if db.NoRows(err) {
		return errAnswer(fmt.Errorf("no such challenge to %s, or too old", purpose))
	}
	if err != nil {
		return fmt.Errorf("take passkey challenge: %w", err)
	}
	a.session = &webauthn.SessionData{}
	if err := json.Unmarshal(kept, a.session); err != nil {
		return fmt.Errorf("passkey challenge: %w", err)
	}
	return nil
}

// Add judges the answer to BeginAdd and stores the passkey.
func (s *Service) Add(ctx context.Context, tx db.Tx, user org.User, a Answer, name string) (Passkey, error) {
	name, err := org.CleanName("body.name", name)
	if err != nil {
		return Passkey{}, err
	}
	if a.session == nil {
		return Passkey{}, errAnswer(fmt.Errorf("the challenge was not taken"))
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(a.Credential)
	if err != nil {
		return Passkey{}, errAnswer(why(err))
	}
	key, err := s.web.CreateCredential(person{id: user.ID}, *a.session, parsed)
	if err != nil {
		return Passkey{}, errAnswer(why(err))
	}
	text, err := json.Marshal(key)
	if err != nil {
		return Passkey{}, fmt.Errorf("passkey: %w", err)
	}
	p := Passkey{ID: id.New(), Name: name, Synced: key.Flags.BackupState, CreatedAt: s.clock.Now()}
	if err := insert(ctx, tx, user.ID, p, key.ID, text); err != nil {
		if db.Violates(err, "passkeys_credential_id_key") {
			return Passkey{}, errs.New(errs.Conflict, "this passkey is known already")
		}
		return Passkey{}, fmt.Errorf("store passkey: %w", err)
	}
	return p, nil
}

// Person names the person whom an answer claims to be from. It proves nothing:
// it says in which tenant to judge.
func (s *Service) Person(a Answer) (id.ID, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(a.Credential)
	if err != nil {
		return id.Nil, errAnswer(why(err))
	}
	if len(parsed.Response.UserHandle) != len(id.ID{}) {
		return id.Nil, errAnswer(fmt.Errorf("a user handle of %d bytes", len(parsed.Response.UserHandle)))
	}
	return id.ID(parsed.Response.UserHandle), nil
}

// Prove judges the answer to BeginProof: it must come from a passkey of this
// very person, whose holder was verified, with a counter that moved on.
func (s *Service) Prove(ctx context.Context, tx db.Tx, user id.ID, a Answer) error {
	if a.session == nil {
		return errAnswer(fmt.Errorf("the challenge was not taken"))
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(a.Credential)
	if err != nil {
		return errAnswer(why(err))
	}
	// Locked, so that of two proofs at once the second sees the counter of the
	// first.
	rows, err := selectKeys(ctx, tx, user, true)
	if err != nil {
		return fmt.Errorf("passkeys: %w", err)
	}
	keys, err := read(rows)
	if err != nil {
		return err
	}
	who := func([]byte, []byte) (webauthn.User, error) { return person{id: user, keys: keys}, nil }
	_, key, err := s.web.ValidatePasskeyLogin(who, *a.session, parsed)
	if err != nil {
		return errAnswer(why(err))
	}
	if key.Authenticator.CloneWarning {
		return errAnswer(fmt.Errorf("the counter went back: there may be a copy"))
	}
	text, err := json.Marshal(key)
	if err != nil {
		return fmt.Errorf("passkey: %w", err)
	}
	if err := used(ctx, tx, user, key.ID, text, s.clock.Now()); err != nil {
		return fmt.Errorf("note use of passkey: %w", err)
	}
	return nil
}
