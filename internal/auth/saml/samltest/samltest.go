// Package samltest writes SAML answers as an identity provider would, and has
// them signed by xmlsec1, which shares no code with what reads them.
//
//	p, ok := samltest.New(t) // false where xmlsec1 is missing: said in one line
//	d := p.Draft("https://sp.example/metadata", "https://sp.example/acs", requestID, time.Now())
//	d.NameID = "ann"
//	form := p.Answer(t, d)
//
// Files: samltest.go.
package samltest

import (
	"bytes"
	"compress/flate"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"encoding/xml"
	"io"
	"math/big"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rainmaker/internal/platform/id"
)

// EntityID of every provider of this package.
const EntityID = "https://idp.example/saml"

// Provider is an identity provider with a key.
type Provider struct {
	Cert *x509.Certificate
	dir  string
}

// Available reports whether xmlsec1 is here; where not, the log says what was
// not tried.
func Available(t testing.TB) bool {
	t.Helper()
	if _, err := exec.LookPath("xmlsec1"); err != nil {
		t.Log("SAML was not tried against answers signed by xmlsec1: it is not installed (apt-get install xmlsec1)")
		return false
	}
	return true
}

// New makes a provider with an RSA key of the size.
func New(t testing.TB, bits int) *Provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return provider(t, key, &key.PublicKey, time.Now().Add(time.Hour))
}

// NewExpired makes a provider whose certificate was good until yesterday.
func NewExpired(t testing.TB) *Provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return provider(t, key, &key.PublicKey, time.Now().Add(-24*time.Hour))
}

func provider(t testing.TB, key, public any, until time.Time) *Provider {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "idp.example"}, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: until,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	if err != nil {
		t.Fatal(err)
	}
	p := &Provider{dir: t.TempDir()}
	if p.Cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"key.pem": {Type: "PRIVATE KEY", Bytes: raw}, "cert.pem": {Type: "CERTIFICATE", Bytes: der}} {
		if err := os.WriteFile(filepath.Join(p.dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// PEM is the certificate as an admin pins it.
func (p *Provider) PEM() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.Cert.Raw}))
}

// Draft is an answer before it is signed. Times are as they are written.
type Draft struct {
	ResponseID, AssertionID      string
	Destination, InResponseTo    string // of the response
	Issuer, Status, Version      string
	IssueInstant                 string
	NameID, NameIDFormat         string // NameID is raw XML
	Subject                      string // raw XML in place of NameID and confirmation
	Method, Recipient            string
	ConfirmedInResponseTo        string
	ConfirmedUntil               string
	ConfirmedFrom                string // attribute NotBefore, or empty
	NotBefore, Until             string
	Audience                     string // raw XML of the restriction; see Audiences
	Statement, Email             string
	SignatureMethod, Digest      string
	Transforms, KeyInfo          string // raw XML
	Reference                    string // URI
	SecondReference              string // raw XML
	SignAssertion, SignResponse  bool
	BeforeAssertion, AfterAssert string // raw XML in the response
}

// At writes a time as SAML does.
func At(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// Audiences is a restriction to one.
func Audiences(name string) string {
	return `<saml:AudienceRestriction><saml:Audience>` + name + `</saml:Audience></saml:AudienceRestriction>`
}

// Transforms that a signature of SAML has.
const Transforms = `<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>`

// NewDraft is a good answer.
func NewDraft(audience, acs, requestID string, now time.Time) Draft {
	short := strings.ReplaceAll(id.New().String(), "-", "")
	d := Draft{
		ResponseID: "r-" + short, AssertionID: "a-" + short, Destination: acs, InResponseTo: requestID, Issuer: EntityID,
		Status: "urn:oasis:names:tc:SAML:2.0:status:Success", Version: "2.0", IssueInstant: At(now), NameID: "ann",
		NameIDFormat: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", Method: "urn:oasis:names:tc:SAML:2.0:cm:bearer", Recipient: acs,
		ConfirmedInResponseTo: requestID, ConfirmedUntil: At(now.Add(5 * time.Minute)), NotBefore: At(now.Add(-time.Minute)), Until: At(now.Add(5 * time.Minute)),
		Audience:  Audiences(audience),
		Statement: `<saml:AuthnStatement AuthnInstant="` + At(now) + `"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`,
		Email:     "ann@acme.example", SignatureMethod: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", Digest: "http://www.w3.org/2001/04/xmlenc#sha256",
		Transforms: Transforms, SignAssertion: true,
	}
	d.Reference = "#" + d.AssertionID
	return d
}

func (d Draft) signature(reference string) string {
	return `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>` +
		`<ds:SignatureMethod Algorithm="` + d.SignatureMethod + `"/><ds:Reference URI="` + reference + `"><ds:Transforms>` + d.Transforms + `</ds:Transforms>` +
		`<ds:DigestMethod Algorithm="` + d.Digest + `"/><ds:DigestValue/></ds:Reference>` + d.SecondReference + `</ds:SignedInfo><ds:SignatureValue/>` + d.KeyInfo + `</ds:Signature>`
}

func attribute(name, value string) string {
	if value == "" {
		return ""
	}
	return ` ` + name + `="` + value + `"`
}

// Assertion is the assertion's XML, with a signature to be filled in.
func (d Draft) Assertion() string {
	subject := d.Subject
	if subject == "" {
		subject = `<saml:NameID` + attribute("Format", d.NameIDFormat) + `>` + d.NameID + `</saml:NameID><saml:SubjectConfirmation` + attribute("Method", d.Method) + `>` +
			`<saml:SubjectConfirmationData` + attribute("NotBefore", d.ConfirmedFrom) + attribute("InResponseTo", d.ConfirmedInResponseTo) +
			attribute("NotOnOrAfter", d.ConfirmedUntil) + attribute("Recipient", d.Recipient) + `/></saml:SubjectConfirmation>`
	}
	signature := ""
	if d.SignAssertion {
		signature = d.signature(d.Reference)
	}
	return `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"` + attribute("ID", d.AssertionID) + attribute("IssueInstant", d.IssueInstant) + attribute("Version", d.Version) + `>` +
		`<saml:Issuer>` + d.Issuer + `</saml:Issuer>` + signature + `<saml:Subject>` + subject + `</saml:Subject>` +
		`<saml:Conditions` + attribute("NotBefore", d.NotBefore) + attribute("NotOnOrAfter", d.Until) + `>` + d.Audience + `</saml:Conditions>` + d.Statement +
		`<saml:AttributeStatement><saml:Attribute Name="email"><saml:AttributeValue>` + d.Email + `</saml:AttributeValue></saml:Attribute>` +
		`<saml:Attribute Name="displayName"><saml:AttributeValue>Ann Other</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion>`
}

// Response is the whole answer's XML.
func (d Draft) Response() string {
	signature := ""
	if d.SignResponse {
		signature = d.signature("#" + d.ResponseID)
	}
	return `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"` + attribute("ID", d.ResponseID) +
		attribute("Version", d.Version) + attribute("IssueInstant", d.IssueInstant) + attribute("Destination", d.Destination) + attribute("InResponseTo", d.InResponseTo) + `>` +
		`<saml:Issuer>` + d.Issuer + `</saml:Issuer>` + signature + `<samlp:Status><samlp:StatusCode Value="` + d.Status + `"/></samlp:Status>` +
		d.BeforeAssertion + d.Assertion() + d.AfterAssert + `</samlp:Response>`
}

// Sign lets xmlsec1 fill in the first signature of a document.
func (p *Provider) Sign(t testing.TB, document string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "draft.xml")
	if err := os.WriteFile(file, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "xmlsec1", "--sign", "--privkey-pem", filepath.Join(p.dir, "key.pem")+","+filepath.Join(p.dir, "cert.pem"),
		"--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:assertion:Assertion", "--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:protocol:Response", file)
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("xmlsec1: %v\n%s", err, problems.String())
	}
	return strings.TrimPrefix(string(out), `<?xml version="1.0"?>`+"\n")
}

// Answer signs a draft and encodes it as a browser posts it.
func (p *Provider) Answer(t testing.TB, d Draft) string {
	t.Helper()
	document := d.Response()
	if d.SignAssertion || d.SignResponse {
		document = p.Sign(t, document)
	}
	return Encode(document)
}

// Encode is the form of the HTTP-POST binding.
func Encode(document string) string { return base64.StdEncoding.EncodeToString([]byte(document)) }

// Request reads the relay state and the id of the request out of the address
// that a browser is sent to.
func Request(t testing.TB, address string) (relay, requestID string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := base64.StdEncoding.DecodeString(u.Query().Get("SAMLRequest"))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
	if err != nil {
		t.Fatal(err)
	}
	var request struct {
		ID string `xml:",attr"`
	}
	if err := xml.Unmarshal(raw, &request); err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("RelayState"), request.ID
}
