package org

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// User is a person who signs in. One person may be a member of several
// organisations.
type User struct {
	ID        id.ID     `json:"id"`
	Name      string    `json:"name"`
	Email     string    `json:"email"`
	CreatedAt time.Time `json:"created_at"`
}

// people seals and indexes e-mail addresses of users. They belong to no
// tenant, so the keys are derived from the master key and not an
// organisation's: sign-in starts from an address and knows no tenant yet.
type people struct {
	seal  tink.AEAD
	blind []byte
}

func newPeople(vault *secret.Vault) (*people, error) {
	key, err := vault.Derive("users-seal", 32)
	if err != nil {
		return nil, err
	}
	seal, err := subtle.NewAESGCM(key)
	if err != nil {
		return nil, fmt.Errorf("users' key: %w", err)
	}
	blind, err := vault.Derive("users-blind", 32)
	if err != nil {
		return nil, err
	}
	return &people{seal: seal, blind: blind}, nil
}

func (p *people) sealEmail(user id.ID, email string) ([]byte, error) {
	sealed, err := p.seal.Encrypt([]byte(email), emailPlace(user))
	if err != nil {
		return nil, fmt.Errorf("seal users.email: %w", err)
	}
	return sealed, nil
}

func (p *people) openEmail(user id.ID, sealed []byte) (string, error) {
	email, err := p.seal.Decrypt(sealed, emailPlace(user))
	if err != nil {
		return "", fmt.Errorf("open users.email of %s: %w", user, err)
	}
	return string(email), nil
}

func emailPlace(user id.ID) []byte { return append([]byte("users.email."), user[:]...) }

func (p *people) blindEmail(email string) []byte {
	mac := hmac.New(sha256.New, p.blind)
	mac.Write([]byte(email))
	return mac.Sum(nil)[:secret.BlindSize]
}

// EmailBlind normalises an address and returns its index over all tenants: the
// key by which sign-in finds a person and counts failures.
func (s *Service) EmailBlind(email string) ([]byte, error) {
	normal, err := s.normalEmail(email)
	if err != nil {
		return nil, errs.InvalidField("body.email", "must be an e-mail address")
	}
	return s.people.blindEmail(normal), nil
}

// User returns a member of org; to any other tenant the person is not there.
func (s *Service) User(ctx context.Context, tx db.Tx, org, user id.ID) (User, error) {
	row, err := selectUser(ctx, tx, user)
	if err != nil {
		return User{}, notFound(err, "user")
	}
	return s.openUser(row)
}

func (s *Service) openUser(row userRow) (User, error) {
	email, err := s.people.openEmail(row.ID, row.emailSealed)
	if err != nil {
		return User{}, err
	}
	row.User.Email = email
	return row.User, nil
}
