package ws

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"rainmaker/internal/platform/event"
)

// outward is the table of names: what outsiders know an event as. A prefix ends
// in a dot. Events that are not here keep their own name.
func outward(typ string) string {
	switch typ {
	case "lead.created", "lead.imported":
		return "lead.new"
	case "metrics.updated":
		return "metrics.update"
	case "decision.made":
		return "ai.activity"
	}
	prefix, _, _ := strings.Cut(typ, ".")
	switch prefix {
	case "campaign":
		return "campaign.update"
	case "action":
		return "ai.activity"
	}
	return typ
}

// maxItems of a batch are shown; count says how many there are.
const maxItems = 20

// frame is what a client gets. Type is the event's own name, which tells a
// launched campaign from a paused one.
type frame struct {
	Seq        int64           `json:"seq"`
	Event      string          `json:"event"`
	Type       string          `json:"type,omitempty"`
	OccurredAt time.Time       `json:"occurred_at"`
	Data       json.RawMessage `json:"data"`
}

// resync tells a client that events are gone which it has not seen: it should
// fetch its pages again and go on from seq.
func resync(seq int64, at time.Time) []byte {
	text, _ := json.Marshal(frame{Seq: seq, Event: "resync", OccurredAt: at, Data: json.RawMessage(`{}`)}) // cannot fail
	return text
}

// address finds e-mail addresses and international phone numbers. Payloads should
// hold none; a server's own words in a reason might.
var address = regexp.MustCompile(`[^\s"<>@:,;()\[\]\\]+@[^\s"<>@:,;()\[\]\\]+|\+[0-9]{8,15}\b`)

// encode makes the frame of an event.
func encode(e *event.Event) ([]byte, error) {
	data := shorten(e.Data)
	if bytes.ContainsAny(data, "@+") {
		data = address.ReplaceAll(data, []byte("***"))
	}
	return json.Marshal(frame{Seq: e.Seq, Event: outward(e.Type), Type: e.Type, OccurredAt: e.OccurredAt, Data: data})
}

// shorten cuts a batch to its first items and adds their count: a browser cannot
// use hundreds of mails a second, it reads metrics.update.
func shorten(data json.RawMessage) json.RawMessage {
	if !bytes.Contains(data, []byte(`"items"`)) {
		return data
	}
	var object map[string]json.RawMessage
	var items []json.RawMessage
	if json.Unmarshal(data, &object) != nil || json.Unmarshal(object["items"], &items) != nil {
		return data
	}
	count, err := json.Marshal(len(items))
	if err != nil {
		return data
	}
	object["count"] = count
	if len(items) > maxItems {
		if object["items"], err = json.Marshal(items[:maxItems]); err != nil {
			return data
		}
	}
	short, err := json.Marshal(object)
	if err != nil {
		return data
	}
	return short
}
