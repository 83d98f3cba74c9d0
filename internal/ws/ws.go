// Package ws streams events to browsers and scripts: GET /api/v1/ws?after=SEQ.
// It holds no rules; it renames events and hands them on.
//
// Invariants: a client sees its own organisation's events only, each once, in
// order of seq; one that reconnects with after=seq misses nothing, or is told
// "resync" when events that old are gone; one that reads too slowly is dropped
// with close code 1013 and may come back. Frames hold names and ids, never
// addresses.
//
// A connection costs one goroutine while it is idle: it reads, for pongs and the
// close frame. Writing borrows a goroutine for as long as there is something to
// write; the frame's bytes are shared by all clients of an organisation.
//
// Files: ws.go (the handler), hub.go (who is connected, dispatch), conn.go (one
// client), frame.go (names and contents of frames).
package ws

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"math/big"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
)

// Authenticator says whose request it is: by cookie session or Authorization
// header, as for any other request.
type Authenticator interface {
	Authenticate(r *http.Request) (org, user id.ID, err error)
}

// Limits of one process.
type Limits struct {
	Connections int           // of all, 0: 20,000
	PerUser     int           // of one user, 0: 20
	Queue       int           // frames a client may lag behind, 0: 256
	PingEvery   time.Duration // 0: 30 s
	WriteWithin time.Duration // 0: 10 s
	// ProveEvery is how long a proof of identity is believed: before a frame is
	// sent it is looked at again, so that whoever was signed out sees nothing more.
	// Idle streams are looked at with each ping. 0: 1 s.
	ProveEvery time.Duration
	// MaxAge ends connections so that a client must show its credentials again.
	// The client comes back with after=seq. 0: 15 min, the life of an access token.
	MaxAge time.Duration
}

func (l *Limits) fill() {
	for _, v := range []struct {
		field *int
		value int
	}{{&l.Connections, 20_000}, {&l.PerUser, 20}, {&l.Queue, 256}} {
		if *v.field == 0 {
			*v.field = v.value
		}
	}
	for _, v := range []struct {
		field *time.Duration
		value time.Duration
	}{{&l.PingEvery, 30 * time.Second}, {&l.WriteWithin, 10 * time.Second}, {&l.MaxAge, 15 * time.Minute}, {&l.ProveEvery, time.Second}} {
		if *v.field == 0 {
			*v.field = v.value
		}
	}
}

// Deps are what a hub needs. PublicURL is the program's own address as browsers
// see it; its host and the request's own may open connections, others may not.
type Deps struct {
	DB        *db.DB
	Relay     *event.Relay
	Auth      Authenticator
	Logger    *slog.Logger
	PublicURL string
	Limits    Limits
}

// ServeHTTP upgrades the request. It returns at once; the connection lives on.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	org, user, err := h.Auth.Authenticate(r)
	if err != nil {
		refuse(w, err)
		return
	}
	after, err := position(r)
	if err != nil {
		refuse(w, err)
		return
	}
	if err := h.reserve(user); err != nil {
		refuse(w, err)
		return
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		OriginPatterns:  h.origins,
		CompressionMode: websocket.CompressionDisabled, // it would cost more memory than the connection itself
	})
	if err != nil {
		h.release(user) // Accept has answered
		return
	}
	conn.SetReadLimit(readLimit)
	now := time.Now()
	h.join(&client{hub: h, conn: conn, org: org, user: user, proof: proofOf(r), sent: after, born: now, proven: now, age: h.age()})
}

// proofOf keeps of a request what says who it is from.
func proofOf(r *http.Request) *http.Request {
	kept := &http.Request{Method: r.Method, URL: r.URL, RemoteAddr: r.RemoteAddr, Header: http.Header{}, Body: http.NoBody, RequestURI: r.RequestURI}
	for name, values := range r.Header {
		if name == "Authorization" || name == "Cookie" || strings.HasPrefix(name, "X-Rainmaker-") {
			kept.Header[name] = values
		}
	}
	// The request is over when the stream begins; its values live on.
	return kept.WithContext(context.WithoutCancel(r.Context()))
}

// readLimit is in bytes: clients have nothing to say.
const readLimit = 512

// position reads after. Missing and 0 mean from now on.
func position(r *http.Request) (int64, error) {
	text := r.URL.Query().Get("after")
	if text == "" {
		return 0, nil
	}
	after, err := strconv.ParseInt(text, 10, 64)
	if err != nil || after < 0 {
		return 0, errs.InvalidField("query.after", "not a sequence number")
	}
	return after, nil
}

// age is how long a connection may live: up to a tenth less than the limit, so
// that clients do not all come back at once.
func (h *Hub) age() time.Duration {
	most := h.Limits.MaxAge
	n, err := rand.Int(rand.Reader, big.NewInt(int64(most)/10+1))
	if err != nil {
		return most
	}
	return most - time.Duration(n.Int64())
}

// refuse answers before the upgrade, as RFC 9457 asks.
func refuse(w http.ResponseWriter, err error) {
	status := map[errs.Kind]int{
		errs.Invalid: http.StatusUnprocessableEntity, errs.Unauthenticated: http.StatusUnauthorized, errs.Forbidden: http.StatusForbidden,
		errs.LimitExceeded: http.StatusTooManyRequests, errs.Unavailable: http.StatusServiceUnavailable,
	}[errs.KindOf(err)]
	if status == 0 {
		status = http.StatusInternalServerError
	}
	problem := struct {
		Type   string       `json:"type"`
		Title  string       `json:"title"`
		Status int          `json:"status"`
		Detail string       `json:"detail,omitempty"`
		Code   string       `json:"code"`
		Errors []errs.Field `json:"errors,omitempty"`
	}{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: string(errs.KindOf(err))}
	var known *errs.Error
	if errors.As(err, &known) && status != http.StatusInternalServerError {
		problem.Detail, problem.Errors = known.Message, known.Fields
		if known.Code != "" {
			problem.Code = known.Code
		}
		if known.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(known.RetryAfter/time.Second)+1))
		}
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(problem) // the client is gone if this fails
}

// originOf returns the host of the public URL, which Accept compares with Origin.
func originOf(public string) []string {
	u, err := url.Parse(public)
	if err != nil || u.Host == "" {
		return nil
	}
	return []string{u.Host}
}
