package egress

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"rainmaker/internal/platform/errs"
)

// maxURL bounds a URL in bytes.
const maxURL = 2048

// CheckURL reads a URL that a person entered in the field at location, such as
// "body.url". It must be a plain http or https URL whose host may lead to the
// public internet. The answer has the host in ASCII; the error is Invalid and
// names the field.
func (g *Guard) CheckURL(location, raw string) (*url.URL, error) {
	refuse := func(why string) (*url.URL, error) { return nil, errs.InvalidField(location, "%s", why) }
	if len(raw) > maxURL {
		return refuse("is too long")
	}
	// Spaces, controls, backslashes: readers disagree on what they mean.
	if strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\\' || r == 0x85 || r == 0xa0 || r == 0xfffd }) {
		return refuse("contains a character that has no place in a URL")
	}
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" || u.Host == "" || u.Hostname() == "" {
		return refuse("must be an http or https URL")
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return refuse("must begin with https:// or http://")
	}
	if u.User != nil {
		return refuse("must not hold a user name or password")
	}
	for _, part := range []string{u.Path, u.RawQuery} {
		if text, err := url.PathUnescape(part); err != nil || strings.ContainsAny(text, "\r\n\x00") {
			return refuse("contains an escaped line break")
		}
	}
	if text := u.Port(); text != "" {
		port, err := strconv.ParseUint(text, 10, 16)
		if err != nil || g.checkPort(uint16(port)) != nil {
			return refuse("names a port that is not one of a web server")
		}
	} else if strings.HasSuffix(u.Host, ":") {
		return refuse("names no port after the colon")
	}
	host, why := g.host(u.Hostname())
	if why != "" {
		return refuse(why)
	}
	port := u.Port()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if u.Host = host; port != "" {
		u.Host += ":" + port
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// Here reports whether a host that somebody entered is this machine.
func Here(host string) bool {
	at, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && at.Unmap().IsLoopback()
}

// OverLoopback reports whether the other end of a connection is this machine.
func OverLoopback(c net.Conn) bool {
	at, err := netip.ParseAddrPort(c.RemoteAddr().String())
	return err == nil && at.Addr().Unmap().IsLoopback()
}

// CheckHost checks the host, without port, of a server that does not speak HTTP.
// The error is Invalid and names the field at location.
func (g *Guard) CheckHost(location, host string) error {
	if _, why := g.host(host); why != "" {
		return errs.InvalidField(location, "%s", why)
	}
	return nil
}

// host returns the name or address in the form that resolvers get, or says why
// it is refused.
func (g *Guard) host(raw string) (host, why string) {
	if at, err := netip.ParseAddr(raw); err == nil {
		if g.checkAddr(at) != nil {
			return "", "is an address that may not be reached from here"
		}
		return at.String(), ""
	}
	// Compatibility forms such as ① or fullwidth digits become plain ones, as
	// they would on their way to the resolver.
	name, err := idna.Lookup.ToASCII(strings.TrimSuffix(raw, "."))
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if err != nil || name == "" || len(name) > 253 || !plainName(name) {
		return "", "must name a host"
	}
	if at, err := netip.ParseAddr(name); err == nil {
		if g.checkAddr(at) != nil {
			return "", "is an address that may not be reached from here"
		}
		return name, ""
	}
	labels := strings.Split(name, ".")
	last := labels[len(labels)-1]
	// Octal, hexadecimal, short and whole-number forms of IPv4 addresses: a name
	// whose last label is a number is one (url.spec.whatwg.org, "ends in a number").
	if number(last) {
		return "", "is not an address in its usual form"
	}
	if g.reach.Operator {
		return name, ""
	}
	if last == "localhost" {
		if g.reach.Loopback {
			return name, ""
		}
		return "", "is this machine itself"
	}
	// Names of one label and of reserved endings are found in local networks only
	// (RFC 6761, RFC 6762, RFC 8375, ICANN's .internal).
	inner := len(labels) == 1 || strings.HasSuffix(name, ".home.arpa")
	switch last {
	case "local", "internal", "intranet", "lan", "localdomain", "home", "corp", "private":
		inner = true
	}
	if inner && len(g.reach.Networks) == 0 {
		return "", "is a name of a local network"
	}
	return name, ""
}

// plainName reports letters, digits, hyphens, underscores and dots, no label
// empty.
func plainName(name string) bool {
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
		for _, c := range []byte(label) {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
				return false
			}
		}
	}
	return true
}

func number(label string) bool {
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}
