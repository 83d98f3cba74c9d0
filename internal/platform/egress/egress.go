// Package egress is the way out to addresses that people enter: webhook URLs,
// mail hosts, issuers of sign-ins. It keeps such an address from leading into
// our own network (server-side request forgery).
//
// Two checks stand behind each other. At entry, CheckURL and CheckHost refuse
// what is plainly wrong, so that the answer can name the field. At the moment of
// connecting, after the name was resolved, the dialer refuses the address
// itself: a name that changes between check and use gains nothing, and no
// spelling has to be known beforehand. Only the second is the wall.
//
// Invariants: no proxy of the environment is used for an address of a user; no
// redirect is followed unless asked for, and each hop is checked like the first;
// answers are bounded in bytes and in time, and never unpacked.
//
// Files: egress.go (who may be reached), address.go (checks at entry), client.go
// (HTTP).
package egress

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// ErrRefused is in the chain of every error about an address that must not be
// reached.
var ErrRefused = errors.New("the address may not be reached")

// Reach says what besides the public internet may be reached. The zero value is
// for what users of an installation enter.
type Reach struct {
	// Loopback is for demo and --dev: servers on this machine.
	Loopback bool
	// Networks are the operator's own, such as that of a mail relay.
	Networks []netip.Prefix
	// Operator lifts every bound on addresses and takes the environment's proxy:
	// for addresses from the configuration, never for those from a request.
	Operator bool
}

// Guard checks addresses and connects to those that are allowed. It is safe for
// concurrent use.
type Guard struct {
	reach     Reach
	addresses *ssrf.Guardian
	resolver  *net.Resolver
}

// New returns a guard for the reach.
func New(reach Reach) *Guard {
	var v4, v6 []netip.Prefix
	if reach.Loopback {
		v4 = append(v4, netip.MustParsePrefix("127.0.0.0/8"))
		v6 = append(v6, netip.MustParsePrefix("::1/128"))
	}
	for _, network := range reach.Networks {
		if network.Addr().Is4() {
			v4 = append(v4, network)
		} else {
			v6 = append(v6, network)
		}
	}
	return &Guard{
		reach:     reach,
		addresses: ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...)),
	}
}

// WithResolver returns a guard that asks r for names, for tests of names that
// change.
func (g *Guard) WithResolver(r *net.Resolver) *Guard {
	with := *g
	with.resolver = r
	return &with
}

// Loopback reports whether servers on this machine may be reached.
func (g *Guard) Loopback() bool { return g.reach.Loopback || g.reach.Operator }

// Control is the Control function of a net.Dialer: it sees the resolved address
// just before the connection is made.
func (g *Guard) Control(network, address string, _ syscall.RawConn) error {
	if network != "tcp4" && network != "tcp6" {
		return fmt.Errorf("%w: not over %s", ErrRefused, network)
	}
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return g.checkAddr(at.Addr())
}

func (g *Guard) checkAddr(at netip.Addr) error {
	if g.reach.Operator {
		return nil
	}
	if at.Zone() != "" {
		return fmt.Errorf("%w: an address of one link", ErrRefused)
	}
	if err := g.addresses.SafeAddr(at.Unmap()); err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return nil
}

// DialContext connects to an allowed address, within timeout.
func (g *Guard) DialContext(timeout time.Duration) func(ctx context.Context, network, address string) (net.Conn, error) {
	return (&net.Dialer{Timeout: timeout, Control: g.Control, Resolver: g.resolver}).DialContext
}

// checkPort refuses ports of other protocols, through which a request could
// talk to them. Ports from 1024 are for web servers unless they are known for
// something else.
func (g *Guard) checkPort(port uint16) error {
	if g.reach.Operator || port == 80 || port == 443 {
		return nil
	}
	if port < 1024 || slices.Contains(otherPorts(), port) {
		return fmt.Errorf("%w: port %d is not one of a web server", ErrRefused, port)
	}
	return nil
}

// otherPorts are the "bad ports" of the Fetch Standard from 1024 on
// (fetch.spec.whatwg.org, port blocking), and those of databases and caches.
func otherPorts() []uint16 {
	return []uint16{
		1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
		1433, 1521, 2375, 2379, 3306, 5432, 6379, 6380, 9042, 9200, 9300, 11211, 27017,
	}
}
