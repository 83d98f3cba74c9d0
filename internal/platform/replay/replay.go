// Package replay keeps the first answer to a request that names an idempotency
// key, so that a client that lost the answer may ask again without doing the
// thing twice.
//
// Invariants: of requests with one key one runs at a time; an answer is given
// again only for the same operation and the same body; answers are sealed (they
// may hold tokens) and forgotten after a day (auth.Service.Prune).
//
// A process that dies while a request runs leaves the key running: after lease
// the next request runs again, so what it does must bear that (unique
// constraints, once_key of actions).
//
// Table: idempotency_keys.
// Files: replay.go (the rules), store.go (SQL).
package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"

	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

const (
	// Life of an answer (CONTRACT).
	Life = 24 * time.Hour
	// lease is how long a request may run before its process is given up; it is
	// longer than any request may take.
	lease = 15 * time.Minute
	// MaxBody is the largest answer that is kept, in bytes.
	MaxBody = 256 << 10
)

// Request names one request with a key.
type Request struct {
	Org       id.ID
	Actor     string // keys of different actors do not meet
	Key       string
	Operation string // method and path
	BodyHash  []byte // SHA-256
}

// Answer is what the first request was answered.
type Answer struct {
	Status int         `json:"status"`
	Header http.Header `json:"header"`
	Body   []byte      `json:"body"`
}

// Service keeps answers.
type Service struct {
	db    *db.DB
	clock clock.Clock
	seal  tink.AEAD
}

// New returns a Service.
func New(d *db.DB, vault *secret.Vault, c clock.Clock) (*Service, error) {
	key, err := vault.Derive("idempotency-seal", 32)
	if err != nil {
		return nil, err
	}
	seal, err := subtle.NewAESGCM(key)
	if err != nil {
		return nil, fmt.Errorf("idempotency key: %w", err)
	}
	return &Service{db: d, clock: c, seal: seal}, nil
}

// Begin claims the key: a nil answer means run, then Finish or Abandon with the
// returned claim. An answer means that it ran before.
func (s *Service) Begin(ctx context.Context, r Request) (id.ID, *Answer, error) {
	var (
		claim = id.New()
		found row
	)
	err := s.db.InTenant(ctx, r.Org, func(tx db.Tx) error {
		now := s.clock.Now()
		taken, err := claimKey(ctx, tx, r, claim, now, now.Add(-lease), now.Add(-Life))
		if err != nil || taken {
			return err
		}
		found, err = selectKey(ctx, tx, r)
		return err
	})
	switch {
	case db.NoRows(err): // it went while we looked
		return id.Nil, nil, errRunning()
	case err != nil:
		return id.Nil, nil, fmt.Errorf("claim idempotency key: %w", err)
	case found.id == id.Nil:
		return claim, nil, nil
	case found.operation != r.Operation || !bytes.Equal(found.bodyHash, r.BodyHash):
		return id.Nil, nil, &errs.Error{
			Kind: errs.Invalid, Code: "idempotency_key_reused", Message: "this Idempotency-Key was used for another request",
			Fields: []errs.Field{{Location: "header.Idempotency-Key", Message: "was used for another request"}},
		}
	case found.status == nil:
		return id.Nil, nil, errRunning()
	case found.sealed == nil:
		return id.Nil, nil, &errs.Error{
			Kind: errs.Conflict, Code: "idempotency_answer_too_large",
			Message: "the first request with this Idempotency-Key was done; its answer was too large to keep",
		}
	}
	answer, err := s.open(r.Org, found)
	return id.Nil, answer, err
}

func errRunning() error {
	return &errs.Error{
		Kind: errs.Conflict, Code: "idempotency_key_running", RetryAfter: time.Second,
		Message: "the first request with this Idempotency-Key is still running",
	}
}

func (s *Service) open(org id.ID, found row) (*Answer, error) {
	raw, err := s.seal.Decrypt(found.sealed, place(org, found.id))
	if err != nil {
		return nil, fmt.Errorf("open answer %s: %w", found.id, err)
	}
	var a Answer
	if err := json.Unmarshal(raw, &a); err != nil {
		return nil, fmt.Errorf("read answer %s: %w", found.id, err)
	}
	return &a, nil
}

func place(org, row id.ID) []byte {
	at := append([]byte("idempotency_keys.response."), org[:]...)
	return append(at, row[:]...)
}

// Finish keeps the answer of a claim.
func (s *Service) Finish(ctx context.Context, org, claim id.ID, a Answer) error {
	var sealed []byte
	if len(a.Body) <= MaxBody {
		raw, err := json.Marshal(a)
		if err != nil {
			return fmt.Errorf("answer: %w", err)
		}
		if sealed, err = s.seal.Encrypt(raw, place(org, claim)); err != nil {
			return fmt.Errorf("seal answer: %w", err)
		}
	}
	err := s.db.InTenant(ctx, org, func(tx db.Tx) error { return storeAnswer(ctx, tx, org, claim, a.Status, sealed) })
	if err != nil {
		return fmt.Errorf("keep answer: %w", err)
	}
	return nil
}

// Abandon frees the key: nothing was done, the same key may be used again.
func (s *Service) Abandon(ctx context.Context, org, claim id.ID) error {
	err := s.db.InTenant(ctx, org, func(tx db.Tx) error { return deleteKey(ctx, tx, org, claim) })
	if err != nil {
		return fmt.Errorf("free idempotency key: %w", err)
	}
	return nil
}
