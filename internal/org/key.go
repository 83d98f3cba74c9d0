package org

import (
	"context"
	"fmt"
	"sync"
	"time"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// KeysKnown is how long a process uses keys without having heard whether they
// are being changed. The keeper (org/keeper) gives a new key several times as
// long before it seals anything.
const KeysKnown = 2 * time.Minute

// keyring holds opened keys; organisations are few and keys small.
type keyring struct {
	mu     sync.RWMutex
	opened map[id.ID]*openedKeys
	// heard is when this process last heard of every change there was.
	heard time.Time
}

type openedKeys struct {
	keys *secret.Keys
	at   time.Time
	// missed: there was a time in which this process heard of no changes.
	missed bool
}

// Keys returns the opened keys of org, from memory when they are known to be
// right. An organisation without keys gets them now.
func (s *Service) Keys(ctx context.Context, org id.ID) (*secret.Keys, error) {
	now := s.clock.Now()
	if keys := s.knownKeys(org, now); keys != nil {
		return keys, nil
	}
	var wrapped []byte
	err := s.db.InTenant(ctx, org, func(tx db.Tx) error {
		var err error
		if wrapped, err = selectKeys(ctx, tx, org, false); err != nil || wrapped != nil {
			return err
		}
		fresh, err := s.vault.NewOrg(org)
		if err != nil {
			return err
		}
		wrapped, err = adoptKeys(ctx, tx, org, fresh)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("keys of organisation %s: %w", org, notFound(err, "organization"))
	}
	return s.openKeys(org, wrapped, now)
}

// knownKeys returns keys from memory if they are known to be right.
func (s *Service) knownKeys(org id.ID, now time.Time) *secret.Keys {
	s.keys.mu.RLock()
	defer s.keys.mu.RUnlock()
	known := s.keys.opened[org]
	if known != nil && (now.Sub(known.at) < KeysKnown || !known.missed && now.Sub(s.keys.heard) < KeysKnown) {
		return known.keys
	}
	return nil
}

// openKeys puts keys into memory. Who holds the organisation's keys already
// holds the new ones with that.
func (s *Service) openKeys(org id.ID, wrapped []byte, now time.Time) (*secret.Keys, error) {
	keys, err := s.vault.OpenOrg(org, wrapped)
	if err != nil {
		return nil, err
	}
	s.keys.mu.Lock()
	defer s.keys.mu.Unlock()
	if known := s.keys.opened[org]; known != nil {
		known.keys.Renew(keys)
		known.at, known.missed = now, false
		return known.keys, nil
	}
	s.keys.opened[org] = &openedKeys{keys: keys, at: now}
	return keys, nil
}

// RenewKeys reads the keys of those organisations again whose keys are being
// changed; changing must be all of them.
func (s *Service) RenewKeys(ctx context.Context, changing []id.ID) error {
	now := s.clock.Now()
	s.keys.mu.Lock()
	if now.Sub(s.keys.heard) >= KeysKnown {
		// Whole changes may have passed by since.
		for _, known := range s.keys.opened {
			known.missed = true
		}
	}
	s.keys.mu.Unlock()
	for _, org := range changing {
		if err := s.RenewKey(ctx, org); err != nil {
			return err
		}
	}
	s.keys.mu.Lock()
	s.keys.heard = now
	s.keys.mu.Unlock()
	return nil
}

// RenewKey reads the keys of one organisation again, if they are in memory.
func (s *Service) RenewKey(ctx context.Context, org id.ID) error {
	now := s.clock.Now()
	s.keys.mu.RLock()
	known := s.keys.opened[org]
	s.keys.mu.RUnlock()
	if known == nil {
		return nil
	}
	var wrapped []byte
	err := s.db.InTenant(ctx, org, func(tx db.Tx) (err error) {
		wrapped, err = selectKeys(ctx, tx, org, false)
		return err
	})
	if err == nil {
		_, err = s.openKeys(org, wrapped, now)
	}
	if err != nil {
		return fmt.Errorf("renew the keys of organisation %s: %w", org, err)
	}
	return nil
}

// ChangeKeys replaces the wrapped keys of org by what change makes of them, in
// tx, which must be the tenant's. An organisation without keys gets its first.
func (s *Service) ChangeKeys(ctx context.Context, tx db.Tx, org id.ID, change func(org id.ID, wrapped []byte) ([]byte, error)) error {
	wrapped, err := selectKeys(ctx, tx, org, true)
	if err != nil {
		return notFound(err, "organization")
	}
	if wrapped == nil {
		if wrapped, err = s.vault.NewOrg(org); err != nil {
			return err
		}
	}
	if wrapped, err = change(org, wrapped); err != nil {
		return err
	}
	return replaceKeys(ctx, tx, org, wrapped)
}
