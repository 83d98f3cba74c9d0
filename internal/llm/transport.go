package llm

import (
	"net/http"

	"rainmaker/internal/platform/egress"
)

// maxResponse bounds a vendor's HTTP answer in bytes: MaxText of text arrives in
// pieces of a few bytes, each wrapped in about 250 bytes of JSON.
const maxResponse = 16 << 20

// BoundedClient returns a copy of c for a vendor's SDK: no redirects, which
// could carry the key elsewhere, and no endless bodies. nil means the operator's
// way out: base URLs come from the configuration, and may lead to a model on
// this machine. Time limits are the context's. vendor names it in failures.
func BoundedClient(vendor string, c *http.Client) *http.Client {
	if c == nil {
		c = egress.New(egress.Reach{Operator: true}).Client(egress.Limits{Timeout: -1, MaxBody: maxResponse})
	}
	bounded := *c
	next := bounded.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	bounded.Transport = boundedTransport{vendor, next}
	return &bounded
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
	res.Body = egress.BoundBody(res.Body, maxResponse)
	return res, nil
}
