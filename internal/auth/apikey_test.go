package auth

import (
	"context"
	"crypto/sha256"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rainmaker/internal/auth/peer"
	"rainmaker/internal/auth/signature"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/errs"
)

// signedRequest is a request signed at a time.
func signedRequest(key APIKey, secretText, method string, at time.Time) *http.Request {
	r := httptest.NewRequest(method, "/api/v1/organization", http.NoBody)
	sum := sha256.Sum256(nil)
	timestamp := strconv.FormatInt(at.Unix(), 10)
	r.Header.Set("X-Rainmaker-Key", key.KeyID)
	r.Header.Set("X-Rainmaker-Timestamp", timestamp)
	r.Header.Set("X-Rainmaker-Signature", signature.Of(secretText, timestamp, method, "/api/v1/organization", sum[:]))
	return r
}

// TestAPIKeyLife: expiry, revocation and the end of an overlap hold for both ways
// of using a key, here at once and elsewhere within stateLife.
func TestAPIKeyLife(t *testing.T) {
	c := &hand{at: time.Now().UTC()}
	s, other := newService(t, c), newService(t, c)
	in := signUp(t, s)
	i := identityOf(in)
	make := func(expires *time.Time) (APIKey, string) {
		t.Helper()
		key, text, err := s.CreateAPIKey(t.Context(), i.Org, i, NewAPIKey{Name: "k", Role: org.Admin, ExpiresAt: expires})
		if err != nil {
			t.Fatal(err)
		}
		return key, text
	}
	want := func(what string, key APIKey, text string, good bool) {
		t.Helper()
		for name, s := range map[string]*Service{"here": s, "elsewhere": other} {
			_, plain := ask(s, "ApiKey "+key.KeyID+":"+text)
			_, signed := s.Authenticate(context.Background(), signedRequest(key, text, http.MethodGet, c.Now()))
			for way, err := range map[string]error{"key": plain, "signed": signed} {
				if good != (err == nil) || err != nil && !errs.Is(err, errs.Unauthenticated) {
					t.Errorf("%s, %s, %s: %v", what, name, way, err)
				}
			}
		}
	}
	soon := c.Now().Add(time.Hour)
	key, text := make(&soon)
	want("fresh", key, text, true)
	c.move(time.Hour)
	want("expired", key, text, false)

	key, old := make(nil)
	_, text, err := s.RotateAPIKey(t.Context(), i.Org, i, key.ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	want("old secret in the overlap", key, old, true)
	c.move(time.Hour)
	want("old secret after the overlap", key, old, false)
	want("new secret", key, text, true)
	if err := s.RevokeAPIKey(t.Context(), i.Org, i, key.ID); err != nil {
		t.Fatal(err)
	}
	c.move(stateLife)
	want("revoked", key, text, false)
}

// TestSignedOnce: of twenty equal requests at the same moment, in two processes,
// one passes; nothing passes again inside the window, nor after it.
func TestSignedOnce(t *testing.T) {
	c := &hand{at: time.Now().UTC()}
	s, other := newService(t, c), newService(t, c)
	in := signUp(t, s)
	i := identityOf(in)
	key, text, err := s.CreateAPIKey(t.Context(), i.Org, i, NewAPIKey{Name: "k", Role: org.Admin})
	if err != nil {
		t.Fatal(err)
	}
	at := c.Now().Add(signature.Window) // a clock that is ahead
	var good atomic.Int32
	var wg sync.WaitGroup
	for n := range 20 {
		wg.Go(func() {
			if _, err := []*Service{s, other}[n%2].Authenticate(context.Background(), signedRequest(key, text, http.MethodPost, at)); err == nil {
				good.Add(1)
			}
		})
	}
	wg.Wait()
	if good.Load() != 1 {
		t.Errorf("%d passed", good.Load())
	}
	for range 5 {
		c.move(2 * signature.Window / 4)
		if _, err := s.Prune(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Authenticate(context.Background(), signedRequest(key, text, http.MethodPost, at)); !errs.Is(err, errs.Unauthenticated) {
			t.Errorf("again at %v: %v", c.Now().Sub(at), err)
		}
	}
}

// TestKeyNetworks: IPv4 in both of its dresses, IPv6, and nobody at all.
func TestKeyNetworks(t *testing.T) {
	c := &hand{at: time.Now().UTC()}
	s := newService(t, c)
	i := identityOf(signUp(t, s))
	key, text, err := s.CreateAPIKey(t.Context(), i.Org, i, NewAPIKey{Name: "k", Role: org.Admin, AllowedAddresses: []string{"203.0.113.64/26", "::ffff:198.51.100.7", "2001:db8::/32"}})
	if err != nil {
		t.Fatal(err)
	}
	for addr, good := range map[string]bool{
		"203.0.113.65": true, "::ffff:203.0.113.65": true, "203.0.113.1": false, "198.51.100.7": true, "198.51.100.8": false,
		"2001:db8::1": true, "2001:db9::1": false, "": false,
	} {
		var p peer.Peer
		if addr != "" {
			p.Addr = netip.MustParseAddr(addr)
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Authorization", "ApiKey "+key.KeyID+":"+text)
		_, err := s.Authenticate(peer.With(context.Background(), p), r)
		if good != (err == nil) || err != nil && !errs.Is(err, errs.Forbidden) {
			t.Errorf("%q: %v", addr, err)
		}
	}
}
