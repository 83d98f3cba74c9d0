package saml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/beevik/etree"
	validator "github.com/mattermost/xml-roundtrip-validator"
)

// Bounds of a document. Real answers have about 100 elements, 10 deep.
const (
	maxDepth      = 40
	maxElements   = 5000
	maxAttributes = 40
)

// Namespaces.
const (
	nsProtocol  = "urn:oasis:names:tc:SAML:2.0:protocol"
	nsAssertion = "urn:oasis:names:tc:SAML:2.0:assertion"
	nsSignature = "http://www.w3.org/2000/09/xmldsig#"
)

// scan refuses documents that readers could understand differently, and those
// that are made to exhaust one. It returns how often each element occurs.
func scan(raw []byte, comments bool) (map[xml.Name]int, error) {
	if !utf8.Valid(raw) {
		return nil, refuse("encoding", "the document is not UTF-8")
	}
	if bytes.Contains(raw, []byte("<![CDATA[")) {
		return nil, refuse("cdata", "the document has a CDATA section")
	}
	seen, ids := map[xml.Name]int{}, map[string]bool{}
	d := xml.NewDecoder(bytes.NewReader(raw)) // knows no entity but XML's own five
	depth, elements := 0, 0
	for first := true; ; first = false {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, refuse("xml", "the document is not XML: %w", err)
		}
		switch t := token.(type) {
		case xml.Directive:
			return nil, refuse("doctype", "the document has a DOCTYPE")
		case xml.ProcInst:
			if !first || t.Target != "xml" {
				return nil, refuse("instruction", "the document has a processing instruction")
			}
		case xml.Comment:
			if !comments {
				return nil, refuse("comment", "the document has a comment")
			}
		case xml.EndElement:
			depth--
		case xml.StartElement:
			depth++
			elements++
			if depth > maxDepth || elements > maxElements || len(t.Attr) > maxAttributes {
				return nil, refuse("too_large", "the document is too deep or has too much in it")
			}
			for _, a := range t.Attr {
				switch a.Name.Local {
				case "ID", "Id", "id", "AssertionID":
					if a.Value == "" || ids[a.Value] {
						return nil, refuse("id_twice", "an id is empty or stands twice")
					}
					ids[a.Value] = true
				}
			}
		}
	}
	// The standard library's reader and others differ in a few forms
	// (CVE-2020-29509 and its like): what does not survive writing is refused.
	if err := validator.Validate(bytes.NewReader(raw)); err != nil {
		return nil, refuse("xml", "the document is ambiguous: %w", err)
	}
	names := xml.NewDecoder(bytes.NewReader(raw))
	for {
		token, err := names.Token()
		if errors.Is(err, io.EOF) {
			return seen, nil
		}
		if err != nil {
			return nil, refuse("xml", "the document is not XML: %w", err)
		}
		if t, ok := token.(xml.StartElement); ok {
			seen[t.Name]++
		}
	}
}

// parse reads an answer strictly. It holds one assertion and at most two
// signatures (of the response and of the assertion).
func parse(raw []byte) (*etree.Element, error) {
	seen, err := scan(raw, false)
	if err != nil {
		return nil, err
	}
	encrypted := 0
	for name, n := range seen {
		switch name.Local {
		case "EncryptedAssertion", "EncryptedID", "EncryptedAttribute", "EncryptedData":
			encrypted += n
		}
	}
	if encrypted > 0 {
		return nil, refuse("encrypted", "encrypted assertions are not taken")
	}
	if n := seen[xml.Name{Space: nsAssertion, Local: "Assertion"}]; n != 1 {
		return nil, refuse("assertions", "the answer holds %d assertions", n)
	}
	if n := seen[xml.Name{Space: nsSignature, Local: "Signature"}]; n > 2 {
		return nil, refuse("signatures", "the answer holds %d signatures", n)
	}
	if seen[xml.Name{Space: nsSignature, Local: "Object"}] > 0 {
		return nil, refuse("signature_shape", "a signature holds an object")
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(raw); err != nil {
		return nil, refuse("xml", "the document is not XML: %w", err)
	}
	root := doc.Root()
	if root == nil || !is(root, nsProtocol, "Response") {
		return nil, refuse("response", "the document is not a response")
	}
	return root, nil
}

func is(el *etree.Element, space, tag string) bool {
	return el.Tag == tag && el.NamespaceURI() == space
}

// children of a name, in order.
func children(el *etree.Element, space, tag string) []*etree.Element {
	var list []*etree.Element
	for _, child := range el.ChildElements() {
		if is(child, space, tag) {
			list = append(list, child)
		}
	}
	return list
}

// text of an element that holds nothing but text.
func text(el *etree.Element) (string, bool) {
	if len(el.Child) != 1 {
		return "", false
	}
	data, ok := el.Child[0].(*etree.CharData)
	if !ok {
		return "", false
	}
	return data.Data, true
}
