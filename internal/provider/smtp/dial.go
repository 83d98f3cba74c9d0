package smtp

import (
	"context"
	"net"
	"net/netip"
	"time"

	"code.dny.dev/ssrf"
)

// Reach says which addresses a host that a user named may lead to. Public ones
// always; the cloud's metadata service and its like never.
type Reach struct {
	Loopback bool // demo and --dev: test servers on this machine
	Private  bool // relays in the operator's own network
}

// dialer refuses forbidden addresses after the name was resolved, at the moment
// of connecting, so that a name that changes between check and use gains
// nothing.
func (r Reach) dialer(timeout time.Duration) func(ctx context.Context, network, address string) (net.Conn, error) {
	var v4, v6 []netip.Prefix
	if r.Loopback {
		v4 = append(v4, netip.MustParsePrefix("127.0.0.0/8"))
		v6 = append(v6, netip.MustParsePrefix("::1/128"))
	}
	if r.Private { // RFC 1918, RFC 4193
		v4 = append(v4, netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"))
		v6 = append(v6, netip.MustParsePrefix("fc00::/7"))
	}
	guard := ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...))
	return (&net.Dialer{Timeout: timeout, Control: guard.Safe}).DialContext
}

// overLoopback reports whether the other end is this machine.
func overLoopback(c net.Conn) bool {
	addr, err := netip.ParseAddrPort(c.RemoteAddr().String())
	return err == nil && addr.Addr().Unmap().IsLoopback()
}
