package saml

import (
	"encoding/xml"
	"slices"
	"strings"
	"time"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"
)

const (
	// skew is how far the provider's clock may be from ours.
	skew = time.Minute
	// maxAge of an assertion when it reaches us.
	maxAge = 10 * time.Minute
	// maxLife bounds for how long a used assertion must be remembered.
	maxLife = 24 * time.Hour

	maxNameID = 256 // SAML core 8.3
)

const (
	bearer          = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
	formatTransient = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
	formatEmail     = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
)

// judgeResponse looks at what stands around the assertion. It is not signed, so
// it can only refuse.
func judgeResponse(p Provider, root *etree.Element, requestID string, now time.Time) error {
	if root.SelectAttrValue("Version", "") != "2.0" {
		return refuse("version", "not SAML 2.0")
	}
	statuses := children(root, nsProtocol, "Status")
	if len(statuses) != 1 {
		return refuse("status", "no status")
	}
	codes := children(statuses[0], nsProtocol, "StatusCode")
	if len(codes) != 1 || codes[0].SelectAttrValue("Value", "") != saml.StatusSuccess {
		return refuse("status", "the provider says no")
	}
	if root.SelectAttrValue("Destination", "") != p.ACS {
		return refuse("destination", "sent to another address")
	}
	if root.SelectAttrValue("InResponseTo", "") != requestID {
		return refuse("in_response_to", "the answer to another request")
	}
	for _, issuer := range children(root, nsAssertion, "Issuer") {
		if name, ok := text(issuer); !ok || name != p.EntityID {
			return refuse("issuer", "the answer of another provider")
		}
	}
	at, err := time.Parse(time.RFC3339Nano, root.SelectAttrValue("IssueInstant", ""))
	if err != nil {
		return refuse("issue_instant", "no time of issue")
	}
	return fresh(at, now)
}

func fresh(at, now time.Time) error {
	if at.After(now.Add(skew)) {
		return refuse("issued_in_future", "issued in the future")
	}
	if now.Sub(at) > maxAge {
		return refuse("too_old", "issued long ago")
	}
	return nil
}

// judgeAssertion reads the signed bytes and nothing else.
func judgeAssertion(p Provider, signed *etree.Element, requestID string, now time.Time) (Person, error) {
	doc := etree.NewDocument()
	doc.SetRoot(signed.Copy())
	raw, err := doc.WriteToBytes()
	if err != nil {
		return Person{}, refuse("xml", "the assertion cannot be read")
	}
	var a saml.Assertion
	if err := xml.Unmarshal(raw, &a); err != nil {
		return Person{}, refuse("xml", "the assertion cannot be read: %w", err)
	}
	switch {
	case a.Version != "2.0":
		return Person{}, refuse("version", "not SAML 2.0")
	case a.ID == "":
		return Person{}, refuse("assertion_id", "no id")
	case a.Issuer.Value != p.EntityID:
		return Person{}, refuse("issuer", "the assertion of another provider")
	case len(a.AuthnStatements) == 0:
		return Person{}, refuse("statement", "nobody was authenticated")
	}
	if err := fresh(a.IssueInstant, now); err != nil {
		return Person{}, err
	}
	for _, s := range a.AuthnStatements {
		if s.SessionNotOnOrAfter != nil && !now.Before(*s.SessionNotOnOrAfter) {
			return Person{}, refuse("expired", "the provider's session is over")
		}
	}
	until, err := judgeConditions(p, a, signed, now)
	if err != nil {
		return Person{}, err
	}
	if err := judgeConfirmation(p, a, requestID, now); err != nil {
		return Person{}, err
	}
	name, format, err := nameID(signed)
	if err != nil {
		return Person{}, err
	}
	person := Person{NameID: name, Assertion: a.ID, Until: until}
	person.Email, person.Name = attributes(a)
	person.Strong = strong(a, now)
	if person.Email == "" && format == formatEmail {
		person.Email = name
	}
	return person, nil
}

// judgeConditions returns until when the assertion can be used.
func judgeConditions(p Provider, a saml.Assertion, signed *etree.Element, now time.Time) (time.Time, error) {
	c := a.Conditions
	switch {
	case c == nil || c.NotOnOrAfter.IsZero():
		return time.Time{}, refuse("conditions", "no end is named")
	case !now.Before(c.NotOnOrAfter):
		return time.Time{}, refuse("expired", "expired")
	case c.NotOnOrAfter.Sub(now) > maxLife:
		return time.Time{}, refuse("conditions", "good for longer than a day")
	case c.NotBefore.After(now.Add(skew)):
		return time.Time{}, refuse("not_before", "not good yet")
	}
	restrictions := 0
	for _, conditions := range children(signed, nsAssertion, "Conditions") {
		for _, restriction := range children(conditions, nsAssertion, "AudienceRestriction") {
			restrictions++
			// Any of one restriction, all restrictions (SAML core 2.5.1.4).
			if !slices.ContainsFunc(children(restriction, nsAssertion, "Audience"), func(el *etree.Element) bool {
				name, ok := text(el)
				return ok && strings.TrimSpace(name) == p.Audience
			}) {
				return time.Time{}, refuse("audience", "for somebody else")
			}
		}
	}
	if restrictions == 0 {
		return time.Time{}, refuse("audience", "for anybody")
	}
	return c.NotOnOrAfter, nil
}

// judgeConfirmation holds the bearer to SAML profiles 4.1.4.2.
func judgeConfirmation(p Provider, a saml.Assertion, requestID string, now time.Time) error {
	if a.Subject == nil || len(a.Subject.SubjectConfirmations) != 1 {
		return refuse("confirmation", "want one confirmation of the subject")
	}
	c := a.Subject.SubjectConfirmations[0]
	if c.Method != bearer || c.SubjectConfirmationData == nil {
		return refuse("confirmation", "the subject is not confirmed as its bearer")
	}
	d := c.SubjectConfirmationData
	switch {
	case d.Recipient != p.ACS:
		return refuse("recipient", "for another address")
	case d.InResponseTo != requestID:
		return refuse("in_response_to", "the answer to another request")
	case d.NotOnOrAfter.IsZero() || !now.Before(d.NotOnOrAfter):
		return refuse("expired", "the confirmation is over")
	case !d.NotBefore.IsZero():
		return refuse("confirmation", "a bearer has no beginning")
	}
	return nil
}

// nameID is who the assertion is about: a text and nothing else, the same at the
// next sign-in.
func nameID(signed *etree.Element) (name, format string, err error) {
	subjects := children(signed, nsAssertion, "Subject")
	if len(subjects) != 1 {
		return "", "", refuse("name_id", "want one subject")
	}
	ids := children(subjects[0], nsAssertion, "NameID")
	if len(ids) != 1 {
		return "", "", refuse("name_id", "want one NameID")
	}
	name, ok := text(ids[0])
	if name = strings.TrimSpace(name); !ok || name == "" || len(name) > maxNameID {
		return "", "", refuse("name_id", "the NameID is not a short text")
	}
	format = ids[0].SelectAttrValue("Format", "")
	if format == formatTransient {
		return "", "", refuse("transient", "the NameID is another each time: choose persistent or emailAddress at the provider")
	}
	return name, format, nil
}

// attributes finds address and name under the names that providers use.
func attributes(a saml.Assertion) (email, name string) {
	for _, statement := range a.AttributeStatements {
		for _, attribute := range statement.Attributes {
			if len(attribute.Values) != 1 {
				continue
			}
			value := strings.TrimSpace(attribute.Values[0].Value)
			switch strings.ToLower(attribute.Name) {
			case "email", "mail", "emailaddress", "urn:oid:0.9.2342.19200300.100.1.3",
				"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress":
				email = value
			case "name", "displayname", "urn:oid:2.16.840.1.113730.3.1.241", "http://schemas.microsoft.com/identity/claims/displayname":
				name = value
			}
		}
	}
	return email, name
}

// maxSignInAge is how long ago the person may have proved who they are to the
// provider for that to count as a second factor: a working day.
const maxSignInAge = 12 * time.Hour

// strongContexts are the classes that mean two factors: REFEDS's, Microsoft's,
// and those of SAML 2.0 Authentication Context.
func strongContexts() []string {
	const classes = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
	return []string{
		"https://refeds.org/profile/mfa", "http://schemas.microsoft.com/claims/multipleauthn",
		classes + "MobileTwoFactorContract", classes + "MobileTwoFactorUnregistered", classes + "SmartcardPKI", classes + "TimeSyncToken",
	}
}

// strong reports whether the provider says that it asked for a second factor
// today.
func strong(a saml.Assertion, now time.Time) bool {
	return slices.ContainsFunc(a.AuthnStatements, func(s saml.AuthnStatement) bool {
		class := s.AuthnContext.AuthnContextClassRef
		return class != nil && slices.Contains(strongContexts(), class.Value) && now.Sub(s.AuthnInstant) <= maxSignInAge
	})
}
