package smtp

import (
	"net"
	"net/netip"
)

// overLoopback reports whether the other end is this machine.
func overLoopback(c net.Conn) bool {
	addr, err := netip.ParseAddrPort(c.RemoteAddr().String())
	return err == nil && addr.Addr().Unmap().IsLoopback()
}
