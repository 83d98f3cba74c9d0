package org

import (
	"bytes"
	"encoding/json"
	"regexp"
	"time"

	"rainmaker/internal/platform/errs"
)

// PostalAddress is where the organisation gets its post.
type PostalAddress struct {
	Line1      string `json:"line1" maxLength:"200"`
	Line2      string `json:"line2,omitempty" maxLength:"200"`
	City       string `json:"city" maxLength:"200"`
	Region     string `json:"region" maxLength:"200" doc:"State or province."`
	PostalCode string `json:"postal_code" maxLength:"20"`
	Country    string `json:"country" minLength:"2" maxLength:"2" doc:"ISO 3166-1 alpha-2 code."`
}

var countryCode = regexp.MustCompile(`^[A-Z]{2}$`)

// clean trims every line and checks that post would arrive.
func (a PostalAddress) clean(location string) (PostalAddress, error) {
	for _, f := range []struct {
		name     string
		value    *string
		limit    int
		required bool
	}{
		{"line1", &a.Line1, maxName, true},
		{"line2", &a.Line2, maxName, false},
		{"city", &a.City, maxName, true},
		{"region", &a.Region, maxName, false}, // many countries have none
		{"postal_code", &a.PostalCode, 20, false},
		{"country", &a.Country, 2, true},
	} {
		at := location + "." + f.name
		value, err := cleanText(at, *f.value, f.limit)
		if err != nil {
			return a, err
		}
		if value == "" && f.required {
			return a, errs.InvalidField(at, "must not be empty")
		}
		*f.value = value
	}
	if !countryCode.MatchString(a.Country) {
		return a, errs.InvalidField(location+".country", "must be two capital letters such as US")
	}
	if a.Country == "US" || a.Country == "CA" {
		if a.Region == "" {
			return a, errs.InvalidField(location+".region", "must not be empty")
		}
		if a.PostalCode == "" {
			return a, errs.InvalidField(location+".postal_code", "must not be empty")
		}
	}
	return a, nil
}

// checkTimezone accepts the names of the IANA database. "Local" and "" are
// names to Go, but not to anybody else.
func checkTimezone(location, name string) error {
	if name == "" || name == "Local" {
		return errs.InvalidField(location, "must be an IANA time zone such as America/Los_Angeles")
	}
	if _, err := time.LoadLocation(name); err != nil {
		return errs.InvalidField(location, "must be an IANA time zone such as America/Los_Angeles")
	}
	return nil
}

// maxSettings bounds the settings object, in bytes of JSON.
const maxSettings = 64 << 10

// mergeSettings applies patch to the settings key by key; null removes a key.
// Keys that the program reads are checked, the others are the client's own.
func mergeSettings(location string, settings, patch json.RawMessage) (json.RawMessage, error) {
	current, changes := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	if len(settings) > 0 {
		if err := json.Unmarshal(settings, &current); err != nil {
			return nil, errs.Wrap(errs.Internal, err, "stored settings")
		}
	}
	if err := json.Unmarshal(patch, &changes); err != nil || changes == nil {
		return nil, errs.InvalidField(location, "must be an object")
	}
	for key, value := range changes {
		if bytes.Equal(bytes.TrimSpace(value), []byte("null")) {
			delete(current, key)
			continue
		}
		if key == "frequency" {
			if err := checkFrequency(location+".frequency", value); err != nil {
				return nil, err
			}
		}
		current[key] = value
	}
	merged, err := json.Marshal(current)
	if err != nil {
		return nil, errs.Wrap(errs.Internal, err, "settings")
	}
	if len(merged) > maxSettings {
		return nil, errs.InvalidField(location, "must have at most %d bytes", maxSettings)
	}
	return merged, nil
}

// checkFrequency: the gate of every touch reads {"touches": n, "days": n}.
func checkFrequency(location string, raw json.RawMessage) error {
	var f struct {
		Touches *int `json:"touches"`
		Days    *int `json:"days"`
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil || f.Touches == nil || f.Days == nil {
		return errs.InvalidField(location, "must be {touches, days}, two integers")
	}
	if *f.Touches < 1 || *f.Touches > 100 {
		return errs.InvalidField(location+".touches", "must be between 1 and 100")
	}
	if *f.Days < 1 || *f.Days > 365 {
		return errs.InvalidField(location+".days", "must be between 1 and 365")
	}
	return nil
}
