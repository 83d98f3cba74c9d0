//go:build !unix

package smtp

import "net"

// spoke needs a look into the socket, which only Unix gives.
func spoke(net.Conn) bool { return false }
