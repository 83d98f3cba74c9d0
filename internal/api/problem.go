package api

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/platform/errs"
)

const problemType = "application/problem+json"

// Problem is an error as RFC 9457 shows it.
type Problem struct {
	Type      string       `json:"type" doc:"Always about:blank; code says more."`
	Title     string       `json:"title"`
	Status    int          `json:"status"`
	Detail    string       `json:"detail,omitempty"`
	Code      string       `json:"code" doc:"Stable name of the error for programs, such as mfa_required."`
	RequestID string       `json:"request_id,omitempty"`
	Errors    []FieldError `json:"errors,omitempty"`

	retryAfter time.Duration
}

// FieldError names one wrong input.
type FieldError struct {
	Location string `json:"location" doc:"Such as body.email, query.limit or path.id."`
	Message  string `json:"message"`
}

// Error satisfies error.
func (p *Problem) Error() string { return p.Detail }

// GetStatus satisfies huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders satisfies huma.HeadersError.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	p.setHeaders(h)
	return h
}

// ContentType satisfies huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return problemType }

func (p *Problem) setHeaders(h http.Header) {
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(p.retryAfter.Seconds()))))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="rainmaker"`)
	}
}

// statusOf is the one table from kinds of errors to HTTP.
func statusOf(kind errs.Kind) int {
	switch kind {
	case errs.Invalid:
		return http.StatusUnprocessableEntity
	case errs.NotFound:
		return http.StatusNotFound
	case errs.Conflict:
		return http.StatusConflict
	case errs.PreconditionFailed:
		return http.StatusPreconditionFailed
	case errs.Forbidden:
		return http.StatusForbidden
	case errs.Unauthenticated:
		return http.StatusUnauthorized
	case errs.LimitExceeded:
		return http.StatusTooManyRequests
	case errs.TooLarge:
		return http.StatusRequestEntityTooLarge
	case errs.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// statusCode is the code of a problem that names none itself.
func statusCode(status int) string {
	return strings.ReplaceAll(strings.ToLower(http.StatusText(status)), " ", "_")
}

// problem turns any error into what the client may see. What is ours is logged
// in full and shown as nothing.
func (a *API) problem(ctx context.Context, err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	var e *errs.Error
	switch {
	case errors.As(err, &e) && e.Kind != errs.Internal:
	case errors.Is(err, context.Canceled):
		e = errs.New(errs.Unavailable, "the request was given up")
	case errors.Is(err, context.DeadlineExceeded):
		a.Logger.WarnContext(ctx, "request took too long", "request_id", requestOf(ctx).id, "operation", requestOf(ctx).operation)
		e = errs.New(errs.Unavailable, "this took too long: try again")
	default:
		a.Logger.ErrorContext(ctx, "request failed", "request_id", requestOf(ctx).id, "operation", requestOf(ctx).operation, "error", err.Error())
		e = errs.New(errs.Internal, "something went wrong on our side")
	}
	p = newProblem(statusOf(e.Kind), e.Message)
	p.RequestID = requestOf(ctx).id
	if e.Kind == errs.NotFound {
		// The same body for what is not there and what is not yours.
		p.Detail = notFoundDetail
	}
	if e.Code != "" {
		p.Code = e.Code
	}
	p.retryAfter = e.RetryAfter
	if p.retryAfter == 0 && (e.Kind == errs.Unavailable || e.Kind == errs.LimitExceeded) {
		p.retryAfter = time.Second
	}
	for _, f := range e.Fields {
		p.Errors = append(p.Errors, FieldError(f))
	}
	return p
}

const notFoundDetail = "not found"

func newProblem(status int, detail string) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, Code: statusCode(status)}
}

// newError makes huma's own errors problems. The values that were wrong are
// left out: they may be secrets.
func newError(status int, msg string, causes ...error) huma.StatusError {
	p := newProblem(status, msg)
	for _, cause := range causes {
		if cause == nil {
			continue
		}
		var tooLarge *http.MaxBytesError
		if errors.As(cause, &tooLarge) {
			return newProblem(http.StatusRequestEntityTooLarge, "the body is too large")
		}
		var detailer huma.ErrorDetailer
		if !errors.As(cause, &detailer) {
			continue // a cause that is not meant for people
		}
		d := detailer.ErrorDetail()
		if strings.HasSuffix(d.Message, "request body too large") {
			return newProblem(http.StatusRequestEntityTooLarge, "the body is too large")
		}
		if isStrictMessage(d.Message) {
			p.Status = http.StatusUnprocessableEntity
		}
		p.Errors = append(p.Errors, FieldError{Location: d.Location, Message: d.Message})
	}
	switch {
	case p.Status >= http.StatusInternalServerError && len(causes) > 0:
		// The only such case is a body that stopped coming.
		p.Status, p.Detail = http.StatusBadRequest, "the body could not be read"
	case p.Status == http.StatusBadRequest && len(p.Errors) > 0:
		p.Detail = "the body is not valid JSON"
	}
	p.Title, p.Code = http.StatusText(p.Status), statusCode(p.Status)
	return p
}

func newErrorWithContext(ctx huma.Context, status int, msg string, causes ...error) huma.StatusError {
	e := newError(status, msg, causes...)
	if p, ok := e.(*Problem); ok && ctx != nil {
		p.RequestID = requestOf(ctx.Context()).id
	}
	return e
}

// writeProblem answers outside of an operation.
func writeProblem(w http.ResponseWriter, p *Problem) {
	p.setHeaders(w.Header())
	w.Header().Set("Content-Type", problemType)
	body, err := json.Marshal(p)
	if err != nil {
		body = []byte(`{}`) // strings and numbers: cannot happen
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(body, '\n')) // the client may be gone
}

// fail answers an error outside of an operation.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	writeProblem(w, a.problem(r.Context(), err))
}

// notFound answers what no operation serves, and says which methods a path has.
func (a *API) notFound(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		probe := &http.Request{Method: method, URL: r.URL, Host: r.Host}
		if _, pattern := a.mux.Handler(probe); pattern != "" && pattern != "/api/" && pattern != "/" {
			allowed = append(allowed, method)
		}
	}
	status := http.StatusNotFound
	if len(allowed) > 0 {
		status = http.StatusMethodNotAllowed
		w.Header().Set("Allow", strings.Join(allowed, ", "))
	}
	p := newProblem(status, notFoundDetail)
	if status == http.StatusMethodNotAllowed {
		p.Detail = "this path has no " + r.Method
	}
	p.RequestID = requestOf(r.Context()).id
	writeProblem(w, p)
}
