package saml

import (
	"encoding/xml"
	"errors"
	"fmt"
	"time"

	"github.com/crewjam/saml"
)

// Description is what a provider's metadata says.
type Description struct {
	EntityID     string
	SSOURL       string
	Certificates []string // PEM
}

// ParseMetadata reads the description of one provider. Its signature, if any, is
// not looked at: an admin vouches for it by entering it.
func ParseMetadata(raw []byte) (Description, error) {
	if len(raw) > maxAnswer {
		return Description{}, errors.New("it is too large: give the description of one provider")
	}
	if _, err := scan(raw, true); err != nil {
		return Description{}, err
	}
	var entity saml.EntityDescriptor
	if err := xml.Unmarshal(raw, &entity); err != nil {
		return Description{}, errors.New("it is not an EntityDescriptor")
	}
	if len(entity.IDPSSODescriptors) != 1 {
		return Description{}, errors.New("it describes no identity provider, or several")
	}
	idp := entity.IDPSSODescriptors[0]
	d := Description{EntityID: entity.EntityID}
	for _, e := range idp.SingleSignOnServices {
		if e.Binding == saml.HTTPRedirectBinding {
			d.SSOURL = e.Location
		}
	}
	if d.EntityID == "" || d.SSOURL == "" {
		return Description{}, errors.New("it names no entity id, or no address for HTTP-Redirect")
	}
	var texts []string
	for _, key := range idp.KeyDescriptors {
		if key.Use == "" || key.Use == "signing" {
			for _, cert := range key.KeyInfo.X509Data.X509Certificates {
				texts = append(texts, cert.Data)
			}
		}
	}
	certs, err := ParseCertificates(texts)
	if err != nil {
		return Description{}, fmt.Errorf("a certificate in it: %w", err)
	}
	if len(certs) == 0 {
		return Description{}, errors.New("it has no certificate for signing")
	}
	for _, cert := range certs {
		d.Certificates = append(d.Certificates, PEM(cert))
	}
	return d, nil
}

// Metadata describes us to a provider.
func Metadata(p Provider, now time.Time) ([]byte, error) {
	yes, no := true, false
	entity := saml.EntityDescriptor{
		EntityID: p.Audience, ValidUntil: now.Add(365 * 24 * time.Hour).Truncate(time.Second),
		SPSSODescriptors: []saml.SPSSODescriptor{{
			SSODescriptor:       saml.SSODescriptor{RoleDescriptor: saml.RoleDescriptor{ProtocolSupportEnumeration: nsProtocol}},
			AuthnRequestsSigned: &no, WantAssertionsSigned: &yes,
			AssertionConsumerServices: []saml.IndexedEndpoint{{Binding: saml.HTTPPostBinding, Location: p.ACS, Index: 1}},
		}},
	}
	entity.SPSSODescriptors[0].NameIDFormats = []saml.NameIDFormat{saml.PersistentNameIDFormat, saml.EmailAddressNameIDFormat}
	raw, err := xml.MarshalIndent(entity, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("SAML metadata: %w", err)
	}
	return append([]byte(xml.Header), raw...), nil
}
