package sso

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"rainmaker/internal/auth"
	"rainmaker/internal/auth/oidc"
	"rainmaker/internal/auth/required"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

func (p party) provider() oidc.Provider {
	return oidc.Provider{Issuer: p.conn.Issuer, ClientID: p.conn.ClientID, ClientSecret: p.secret, RedirectURL: p.conn.RedirectURL}
}

// StartOIDC begins a sign-in, or a link, at the provider of an address.
func (s *Service) StartOIDC(ctx context.Context, ref string, begin Begin) (_ Redirect, err error) {
	p, err := s.find(ctx, OIDC, ref)
	defer func() { s.ended(ctx, OIDC, p, false, err) }()
	if err != nil {
		return Redirect{}, err
	}
	l := login{OIDC: oidc.NewAttempt()}
	if begin.Link == nil && p.org != id.Nil {
		if l.OIDC.Strong, err = s.asksFactor(ctx, p.org); err != nil {
			return Redirect{}, err
		}
	}
	address, err := s.oidc.Start(ctx, p.provider(), l.OIDC)
	if err != nil {
		return Redirect{}, refusedOIDC(err)
	}
	out, err := s.keep(ctx, p, l, l.OIDC.State, begin)
	out.URL = address
	return out, err
}

// FinishOIDC ends it. cookie is the one that StartOIDC gave, session who the
// browser is signed in as, if anybody.
func (s *Service) FinishOIDC(ctx context.Context, ref string, query url.Values, cookie string, session *auth.Identity) (_ Outcome, err error) {
	began := false
	p, err := s.find(ctx, OIDC, ref)
	defer func() { s.ended(ctx, OIDC, p, began, err) }()
	if err != nil {
		return Outcome{}, err
	}
	l, err := s.take(ctx, p, query.Get("state"), cookie)
	if err != nil {
		return Outcome{}, err
	}
	began = true
	claims, err := s.oidc.Finish(ctx, p.provider(), l.OIDC, query)
	if err != nil {
		return Outcome{}, refusedOIDC(err)
	}
	return s.arrive(ctx, p, l, session, subject{
		issuer: claims.Issuer, id: claims.Subject, email: claims.Email, verified: claims.EmailVerified, name: claims.Name, strong: claims.Strong,
	})
}

// refusedOIDC sorts what the protocol refuses into what people are told.
func refusedOIDC(err error) error {
	var r *oidc.Refusal
	if !errors.As(err, &r) {
		return err
	}
	code := CodeFailed
	switch {
	case r.Reason == "provider_error":
		code = CodeDenied
	case r.Reason == "no_second_factor", r.Reason == "auth_time":
		code = CodeFactor
	case r.Reason == "unavailable", r.Reason == "keys", r.Reason == "pkce", strings.HasPrefix(r.Reason, "discovery"):
		code = CodeUnavailable
	}
	return &Refused{Code: code, Reason: r.Reason, Cause: r.Cause}
}

// asksFactor reports whether the organisation asks its members for a second
// factor, so that the provider has to say that it did.
func (s *Service) asksFactor(ctx context.Context, tenant id.ID) (asks bool, err error) {
	err = s.DB.InTenant(ctx, tenant, func(tx db.Tx) (err error) {
		asks, err = required.By(ctx, tx, tenant)
		return err
	})
	return asks, err
}
