package conversation

import (
	"regexp"
	"strings"
)

var (
	mailAddress = regexp.MustCompile(`[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}`)
	// named is a person's name after words that hand over to somebody.
	named = regexp.MustCompile(`(?:(?i:contact|reach out to|reach|speak (?:to|with)|talk (?:to|with)|e-?mail|write to|ask|try|get in touch with|connect with|loop(?:ing|ed)? in|cc'?(?:ing|ed)|copying|adding|forward(?:ed|ing)? (?:this|it|your \w+) (?:on )?to|pass(?:ed|ing)? (?:this|it) (?:on |along )?to|person (?:is|would be|to \w+ (?:to|with)? ?is)|contact (?:is|would be)|one (?:is|would be)|replaced by|handled by|colleague|boss|manager|successor(?: is)?|belongs to|sits with|that(?:'s| is| would be)|run by|by)\s+(?:(?:my|our|the|your)\s+(?:[a-z]\w*\s+){0,3})?)((?:\p{Lu}[\p{L}'-]+)(?:\s+\p{Lu}\.?(?:[\p{L}'-]+)?){0,2})`)
)

// notNames are capitalised words that begin what is no name.
var notNames = map[string]bool{
	"i": true, "the": true, "our": true, "my": true, "your": true, "monday": true, "tuesday": true, "wednesday": true, "thursday": true,
	"friday": true, "please": true, "thanks": true, "hr": true, "it": true, "me": true, "us": true, "they": true, "he": true, "she": true,
	"january": true, "february": true, "march": true, "april": true, "may": true, "june": true, "july": true, "august": true,
	"september": true, "october": true, "november": true, "december": true, "q1": true, "q2": true, "q3": true, "q4": true,
}

// referral returns whom the person names instead: an address if there is one,
// else a name. It is a stranger's word: nobody is written to because of it alone.
func referral(text string) string {
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "")
	}
	text = straight.Replace(text)
	if a := mailAddress.FindString(text); a != "" {
		return strings.ToLower(strings.TrimRight(a, ".-"))
	}
	for _, m := range named.FindAllStringSubmatch(text, 10) {
		first, _, _ := strings.Cut(m[1], " ")
		if !notNames[strings.ToLower(first)] {
			return m[1]
		}
	}
	return ""
}
