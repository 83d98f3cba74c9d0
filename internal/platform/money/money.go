// Package money holds amounts as integers of the currency's smallest unit.
package money

import (
	"regexp"

	"rainmaker/internal/platform/errs"
)

// Money is an amount of a currency, such as 1250 USD = $12.50.
type Money struct {
	AmountMinor int64  `json:"amount_minor" doc:"Amount in the smallest unit of the currency (cents)."`
	Currency    string `json:"currency" minLength:"3" maxLength:"3" doc:"ISO 4217 code."`
}

var currency = regexp.MustCompile(`^[A-Z]{3}$`)

// Validate reports a negative amount or a malformed currency; location names
// the field in the error.
func (m Money) Validate(location string) error {
	if m.AmountMinor < 0 {
		return errs.InvalidField(location+".amount_minor", "must not be negative")
	}
	if !currency.MatchString(m.Currency) {
		return errs.InvalidField(location+".currency", "must be three capital letters such as USD")
	}
	return nil
}
