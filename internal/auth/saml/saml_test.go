package saml_test

import (
	"bytes"
	"compress/flate"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rainmaker/internal/auth/saml"
	"rainmaker/internal/auth/saml/samltest"
)

const (
	audience = "https://app.example.com/api/v1/auth/saml/acme/metadata"
	acs      = "https://app.example.com/api/v1/auth/saml/acme/acs"
	request  = "id-0123456789abcdef"
)

// scene is a provider that is trusted and one that is not.
type scene struct {
	t            *testing.T
	trusted, foe *samltest.Provider
	sp           saml.Provider
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{t: t, trusted: samltest.New(t, 2048), foe: samltest.New(t, 2048)}
	s.sp = saml.Provider{
		EntityID: samltest.EntityID, SSOURL: "https://idp.example/sso", Certificates: []*x509.Certificate{s.trusted.Cert}, Audience: audience, ACS: acs,
	}
	return s
}

func (s *scene) draft() samltest.Draft {
	return samltest.NewDraft(audience, acs, request, time.Now())
}

// signed is a good answer's XML.
func (s *scene) signed() string { return s.trusted.Sign(s.t, s.draft().Response()) }

// cut takes an element out of a document.
func cut(document, from, to string) (before, element, after string) {
	i := strings.Index(document, from)
	j := strings.LastIndex(document, to) + len(to)
	return document[:i], document[i:j], document[j:]
}

func assertionOf(document string) (before, assertion, after string) {
	return cut(document, "<saml:Assertion", "</saml:Assertion>")
}

// unsigned takes the signature out.
func unsigned(assertion string) (without, signature string) {
	if !strings.Contains(assertion, "<ds:Signature") {
		return assertion, ""
	}
	before, signature, after := cut(assertion, "<ds:Signature", "</ds:Signature>")
	return before + after, signature
}

// evil is an assertion about somebody else, under another id, without signature.
func evil(assertion string) string {
	without, _ := unsigned(assertion)
	without = strings.Replace(without, ">ann</saml:NameID>", ">boss</saml:NameID>", 1)
	i := strings.Index(without, ` ID="`)
	return without[:i] + ` ID="evil"` + without[i+5+strings.IndexByte(without[i+5:], '"')+1:]
}

// attack makes an answer that must be refused for the reason.
type attack struct {
	name, reason string
	make         func(*scene) string // XML
}

// drafted is an answer that the trusted provider really signs, but should not be
// taken.
func drafted(change func(*samltest.Draft)) func(*scene) string {
	return func(s *scene) string {
		d := s.draft()
		change(&d)
		return s.trusted.Sign(s.t, d.Response())
	}
}

// bent is a good answer that is changed after it was signed.
func bent(change func(string) string) func(*scene) string {
	return func(s *scene) string {
		good := s.signed()
		out := change(good)
		if out == good {
			s.t.Fatal("nothing was changed")
		}
		return out
	}
}

func swap(from, to string) func(*scene) string {
	return bent(func(x string) string { return strings.Replace(x, from, to, 1) })
}

// wrapping are the eight of "On Breaking SAML" (Somorovsky et al., 2012), and
// those that a count alone does not catch.
func wrapping() []attack {
	return []attack{
		{"XSW1: the signed response inside the signature of a false one", "assertions", func(s *scene) string {
			return wrapResponse(s, func(signature, original string) string {
				return strings.Replace(signature, "</ds:Signature>", original+"</ds:Signature>", 1)
			})
		}},
		{"XSW2: the signed response before the signature of a false one", "assertions", func(s *scene) string {
			return wrapResponse(s, func(signature, original string) string { return original + signature })
		}},
		{"XSW3: a false assertion before the signed one", "assertions", bent(func(x string) string {
			before, a, after := assertionOf(x)
			return before + evil(a) + a + after
		})},
		{"XSW4: the signed assertion inside a false one", "assertions", bent(func(x string) string {
			before, a, after := assertionOf(x)
			return before + strings.Replace(evil(a), "</saml:Assertion>", a+"</saml:Assertion>", 1) + after
		})},
		{"XSW5: the signature in a false assertion, the signed one behind", "assertions", bent(func(x string) string {
			before, a, after := assertionOf(x)
			without, signature := unsigned(a)
			return before + strings.Replace(evil(a), "</saml:Issuer>", "</saml:Issuer>"+signature, 1) + without + after
		})},
		{"XSW6: the signed assertion inside the signature of a false one", "assertions", bent(func(x string) string {
			before, a, after := assertionOf(x)
			without, signature := unsigned(a)
			signature = strings.Replace(signature, "</ds:Signature>", without+"</ds:Signature>", 1)
			return before + strings.Replace(evil(a), "</saml:Issuer>", "</saml:Issuer>"+signature, 1) + after
		})},
		{"XSW7: a false assertion in Extensions", "assertions", bent(func(x string) string {
			before, a, after := assertionOf(x)
			return before + "<samlp:Extensions>" + evil(a) + "</samlp:Extensions>" + a + after
		})},
		{"XSW8: the signed assertion in an Object of the signature", "assertions", bent(func(x string) string {
			before, a, after := assertionOf(x)
			without, signature := unsigned(a)
			signature = strings.Replace(signature, "</ds:Signature>", "<ds:Object>"+without+"</ds:Object></ds:Signature>", 1)
			return before + strings.Replace(evil(a), "</saml:Issuer>", "</saml:Issuer>"+signature, 1) + after
		})},
		{"the assertion in another place", "assertion_place", bent(func(x string) string {
			before, a, after := assertionOf(x)
			return before + "<samlp:Extensions>" + a + "</samlp:Extensions>" + after
		})},
		{"a false assertion of another namespace", "assertion_place", bent(func(x string) string {
			before, a, after := assertionOf(x)
			return before + strings.ReplaceAll(evil(a), "urn:oasis:names:tc:SAML:2.0:assertion", "urn:evil") + "<samlp:Extensions>" + a + "</samlp:Extensions>" + after
		})},
		{"the signature beside the assertion", "unsigned", bent(func(x string) string {
			before, a, after := assertionOf(x)
			without, signature := unsigned(a)
			return before + signature + without + after
		})},
		{"the signature deeper in the assertion", "unsigned", bent(func(x string) string {
			before, a, after := assertionOf(x)
			without, signature := unsigned(a)
			return before + strings.Replace(without, "<saml:Subject>", "<saml:Advice>"+signature+"</saml:Advice><saml:Subject>", 1) + after
		})},
		{"the signature of another assertion", "signature_reference", bent(func(x string) string {
			before, a, after := assertionOf(x)
			_, signature := unsigned(a)
			return before + strings.Replace(evil(a), "</saml:Issuer>", "</saml:Issuer>"+signature, 1) + after
		})},
		{"two ids alike", "id_twice", bent(func(x string) string {
			_, a, _ := assertionOf(x)
			i := strings.Index(a, ` ID="`)
			name := a[i+5 : i+5+strings.IndexByte(a[i+5:], '"')]
			return strings.Replace(x, "<samlp:Status>", `<samlp:Extensions ID="`+name+`"/><samlp:Status>`, 1)
		})},
		{"two assertions, both signed", "assertions", func(s *scene) string {
			_, a, _ := assertionOf(s.signed())
			before, b, after := assertionOf(s.signed())
			return before + a + b + after
		}},
	}
}

// wrapResponse builds XSW1 and 2: a false response that carries the signature of
// the original.
func wrapResponse(s *scene, place func(signature, original string) string) string {
	d := s.draft()
	d.SignAssertion, d.SignResponse = false, true
	document := s.trusted.Sign(s.t, d.Response())
	before, signature, after := cut(document, "<ds:Signature", "</ds:Signature>")
	original := before + after
	false_ := strings.Replace(original, d.ResponseID, "evil-response", 1)
	fb, a, fa := assertionOf(false_)
	false_ = fb + evil(a) + fa
	return strings.Replace(false_, "<samlp:Status>", place(signature, original)+"<samlp:Status>", 1)
}

// signing is about who signed what, and how.
func signing() []attack {
	return []attack{
		{"no signature at all", "unsigned", func(s *scene) string {
			d := s.draft()
			d.SignAssertion = false
			return d.Response()
		}},
		{"the response signed, the assertion not", "unsigned", drafted(func(d *samltest.Draft) { d.SignAssertion, d.SignResponse = false, true })},
		{"NameID changed after signing", "signature", swap(">ann</saml:NameID>", ">boss</saml:NameID>")},
		{"e-mail changed after signing", "signature", swap("ann@acme.example", "boss@acme.example")},
		{"the signature value cut", "signature", bent(func(x string) string {
			before, _, after := cut(x, "<ds:SignatureValue>", "</ds:SignatureValue>")
			return before + "<ds:SignatureValue></ds:SignatureValue>" + after
		})},
		{"another provider's key", "signature", func(s *scene) string { return s.foe.Sign(s.t, s.draft().Response()) }},
		{"KeyInfo with the attacker's own certificate", "signature", func(s *scene) string {
			d := s.draft()
			d.KeyInfo = keyInfo(s.foe.Cert)
			return s.foe.Sign(s.t, d.Response())
		}},
		{"the attacker's key, KeyInfo with the pinned certificate", "signature", func(s *scene) string {
			d := s.draft()
			d.KeyInfo = keyInfo(s.trusted.Cert)
			return s.foe.Sign(s.t, d.Response())
		}},
		{"signed with SHA-1", "signature_method", drafted(func(d *samltest.Draft) { d.SignatureMethod = "http://www.w3.org/2000/09/xmldsig#rsa-sha1" })},
		{"digested with SHA-1", "digest_method", drafted(func(d *samltest.Draft) { d.Digest = "http://www.w3.org/2000/09/xmldsig#sha1" })},
		{"the method renamed to HMAC", "signature_method", swap("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2000/09/xmldsig#hmac-sha1")},
		{"a reference to the whole document", "signature_reference", drafted(func(d *samltest.Draft) { d.Reference = "" })},
		{"a reference to the response", "signature_reference", drafted(func(d *samltest.Draft) { d.Reference = "#" + d.ResponseID })},
		{"two references", "signature_reference", drafted(func(d *samltest.Draft) {
			d.SecondReference = `<ds:Reference URI="#` + d.AssertionID + `"><ds:Transforms>` + d.Transforms + `</ds:Transforms><ds:DigestMethod Algorithm="` + d.Digest + `"/><ds:DigestValue/></ds:Reference>`
		})},
		{"a transform that leaves something out", "signature_shape", drafted(func(d *samltest.Draft) {
			d.Transforms = `<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">not(ancestor-or-self::saml:NameID)</ds:XPath></ds:Transform><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>`
		})},
		{"a transform that keeps comments", "signature_shape", drafted(func(d *samltest.Draft) {
			d.Transforms = strings.Replace(d.Transforms, "xml-exc-c14n#", "xml-exc-c14n#WithComments", 1)
		})},
		{"an encrypted assertion, RSA 1.5", "encrypted", func(s *scene) string {
			before, _, after := assertionOf(s.signed())
			return before + `<saml:EncryptedAssertion><xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">` +
				`<xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-1_5"/><xenc:CipherData><xenc:CipherValue>AAAA</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>` +
				`</ds:KeyInfo><xenc:CipherData><xenc:CipherValue>AAAA</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></saml:EncryptedAssertion>` + after
		}},
	}
}

func keyInfo(cert *x509.Certificate) string {
	return `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>` + base64.StdEncoding.EncodeToString(cert.Raw) + `</ds:X509Certificate></ds:X509Data></ds:KeyInfo>`
}

// documents are hostile before they say anything.
func documents(dir, canary string) []attack {
	secret := filepath.Join(dir, "secret")
	return []attack{
		{"DOCTYPE that reads a file", "doctype", func(s *scene) string {
			return `<!DOCTYPE r [<!ENTITY x SYSTEM "file://` + secret + `">]>` + strings.Replace(s.signed(), ">ann</saml:NameID>", ">&x;</saml:NameID>", 1)
		}},
		{"DOCTYPE that asks the network", "doctype", func(s *scene) string {
			return `<!DOCTYPE r SYSTEM "` + canary + `/evil.dtd">` + s.signed()
		}},
		{"a bomb of entities", "doctype", func(s *scene) string {
			return `<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>` +
				strings.Replace(s.signed(), ">ann</saml:NameID>", ">&d;</saml:NameID>", 1)
		}},
		{"an entity that nobody declared", "xml", swap(">ann</saml:NameID>", ">&ann;</saml:NameID>")},
		{"a comment in NameID", "comment", drafted(func(d *samltest.Draft) { d.NameID = "boss<!---->.evil.example" })},
		{"a processing instruction in NameID", "instruction", drafted(func(d *samltest.Draft) { d.NameID = "boss<?x?>.evil" })},
		{"CDATA in NameID", "cdata", func(s *scene) string {
			return strings.Replace(s.signed(), ">ann</saml:NameID>", "><![CDATA[ann]]></saml:NameID>", 1)
		}},
		{"an element in NameID", "name_id", drafted(func(d *samltest.Draft) { d.NameID = "<saml:b>boss</saml:b>ann" })},
		{"two NameIDs", "name_id", drafted(func(d *samltest.Draft) { d.NameID = `boss</saml:NameID><saml:NameID>ann` })},
		{"very deep", "too_large", func(*scene) string { return strings.Repeat("<a>", 100_000) }},
		{"very many", "too_large", func(*scene) string { return "<a>" + strings.Repeat("<b/>", 90_000) + "</a>" }},
		{"too large", "too_large", func(*scene) string { return strings.Repeat(" ", 600<<10) }},
		{"a bomb that deflates", "encoding", func(*scene) string {
			var out bytes.Buffer
			w, _ := flate.NewWriter(&out, flate.BestCompression)
			_, _ = io.Copy(w, io.LimitReader(spaces{}, 100<<20))
			_ = w.Close()
			return out.String()
		}},
		{"not SAML at all", "assertions", func(*scene) string { return "<a/>" }},
		{"an assertion without a response", "response", func(s *scene) string {
			_, a, _ := assertionOf(s.signed())
			return a
		}},
		{"a directive that readers see differently", "doctype", func(s *scene) string { return strings.Replace(s.signed(), "<samlp:Status>", "<!x><samlp:Status>", 1) }},
	}
}

type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// said is what a trusted provider says of somebody else, some other time, or of
// another question.
func said() []attack {
	ago := func(d time.Duration) string { return samltest.At(time.Now().Add(-d)) }
	return []attack{
		{"another audience", "audience", drafted(func(d *samltest.Draft) { d.Audience = samltest.Audiences("https://other.example/metadata") })},
		{"no audience", "audience", drafted(func(d *samltest.Draft) { d.Audience = "" })},
		{"our audience and a restriction to another", "audience", drafted(func(d *samltest.Draft) { d.Audience += samltest.Audiences("https://other.example/metadata") })},
		{"another recipient", "recipient", drafted(func(d *samltest.Draft) { d.Recipient = "https://other.example/acs" })},
		{"no recipient", "recipient", drafted(func(d *samltest.Draft) { d.Recipient = "" })},
		{"another destination", "destination", drafted(func(d *samltest.Draft) { d.Destination = "https://other.example/acs" })},
		{"no destination", "destination", drafted(func(d *samltest.Draft) { d.Destination = "" })},
		{"the answer to another request", "in_response_to", drafted(func(d *samltest.Draft) { d.InResponseTo, d.ConfirmedInResponseTo = "id-other", "id-other" })},
		{"a signed assertion for another request in a fresh response", "in_response_to", drafted(func(d *samltest.Draft) { d.ConfirmedInResponseTo = "id-other" })},
		{"an answer to no request", "in_response_to", drafted(func(d *samltest.Draft) { d.InResponseTo, d.ConfirmedInResponseTo = "", "" })},
		{"expired", "expired", drafted(func(d *samltest.Draft) { d.Until = ago(time.Second) })},
		{"the confirmation expired", "expired", drafted(func(d *samltest.Draft) { d.ConfirmedUntil = ago(time.Second) })},
		{"no end", "conditions", drafted(func(d *samltest.Draft) { d.Until = "" })},
		{"good for a year", "conditions", drafted(func(d *samltest.Draft) { d.Until = ago(-365 * 24 * time.Hour) })},
		{"not good yet", "not_before", drafted(func(d *samltest.Draft) { d.NotBefore = ago(-3 * time.Minute) })},
		{"issued in the future", "issued_in_future", drafted(func(d *samltest.Draft) { d.IssueInstant = ago(-5 * time.Minute) })},
		{"issued long ago", "too_old", drafted(func(d *samltest.Draft) { d.IssueInstant = ago(time.Hour) })},
		{"another issuer", "issuer", drafted(func(d *samltest.Draft) { d.Issuer = "https://other.example/saml" })},
		{"the provider says no", "status", drafted(func(d *samltest.Draft) { d.Status = "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed" })},
		{"a holder of a key", "confirmation", drafted(func(d *samltest.Draft) { d.Method = "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key" })},
		{"a bearer with a beginning", "confirmation", drafted(func(d *samltest.Draft) { d.ConfirmedFrom = ago(time.Minute) })},
		{"nobody was authenticated", "statement", drafted(func(d *samltest.Draft) { d.Statement = "" })},
		{"another version", "version", drafted(func(d *samltest.Draft) { d.Version = "1.1" })},
		{"a NameID that is another each time", "transient", drafted(func(d *samltest.Draft) {
			d.NameIDFormat = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
		})},
		{"a NameID of nothing", "name_id", drafted(func(d *samltest.Draft) { d.NameID = " " })},
	}
}

// TestAttacks: every one is refused for its own reason, and the good answer
// passes before and after.
func TestAttacks(t *testing.T) {
	if !samltest.Available(t) {
		return
	}
	s := newScene(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("ann"), 0o600); err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	canary := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer canary.Close()
	var all []attack
	for _, list := range [][]attack{wrapping(), signing(), documents(dir, canary.URL), said()} {
		all = append(all, list...)
	}
	if len(all) < 25 {
		t.Fatalf("%d attacks", len(all))
	}
	good := func() {
		t.Helper()
		if _, err := saml.Finish(s.sp, samltest.Encode(s.signed()), request, time.Now()); err != nil {
			t.Fatalf("the good answer: %v", err)
		}
	}
	good()
	for _, a := range all {
		t.Run(a.name, func(t *testing.T) {
			scene := *s
			scene.t = t
			_, err := saml.Finish(s.sp, samltest.Encode(a.make(&scene)), request, time.Now())
			var refusal *saml.Refusal
			if !errors.As(err, &refusal) {
				t.Fatalf("not refused: %v", err)
			}
			if refusal.Reason != a.reason {
				t.Fatalf("%v, want %s", err, a.reason)
			}
		})
	}
	good()
	if asked.Load() != 0 {
		t.Errorf("a document made us ask %d times", asked.Load())
	}
	t.Logf("%d attacks refused", len(all))
}

// TestGood: what providers really send.
func TestGood(t *testing.T) {
	if !samltest.Available(t) {
		return
	}
	s := newScene(t)
	next := samltest.New(t, 2048)
	for name, c := range map[string]struct {
		by     *samltest.Provider
		change func(*samltest.Draft)
	}{
		"plain": {s.trusted, func(*samltest.Draft) {}},
		"SHA-512": {s.trusted, func(d *samltest.Draft) {
			d.SignatureMethod, d.Digest = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", "http://www.w3.org/2001/04/xmlenc#sha512"
		}},
		"with KeyInfo":         {s.trusted, func(d *samltest.Draft) { d.KeyInfo = keyInfo(s.trusted.Cert) }},
		"KeyInfo is not read":  {s.trusted, func(d *samltest.Draft) { d.KeyInfo = keyInfo(s.foe.Cert) }},
		"the next certificate": {next, func(*samltest.Draft) {}},
		"one of two audiences": {s.trusted, func(d *samltest.Draft) {
			d.Audience = strings.Replace(d.Audience, "<saml:Audience>", "<saml:Audience>https://other.example</saml:Audience><saml:Audience>", 1)
		}},
		"escaped letters": {s.trusted, func(d *samltest.Draft) { d.NameID = "a&#110;n" }},
	} {
		t.Run(name, func(t *testing.T) {
			d := s.draft()
			c.change(&d)
			sp := s.sp
			sp.Certificates = append([]*x509.Certificate{next.Cert}, sp.Certificates...)
			p, err := saml.Finish(sp, c.by.Answer(t, d), request, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if p.NameID != "ann" || p.Email != "ann@acme.example" || p.Name != "Ann Other" || p.Assertion != d.AssertionID || p.Until.IsZero() {
				t.Errorf("%+v", p)
			}
		})
	}
	old := samltest.NewExpired(t)
	sp := s.sp
	sp.Certificates = []*x509.Certificate{old.Cert}
	if _, err := saml.Finish(sp, old.Answer(t, s.draft()), request, time.Now()); err == nil {
		t.Error("a certificate of yesterday was taken")
	}
}

// TestTwoFactors: the class of an assertion says whether there was a second
// factor, for half a day.
func TestTwoFactors(t *testing.T) {
	if !samltest.Available(t) {
		return
	}
	s := newScene(t)
	const password = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"
	for class, want := range map[string]bool{
		password: false, "https://refeds.org/profile/mfa": true, "http://schemas.microsoft.com/claims/multipleauthn": true, "https://refeds.org/profile/mfa2": false,
	} {
		for _, age := range []time.Duration{0, 13 * time.Hour} {
			d := s.draft()
			d.Statement = strings.Replace(d.Statement, password, class, 1)
			d.Statement = strings.Replace(d.Statement, d.IssueInstant, samltest.At(time.Now().Add(-age)), 1)
			p, err := saml.Finish(s.sp, s.trusted.Answer(t, d), request, time.Now())
			if err != nil || p.Strong != (want && age == 0) {
				t.Errorf("%s %v ago: %v %v", class, age, p.Strong, err)
			}
		}
	}
}

// TestRequest: what we send says who we are and where to answer.
func TestRequest(t *testing.T) {
	sp := saml.Provider{EntityID: samltest.EntityID, SSOURL: "https://idp.example/sso?tenant=1", Audience: audience, ACS: acs}
	address, requestID, err := saml.NewRequest(sp, "relay", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil || u.Host != "idp.example" || u.Query().Get("tenant") != "1" || u.Query().Get("RelayState") != "relay" {
		t.Fatalf("%s %v", address, err)
	}
	packed, err := base64.StdEncoding.DecodeString(u.Query().Get("SAMLRequest"))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
	if err != nil || !strings.Contains(string(raw), requestID) || !strings.Contains(string(raw), acs) || !strings.Contains(string(raw), audience) {
		t.Errorf("%s %v", raw, err)
	}
}

// TestMetadata: ours can be read, theirs is read, and hostile ones are not.
func TestMetadata(t *testing.T) {
	p := samltest.New(t, 2048)
	sp := saml.Provider{Audience: audience, ACS: acs}
	ours, err := saml.Metadata(sp, time.Now())
	if err != nil || !strings.Contains(string(ours), acs) || !strings.Contains(string(ours), `WantAssertionsSigned="true"`) {
		t.Errorf("%s %v", ours, err)
	}
	theirs := `<?xml version="1.0"?><!-- made by a provider --><EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="` + samltest.EntityID + `">
		<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing">` +
		strings.Replace(keyInfo(p.Cert), "<ds:KeyInfo>", `<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">`, 1) + `</KeyDescriptor>
		<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example/post"/>
		<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/redirect"/></IDPSSODescriptor></EntityDescriptor>`
	d, err := saml.ParseMetadata([]byte(theirs))
	if err != nil || d.EntityID != samltest.EntityID || d.SSOURL != "https://idp.example/redirect" || len(d.Certificates) != 1 || d.Certificates[0] != p.PEM() {
		t.Errorf("%+v %v", d, err)
	}
	short := samltest.New(t, 1024)
	for name, bad := range map[string]string{
		"DOCTYPE":        `<!DOCTYPE x [<!ENTITY e "x">]>` + theirs,
		"ours":           string(ours),
		"nothing":        "",
		"a page":         "<html></html>",
		"no certificate": theirs[:strings.Index(theirs, "<KeyDescriptor")] + theirs[strings.Index(theirs, "</KeyDescriptor>")+len("</KeyDescriptor>"):],
		"a short key":    strings.Replace(theirs, base64.StdEncoding.EncodeToString(p.Cert.Raw), base64.StdEncoding.EncodeToString(short.Cert.Raw), 1),
	} {
		if _, err := saml.ParseMetadata([]byte(bad)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// FuzzFinish: no document makes the reader fall.
func FuzzFinish(f *testing.F) {
	d := samltest.NewDraft(audience, acs, request, time.Now())
	f.Add(d.Response())
	f.Add("<a><b></a>")
	sp := saml.Provider{EntityID: samltest.EntityID, Audience: audience, ACS: acs}
	f.Fuzz(func(t *testing.T, document string) {
		if _, err := saml.Finish(sp, samltest.Encode(document), request, time.Now()); err == nil {
			t.Error("an unsigned document was taken")
		}
	})
}
