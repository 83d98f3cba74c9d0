package webhook

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// secretSize is in bytes; Standard Webhooks asks for 24 to 64.
const secretSize = 32

func newSecret() secret.String {
	var raw [secretSize]byte
	rand.Read(raw[:]) // never fails; see crypto/rand
	return secret.String("whsec_" + base64.StdEncoding.EncodeToString(raw[:]))
}

// sign writes the headers of one attempt. During a rotation both secrets sign,
// the new one first.
func sign(h http.Header, message id.ID, at time.Time, payload []byte, secrets ...secret.String) error {
	h.Set(standardwebhooks.HeaderWebhookID, message.String())
	h.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	signatures := ""
	for _, s := range secrets {
		if s == "" {
			continue
		}
		key, err := standardwebhooks.NewWebhook(s.Reveal())
		if err != nil {
			return fmt.Errorf("webhook secret: not what was made") // its text would show the secret
		}
		signature, err := key.Sign(message.String(), at, payload)
		if err != nil {
			return err
		}
		if signatures != "" {
			signatures += " "
		}
		signatures += signature
	}
	h.Set(standardwebhooks.HeaderWebhookSignature, signatures)
	return nil
}
