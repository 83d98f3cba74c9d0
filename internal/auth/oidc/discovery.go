package oidc

import (
	"context"
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	gooidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"rainmaker/internal/platform/clock"
)

const (
	// describedFor is how long a provider's description is believed.
	describedFor = 10 * time.Minute
	// maxRemembered bounds descriptions and key sets in memory.
	maxRemembered = 1000
)

// description is what a provider says of itself.
type description struct {
	provider    *gooidc.Provider
	keysURL     string
	authStyle   oauth2.AuthStyle
	sendsIssuer bool   // RFC 9207: its callbacks carry iss, always
	strongest   string // values of acr that it has and that mean a second factor, with spaces
}

// describe reads /.well-known/openid-configuration; fresh asks again.
func (c *Client) describe(ctx context.Context, issuer string, fresh bool) (description, error) {
	if !fresh {
		if d, _, ok := c.described.find(issuer); ok {
			return d, nil
		}
	}
	if !c.secure(issuer) {
		return description{}, refuse("discovery_endpoint", "the issuer is not a secure address")
	}
	provider, err := gooidc.NewProvider(c.with(ctx), issuer)
	if err != nil {
		var other *gooidc.IssuerMismatchError
		if errors.As(err, &other) {
			return description{}, refuse("discovery_issuer", "the description is of another issuer")
		}
		var unreachable *url.Error
		if errors.As(err, &unreachable) {
			return description{}, refuse("unavailable", "description: %v", unreachable.Err)
		}
		return description{}, refuse("discovery", "the description cannot be read")
	}
	var said struct {
		Authorization string   `json:"authorization_endpoint"`
		Token         string   `json:"token_endpoint"`
		Keys          string   `json:"jwks_uri"`
		UserInfo      string   `json:"userinfo_endpoint"`
		Methods       []string `json:"code_challenge_methods_supported"`
		Styles        []string `json:"token_endpoint_auth_methods_supported"`
		Iss           bool     `json:"authorization_response_iss_parameter_supported"`
		Contexts      []string `json:"acr_values_supported"`
	}
	if err := provider.Claims(&said); err != nil {
		return description{}, refuse("discovery", "the description cannot be read")
	}
	for name, address := range map[string]string{
		"authorization_endpoint": said.Authorization, "token_endpoint": said.Token, "jwks_uri": said.Keys, "userinfo_endpoint": said.UserInfo,
	} {
		if address == "" && name == "userinfo_endpoint" {
			continue
		}
		if !c.secure(address) {
			return description{}, refuse("discovery_endpoint", "%s is not a secure address", name)
		}
	}
	if len(said.Methods) > 0 && !slices.Contains(said.Methods, "S256") {
		return description{}, refuse("pkce", "the provider does not do PKCE with S256")
	}
	d := description{provider: provider, keysURL: said.Keys, sendsIssuer: said.Iss, authStyle: oauth2.AuthStyleInHeader}
	d.strongest = strings.Join(slices.DeleteFunc(strongContexts(), func(acr string) bool { return !slices.Contains(said.Contexts, acr) }), " ")
	// Basic is the default of RFC 8414 where nothing is said.
	if len(said.Styles) > 0 && !slices.Contains(said.Styles, "client_secret_basic") {
		d.authStyle = oauth2.AuthStyleInParams
	}
	c.described.put(issuer, d, describedFor)
	return d, nil
}

// secure: https, or plain http on this machine where that is allowed. Where a
// name leads is judged when it is asked.
func (c *Client) secure(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return false
	}
	if u.Scheme == "http" && c.loopback {
		at, err := netip.ParseAddr(u.Hostname())
		return u.Hostname() == "localhost" || err == nil && at.IsLoopback()
	}
	return u.Scheme == "https"
}

// memory keeps values for a while.
type memory[V any] struct {
	clock clock.Clock
	mu    *sync.Mutex
	rows  map[string]remembered[V]
}

type remembered[V any] struct {
	value V
	at    time.Time
	until time.Time
}

func newMemory[V any](c clock.Clock) memory[V] {
	return memory[V]{clock: c, mu: &sync.Mutex{}, rows: make(map[string]remembered[V])}
}

// find also says when the value was put.
func (m memory[V]) find(key string) (V, time.Time, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	row, ok := m.rows[key]
	if !ok || !m.clock.Now().Before(row.until) {
		var none V
		return none, time.Time{}, false
	}
	return row.value, row.at, true
}

func (m memory[V]) put(key string, value V, life time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.rows) >= maxRemembered {
		clear(m.rows)
	}
	now := m.clock.Now()
	m.rows[key] = remembered[V]{value, now, now.Add(life)}
}
