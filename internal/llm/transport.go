package llm

import (
	"io"
	"net/http"
)

// maxResponse bounds a vendor's HTTP answer in bytes: MaxText of text arrives in
// pieces of a few bytes, each wrapped in about 250 bytes of JSON.
const maxResponse = 16 << 20

// BoundedClient returns a copy of c (nil means a fresh one) for a vendor's SDK:
// no redirects, which could carry the key elsewhere, and no endless bodies.
// Time limits are the context's. vendor names it in failures.
func BoundedClient(vendor string, c *http.Client) *http.Client {
	bounded := &http.Client{}
	if c != nil {
		*bounded = *c
	}
	next := bounded.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	bounded.Transport = boundedTransport{vendor, next}
	return bounded
}

type boundedTransport struct {
	vendor string
	next   http.RoundTripper
}

// RoundTrip hands on the request and bounds the body of the answer.
func (t boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if res.StatusCode/100 == 3 {
		_ = res.Body.Close()
		return nil, StatusError(t.vendor, res.StatusCode, 0, nil)
	}
	res.Body = &boundedBody{ReadCloser: res.Body, left: maxResponse}
	return res, nil
}

// boundedBody fails, rather than ends, once its bound is passed: a cut answer
// must not look like a whole one.
type boundedBody struct {
	io.ReadCloser
	left int64
}

// Read reads up to the bound.
func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, io.ErrUnexpectedEOF
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	return n, err
}
