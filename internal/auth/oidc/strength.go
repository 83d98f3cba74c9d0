package oidc

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"golang.org/x/oauth2"
)

// maxSignInAge is how long ago the person may have proved who they are to the
// provider, where strength is asked for: a working day.
const maxSignInAge = 12 * time.Hour

// strongContexts are values of acr that mean a second factor: OpenID's own (EAP
// ACR values, PAPE), REFEDS's, and Okta's.
func strongContexts() []string {
	return []string{
		"phr", "phrh", "http://schemas.openid.net/pape/policies/2007/06/multi-factor", "https://refeds.org/profile/mfa", "urn:okta:loa:2fa:any",
	}
}

// kindOf sorts the methods of RFC 8176 into something known, something had and
// something one is; others prove nothing here.
func kindOf(method string) string {
	switch method {
	case "pwd", "pin", "kba":
		return "known"
	case "otp", "hwk", "swk", "sc", "sms", "tel", "pop":
		return "had"
	case "fpt", "face", "iris", "retina", "vbm":
		return "is"
	}
	return ""
}

// strength is what an ID token says of how and when the person signed in.
type strength struct {
	Context  json.RawMessage `json:"acr"`
	Methods  json.RawMessage `json:"amr"`
	AuthTime json.RawMessage `json:"auth_time"`
}

// twoFactors reports whether acr or amr say that there were two.
func (s strength) twoFactors() bool {
	var context string
	if json.Unmarshal(s.Context, &context) == nil && slices.Contains(strongContexts(), context) {
		return true
	}
	var methods []string
	if json.Unmarshal(s.Methods, &methods) != nil {
		return false
	}
	kinds := map[string]bool{}
	for _, method := range methods {
		if method == "mfa" {
			return true
		}
		if kind := kindOf(method); kind != "" {
			kinds[kind] = true
		}
	}
	return len(kinds) > 1
}

// strong judges a token of which strength was asked.
func (s strength) strong(now time.Time) error {
	if !s.twoFactors() {
		return refuse("no_second_factor", "neither acr nor amr say that a second factor was asked for")
	}
	at, ok := numericDate(s.AuthTime)
	switch {
	case !ok:
		return refuse("auth_time", "auth_time is missing or no number")
	case at.After(now.Add(skew)) || now.Sub(at) > maxSignInAge+skew:
		return refuse("auth_time", "the person signed in at the provider long ago")
	}
	return nil
}

// demand asks for strength. Of acr only values are sent that the provider names
// itself: some refuse what they do not know.
func (d description) demand() []oauth2.AuthCodeOption {
	asks := []oauth2.AuthCodeOption{oauth2.SetAuthURLParam("max_age", strconv.Itoa(int(maxSignInAge/time.Second)))}
	if d.strongest != "" {
		asks = append(asks, oauth2.SetAuthURLParam("acr_values", d.strongest))
	}
	return asks
}
