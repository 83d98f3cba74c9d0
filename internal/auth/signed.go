package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/spool"
)

// Headers of a signed request (CONTRACT).
const (
	headerKey       = "X-Rainmaker-Key"
	headerTimestamp = "X-Rainmaker-Timestamp"
	headerSignature = "X-Rainmaker-Signature"
)

// signatureWindow is how far the timestamp may be from now, either way.
const signatureWindow = 300 * time.Second

// Signature returns the X-Rainmaker-Signature of a request: "v1=" and the hex
// HMAC-SHA256 under the secret of
//
//	timestamp "." METHOD "." path?query "." sha256hex(body)
//
// with the timestamp in Unix seconds and the path as it stands in the request
// line.
func Signature(secret, timestamp, method, target string, bodySum []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = fmt.Fprintf(mac, "%s.%s.%s.%s", timestamp, method, target, hex.EncodeToString(bodySum))
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

func (s *Service) bySignature(ctx context.Context, r *http.Request) (Identity, error) {
	timestamp := r.Header.Get(headerTimestamp)
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return Identity{}, unauthenticated("invalid_signature")
	}
	if age := s.clock.Now().Sub(time.Unix(seconds, 0)); age > signatureWindow || age < -signatureWindow {
		return Identity{}, unauthenticated("signature_expired")
	}
	state, err := s.keyState(ctx, r.Header.Get(headerKey))
	if err != nil {
		return Identity{}, err
	}
	keys, err := s.org.Keys(ctx, state.org)
	if err != nil {
		return Identity{}, err
	}
	secretText, err := keys.Open("api_keys", "secret", state.id, state.secretSealed)
	if err != nil {
		return Identity{}, err
	}
	sum, err := sumBody(r)
	if err != nil {
		return Identity{}, err
	}
	want := Signature(secretText, timestamp, r.Method, r.URL.RequestURI(), sum)
	// Several signatures may be given while a client changes its secret.
	for given := range strings.FieldsSeq(r.Header.Get(headerSignature)) {
		if hmac.Equal([]byte(want), []byte(given)) {
			return state.identity(ViaSigned), nil
		}
	}
	return Identity{}, unauthenticated("invalid_signature")
}

// sumBody hashes the body and puts it back.
func sumBody(r *http.Request) ([]byte, error) {
	body, err := spool.Read(r.Body)
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return nil, errs.New(errs.TooLarge, "the body is larger than %d bytes", tooLarge.Limit)
		}
		return nil, errs.Wrap(errs.Invalid, err, "the body cannot be read")
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, body.Reader()); err != nil {
		return nil, fmt.Errorf("hash body: %w", err)
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{body.Reader(), body}
	return hash.Sum(nil), nil
}
