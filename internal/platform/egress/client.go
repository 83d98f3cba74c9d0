package egress

import (
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"time"
)

// Limits of an HTTP client. Zero values mean the defaults.
type Limits struct {
	Timeout time.Duration // of a whole exchange: 10 s; negative: the context alone decides
	MaxBody int64         // bytes of an answer's body: 1 MiB
	// Redirects is how many are followed; 0 returns the 3xx answer as it is.
	Redirects int
}

const (
	defaultTimeout = 10 * time.Second
	defaultMaxBody = 1 << 20
	dialTimeout    = 5 * time.Second
	maxHeader      = 64 << 10
)

// Client returns an HTTP client that reaches only what the guard allows. It
// keeps no cookies and never unpacks an answer by itself.
func (g *Guard) Client(l Limits) *http.Client {
	if l.Timeout == 0 {
		l.Timeout = defaultTimeout
	}
	if l.MaxBody == 0 {
		l.MaxBody = defaultMaxBody
	}
	t := &http.Transport{
		DialContext:            g.DialContext(dialTimeout),
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    dialTimeout,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // a small answer must not become a large one
		MaxResponseHeaderBytes: maxHeader,
		MaxIdleConns:           100,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        30 * time.Second,
		ExpectContinueTimeout:  time.Second,
	}
	if g.reach.Operator {
		t.Proxy = http.ProxyFromEnvironment
	}
	c := &http.Client{Transport: transport{g, t, l.MaxBody}, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) > l.Redirects || via[0].URL.Scheme == "https" && r.URL.Scheme != "https" {
			return http.ErrUseLastResponse
		}
		return nil // transport checks the hop
	}}
	if l.Timeout > 0 {
		c.Timeout = l.Timeout
	}
	return c
}

// transport checks each request, hops of redirects too, and bounds each answer.
type transport struct {
	guard   *Guard
	next    *http.Transport
	maxBody int64
}

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := t.check(r); err != nil {
		if r.Body != nil {
			_ = r.Body.Close() // RoundTrip must close it, even on errors
		}
		return nil, err
	}
	res, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	res.Body = BoundBody(res.Body, t.maxBody)
	return res, nil
}

// CloseIdleConnections lets http.Client reach the pool.
func (t transport) CloseIdleConnections() { t.next.CloseIdleConnections() }

func (t transport) check(r *http.Request) error {
	if r.Host != "" && r.Host != r.URL.Host {
		return errors.Join(ErrRefused, errors.New("the Host header names another host"))
	}
	if _, err := t.guard.CheckURL("url", r.URL.String()); err != nil {
		return errors.Join(ErrRefused, err)
	}
	return nil
}

// ErrTooLarge ends the reading of a body that is larger than allowed.
var ErrTooLarge = errors.New("the answer is too large")

// BoundBody fails, rather than ends, once max bytes are passed: a cut answer
// must not look like a whole one.
func BoundBody(body io.ReadCloser, most int64) io.ReadCloser {
	return &boundedBody{ReadCloser: body, left: most}
}

type boundedBody struct {
	io.ReadCloser
	left int64
}

// Read reads up to the bound.
func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, ErrTooLarge
	}
	// One byte more than allowed tells a body that fits from one that does not.
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n - 1, ErrTooLarge
	}
	return n, err
}
