// Package saml is the service provider's side of SAML 2.0 Web Browser SSO: it
// sends a browser to an identity provider (HTTP-Redirect) and judges what the
// browser posts back (HTTP-POST). It keeps nothing.
//
// Invariants:
//   - A document is read strictly before anything looks at its meaning: bounded,
//     no DOCTYPE, no processing instruction, no comment, no CDATA, no id twice,
//     and it says the same to every reader.
//   - There is exactly one assertion, in its place, and it is itself signed by a
//     certificate that an admin has pinned. KeyInfo is thrown away unread; a
//     signature over the response alone counts for nothing; encrypted assertions
//     are refused, and with them RSA 1.5 key transport.
//   - Everything that is believed is read from the bytes that were signed, after
//     they were verified, never from the document around them.
//   - SHA-1 neither signs nor digests.
//
// Files: saml.go (types and the request), scan.go (the strict reading),
// signature.go (who signed what), assertion.go (for whom, when, by whom),
// metadata.go (descriptions, theirs and ours).
package saml

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/crewjam/saml"

	"rainmaker/internal/platform/id"
)

// Provider is an identity provider as an organisation has set it up, with our
// own two addresses for it.
type Provider struct {
	EntityID     string // theirs
	SSOURL       string // theirs, HTTP-Redirect
	Certificates []*x509.Certificate
	Audience     string // ours: the address of our metadata
	ACS          string // ours: where answers are posted
}

// Person is what a good assertion says.
type Person struct {
	NameID      string
	Email, Name string // may be empty
	Assertion   string // its id, to be used once
	Until       time.Time
	Strong      bool // the provider says that it asked for a second factor
}

// Refusal says why an answer was refused, as a stable word for the record.
type Refusal struct {
	Reason string
	Cause  error
}

// Error is for the log.
func (r *Refusal) Error() string { return "refused: " + r.Reason + ": " + r.Cause.Error() }

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Cause }

func refuse(reason, format string, args ...any) error {
	return &Refusal{Reason: reason, Cause: fmt.Errorf(format, args...)}
}

// maxAnswer bounds an answer in bytes, in base64.
const maxAnswer = 512 << 10

// NewRequest returns the address to send a browser to and the id that the answer
// must name.
func NewRequest(p Provider, relay string, now time.Time) (address, requestID string, err error) {
	requestID = "id-" + strings.ReplaceAll(id.New().String(), "-", "")
	request := saml.AuthnRequest{
		ID: requestID, Version: "2.0", IssueInstant: now, Destination: p.SSOURL,
		Issuer:                      &saml.Issuer{Value: p.Audience},
		ProtocolBinding:             saml.HTTPPostBinding,
		AssertionConsumerServiceURL: p.ACS,
	}
	u, err := request.Redirect(relay, &saml.ServiceProvider{})
	if err != nil {
		return "", "", fmt.Errorf("SAML request: %w", err)
	}
	return u.String(), requestID, nil
}

// Unsolicited reports whether an answer says that it answers nothing. Nothing is
// believed by that: Finish checks it again.
func Unsolicited(encoded string) bool {
	raw, err := decode(encoded)
	if err != nil {
		return false
	}
	root, err := parse(raw)
	return err == nil && root.SelectAttrValue("InResponseTo", "") == ""
}

// Finish judges an answer. requestID is that of NewRequest, or empty for an
// answer that nobody asked for.
func Finish(p Provider, encoded, requestID string, now time.Time) (Person, error) {
	raw, err := decode(encoded)
	if err != nil {
		return Person{}, err
	}
	root, err := parse(raw)
	if err != nil {
		return Person{}, err
	}
	if err := judgeResponse(p, root, requestID, now); err != nil {
		return Person{}, err
	}
	signed, err := signedAssertion(p, root, now)
	if err != nil {
		return Person{}, err
	}
	return judgeAssertion(p, signed, requestID, now)
}

func decode(encoded string) ([]byte, error) {
	if len(encoded) > maxAnswer {
		return nil, refuse("too_large", "the answer has %d bytes", len(encoded))
	}
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(encoded), ""))
	if err != nil || len(raw) == 0 {
		return nil, refuse("encoding", "the answer is not in base64")
	}
	return raw, nil
}

// maxCertificates of one provider: the one in use, the next, and a margin.
const maxCertificates = 5

// ParseCertificates reads pinned certificates in PEM, or the base64 that metadata
// and consoles show.
func ParseCertificates(texts []string) ([]*x509.Certificate, error) {
	if len(texts) > maxCertificates {
		return nil, fmt.Errorf("there are more than %d certificates", maxCertificates)
	}
	var list []*x509.Certificate
	for _, text := range texts {
		var der []byte
		if block, rest := pem.Decode([]byte(text)); block != nil {
			if block.Type != "CERTIFICATE" || len(bytes.TrimSpace(rest)) > 0 {
				return nil, errors.New("want one certificate each")
			}
			der = block.Bytes
		} else {
			var err error
			if der, err = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), "")); err != nil {
				return nil, errors.New("want a certificate in PEM")
			}
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, errors.New("this is no X.509 certificate")
		}
		if key, ok := cert.PublicKey.(*rsa.PublicKey); !ok || key.N.BitLen() < 2048 {
			return nil, errors.New("its key is not RSA of 2048 bits or more")
		}
		list = append(list, cert)
	}
	return list, nil
}

// PEM writes a certificate.
func PEM(cert *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
}
