// Package signature reads and checks signed requests (CONTRACT, Identity):
//
//	X-Rainmaker-Key, X-Rainmaker-Timestamp,
//	X-Rainmaker-Signature: v1=<hex HMAC-SHA256(secret, timestamp "." METHOD "." path?query "." sha256hex(body))>
//
// with the timestamp in Unix seconds and the path as it stands in the request
// line. It knows no keys: auth looks those up.
package signature

import (
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

const (
	headerKey       = "X-Rainmaker-Key"
	headerTimestamp = "X-Rainmaker-Timestamp"
	headerSignature = "X-Rainmaker-Signature"
)

// Window is how far the timestamp may be from now, either way.
const Window = 300 * time.Second

// Of returns the X-Rainmaker-Signature of a request.
func Of(secret, timestamp, method, target string, bodySum []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = fmt.Fprintf(mac, "%s.%s.%s.%s", timestamp, method, target, hex.EncodeToString(bodySum))
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

// Request is what a signed request says of itself.
type Request struct {
	KeyID string
	At    time.Time // its timestamp

	timestamp string
	method    string
	target    string
	given     string // signatures, separated by spaces
	sum       []byte // of the body
}

// Signed reports whether a request claims to be signed.
func Signed(r *http.Request) bool { return r.Header.Get(headerSignature) != "" }

// Refused are the reasons that a client may be told.
var (
	ErrExpired = errors.New("signature_expired")
	ErrInvalid = errors.New("invalid_signature")
)

// Read takes a signed request apart. The body is read, hashed and put back; the
// caller bounds its size. Errors are ErrExpired, ErrInvalid, or about the body.
func Read(r *http.Request, now time.Time) (Request, error) {
	s := Request{
		KeyID: r.Header.Get(headerKey), timestamp: r.Header.Get(headerTimestamp),
		method: r.Method, target: r.URL.RequestURI(), given: r.Header.Get(headerSignature),
	}
	seconds, err := strconv.ParseInt(s.timestamp, 10, 64)
	if err != nil {
		return Request{}, ErrInvalid
	}
	s.At = time.Unix(seconds, 0)
	if age := now.Sub(s.At); age > Window || age < -Window {
		return Request{}, ErrExpired
	}
	if s.sum, err = sumBody(r); err != nil {
		return Request{}, err
	}
	return s, nil
}

// Match reports whether one of the given signatures was made with the secret.
// Several may be given while a client changes its secret.
func (s Request) Match(secret string) bool {
	want := Of(secret, s.timestamp, s.method, s.target, s.sum)
	for given := range strings.FieldsSeq(s.given) {
		if hmac.Equal([]byte(want), []byte(given)) {
			return true
		}
	}
	return false
}

// Changes reports whether the request may change something. Only such requests
// are remembered: repeating a question changes nothing, its answer goes to
// whoever holds the connection, and two equal questions in one second are
// honest and have the same signature.
func (s Request) Changes() bool {
	return s.method != http.MethodGet && s.method != http.MethodHead && s.method != http.MethodOptions
}

// Hash names the request: what is signed, without the choice of signatures in
// its header.
func (s Request) Hash() []byte {
	hash := sha256.New()
	_, _ = fmt.Fprintf(hash, "%s\n%s\n%s\n%s\n%x", s.KeyID, s.timestamp, s.method, s.target, s.sum)
	return hash.Sum(nil)
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
