package apitest

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/descope/virtualwebauthn"
)

// PublicURL of the API in tests; passkeys are bound to it.
const PublicURL = "https://app.example.com"

// Authenticator is a passkey in software, with the knobs that attacks need.
type Authenticator struct {
	RP   virtualwebauthn.RelyingParty
	Auth virtualwebauthn.Authenticator
	Cred virtualwebauthn.Credential
}

// ceremony is a question of the API to a browser.
type ceremony struct {
	Ceremony string          `json:"ceremony"`
	Options  json.RawMessage `json:"options"`
}

// publicKey is the options in the form that the library reads.
func (c ceremony) publicKey(t testing.TB) string {
	t.Helper()
	text, err := json.Marshal(map[string]json.RawMessage{"publicKey": c.Options})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// NewAuthenticator returns one that verifies its holder and counts.
func NewAuthenticator(c *Client) *Authenticator {
	return &Authenticator{
		RP:   virtualwebauthn.RelyingParty{ID: "app.example.com", Name: "Rainmaker", Origin: PublicURL},
		Auth: virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: c.User[:]}),
		Cred: newCredential(),
	}
}

// wholeKey is the length of a P-256 public key in COSE form. The library drops
// leading zeros of the coordinates, which no real authenticator does.
const wholeKey = 77

func newCredential() virtualwebauthn.Credential {
	for {
		c := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
		if len(c.Key.AttestationData()) == wholeKey {
			return c
		}
	}
}

// Add answers a question for a new passkey: the body of POST /auth/passkeys.
func (a *Authenticator) Add(c *Client, name string) M {
	c.t.Helper()
	var asked ceremony
	c.Post("/auth/passkeys/options", nil).Want(http.StatusOK).Into(&asked)
	options, err := virtualwebauthn.ParseAttestationOptions(asked.publicKey(c.t))
	if err != nil {
		c.t.Fatal(err)
	}
	return M{"ceremony": asked.Ceremony, "name": name, "credential": json.RawMessage(virtualwebauthn.CreateAttestationResponse(a.RP, a.Auth, a.Cred, *options))}
}

// Prove answers a question for a passkey: the body of POST /auth/login/passkey.
func (a *Authenticator) Prove(c *Client) M {
	c.t.Helper()
	var asked ceremony
	c.Post("/auth/login/passkey/options", nil).Want(http.StatusOK).Into(&asked)
	options, err := virtualwebauthn.ParseAssertionOptions(asked.publicKey(c.t))
	if err != nil {
		c.t.Fatal(err)
	}
	a.Cred.Counter++
	return M{"ceremony": asked.Ceremony, "credential": json.RawMessage(virtualwebauthn.CreateAssertionResponse(a.RP, a.Auth, a.Cred, *options))}
}

// AddPasskey gives the client's person a passkey and returns its id.
func (c *Client) AddPasskey(t testing.TB, name string) (string, *Authenticator) {
	t.Helper()
	a := NewAuthenticator(c)
	var added struct{ ID string }
	c.Post("/auth/passkeys", a.Add(c, name)).Want(http.StatusCreated).Into(&added)
	return added.ID, a
}
