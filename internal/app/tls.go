package app

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// lookEvery is how often the files of the certificate are looked at: renewals
// happen weeks before the end.
const lookEvery = 10 * time.Second

// certificate is a key pair in two files that somebody may replace while the
// program runs.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger
	now               func() time.Time

	mu     sync.Mutex
	pair   *tls.Certificate
	stamp  string // of the files that pair was read from
	looked time.Time
}

func openCertificate(certFile, keyFile string, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log, now: time.Now}
	stamp, err := c.stampOf()
	if err != nil {
		return nil, err
	}
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, err
	}
	c.pair, c.stamp, c.looked = &pair, stamp, c.now()
	return c, nil
}

// stampOf changes when a file does.
func (c *certificate) stampOf() (string, error) {
	stamp := ""
	for _, name := range []string{c.certFile, c.keyFile} {
		info, err := os.Stat(name)
		if err != nil {
			return "", err
		}
		stamp += fmt.Sprintf("%d %d ", info.ModTime().UnixNano(), info.Size())
	}
	return stamp, nil
}

// current is tls.Config.GetCertificate. A pair that cannot be read, such as one
// whose two files are not both written yet, leaves the old one in use.
func (c *certificate) current(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.looked) >= lookEvery {
		c.looked = now
		if stamp, err := c.stampOf(); err != nil || stamp != c.stamp {
			pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
			if err != nil {
				c.log.Error("the new certificate cannot be read, the old one stays in use", "error", err)
			} else {
				c.pair, c.stamp = &pair, stamp
				c.log.Info("a new certificate is in use")
			}
		}
	}
	return c.pair, nil
}

// config is TLS 1.3 and nothing older: every browser and library since 2020 has
// it. Behind a proxy the proxy decides.
func (c *certificate) config() *tls.Config {
	return &tls.Config{GetCertificate: c.current, MinVersion: tls.VersionTLS13, NextProtos: []string{"h2", "http/1.1"}}
}
