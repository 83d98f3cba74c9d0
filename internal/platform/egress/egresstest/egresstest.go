// Package egresstest holds what tests of a way out need: many spellings of
// inner addresses, a canary that counts who comes, and a name server whose
// answers change.
//
// Files: egresstest.go (spellings, canary), dns.go (names that change).
package egresstest

import (
	"fmt"
	"net"
	"strconv"
	"sync/atomic"
	"testing"
)

// Canary listens on loopback and counts connections: one is a breach.
type Canary struct {
	Port  int
	count atomic.Int64
}

// NewCanary listens until the test ends, which fails if anybody came.
func NewCanary(t testing.TB) *Canary {
	t.Helper()
	v4, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &Canary{Port: v4.Addr().(*net.TCPAddr).Port}
	c.serve(t, v4)
	// Not every machine has these doors to watch.
	for _, host := range []string{"127.0.0.2", "::1"} {
		if other, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(c.Port))); err == nil {
			c.serve(t, other)
		}
	}
	t.Cleanup(func() {
		if n := c.count.Load(); n != 0 {
			t.Errorf("%d connections reached the canary", n)
		}
	})
	return c
}

func (c *Canary) serve(t testing.TB, l net.Listener) {
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			c.count.Add(1)
			_ = conn.Close()
		}
	}()
}

// Connections is how often somebody came so far.
func (c *Canary) Connections() int { return int(c.count.Load()) }

// Hosts are spellings of addresses that no user may reach, loopback in most of
// them, without port. None needs a name server.
func Hosts() []string {
	return []string{
		"127.0.0.1", "127.0.0.2", "127.1", "127.0.1", "127.255.255.254", "0", "0.0.0.0", "0.0.0.1",
		"2130706433", "017700000001", "0x7f000001", "0x7F000001", "0x7f.1", "0x7f.0x0.0x0.0x1", "0177.0.0.1", "0177.0.0.01", "0177.1", "127.0.0.0x1",
		"127.000.000.001", "00000177.0.0.1", "127.0.0.1.", "127.1.", "0x7f000001.",
		"①②⑦.⓪.⓪.①", "１２７.0.0.1", "127。0。0。1", "127．0．0．1", "𝟏𝟐𝟕.𝟎.𝟎.𝟏",
		"localhost", "localhost.", "LOCALHOST", "LocalHost.", "a.localhost", "ⓛocalhost", "ｌｏｃａｌｈｏｓｔ", "localhost.localdomain", "ip6-localhost",
		"::1", "0:0:0:0:0:0:0:1", "0000::1", "::", "::ffff:127.0.0.1", "::ffff:7f00:1", "0:0:0:0:0:ffff:7f00:0001", "::127.0.0.1", "::7f00:1",
		"64:ff9b::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:7f00:0001::1", "2001::1", "fe80::1", "fe80::1%25lo", "fc00::1", "fd00::1", "fec0::1", "ff02::1", "2001:db8::1", "3fff::1", "5f00::1",
		"10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "192.0.0.192", "198.18.0.1", "224.0.0.1", "255.255.255.255", "2852039166", "0xa9fea9fe", "::ffff:169.254.169.254",
		"metadata.google.internal", "printer.local", "postgres", "router.lan", "nas.home.arpa",
	}
}

// URLs are spellings of URLs that lead to the canary at port, or where only
// parsers disagree whether they do, or that are no business of a web client.
func URLs(port int) []string {
	var list []string
	for _, host := range Hosts() {
		if net.ParseIP(host) != nil && net.ParseIP(host).To4() == nil || host == "fe80::1%25lo" || len(host) > 2 && host[0] == ':' || host == "::ffff:127.0.0.1" {
			host = "[" + host + "]"
		}
		list = append(list, fmt.Sprintf("http://%s:%d/canary", host, port))
	}
	at := fmt.Sprintf("127.0.0.1:%d", port)
	return append(list,
		"http://user:pass@"+at+"/", "http://example.com@"+at+"/", "http://"+at+"@example.com/", "http://example.com:80@"+at+"/",
		"http://example.com#@"+at+"/\r\n", "http://example.com\\@"+at+"/", "http://"+at+"\\.example.com/", "http://example.com%00."+at+"/",
		"http://"+at+"/%0d%0aHost:%20evil", "http://example.com/%0d%0aX-Injected:%201", "http://example.com/\r\nHost: "+at, "http://example.com/\tx", "http://exa mple.com/",
		"http:"+at, "http:/"+at, "http:///"+at, "//"+at+"/", at, "", "http://", "https://:443/", "http://"+at+":80/", "http://127.0.0.1%3a80/",
		"gopher://"+at+"/_GET", "file:///etc/passwd", "ftp://"+at+"/", "dict://"+at+"/", "ldap://"+at+"/", "javascript:alert(1)", "data:text/plain,x", "unix:///var/run/docker.sock", "HTTP+UNIX://x/",
		"http://example.com:22/", "http://example.com:25/", "http://example.com:6379/", "http://example.com:99999/", "http://example.com:-1/", "http://example.com:/",
		"http://%31%32%37.0.0.1/", "http://[127.0.0.1]:"+strconv.Itoa(port)+"/", "http://[::1/", "http://a..b.example.com/", "http://.example.com/",
	)
}
