package app

import (
	"crypto/tls"
	"log/slog"
	"time"
)

// OpenCertificate returns what hands out the pair, with a clock of the test's.
func OpenCertificate(certFile, keyFile string, now func() time.Time) (func(*tls.ClientHelloInfo) (*tls.Certificate, error), error) {
	c, err := openCertificate(certFile, keyFile, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	c.now = now
	return c.current, nil
}
