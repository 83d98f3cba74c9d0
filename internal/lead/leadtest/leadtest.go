// Package leadtest builds leads for tests of packages that need some, on a real
// database.
package leadtest

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"

	"rainmaker/internal/compliance"
	"rainmaker/internal/lead"
	"rainmaker/internal/lead/intake"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/job"
	"rainmaker/internal/platform/secret"
)

// Keyring is a secret.Keyring whose keys live as long as it does.
type Keyring struct {
	vault *secret.Vault
	mu    sync.Mutex
	keys  map[id.ID]*secret.Keys // guarded by mu
}

// NewKeyring returns a keyring with a fixed master key.
func NewKeyring(t testing.TB) *Keyring {
	t.Helper()
	vault, err := secret.NewVault(bytes.Repeat([]byte{7}, secret.MasterKeySize))
	if err != nil {
		t.Fatal(err)
	}
	return &Keyring{vault: vault, keys: map[id.ID]*secret.Keys{}}
}

// Keys implements secret.Keyring.
func (k *Keyring) Keys(_ context.Context, org id.ID) (*secret.Keys, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if keys := k.keys[org]; keys != nil {
		return keys, nil
	}
	wrapped, err := k.vault.NewOrg(org)
	if err != nil {
		return nil, err
	}
	keys, err := k.vault.OpenOrg(org, wrapped)
	if err != nil {
		return nil, err
	}
	k.keys[org] = keys
	return keys, nil
}

// Jobs collects what imports would queue.
type Jobs struct {
	mu   sync.Mutex
	args []job.Args // guarded by mu
}

// Insert implements intake.Jobs.
func (j *Jobs) Insert(_ context.Context, _ db.Tx, args job.Args) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.args = append(j.args, args)
	return nil
}

// Take returns the collected jobs and forgets them.
func (j *Jobs) Take() []job.Args {
	j.mu.Lock()
	defer j.mu.Unlock()
	taken := j.args
	j.args = nil
	return taken
}

// Fixture is a service with its surroundings and one organisation.
type Fixture struct {
	*lead.Service
	Intake *intake.Service
	DB     *db.DB
	Org    id.ID
	Keys   *Keyring
	Jobs   *Jobs
}

// New returns a service on the package's test database with a fresh
// organisation.
func New(t testing.TB) *Fixture {
	t.Helper()
	return On(t, dbtest.New(t), clock.System{})
}

// On is New on a given database and clock.
func On(t testing.TB, d *db.DB, at clock.Clock) *Fixture {
	t.Helper()
	f := &Fixture{DB: d, Org: dbtest.Org(t, d), Keys: NewKeyring(t), Jobs: &Jobs{}}
	rules := compliance.New(compliance.Deps{DB: d, Keys: f.Keys, Clock: at})
	f.Service = lead.New(lead.Deps{DB: d, Keys: f.Keys, Clock: at, Compliance: rules})
	f.Intake = intake.New(intake.Deps{
		DB: d, Keys: f.Keys, Clock: at, Leads: f.Service, Compliance: rules, Jobs: f.Jobs, Files: intake.Dir(t.TempDir()),
	})
	return f
}

// Lead creates a lead with an e-mail made from n.
func (f *Fixture) Lead(t testing.TB, n int) lead.Lead {
	t.Helper()
	return f.With(t, lead.Draft{
		Email: fmt.Sprintf("person%d@example.com", n), FirstName: "Pat", LastName: fmt.Sprintf("Doe%d", n), Company: "Example",
	})
}

// With creates a lead.
func (f *Fixture) With(t testing.TB, n lead.Draft) lead.Lead {
	t.Helper()
	l, err := f.Create(t.Context(), f.Org, n)
	if err != nil {
		t.Fatalf("create lead: %v", err)
	}
	return l
}

// Tenant runs fn in a transaction of the fixture's organisation.
func (f *Fixture) Tenant(t testing.TB, fn func(ctx context.Context, tx db.Tx) error) {
	t.Helper()
	if err := f.DB.InTenant(t.Context(), f.Org, func(tx db.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}
