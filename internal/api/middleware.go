package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"

	"rainmaker/internal/auth"
	"rainmaker/internal/auth/peer"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/telemetry"
)

// request is what the program knows about one request. It is made once, in
// around, and filled in on the way.
type request struct {
	id        string
	operation string // id of the operation, or empty
	identity  auth.Identity
	http      *http.Request // for the few handlers that look at the proof themselves
}

type requestKey struct{}

// requestOf returns the request of ctx; outside of one, an empty one.
func requestOf(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{}
}

// From says who is asking. It is the zero Identity in public operations.
func From(ctx context.Context) auth.Identity { return requestOf(ctx).identity }

// metrics of every request.
type metrics struct {
	seconds *prometheus.HistogramVec
}

func newMetrics(registry *prometheus.Registry) (*metrics, error) {
	m := &metrics{seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "rainmaker_http_request_seconds",
		Help:    "Time to answer, by operation and status class.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 60},
	}, []string{"operation", "status"})}
	if err := registry.Register(m.seconds); err != nil {
		return nil, fmt.Errorf("http metrics: %w", err)
	}
	return m, nil
}

// around is the outside of every request: id, headers, cross-origin check,
// panics, log, metrics.
func (a *API) around(next http.Handler) http.Handler {
	crossOrigin := http.NewCrossOriginProtection()
	crossOrigin.AddInsecureBypassPattern(samlACS)
	if u, err := url.Parse(a.Config.PublicURL); err == nil && u.Host != "" {
		// Behind a proxy that rewrites Host the page's own origin looks foreign.
		_ = crossOrigin.AddTrustedOrigin(u.Scheme + "://" + u.Host) // a scheme and a host: always an origin
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		info := &request{id: requestID(r)}
		// Traces begin here: what a stranger's headers say of one is not believed.
		ctx, span := telemetry.Span(r.Context(), "http", telemetry.RequestID.String(info.id))
		ctx = peer.With(ctx, peer.Peer{Addr: a.clientAddr(r), Agent: r.UserAgent()})
		r = r.WithContext(context.WithValue(ctx, requestKey{}, info))
		info.http = r
		rec := &statusWriter{ResponseWriter: w}
		a.securityHeaders(rec.Header(), r)
		rec.Header().Set("X-Request-Id", info.id)
		defer func() {
			if cause := recover(); cause != nil {
				a.panicked(rec, r, cause)
			}
			a.observe(r, info, rec, time.Since(start), span)
		}()
		if r.Method == http.MethodTrace || r.Method == http.MethodConnect || r.Method == "TRACK" {
			// TRACE would show a script the cookies it may not read.
			p := newProblem(http.StatusMethodNotAllowed, "this server has no "+r.Method)
			p.RequestID = info.id
			writeProblem(rec, p)
			return
		}
		isAPI := strings.HasPrefix(r.URL.Path, "/api/")
		if !isAPI {
			bound(rec, r)
		}
		if isAPI {
			// A browser sends its cookie along with requests that other sites make.
			if err := crossOrigin.Check(r); err != nil {
				p := newProblem(http.StatusForbidden, "refused: the request comes from another site")
				p.Code, p.RequestID = "cross_origin", info.id
				writeProblem(rec, p)
				return
			}
			if p := checkTarget(r); p != nil {
				p.RequestID = info.id
				writeProblem(rec, p)
				return
			}
		}
		next.ServeHTTP(rec, r)
	})
}

// Bounds on what is sent to addresses beside the operations, which set their
// own.
const (
	plainBody = 1 << 20
	plainWait = 30 * time.Second
)

// bound limits a body that no operation reads, in bytes and in time.
func bound(w http.ResponseWriter, r *http.Request) {
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, plainBody)
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(plainWait)) // not every writer can
}

// securityHeaders suit an API; pages set their own policy over them.
func (a *API) securityHeaders(h http.Header, r *http.Request) {
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", permissions)
	if a.Config.HTTPS || r.TLS != nil {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
	if strings.HasPrefix(r.URL.Path, Prefix) {
		h.Set("Cache-Control", "no-store")
	}
}

// permissions: the microphone is for calls from the browser; nothing else of the
// machine is anybody's business here.
const permissions = "accelerometer=(), autoplay=(self), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), " +
	"microphone=(self), midi=(), payment=(), publickey-credentials-create=(self), publickey-credentials-get=(self), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()"

// requestID takes the proxy's id when it looks like one.
func requestID(r *http.Request) string {
	given := r.Header.Get("X-Request-Id")
	if len(given) < 8 || len(given) > 64 {
		return id.New().String()
	}
	for _, c := range []byte(given) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return id.New().String()
		}
	}
	return given
}

// checkTarget refuses queries that readers would understand differently.
func checkTarget(r *http.Request) *Problem {
	if r.URL.RawQuery == "" {
		return nil
	}
	bad := func(location, message string) *Problem {
		p := newProblem(http.StatusUnprocessableEntity, "the query is not valid")
		p.Errors = []FieldError{{Location: location, Message: message}}
		return p
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return bad("query", "is not valid")
	}
	for name, list := range values {
		if !cleanText(name) {
			return bad("query", "has an invalid name")
		}
		for _, value := range list {
			if !cleanText(value) {
				return bad("query."+name, "contains invalid characters")
			}
		}
	}
	return nil
}

func cleanText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// panicked answers 500. The log gets the stack and, of the cause, only what
// cannot hold personal data: runtime errors in full, others by type.
func (a *API) panicked(w *statusWriter, r *http.Request, cause any) {
	if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(cause) // the way to cut a connection on purpose
	}
	info := requestOf(r.Context())
	what := fmt.Sprintf("%T", cause)
	if err, ok := cause.(interface{ RuntimeError() }); ok {
		what = fmt.Sprint(err)
	}
	a.Logger.ErrorContext(r.Context(), "panic", "request_id", info.id, "operation", info.operation, "cause", what, "stack", string(debug.Stack()))
	if w.status == 0 {
		p := newProblem(http.StatusInternalServerError, "something went wrong on our side")
		p.RequestID = info.id
		writeProblem(w, p)
	}
}

// observe logs, counts and completes the span. None sees paths or queries: they
// may name people.
func (a *API) observe(r *http.Request, info *request, w *statusWriter, took time.Duration, span *telemetry.Part) {
	operation := info.operation
	if operation == "" {
		if _, operation = a.mux.Handler(r); operation == "" || operation == "/" {
			operation = "other"
		}
	}
	a.metrics.seconds.WithLabelValues(operation, statusClass(w.status)).Observe(took.Seconds())
	span.Name(operation)
	span.Note(telemetry.Operation.String(operation), telemetry.Status.Int(w.status))
	if info.identity.Org != id.Nil {
		span.Note(telemetry.OrgID.String(info.identity.Org.String()))
	}
	span.End(failureOf(w.status))
	if info.operation == "" && w.status < http.StatusInternalServerError {
		return // pages, health checks
	}
	log := a.Logger
	if trace := span.TraceID(); trace != "" {
		log = log.With("trace_id", trace)
	}
	log.InfoContext(r.Context(), "request", "request_id", info.id, "operation", operation, "status", w.status,
		"ms", strconv.FormatFloat(float64(took.Microseconds())/1000, 'f', 1, 64), "org_id", info.identity.Org)
}

// failureOf is the kind of error that a status tells of; nil for an answer to a
// mistake of the caller's.
func failureOf(status int) error {
	switch {
	case status == http.StatusServiceUnavailable:
		return errs.New(errs.Unavailable, "unavailable")
	case status >= http.StatusInternalServerError:
		return errs.New(errs.Internal, "failed")
	}
	return nil
}

func statusClass(status int) string {
	if status == 0 {
		status = http.StatusOK
	}
	return strconv.Itoa(status/100) + "xx"
}

// statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
