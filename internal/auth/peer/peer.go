// Package peer knows who is at the other end of a request: the network address,
// and the program in words. Both are hints for people and limits, never a proof
// of identity.
package peer

import (
	"context"
	"net/netip"
	"strings"
)

// Peer is the other end of a request. The door puts it into the context of the
// request (With), because proofs look at it that are found deep inside.
type Peer struct {
	Addr  netip.Addr // of the client, behind proxies that the operator trusts
	Agent string     // User-Agent
}

type key struct{}

// With returns a context that knows who is at the other end.
func With(ctx context.Context, p Peer) context.Context {
	return context.WithValue(ctx, key{}, p)
}

// Of returns the peer of ctx; outside of a request, a zero one.
func Of(ctx context.Context) Peer {
	p, _ := ctx.Value(key{}).(Peer)
	return p
}

// Masked is the address as a person may recognise it and nobody can be found by
// it: without the last byte of IPv4, and the first 48 bits of IPv6.
func (p Peer) Masked() string {
	switch {
	case !p.Addr.IsValid():
		return ""
	case p.Addr.Unmap().Is4():
		four := p.Addr.Unmap().String()
		return four[:strings.LastIndexByte(four, '.')] + ".x"
	}
	block, err := p.Addr.WithZone("").Prefix(48)
	if err != nil {
		return ""
	}
	return block.String()
}

// Device is the User-Agent in words. It is a hint for the person, not a
// fingerprint: families and systems, no versions. Browsers name those that they
// descend from, so the younger ones are looked for first.
func (p Peer) Device() string {
	families := []struct{ mark, name string }{
		{"Edg", "Edge"},
		{"OPR/", "Opera"},
		{"SamsungBrowser", "Samsung Internet"},
		{"Firefox", "Firefox"},
		{"FxiOS", "Firefox"},
		{"CriOS", "Chrome"},
		{"Chromium", "Chromium"},
		{"Chrome", "Chrome"},
		{"Safari", "Safari"},
		{"curl", "curl"},
		{"python", "a Python program"},
		{"Python", "a Python program"},
		{"Go-http-client", "a Go program"},
		{"node", "a Node program"},
		{"okhttp", "a Java program"},
		{"Java", "a Java program"},
	}
	systems := []struct{ mark, name string }{
		{"iPhone", "iPhone"},
		{"iPad", "iPad"},
		{"Android", "Android"},
		{"Windows", "Windows"},
		{"CrOS", "ChromeOS"},
		{"Mac OS X", "macOS"},
		{"Linux", "Linux"},
	}
	family, system := "", ""
	for _, f := range families {
		if strings.Contains(p.Agent, f.mark) {
			family = f.name
			break
		}
	}
	for _, s := range systems {
		if strings.Contains(p.Agent, s.mark) {
			system = s.name
			break
		}
	}
	switch {
	case family == "" && system == "":
		return "an unknown program"
	case system == "":
		return family
	case family == "":
		return "a program on " + system
	}
	return family + " on " + system
}
