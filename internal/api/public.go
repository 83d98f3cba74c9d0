package api

import (
	"encoding/base64"
	"html/template"
	"net/http"

	"golang.org/x/time/rate"

	"rainmaker/internal/email"
	"rainmaker/internal/platform/errs"
)

// The addresses that mails carry are open to everybody and stand outside /api:
// they take no cookies and ask for no sign-in, because mail programs and
// providers use them (RFC 8058). A token that is not ours is not found.
func (a *API) public(mail *email.Service) {
	h := publicHandlers{mail: mail, log: a.Logger.Warn, rate: rate.NewLimiter(publicRate, publicBurst)}
	a.Mount("GET /t/o/{token}", h.limited(h.open))
	a.Mount("GET /t/c/{token}", h.limited(h.click))
	a.Mount("GET /u/{token}", h.limited(h.optOutPage))
	a.Mount("POST /u/{token}", h.limited(h.optOut))
}

const (
	// publicRate bounds what strangers can make the database do, over all of
	// them together.
	publicRate  = 2000
	publicBurst = 4000
	// maxOptOutBody: the whole body of RFC 8058 is 26 bytes.
	maxOptOutBody = 4 << 10
)

type publicHandlers struct {
	mail *email.Service
	log  func(msg string, args ...any)
	rate *rate.Limiter
}

// limited answers 429 above the rate, and lets nothing be stored or referred.
func (h publicHandlers) limited(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Referrer-Policy", "no-referrer")
		if !h.rate.Allow() {
			w.Header().Set("Retry-After", "1")
			http.Error(w, "Too many requests", http.StatusTooManyRequests)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxOptOutBody)
		next(w, r)
	}
}

// pixel is a transparent GIF of one pixel.
var pixel = func() []byte {
	raw, err := base64.StdEncoding.DecodeString("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
	if err != nil {
		panic(err) // a constant
	}
	return raw
}()

// agentOf is who a request says it is. With a Global Privacy Control signal
// nothing is recorded about a person (11 CCR 7025): it counts as a machine.
func agentOf(r *http.Request) string {
	if r.Header.Get("Sec-GPC") == "1" {
		return ""
	}
	return r.UserAgent()
}

func (h publicHandlers) open(w http.ResponseWriter, r *http.Request) {
	if err := h.mail.Opened(r.Context(), r.PathValue("token"), r.Method, agentOf(r)); err != nil {
		h.fail(w, err)
		return
	}
	w.Header().Set("Content-Type", "image/gif")
	_, _ = w.Write(pixel) // the reader may be gone
}

func (h publicHandlers) click(w http.ResponseWriter, r *http.Request) {
	url, err := h.mail.Clicked(r.Context(), r.PathValue("token"), r.Method, agentOf(r))
	if err != nil && url == "" {
		h.fail(w, err)
		return
	}
	if err != nil { // counting failed: the person still gets where they want
		h.log("record click", "error", err)
	}
	http.Redirect(w, r, url, http.StatusFound)
}

// fail tells a stranger no more than they need.
func (h publicHandlers) fail(w http.ResponseWriter, err error) {
	if errs.Is(err, errs.NotFound) {
		http.Error(w, "Not found", http.StatusNotFound)
		return
	}
	h.log("public address", "error", err)
	http.Error(w, "Try again later", http.StatusServiceUnavailable)
}

// optOutView is what the pages of the opt-out show.
type optOutView struct {
	Organization, Address string
	Done                  bool
}

var optOutTemplate = template.Must(template.New("optout").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">
<title>Unsubscribe</title></head>
<body>
<main>
{{if .Done}}<h1>You are unsubscribed</h1>
<p>{{.Organization}} will not contact you again.</p>
{{else}}<h1>Unsubscribe</h1>
<p>{{.Organization}} will not write to {{.Address}} again, or call you.</p>
<form method="post"><button type="submit">Unsubscribe</button></form>
{{end}}</main>
</body></html>
`))

func (h publicHandlers) show(w http.ResponseWriter, view optOutView) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	if err := optOutTemplate.Execute(w, view); err != nil {
		h.log("opt-out page", "error", err)
	}
}

// optOutPage changes nothing: mail scanners follow every link.
func (h publicHandlers) optOutPage(w http.ResponseWriter, r *http.Request) {
	page, err := h.mail.OptOutPage(r.Context(), r.PathValue("token"))
	if err != nil {
		h.fail(w, err)
		return
	}
	h.show(w, optOutView{Organization: page.Organization, Address: page.Address})
}

// optOut unsubscribes. The page is looked up first: afterwards the person may be
// gone.
func (h publicHandlers) optOut(w http.ResponseWriter, r *http.Request) {
	page, err := h.mail.OptOutPage(r.Context(), r.PathValue("token"))
	if err == nil {
		err = h.mail.OptOut(r.Context(), r.PathValue("token"), "one_click")
	}
	if err != nil {
		h.fail(w, err)
		return
	}
	h.show(w, optOutView{Organization: page.Organization, Done: true})
}
