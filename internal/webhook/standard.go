package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"rainmaker/internal/compliance"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/secret"
)

// window is how far the time of a signature may be from now, either way.
const window = 300 * time.Second

// maxMessageID bounds webhook-id, in bytes.
const maxMessageID = 255

// Verifier is what a sender of webhooks has of its own: it checks the signature
// over the raw body and names the event. One that is not the sender's is
// Unauthenticated.
type Verifier interface {
	Verify(key secret.String, h http.Header, body []byte, now time.Time) (eventID string, err error)
}

// verifiers is the table of senders by the provider in the address.
func verifiers() map[string]Verifier { return map[string]Verifier{ProviderStandard: standard{}} }

// ProviderStandard is any system that signs as Standard Webhooks 1.0.0 says.
const ProviderStandard = "standard"

type standard struct{}

var errSignature = errors.New("signature does not fit")

// Verify implements Verifier.
func (standard) Verify(key secret.String, h http.Header, body []byte, now time.Time) (string, error) {
	refuse := func(cause error) (string, error) {
		return "", &errs.Error{Kind: errs.Unauthenticated, Code: "invalid_signature", Message: "the signature is missing or wrong", Cause: cause}
	}
	for _, name := range []string{standardwebhooks.HeaderWebhookID, standardwebhooks.HeaderWebhookTimestamp, standardwebhooks.HeaderWebhookSignature} {
		if len(h.Values(name)) != 1 { // two would be read differently by two readers
			return refuse(errSignature)
		}
	}
	message := h.Get(standardwebhooks.HeaderWebhookID)
	if message == "" || len(message) > maxMessageID || !printable(message) {
		return refuse(errSignature)
	}
	seconds, err := strconv.ParseInt(h.Get(standardwebhooks.HeaderWebhookTimestamp), 10, 64)
	if err != nil {
		return refuse(err)
	}
	if age := now.Sub(time.Unix(seconds, 0)); age > window || age < -window {
		return "", &errs.Error{Kind: errs.Unauthenticated, Code: "signature_expired", Message: "the time of the signature is more than five minutes away"}
	}
	check, err := standardwebhooks.NewWebhook(key.Reveal())
	if err != nil {
		return refuse(errSignature)
	}
	if err := check.VerifyIgnoringTimestamp(body, h); err != nil {
		return refuse(err)
	}
	return message, nil
}

func printable(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}

// Types of incoming events.
const (
	typeLeadCreated = "lead.created"
	typeLeadUpdated = "lead.updated"
)

// told is what a customer's system says of a person.
type told struct {
	Email      string         `json:"email"`
	Phone      *string        `json:"phone"`
	FirstName  *string        `json:"first_name"`
	LastName   *string        `json:"last_name"`
	Company    *string        `json:"company"`
	Title      *string        `json:"title"`
	Region     *string        `json:"region"`
	Timezone   *string        `json:"timezone"`
	Source     *string        `json:"source"`
	ExternalID *string        `json:"external_id"`
	Tags       *[]string      `json:"tags"`
	Custom     map[string]any `json:"custom"`
}

// incoming is the body of an event.
type incoming struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      told      `json:"data"`
}

// readIncoming reads a body whose JSON was checked; what we do not know is
// refused, so that the sender notices.
func readIncoming(body []byte) (incoming, error) {
	var in incoming
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return in, errs.InvalidField("body", "want {type, timestamp?, data: {email, first_name, ...}} with fields of a lead")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return in, errs.InvalidField("body", "has more than one JSON value")
	}
	if in.Type != typeLeadCreated && in.Type != typeLeadUpdated {
		return in, errs.InvalidField("body.type", "must be %s or %s", typeLeadCreated, typeLeadUpdated)
	}
	var err error
	if in.Data.Email, err = compliance.NormalEmail(in.Data.Email); err != nil {
		return in, errs.InvalidField("body.data.email", "must be an e-mail address")
	}
	return in, nil
}
