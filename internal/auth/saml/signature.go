package saml

import (
	"crypto/x509"
	"slices"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/russellhaering/goxmldsig/etreeutils"
)

// The algorithms that are taken. No SHA-1 (NIST SP 800-131A), no HMAC: a public
// key is no secret. No ECDSA: the library reads its signatures in another form
// than XML has them.
func signatureMethods() []string {
	return []string{dsig.RSASHA256SignatureMethod, dsig.RSASHA384SignatureMethod, dsig.RSASHA512SignatureMethod}
}

func digestMethods() []string {
	return []string{"http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2001/04/xmldsig-more#sha384", "http://www.w3.org/2001/04/xmlenc#sha512"}
}

// signedAssertion finds the one assertion in its place and returns what of it a
// pinned certificate has signed: bytes that were verified, read anew.
func signedAssertion(p Provider, root *etree.Element, now time.Time) (*etree.Element, error) {
	found := children(root, nsAssertion, "Assertion")
	if len(found) != 1 {
		return nil, refuse("assertion_place", "the assertion is not in its place")
	}
	// Taken out of the document with the namespaces that it uses.
	context, err := etreeutils.NSBuildParentContext(found[0])
	if err != nil {
		return nil, refuse("xml", "namespaces: %w", err)
	}
	if context, err = context.SubContext(found[0]); err != nil {
		return nil, refuse("xml", "namespaces: %w", err)
	}
	assertion, err := etreeutils.NSDetatch(context, found[0])
	if err != nil {
		return nil, refuse("xml", "namespaces: %w", err)
	}
	signatures := children(assertion, nsSignature, "Signature")
	if len(signatures) != 1 {
		return nil, refuse("unsigned", "the assertion holds %d signatures", len(signatures))
	}
	if err := judgeSignature(signatures[0], assertion.SelectAttrValue("ID", "")); err != nil {
		return nil, err
	}
	for _, info := range children(signatures[0], nsSignature, "KeyInfo") {
		signatures[0].RemoveChild(info)
	}
	for _, cert := range p.Certificates {
		validation := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{cert}})
		validation.IdAttribute = "ID"
		validation.Clock = dsig.NewFakeClockAt(now)
		// It moves things about in what it is given.
		signed, err := validation.Validate(assertion.Copy())
		if err == nil && is(signed, nsAssertion, "Assertion") && signed.SelectAttrValue("ID", "") == assertion.SelectAttrValue("ID", "") {
			return signed, nil
		}
	}
	return nil, refuse("signature", "no pinned certificate has signed the assertion")
}

// judgeSignature holds a signature to the one shape of SAML core 5.4: it covers
// the whole assertion that it stands in, and nothing else.
func judgeSignature(signature *etree.Element, assertionID string) error {
	infos := children(signature, nsSignature, "SignedInfo")
	if len(infos) != 1 || len(children(signature, nsSignature, "SignatureValue")) != 1 {
		return refuse("signature_shape", "want one SignedInfo and one SignatureValue")
	}
	algorithm := func(parent *etree.Element, tag string) string {
		found := children(parent, nsSignature, tag)
		if len(found) != 1 {
			return ""
		}
		return found[0].SelectAttrValue("Algorithm", "")
	}
	if method := algorithm(infos[0], "SignatureMethod"); !slices.Contains(signatureMethods(), method) {
		return refuse("signature_method", "signed with %.80q", method)
	}
	if method := algorithm(infos[0], "CanonicalizationMethod"); method != string(dsig.CanonicalXML10ExclusiveAlgorithmId) {
		return refuse("signature_shape", "canonicalised with %.80q", method)
	}
	references := children(infos[0], nsSignature, "Reference")
	if len(references) != 1 || assertionID == "" || references[0].SelectAttrValue("URI", "") != "#"+assertionID {
		return refuse("signature_reference", "the signature is not over its assertion alone")
	}
	if method := algorithm(references[0], "DigestMethod"); !slices.Contains(digestMethods(), method) {
		return refuse("digest_method", "digested with %.80q", method)
	}
	transforms := children(references[0], nsSignature, "Transforms")
	if len(transforms) != 1 {
		return refuse("signature_shape", "want one list of transforms")
	}
	var methods []string
	for _, t := range children(transforms[0], nsSignature, "Transform") {
		methods = append(methods, t.SelectAttrValue("Algorithm", ""))
	}
	if !slices.Equal(methods, []string{string(dsig.EnvelopedSignatureAltorithmId), string(dsig.CanonicalXML10ExclusiveAlgorithmId)}) {
		return refuse("signature_shape", "transformed in another way")
	}
	return nil
}
