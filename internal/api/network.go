package api

import (
	"net/http"
	"net/netip"
	"strings"
)

// clientAddr is the network address a request comes from. X-Forwarded-For counts
// only from proxies that the operator trusts, read from the right: the last
// address that is not such a proxy. What stands further left anybody can write.
// It is the zero address when nothing is known.
func (a *API) clientAddr(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := peer.Addr().Unmap()
	if !a.trusted(addr) {
		return addr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		text := strings.TrimSpace(hops[i])
		hop, err := netip.ParseAddr(text)
		if err != nil { // some proxies write the port too
			withPort, err := netip.ParseAddrPort(text)
			if err != nil {
				break
			}
			hop = withPort.Addr()
		}
		if addr = hop.Unmap(); !a.trusted(addr) {
			break
		}
	}
	return addr
}

func (a *API) trusted(addr netip.Addr) bool {
	for _, prefix := range a.Config.TrustedProxies {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// clientAddress names the client for limits and logs of failures: the /64 of an
// IPv6 address, because that is what one client has.
func (a *API) clientAddress(r *http.Request) string {
	address, _ := networkOf(a.clientAddr(r))
	return address
}

// networkOf returns what one client has, and the block around it that one
// customer of a provider easily gets: /32 in /24, and /64 in /48.
func networkOf(addr netip.Addr) (address, block string) {
	if !addr.IsValid() {
		return "unknown", "unknown"
	}
	own, around := 32, 24
	if addr.Is6() {
		own, around = 64, 48
	}
	addr = addr.WithZone("")
	wide, _ := addr.Prefix(around) // both lengths suit the address
	if own == 32 {
		return addr.String(), wide.String()
	}
	narrow, _ := addr.Prefix(own)
	return narrow.String(), wide.String()
}
