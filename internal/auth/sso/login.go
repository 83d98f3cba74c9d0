package sso

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"rainmaker/internal/auth"
	"rainmaker/internal/auth/oidc"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// Begin is how a sign-in starts.
type Begin struct {
	Next       string         // path to go to afterwards
	Invitation string         // token of an invitation to accept
	Link       *auth.Identity // who links an identity to themselves; nil signs in
}

// Redirect sends a browser to a provider. The cookie binds the way back to it.
type Redirect struct {
	Kind   Kind
	URL    string
	Cookie secret.String
	Until  time.Time
}

// Outcome is a sign-in that went well.
type Outcome struct {
	SignedIn auth.SignedIn
	Linked   bool // an identity was linked; nobody was signed in
	Next     string
}

// login is a sign-in under way; it is stored sealed.
type login struct {
	Kind       Kind         `json:"kind"`
	Org        id.ID        `json:"org"`        // zero: the installation's own provider
	Connection id.ID        `json:"connection"` // zero: the same
	Slug       string       `json:"slug"`
	OIDC       oidc.Attempt `json:"oidc"`
	SAML       string       `json:"saml"` // id of the request
	Next       string       `json:"next"`
	Invitation string       `json:"invitation"`
	// Who links an identity, and from which session.
	LinkOrg     id.ID `json:"link_org"`
	LinkUser    id.ID `json:"link_user"`
	LinkSession id.ID `json:"link_session"`
}

func (l login) linking() bool { return l.LinkUser != id.Nil }

// party is the provider that a sign-in goes through.
type party struct {
	org       id.ID // zero: the installation's own provider
	conn      Connection
	secret    secret.String
	installed bool
}

// is reports whether a stored sign-in began at this provider.
func (p party) is(l login) bool {
	return l.Kind == p.conn.Kind && l.Org == p.org && l.Connection == p.conn.ID && l.Slug == p.conn.Slug
}

// find returns the provider of an address; one that is off is not there.
func (s *Service) find(ctx context.Context, kind Kind, ref string) (party, error) {
	for _, in := range s.Installed {
		if kind == OIDC && in.Slug == ref {
			c := Connection{Kind: OIDC, Slug: in.Slug, Name: in.Name, Issuer: in.Issuer, ClientID: in.ClientID, RedirectURL: s.address(OIDC, in.Slug, "callback")}
			return party{conn: c, secret: in.ClientSecret, installed: true}, nil
		}
	}
	var p party
	var connection id.ID
	err := s.DB.InSystem(ctx, func(tx db.Tx) error {
		var err error
		p.org, connection, err = findConnection(ctx, tx, ref, kind)
		return err
	})
	if err == nil {
		err = s.DB.InTenant(ctx, p.org, func(tx db.Tx) error {
			var err error
			p.conn, err = selectConnection(ctx, tx, p.org, connection, false)
			return err
		})
	}
	if db.NoRows(err) || err == nil && !p.conn.Enabled {
		return party{}, &Refused{Code: CodeUnknown, Reason: "unknown_connection"}
	}
	if err != nil {
		return party{}, fmt.Errorf("find connection: %w", err)
	}
	s.describe(p.org, &p.conn)
	keys, err := s.Org.Keys(ctx, p.org)
	if err != nil {
		return party{}, err
	}
	text, err := keys.Open("sso_connections", "client_secret", p.conn.ID, p.conn.secretSealed)
	p.secret = secret.String(text)
	return p, err
}

// Start begins a sign-in at the provider of a name, whatever its protocol.
func (s *Service) Start(ctx context.Context, ref string, begin Begin) (Redirect, error) {
	_, err := s.find(ctx, SAML, ref)
	if err == nil {
		return s.StartSAML(ctx, ref, begin)
	}
	var refused *Refused
	if !errors.As(err, &refused) {
		return Redirect{}, err
	}
	return s.StartOIDC(ctx, ref, begin) // which says so when there is none either
}

// keep stores a sign-in under the hash of its state and returns the value of the
// browser's cookie.
func (s *Service) keep(ctx context.Context, p party, l login, state string, begin Begin) (Redirect, error) {
	l.Kind, l.Org, l.Connection, l.Slug = p.conn.Kind, p.org, p.conn.ID, p.conn.Slug
	l.Next, l.Invitation = safeNext(begin.Next), begin.Invitation
	if begin.Link != nil {
		l.LinkOrg, l.LinkUser, l.LinkSession = begin.Link.Org, begin.Link.User, begin.Link.Session
	}
	plain, err := json.Marshal(l)
	if err != nil {
		return Redirect{}, fmt.Errorf("keep sign-in: %w", err)
	}
	hash := org.HashToken(state)
	sealed, err := s.seal.Encrypt(plain, loginPlace(hash))
	if err != nil {
		return Redirect{}, fmt.Errorf("keep sign-in: %w", err)
	}
	out := Redirect{Kind: l.Kind, Cookie: secret.String(org.NewToken()), Until: s.Clock.Now().Add(loginLife)}
	err = s.DB.InSystem(ctx, func(tx db.Tx) error {
		return insertLogin(ctx, tx, hash, org.HashToken(out.Cookie.Reveal()), sealed, out.Until)
	})
	if err != nil {
		return Redirect{}, fmt.Errorf("keep sign-in: %w", err)
	}
	return out, nil
}

func loginPlace(hash []byte) []byte { return append([]byte("sso_logins."), hash...) }

// take returns the sign-in of a state, once, to the browser that began it at
// this provider.
func (s *Service) take(ctx context.Context, p party, state, cookie string) (login, error) {
	if state == "" || cookie == "" {
		return login{}, &Refused{Code: CodeExpired, Reason: "state"}
	}
	hash := org.HashToken(state)
	var browser, sealed []byte
	err := s.DB.InSystem(ctx, func(tx db.Tx) error {
		var err error
		browser, sealed, err = takeLogin(ctx, tx, hash, s.Clock.Now())
		return err
	})
	if db.NoRows(err) {
		return login{}, &Refused{Code: CodeExpired, Reason: "state"}
	}
	if err != nil {
		return login{}, fmt.Errorf("sign-in under way: %w", err)
	}
	if subtle.ConstantTimeCompare(browser, org.HashToken(cookie)) != 1 {
		return login{}, &Refused{Code: CodeExpired, Reason: "other_browser"}
	}
	plain, err := s.seal.Decrypt(sealed, loginPlace(hash))
	if err != nil {
		return login{}, fmt.Errorf("open sign-in (another master key?): %w", err)
	}
	var l login
	if err := json.Unmarshal(plain, &l); err != nil {
		return login{}, fmt.Errorf("open sign-in: %w", err)
	}
	if !p.is(l) {
		return login{}, &Refused{Code: CodeFailed, Reason: "other_connection"}
	}
	return l, nil
}

// safeNext is a path of ours, or nothing.
func safeNext(next string) string {
	if len(next) > 500 || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t\x00") {
		return ""
	}
	if u, err := url.Parse(next); err != nil || u.Host != "" || u.Scheme != "" {
		return ""
	}
	return next
}

// ended counts and records how a sign-in ended. Strangers without a sign-in
// under way are counted and not recorded: they could fill the record.
func (s *Service) ended(ctx context.Context, kind Kind, p party, began bool, err error) {
	if err == nil {
		return
	}
	var refused *Refused
	if !errors.As(err, &refused) {
		s.total.WithLabelValues(string(kind), "failed").Inc()
		s.Logger.ErrorContext(ctx, "sign-in through a provider failed", "kind", kind, "connection", p.conn.ID, "error", err)
		return
	}
	s.total.WithLabelValues(string(kind), refused.Reason).Inc()
	s.Logger.WarnContext(ctx, "sign-in through a provider refused", "kind", kind, "connection", p.conn.ID, "reason", refused.Reason, "error", refused)
	if !began || p.org == id.Nil {
		return
	}
	err = s.DB.InTenant(ctx, p.org, func(tx db.Tx) error {
		return org.Audit(ctx, tx, p.org, s.Clock.Now(), org.SystemActor("sso"), "sso.refused", org.Target("sso_connection", p.conn.ID),
			map[string]any{"kind": kind, "reason": refused.Reason})
	})
	if err != nil {
		s.Logger.ErrorContext(ctx, "record a refused sign-in", "error", err)
	}
}

// Prune deletes what has expired, over all tenants.
func (s *Service) Prune(ctx context.Context) (int, error) {
	var gone int
	err := s.DB.InSystem(ctx, func(tx db.Tx) error {
		var err error
		gone, err = pruneLogins(ctx, tx, s.Clock.Now())
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("prune sign-ins: %w", err)
	}
	return gone, nil
}
