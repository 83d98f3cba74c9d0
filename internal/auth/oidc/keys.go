package oidc

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	keysFor = time.Hour
	// keysAgain is how often an unknown key id may make us ask again.
	keysAgain = 10 * time.Second
	// minRSA in bits (NIST SP 800-131A).
	minRSA  = 2048
	maxKeys = 100
)

// keySet is the provider's keys as go-oidc asks for them. Only the description's
// jwks_uri is read: jku, x5u and jwk of a token are nothing to us.
type keySet struct {
	client *Client
	url    string
	failed error // what VerifySignature said; go-oidc keeps only its text
}

// VerifySignature returns the payload when exactly the key that the token names
// has signed it. Algorithms were judged before.
func (k *keySet) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	payload, err := k.payload(ctx, token)
	k.failed = err
	return payload, err
}

func (k *keySet) payload(ctx context.Context, token string) ([]byte, error) {
	parsed, err := jose.ParseSignedCompact(token, allowed())
	if err != nil || len(parsed.Signatures) != 1 {
		return nil, refuse("id_token", "the ID token cannot be read")
	}
	head := parsed.Signatures[0].Protected
	for _, again := range []bool{false, true} {
		keys, err := k.client.providerKeys(ctx, k.url, again)
		if err != nil {
			return nil, err
		}
		key, ok := choose(keys, head)
		if !ok {
			continue
		}
		payload, err := parsed.Verify(key.Key)
		if err != nil {
			return nil, refuse("signature", "the signature is wrong")
		}
		return payload, nil
	}
	return nil, refuse("key", "no key of the provider has this id")
}

// allowed is Algorithms as go-jose names them.
func allowed() []jose.SignatureAlgorithm {
	var list []jose.SignatureAlgorithm
	for _, name := range Algorithms() {
		list = append(list, jose.SignatureAlgorithm(name))
	}
	return list
}

// choose returns the one key that the header names; without a name there must
// be one alone.
func choose(keys []jose.JSONWebKey, head jose.Header) (jose.JSONWebKey, bool) {
	var found []jose.JSONWebKey
	for _, key := range keys {
		if (head.KeyID == "" || key.KeyID == head.KeyID) && (key.Algorithm == "" || key.Algorithm == head.Algorithm) {
			found = append(found, key)
		}
	}
	if len(found) != 1 {
		return jose.JSONWebKey{}, false
	}
	return found[0], true
}

// providerKeys returns the usable keys at an address; again asks anew, unless
// that was done a moment ago.
func (c *Client) providerKeys(ctx context.Context, address string, again bool) ([]jose.JSONWebKey, error) {
	if keys, at, ok := c.keys.find(address); ok && (!again || c.clock.Now().Sub(at) < keysAgain) {
		return keys, nil
	}
	body, err := c.fetch(ctx, address)
	if err != nil {
		return nil, refuse("unavailable", "keys: %w", err)
	}
	keys, err := parseKeys(body)
	if err != nil {
		return nil, refuse("keys", "keys: %w", err)
	}
	c.keys.put(address, keys, keysFor)
	return keys, nil
}

// parseKeys leaves out what cannot or must not verify an ID token: keys for
// encryption, secrets, short ones, kinds we do not know.
func parseKeys(body []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, errors.New("not a key set")
	}
	if len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("%d keys", len(set.Keys))
	}
	var keys []jose.JSONWebKey
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		if json.Unmarshal(raw, &key) != nil || !key.Valid() || !key.IsPublic() || key.Use != "" && key.Use != "sig" {
			continue
		}
		if public, ok := key.Key.(*rsa.PublicKey); ok && public.N.BitLen() < minRSA {
			continue
		}
		keys = append(keys, key)
	}
	return keys, nil
}
