package message

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"

	"github.com/emersion/go-msgauth/dkim"

	"rainmaker/internal/platform/errs"
)

// minRSABits: receivers ignore shorter keys (RFC 8301 3.2), and Gmail asks bulk
// senders for 2048.
const minRSABits = 2048

// DKIM signs mails of one domain with one key. It is safe for concurrent use.
type DKIM struct {
	domain   string
	selector string
	key      crypto.Signer
}

// NewDKIM makes a signer. key is an *rsa.PrivateKey of at least 2048 bits or an
// ed25519.PrivateKey, whose public half stands at selector._domainkey.domain.
func NewDKIM(domain, selector string, key crypto.Signer) (*DKIM, error) {
	domain, err := asciiDomain(domain)
	if err != nil {
		return nil, errs.InvalidField("dkim.domain", "is not a domain")
	}
	if !plainDomain(selector) {
		return nil, errs.InvalidField("dkim.selector", "may hold only lower-case letters, digits, hyphens and dots")
	}
	switch k := key.(type) {
	case *rsa.PrivateKey:
		if k.N.BitLen() < minRSABits {
			return nil, errs.InvalidField("dkim.key", "is shorter than %d bits", minRSABits)
		}
	case ed25519.PrivateKey:
	default:
		return nil, errs.InvalidField("dkim.key", "is neither RSA nor Ed25519")
	}
	return &DKIM{domain: domain, selector: selector, key: key}, nil
}

// ParseDKIMKey reads a private key in PEM: PKCS #8, or PKCS #1 for RSA. The
// error holds nothing of the key.
func ParseDKIMKey(text []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errs.InvalidField("dkim.key", "is not PEM")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errs.InvalidField("dkim.key", "is not a private key")
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errs.InvalidField("dkim.key", "cannot sign")
	}
	return signer, nil
}

// signedHeaders is h=. RFC 8058 4 wants both list headers covered. Headers that
// a forger would add once more are named once more than they occur, so that an
// added one breaks the signature (RFC 6376 8.15).
func signedHeaders() []string {
	return []string{
		"From", "From", "To", "To", "Subject", "Subject", "Date", "Date", "Message-ID", "Message-ID",
		"Reply-To", "In-Reply-To", "References", "List-Unsubscribe", "List-Unsubscribe-Post",
		"MIME-Version", "Content-Type", "Content-Type",
	}
}

// sign returns the DKIM-Signature header of the mail, with its line end.
func (d *DKIM) sign(mail []byte) (string, error) {
	s, err := dkim.NewSigner(&dkim.SignOptions{
		Domain: d.domain, Selector: d.selector, Signer: d.key, Hash: crypto.SHA256,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed,
		BodyCanonicalization:   dkim.CanonicalizationRelaxed,
		HeaderKeys:             signedHeaders(),
	})
	if err != nil {
		return "", errs.Wrap(errs.Internal, err, "DKIM signing failed")
	}
	if _, err := bytes.NewReader(mail).WriteTo(s); err != nil {
		_ = s.Close() // the write error says it all
		return "", errs.Wrap(errs.Internal, err, "DKIM signing failed")
	}
	if err := s.Close(); err != nil {
		return "", errs.Wrap(errs.Internal, err, "DKIM signing failed")
	}
	return s.Signature(), nil
}
