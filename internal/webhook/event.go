package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
)

// EventDisabled is the alert that an endpoint was given up.
const EventDisabled = "webhook_endpoint.disabled"

const (
	// maxPayload is in bytes: Standard Webhooks asks for less than 20 kB.
	maxPayload = 19_000
	// maxItems of a batch are shown; count says how many there are.
	maxItems = 50
)

// Consumer writes the deliveries of each event.
func (s *Service) Consumer() event.Consumer {
	return event.Consumer{Name: "webhook", Handle: s.enqueue, After: s.Poke, Pause: 200 * time.Millisecond}
}

// enqueue writes one row for each endpoint and event, once: the pair is unique.
func (s *Service) enqueue(ctx context.Context, tx db.Tx, org id.ID, events []event.Event) error {
	endpoints, err := listEndpoints(ctx, tx, org)
	if err != nil || len(endpoints) == 0 {
		return err
	}
	var rows []delivery
	now := s.Clock.Now()
	for i := range events {
		e := &events[i]
		payload := []byte(nil)
		for _, to := range endpoints {
			// Nobody asked to be told of what was before the endpoint.
			if to.State != StateActive || !to.wants(e.Type) || e.OccurredAt.Before(to.CreatedAt) {
				continue
			}
			if payload == nil {
				if payload, err = envelope(e); err != nil {
					return err
				}
			}
			rows = append(rows, delivery{id: id.New(), endpoint: to.ID, event: e.ID, typ: e.Type, payload: string(payload), due: now})
		}
	}
	return insertDeliveries(ctx, tx, org, rows, now)
}

// message is the body of a delivery, as Standard Webhooks proposes it.
type message struct {
	Type      string          `json:"type"`
	Timestamp time.Time       `json:"timestamp"`
	Subject   string          `json:"subject,omitempty"`
	Data      json.RawMessage `json:"data"`
}

// address finds e-mail addresses and international phone numbers. Events should
// hold none; a server's own words in a reason might.
var address = regexp.MustCompile(`[^\s"<>@:,;()\[\]\\]+@[^\s"<>@:,;()\[\]\\]+|\+[0-9]{8,15}\b`)

// envelope makes the body. A batch is cut to its first items; what is still too
// large is left out, for whoever wants it to fetch.
func envelope(e *event.Event) ([]byte, error) {
	m := message{Type: e.Type, Timestamp: e.OccurredAt.UTC(), Subject: e.Subject, Data: shorten(e.Data)}
	if bytes.ContainsAny(m.Data, "@+") {
		m.Data = address.ReplaceAll(m.Data, []byte("***"))
	}
	if len(m.Data) > maxPayload {
		m.Data = json.RawMessage(`{"truncated":true}`)
	}
	text, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("webhook body of %s: %w", e.Type, err)
	}
	return text, nil
}

func shorten(data json.RawMessage) json.RawMessage {
	if !bytes.Contains(data, []byte(`"items"`)) {
		return data
	}
	var object map[string]json.RawMessage
	var items []json.RawMessage
	if json.Unmarshal(data, &object) != nil || json.Unmarshal(object["items"], &items) != nil || len(items) <= maxItems {
		return data
	}
	count, err := json.Marshal(len(items))
	if err != nil {
		return data
	}
	first, err := json.Marshal(items[:maxItems])
	if err != nil {
		return data
	}
	object["count"], object["items"] = count, first
	short, err := json.Marshal(object)
	if err != nil {
		return data
	}
	return short
}
