package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"rainmaker/internal/auth"
	"rainmaker/internal/auth/signal"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// guard stands before every operation: bounds on time and size, who is asking,
// how often, and whether they may.
func (a *API) guard(hc huma.Context, next func(huma.Context)) {
	op := hc.Operation()
	r, w := humago.Unwrap(hc)
	info := requestOf(r.Context())
	info.operation = op.OperationID

	limit := timeoutOf(op)
	ctx, cancel := context.WithTimeout(r.Context(), limit)
	defer cancel()
	conn := http.NewResponseController(w)
	_ = conn.SetWriteDeadline(time.Now().Add(limit + 5*time.Second)) // not every writer can
	r = r.WithContext(ctx)
	if r.Body != nil && r.Body != http.NoBody {
		_ = conn.SetReadDeadline(time.Now().Add(op.BodyReadTimeout))
		// One byte more than huma allows, so that its answer comes first.
		r.Body = http.MaxBytesReader(w, r.Body, op.MaxBodyBytes+1)
	}
	if err := a.admit(ctx, w, r, op, info); err != nil {
		a.suspect(info.identity, err)
		a.fail(w, r, err)
		return
	}
	if packed := r.Header.Get("Content-Encoding"); packed != "" && !strings.EqualFold(packed, "identity") {
		// Nothing here unpacks: a small body stays a small body.
		p := newProblem(http.StatusUnsupportedMediaType, "packed bodies are not taken: send it without Content-Encoding")
		p.RequestID = info.id
		writeProblem(w, p)
		return
	}
	next(humago.NewContext(op, r, w))
}

// admit fills in the identity or says why not.
func (a *API) admit(ctx context.Context, w http.ResponseWriter, r *http.Request, op *huma.Operation, info *request) error {
	cost := costOf(op)
	if auth.Public(op.OperationID) {
		return a.limitAddress(ctx, w.Header(), r, cost)
	}
	identity, err := a.Auth.AuthenticateFor(ctx, r, op.OperationID)
	if err != nil {
		if errs.Is(err, errs.Unauthenticated) {
			if err := a.limitAddress(ctx, w.Header(), r, 1); err != nil {
				return err
			}
		}
		return err
	}
	info.identity = identity
	if err := a.limitIdentity(ctx, w.Header(), identity, cost); err != nil {
		return err
	}
	if !auth.Allowed(identity.Role, op.OperationID) {
		return errs.New(errs.Forbidden, "your role (%s) may not do this", identity.Role)
	}
	if !identity.ScopeAllows(area(op), !reading(op)) {
		return errs.New(errs.Forbidden, "the scopes of this API key do not allow this")
	}
	if denied := a.fieldRights.Denied(identity.Role, op.OperationID); len(denied) > 0 {
		if err := checkFields(r, identity.Role, denied); err != nil {
			return err
		}
	}
	return a.Auth.Spend(ctx, identity, op.OperationID, 1)
}

// suspect tells who watches of what the guard refused to somebody it knows.
func (a *API) suspect(who auth.Identity, err error) {
	if a.Watch == nil || who.Org == id.Nil {
		return
	}
	switch {
	case errs.Is(err, errs.Forbidden):
		a.Watch.Note(signal.Signal{Org: who.Org, Kind: signal.Denied, Actor: who.Actor(), N: 1})
	case errs.Is(err, errs.LimitExceeded):
		a.Watch.Note(signal.Signal{Org: who.Org, Kind: signal.Throttled, Actor: who.Actor(), N: 1})
	}
}

// checkFields looks whether a body holds what the role may not write. It reads
// the body, whose size the caller bounds, and puts it back; one that is no JSON
// object is refused later, by its schema.
func checkFields(r *http.Request, role org.Role, denied []string) error {
	if r.Body == nil {
		return nil
	}
	raw, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(raw), r.Body))
	if err != nil {
		return &errs.Error{Kind: errs.TooLarge, Message: "the body is too large, or did not come"}
	}
	var body map[string]json.RawMessage
	_ = json.Unmarshal(raw, &body) // what is no object has no fields
	refusal := &errs.Error{Kind: errs.Forbidden, Code: "field_forbidden", Message: "your role (" + string(role) + ") may not set these fields"}
	for _, field := range denied {
		if _, sent := body[field]; sent {
			refusal.Fields = append(refusal.Fields, errs.Field{Location: "body." + field, Message: "your role may not set this"})
		}
	}
	if refusal.Fields == nil {
		return nil
	}
	return refusal
}
