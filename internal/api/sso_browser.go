package api

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"rainmaker/internal/auth"
	"rainmaker/internal/auth/sso"
	"rainmaker/internal/platform/errs"
)

// What browsers go through on their way to a provider and back. These are pages
// and no operations: they answer with redirects, take whatever else a provider
// appends to its answer, and end on the sign-in page, which is told a plain
// code and never what came in.

// signInPage is the path of the web app's sign-in page.
const signInPage = "/signin"

func (h ssoHandlers) browser() {
	h.Mount("GET "+Prefix+"/auth/sso/{provider}/start", h.paced(h.start))
	h.Mount("GET "+Prefix+"/auth/oidc/{provider}/start", h.paced(h.startOIDC))
	h.Mount("GET "+Prefix+"/auth/oidc/{provider}/callback", h.paced(h.finishOIDC))
	h.Mount("GET "+Prefix+"/auth/saml/{org}/metadata", h.paced(h.metadataSAML))
	h.Mount("GET "+Prefix+"/auth/saml/{org}/start", h.paced(h.startSAML))
	h.Mount(samlACS, h.paced(h.finishSAML))
}

// samlACS takes forms that another site makes a browser send: that is how SAML
// answers. The binding cookie and the signed assertion stand in for the check of
// origins.
const samlACS = "POST " + Prefix + "/auth/saml/{org}/acs"

// maxSAML bounds the form of a provider in bytes.
const maxSAML = 1 << 20

// paced applies the limit of network addresses, as before every sign-in.
func (h ssoHandlers) paced(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h.limitAddress(r.Context(), w.Header(), r, 1); err != nil {
			h.fail(w, r, err)
			return
		}
		next(w, r)
	}
}

// Cookies that bind a sign-in under way to its browser.
func (h ssoHandlers) ssoCookieName() string {
	if h.Config.HTTPS {
		return "__Host-rainmaker-sso"
	}
	return "rainmaker-sso"
}

// ssoCookie: an OIDC provider sends the browser back with a GET, which brings
// Lax cookies; a SAML one with a form of its own, which brings only None.
func (h ssoHandlers) ssoCookie(r sso.Redirect, kind sso.Kind) http.Cookie {
	c := http.Cookie{
		Name: h.ssoCookieName(), Value: r.Cookie.Reveal(), Path: "/", Expires: r.Until,
		HttpOnly: true, Secure: h.Config.HTTPS, SameSite: http.SameSiteLaxMode,
	}
	if kind == sso.SAML {
		c.SameSite = http.SameSiteNoneMode
		if !h.Config.HTTPS {
			c.SameSite = http.SameSiteDefaultMode // browsers refuse None over http
		}
	}
	return c
}

func (h ssoHandlers) begin(r *http.Request) sso.Begin {
	return sso.Begin{Next: r.URL.Query().Get("next"), Invitation: r.URL.Query().Get("invitation")}
}

// start is for people who know the name of their sign-in and not its protocol.
func (h ssoHandlers) start(w http.ResponseWriter, r *http.Request) {
	redirect, err := h.sso.Start(r.Context(), r.PathValue("provider"), h.begin(r))
	h.away(w, r, redirect, redirect.Kind, err)
}

func (h ssoHandlers) startOIDC(w http.ResponseWriter, r *http.Request) {
	redirect, err := h.sso.StartOIDC(r.Context(), r.PathValue("provider"), h.begin(r))
	h.away(w, r, redirect, sso.OIDC, err)
}

func (h ssoHandlers) metadataSAML(w http.ResponseWriter, r *http.Request) {
	raw, err := h.sso.SAMLMetadata(r.Context(), r.PathValue("org"))
	if err != nil {
		var refused *sso.Refused
		if errors.As(err, &refused) {
			err = errs.New(errs.NotFound, "connection not found")
		}
		h.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/samlmetadata+xml")
	_, _ = w.Write(raw) // the reader may be gone
}

func (h ssoHandlers) startSAML(w http.ResponseWriter, r *http.Request) {
	redirect, err := h.sso.StartSAML(r.Context(), r.PathValue("org"), h.begin(r))
	h.away(w, r, redirect, sso.SAML, err)
}

func (h ssoHandlers) finishSAML(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxSAML)
	if err := r.ParseForm(); err != nil {
		h.signInError(w, r, &sso.Refused{Code: sso.CodeFailed, Reason: "form", Cause: err})
		return
	}
	out, err := h.sso.FinishSAML(r.Context(), r.PathValue("org"), r.PostForm, h.bound(r))
	h.back(w, r, out, sso.SAML, err)
}

// away sends the browser to the provider.
func (h ssoHandlers) away(w http.ResponseWriter, r *http.Request, redirect sso.Redirect, kind sso.Kind, err error) {
	if err != nil {
		h.signInError(w, r, err)
		return
	}
	cookie := h.ssoCookie(redirect, kind)
	http.SetCookie(w, &cookie)
	http.Redirect(w, r, redirect.URL, http.StatusSeeOther)
}

func (h ssoHandlers) finishOIDC(w http.ResponseWriter, r *http.Request) {
	out, err := h.sso.FinishOIDC(r.Context(), r.PathValue("provider"), r.URL.Query(), h.bound(r), h.session(r))
	h.back(w, r, out, sso.OIDC, err)
}

// bound is the value of the browser's binding cookie.
func (h ssoHandlers) bound(r *http.Request) string {
	cookie, err := r.Cookie(h.ssoCookieName())
	if err != nil {
		return ""
	}
	return cookie.Value
}

// session is who the browser is signed in as, or nil.
func (h ssoHandlers) session(r *http.Request) *auth.Identity {
	identity, err := h.Auth.Authenticate(r.Context(), r)
	if err != nil || identity.Via != auth.ViaSession {
		return nil
	}
	return &identity
}

// back ends a sign-in in the browser.
func (h ssoHandlers) back(w http.ResponseWriter, r *http.Request, out sso.Outcome, kind sso.Kind, err error) {
	gone := h.ssoCookie(sso.Redirect{Until: time.Unix(1, 0)}, kind)
	gone.MaxAge = -1
	http.SetCookie(w, &gone)
	if err != nil {
		h.signInError(w, r, err)
		return
	}
	next := out.Next
	switch {
	case next != "":
	case out.Linked:
		next = "/settings"
	default:
		next = "/"
	}
	if !out.Linked {
		cookie := h.cookie(out.SignedIn.Cookie.Reveal(), out.SignedIn.CookieUntil)
		http.SetCookie(w, &cookie)
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// signInError ends on the sign-in page.
func (h ssoHandlers) signInError(w http.ResponseWriter, r *http.Request, err error) {
	code := "internal"
	var refused *sso.Refused
	switch {
	case errors.As(err, &refused):
		code = refused.Code
	default:
		h.Logger.ErrorContext(r.Context(), "single sign-on", "request_id", requestOf(r.Context()).id, "error", err.Error())
	}
	http.Redirect(w, r, signInPage+"?error="+url.QueryEscape(code), http.StatusSeeOther)
}

// ssoProblem is a refusal where a program asks and not a browser.
func ssoProblem(err error) error {
	var refused *sso.Refused
	if errors.As(err, &refused) {
		return &errs.Error{Kind: errs.Conflict, Code: refused.Code, Message: "the identity provider cannot be used now", Cause: refused}
	}
	return err
}
