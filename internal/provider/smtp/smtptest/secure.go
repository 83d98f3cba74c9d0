package smtptest

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"net"
	"strings"
	"time"
)

// SelfSigned makes a certificate for this machine, and who trusts it.
func SelfSigned() (*tls.Config, *x509.CertPool, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sink.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		DNSNames: []string{"localhost", "sink.test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}, pool, nil
}

func (n *session) startTLS() bool {
	if !n.s.o.StartTLS || n.secure {
		n.reply("502 5.5.1 not here")
		return true
	}
	n.reply("220 2.0.0 go on")
	if !n.flush() {
		return false
	}
	n.c = tls.Server(n.c, n.s.config)
	n.r = bufio.NewReaderSize(n.c, bufferSize)
	n.secure = true
	n.reset()
	return true
}

func (n *session) auth(line string) bool {
	words := strings.Fields(line)
	ask := func(prompt string) (string, bool) {
		n.reply("334 " + prompt)
		if !n.flush() {
			return "", false
		}
		answer, err := n.r.ReadString('\n')
		return strings.TrimRight(answer, "\r\n"), err == nil
	}
	decode := func(s string) string {
		b, _ := base64.StdEncoding.DecodeString(s) // what is not base64 is not the password
		return string(b)
	}
	var user, password string
	switch {
	case len(words) < 2 || n.s.o.Username == "":
		n.reply("502 5.5.1 no")
		return true
	case strings.EqualFold(words[1], "PLAIN"):
		var answer string
		var ok bool
		if len(words) > 2 {
			answer = words[2]
		} else if answer, ok = ask(""); !ok {
			return false
		}
		if parts := strings.Split(decode(answer), "\x00"); len(parts) == 3 {
			user, password = parts[1], parts[2]
		}
	case strings.EqualFold(words[1], "LOGIN"):
		u, ok := ask("VXNlcm5hbWU6")
		if !ok {
			return false
		}
		p, ok := ask("UGFzc3dvcmQ6")
		if !ok {
			return false
		}
		user, password = decode(u), decode(p)
	}
	if n.authed = user == n.s.o.Username && password == n.s.o.Password; n.authed {
		n.reply("235 2.7.0 ok")
	} else {
		n.reply("535 5.7.8 wrong")
	}
	return true
}
