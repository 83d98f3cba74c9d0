package message_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"rainmaker/internal/email/message"
)

func dkimKeys(t testing.TB) map[string]crypto.Signer {
	t.Helper()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]crypto.Signer{"rsa": rsaKey, "ed25519": edKey}
}

// record is the DNS TXT record of the key.
func record(t testing.TB, name string, key crypto.Signer) string {
	t.Helper()
	var public []byte
	switch k := key.Public().(type) {
	case ed25519.PublicKey:
		public = k
	default:
		var err error
		if public, err = x509.MarshalPKIXPublicKey(k); err != nil {
			t.Fatal(err)
		}
	}
	return "v=DKIM1; k=" + name + "; p=" + base64.StdEncoding.EncodeToString(public)
}

func TestDKIMVerifies(t *testing.T) {
	for name, key := range dkimKeys(t) {
		t.Run(name, func(t *testing.T) {
			d := draft(t, "Grüße {{first_name}}", "Hi {{first_name}}\n\n.\nFrom ü")
			var err error
			if d.DKIM, err = message.NewDKIM("example.com", "s1", key); err != nil {
				t.Fatal(err)
			}
			r := recipient(t, map[string]string{"first_name": "Zoë"})
			r.UnsubscribeMailto = "mailto:u@example.com"
			raw := compose(t, compile(t, d), r)
			verify := func(raw []byte) *dkim.Verification {
				got, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{LookupTXT: func(domain string) ([]string, error) {
					if domain != "s1._domainkey.example.com" {
						t.Errorf("asked for %s", domain)
					}
					return []string{record(t, name, key)}, nil
				}})
				if err != nil || len(got) != 1 {
					t.Fatalf("%v, %v", got, err)
				}
				return got[0]
			}
			good := verify(raw)
			if good.Err != nil || good.Domain != "example.com" {
				t.Fatalf("%+v", good)
			}
			for _, want := range []string{"From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post", "MIME-Version", "Content-Type"} {
				if !slices.ContainsFunc(good.HeaderKeys, func(k string) bool { return strings.EqualFold(k, want) }) {
					t.Errorf("h= lacks %s: %v", want, good.HeaderKeys)
				}
			}
			read(t, raw)
			for what, forged := range map[string][]byte{
				"subject":    bytes.Replace(raw, []byte("\r\nSubject: "), []byte("\r\nSubject: x"), 1),
				"body":       bytes.Replace(raw, []byte("1 Analytical Way"), []byte("2 Analytical Way"), 1),
				"list":       bytes.Replace(raw, []byte("\r\nList-Unsubscribe: <https://rm"), []byte("\r\nList-Unsubscribe: <https://xx"), 1),
				"added from": append([]byte("From: evil@evil.example\r\n"), raw...),
			} {
				if bytes.Equal(forged, raw) {
					t.Fatalf("%s: nothing changed", what)
				}
				if verify(forged).Err == nil {
					t.Errorf("a forged %s verifies", what)
				}
			}
		})
	}
}

func TestDKIMKeys(t *testing.T) {
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := message.NewDKIM("example.com", "s1", short); err == nil {
		t.Error("a key of 1024 bits passed")
	}
	keys := dkimKeys(t)
	for _, bad := range [][2]string{{"", "s1"}, {"example.com", ""}, {"example.com\r\nx", "s1"}, {"example.com", "s1; x"}} {
		if _, err := message.NewDKIM(bad[0], bad[1], keys["rsa"]); err == nil {
			t.Errorf("%q passed", bad)
		}
	}
	for name, key := range keys {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		got, err := message.ParseDKIMKey(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := message.NewDKIM("example.com", "s1", got); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, bad := range []string{"", "nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"} {
		if _, err := message.ParseDKIMKey([]byte(bad)); err == nil {
			t.Errorf("%q passed", bad)
		}
	}
}
