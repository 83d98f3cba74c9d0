package app

import (
	"rainmaker/internal/auth/sso"
	"rainmaker/internal/compliance"
	"rainmaker/internal/platform/egress"
)

// singleSignOn builds the way in through identity providers.
func (a *App) singleSignOn(s *services) (*sso.Service, error) {
	d := sso.Deps{
		DB: a.in.DB, Auth: s.auth, Org: s.org, Vault: a.in.Vault, Clock: a.clock, Logger: a.log, Metrics: a.metrics,
		Egress:    egress.New(a.reach()),
		PublicURL: a.PublicURL(), NormalEmail: compliance.NormalEmail,
	}
	if in := a.cfg.OIDC; in.Issuer != "" {
		d.Installed = append(d.Installed, sso.Installed{Slug: in.Name, Name: in.Label(), Issuer: in.Issuer, ClientID: in.ClientID, ClientSecret: in.ClientSecret})
	}
	return sso.New(d)
}
