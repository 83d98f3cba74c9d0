package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/replay"
	"rainmaker/internal/platform/spool"
)

const (
	headerIdempotency = "Idempotency-Key"
	headerReplayed    = "Idempotent-Replayed"
	maxIdempotencyKey = 255
)

// replayed gives a request with an Idempotency-Key the answer of the first one
// like it. Only answers below 400 are kept: a refused request changed nothing
// and may be mended and sent again.
func (a *API) replayed(hc huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(hc)
	key := r.Header.Get(headerIdempotency)
	if key == "" || (r.Method != http.MethodPost && r.Method != http.MethodPut && r.Method != http.MethodPatch) {
		next(hc)
		return
	}
	if !validIdempotencyKey(key) {
		a.fail(w, r, errs.InvalidField("header."+headerIdempotency, "must be 1 to %d printable characters", maxIdempotencyKey))
		return
	}
	body, err := spool.Read(r.Body)
	if err != nil {
		a.fail(w, r, bodyError(err))
		return
	}
	defer func() { _ = body.Close() }()
	sum, err := bodySum(r, body)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	identity := From(r.Context())
	question := replay.Request{Org: identity.Org, Actor: string(identity.Actor()), Key: key, Operation: r.Method + " " + r.URL.Path, BodyHash: sum}
	if identity.Org == id.Nil {
		// Nobody is signed in: the key itself is the space.
		question.Org, question.Actor = keySpace(key), "public"
	}
	claim, first, err := a.Replay.Begin(r.Context(), question)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	if first != nil {
		maps.Copy(w.Header(), first.Header)
		w.Header().Set(headerReplayed, "true")
		w.WriteHeader(first.Status)
		_, _ = w.Write(first.Body) // the client may be gone
		return
	}
	r.Body = body.Reader()
	rec := &recorder{ResponseWriter: w}
	done := false
	defer func() {
		// The client may be gone; what happened must be written all the same.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), defaultTimeout)
		defer cancel()
		a.keep(ctx, question.Org, claim, rec, done)
	}()
	next(humago.NewContext(hc.Operation(), r, rec))
	done = true
}

// keep stores the answer, or frees the key when nothing was done.
func (a *API) keep(ctx context.Context, org, claim id.ID, rec *recorder, done bool) {
	var err error
	if done && rec.status >= http.StatusOK && rec.status < http.StatusBadRequest {
		err = a.Replay.Finish(ctx, org, claim, replay.Answer{Status: rec.status, Header: rec.kept(), Body: rec.body.Bytes()})
	} else {
		err = a.Replay.Abandon(ctx, org, claim)
	}
	if err != nil {
		a.Logger.ErrorContext(ctx, "idempotency key", "request_id", requestOf(ctx).id, "error", err.Error())
	}
}

func validIdempotencyKey(key string) bool {
	if len(key) > maxIdempotencyKey {
		return false
	}
	for _, c := range []byte(key) {
		if c < 0x20 || c > 0x7e {
			return false
		}
	}
	return true
}

// keySpace is the tenant-like space of a key without an organisation.
func keySpace(key string) id.ID {
	sum := sha256.Sum256([]byte("rainmaker public idempotency key " + key))
	return id.ID(sum[:16])
}

func bodyError(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return errs.New(errs.TooLarge, "the body is too large")
	}
	return errs.Wrap(errs.Invalid, err, "the body could not be read")
}

// bodySum hashes what the client said: of a form its parts, because each try
// chooses another boundary.
func bodySum(r *http.Request, body *spool.Body) ([]byte, error) {
	hash := sha256.New()
	fmt.Fprintf(hash, "%s\n", r.URL.RawQuery)
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		if _, err := io.Copy(hash, body.Reader()); err != nil {
			return nil, fmt.Errorf("hash body: %w", err)
		}
		return hash.Sum(nil), nil
	}
	form := multipart.NewReader(body.Reader(), params["boundary"])
	for {
		part, err := form.NextRawPart()
		if errors.Is(err, io.EOF) {
			return hash.Sum(nil), nil
		}
		if err != nil {
			return nil, errs.InvalidField("body", "is not a valid form")
		}
		content := sha256.New()
		if _, err := io.Copy(content, part); err != nil {
			return nil, errs.InvalidField("body", "is not a valid form")
		}
		fmt.Fprintf(hash, "%q %q %x\n", part.FormName(), part.FileName(), content.Sum(nil))
	}
}

// recorder copies what is answered.
type recorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	// One byte over the limit is enough to know that it is too large.
	if room := replay.MaxBody + 1 - w.body.Len(); room > 0 {
		w.body.Write(b[:min(room, len(b))])
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// kept are the headers that belong to the answer and not to the occasion.
func (w *recorder) kept() http.Header {
	out := http.Header{}
	for _, name := range []string{"Content-Type", "Etag", "Location", "Set-Cookie", "Content-Disposition"} {
		if values := w.Header().Values(name); len(values) > 0 {
			out[name] = slices.Clone(values)
		}
	}
	return out
}
