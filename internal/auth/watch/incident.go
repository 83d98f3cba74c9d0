package watch

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"rainmaker/internal/auth"
	"rainmaker/internal/auth/isolation"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// IncidentState is a step of SPEC 7.3.4.
type IncidentState string

// IncidentStates are the steps, in their order.
func IncidentStates() []IncidentState {
	return []IncidentState{"detection", "analysis", "containment", "eradication", "recovery", "post_incident", "closed"}
}

// Incident is something that went wrong, from its detection to its lessons.
type Incident struct {
	ID       id.ID         `json:"id"`
	Title    string        `json:"title"`
	Severity Severity      `json:"severity" enum:"low,medium,high"`
	State    IncidentState `json:"state" enum:"detection,analysis,containment,eradication,recovery,post_incident,closed"`
	OpenedBy org.Actor     `json:"opened_by"`
	OpenedAt time.Time     `json:"opened_at"`
	ClosedAt *time.Time    `json:"closed_at"`
	Version  int           `json:"version"`
}

// Entry is one line of an incident's timeline.
type Entry struct {
	ID    id.ID           `json:"id"`
	At    time.Time       `json:"at"`
	Actor org.Actor       `json:"actor"`
	Kind  string          `json:"kind" enum:"alert,note,state,isolated,released"`
	Text  string          `json:"text"`
	Data  json.RawMessage `json:"data"`
}

// Dossier is an incident with everything that belongs to it.
type Dossier struct {
	Incident
	Timeline   []Entry               `json:"timeline"`
	Isolations []isolation.Isolation `json:"isolations"`
}

// NewIncident is what opens one.
type NewIncident struct {
	Title    string
	Severity Severity
	Note     string
	Alerts   []id.ID // that it began with
}

const (
	maxTitle = 200
	maxNote  = 5000
)

// clean trims a text; control characters other than line breaks are refused.
func clean(field, text string, most int) (string, error) {
	text = strings.TrimSpace(text)
	if len(text) > most || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' }) {
		return "", errs.InvalidField(field, "must be at most %d bytes of text", most)
	}
	return text, nil
}

// OpenIncident logs an incident, in the state of detection.
func (s *Service) OpenIncident(ctx context.Context, by auth.Identity, n NewIncident) (Dossier, error) {
	title, err := clean("body.title", n.Title, maxTitle)
	if err == nil && title == "" {
		err = errs.InvalidField("body.title", "must not be empty")
	}
	if err != nil {
		return Dossier{}, err
	}
	note, err := clean("body.note", n.Note, maxNote)
	if err != nil {
		return Dossier{}, err
	}
	i := Incident{
		ID: id.New(), Title: title, Severity: n.Severity, State: "detection", OpenedBy: by.Actor(), OpenedAt: s.Clock.Now(), Version: 1,
	}
	err = s.DB.InTenant(ctx, by.Org, func(tx db.Tx) error {
		if err := insertIncident(ctx, tx, by.Org, i); err != nil {
			return err
		}
		if err := s.add(ctx, tx, by, i.ID, Entry{Kind: "state", Text: note, Data: stateData("", i.State)}); err != nil {
			return err
		}
		for at, alert := range n.Alerts {
			a, err := selectAlert(ctx, tx, by.Org, alert)
			if db.NoRows(err) {
				return errs.InvalidField(fmt.Sprintf("body.alert_ids[%d]", at), "there is no such alert")
			}
			if err != nil {
				return err
			}
			raw, err := json.Marshal(a)
			if err != nil {
				return err
			}
			if err := s.add(ctx, tx, by, i.ID, Entry{Kind: "alert", Data: raw}); err != nil {
				return err
			}
		}
		if err := org.Audit(ctx, tx, by.Org, i.OpenedAt, by.Actor(), "incident.opened", org.Target("incident", i.ID), map[string]any{"severity": i.Severity}); err != nil {
			return err
		}
		return s.tell(ctx, tx, by.Org, "incident.opened", i.ID, map[string]any{"incident_id": i.ID})
	})
	if err != nil {
		return Dossier{}, err
	}
	return s.Incident(ctx, by.Org, i.ID)
}

func stateData(from, to IncidentState) json.RawMessage {
	raw, _ := json.Marshal(map[string]IncidentState{"from": from, "to": to}) // strings: cannot fail
	return raw
}

// Incidents lists them, the newest first, from before on.
func (s *Service) Incidents(ctx context.Context, tenant, before id.ID, limit int) ([]Incident, error) {
	var list []Incident
	err := s.DB.InTenant(ctx, tenant, func(tx db.Tx) (err error) {
		list, err = selectIncidents(ctx, tx, tenant, before, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("incidents: %w", err)
	}
	return list, nil
}

// Incident returns one with its timeline.
func (s *Service) Incident(ctx context.Context, tenant, incident id.ID) (Dossier, error) {
	var d Dossier
	err := s.DB.InTenant(ctx, tenant, func(tx db.Tx) (err error) {
		if d.Incident, err = findIncident(ctx, tx, tenant, incident, false); err != nil {
			return err
		}
		if d.Timeline, err = selectEntries(ctx, tx, tenant, incident); err != nil {
			return err
		}
		d.Isolations, err = isolation.Of(ctx, tx, tenant, incident)
		return err
	})
	return d, err
}

// Advance moves an incident to its next state, and says why.
func (s *Service) Advance(ctx context.Context, by auth.Identity, incident id.ID, to IncidentState, note string) (Dossier, error) {
	note, err := clean("body.note", note, maxNote)
	if err != nil {
		return Dossier{}, err
	}
	return s.change(ctx, by, incident, func(tx db.Tx, i *Incident) error {
		states := IncidentStates()
		at := slices.Index(states, i.State)
		if at+1 >= len(states) || states[at+1] != to {
			next := "nothing"
			if at+1 < len(states) {
				next = string(states[at+1])
			}
			return errs.New(errs.Conflict, "an incident in %s goes on to %s, not to %s", i.State, next, to)
		}
		if to == "closed" {
			now := s.Clock.Now()
			i.ClosedAt = &now
		}
		entry := Entry{Kind: "state", Text: note, Data: stateData(i.State, to)}
		i.State = to
		return s.add(ctx, tx, by, i.ID, entry)
	})
}

// AddNote adds to the timeline.
func (s *Service) AddNote(ctx context.Context, by auth.Identity, incident id.ID, text string) (Dossier, error) {
	text, err := clean("body.text", text, maxNote)
	if err == nil && text == "" {
		err = errs.InvalidField("body.text", "must not be empty")
	}
	if err != nil {
		return Dossier{}, err
	}
	return s.change(ctx, by, incident, func(tx db.Tx, i *Incident) error {
		return s.add(ctx, tx, by, i.ID, Entry{Kind: "note", Text: text})
	})
}

// Isolate shuts a user, a key or the organisation out, at once. Of a shut-out
// organisation the kill switch is pulled too: nothing leaves until somebody
// resumes it.
func (s *Service) Isolate(ctx context.Context, by auth.Identity, incident id.ID, kind isolation.Kind, subject id.ID) (Dossier, error) {
	d, err := s.change(ctx, by, incident, func(tx db.Tx, i *Incident) error {
		if i.State == "closed" {
			return errs.New(errs.Conflict, "the incident is closed")
		}
		out, err := isolation.Begin(ctx, tx, who(by), s.Clock.Now(), isolation.Isolation{IncidentID: i.ID, Kind: kind, Subject: subject})
		if err != nil {
			return err
		}
		if err := s.record(ctx, tx, by, "isolated", out); err != nil {
			return err
		}
		return s.tell(ctx, tx, by.Org, "security.isolated", out.ID, map[string]any{"incident_id": i.ID})
	})
	if err != nil {
		return Dossier{}, err
	}
	s.Auth.IsolationsChanged(by.Org)
	s.open.WithLabelValues(string(kind)).Inc()
	if kind == isolation.Organization {
		if _, err := s.Org.PauseAll(ctx, by.Org, by.Actor()); err != nil {
			return Dossier{}, fmt.Errorf("pause: %w", err)
		}
	}
	return d, nil
}

// Release ends an isolation.
func (s *Service) Release(ctx context.Context, by auth.Identity, incident, shut id.ID) (Dossier, error) {
	d, err := s.change(ctx, by, incident, func(tx db.Tx, i *Incident) error {
		released, err := isolation.End(ctx, tx, who(by), s.Clock.Now(), i.ID, shut)
		if err != nil {
			return err
		}
		if err := s.record(ctx, tx, by, "released", released); err != nil {
			return err
		}
		return s.tell(ctx, tx, by.Org, "security.released", released.ID, map[string]any{"incident_id": i.ID})
	})
	if err != nil {
		return Dossier{}, err
	}
	s.Auth.IsolationsChanged(by.Org)
	return d, nil
}

func who(by auth.Identity) isolation.By {
	return isolation.By{Org: by.Org, User: by.User, Key: by.Key, Actor: by.Actor()}
}

func (s *Service) record(ctx context.Context, tx db.Tx, by auth.Identity, kind string, i isolation.Isolation) error {
	raw, err := json.Marshal(i)
	if err != nil {
		return err
	}
	return s.add(ctx, tx, by, i.IncidentID, Entry{Kind: kind, Data: raw})
}

// change runs fn on a locked incident and stores what it made of it.
func (s *Service) change(ctx context.Context, by auth.Identity, incident id.ID, fn func(tx db.Tx, i *Incident) error) (Dossier, error) {
	err := s.DB.InTenant(ctx, by.Org, func(tx db.Tx) error {
		i, err := findIncident(ctx, tx, by.Org, incident, true)
		if err != nil {
			return err
		}
		if err := fn(tx, &i); err != nil {
			return err
		}
		i.Version++
		if err := updateIncident(ctx, tx, by.Org, i); err != nil {
			return err
		}
		if err := org.Audit(ctx, tx, by.Org, s.Clock.Now(), by.Actor(), "incident.updated", org.Target("incident", i.ID), map[string]any{"state": i.State}); err != nil {
			return err
		}
		return s.tell(ctx, tx, by.Org, "incident.updated", i.ID, map[string]any{"incident_id": i.ID})
	})
	if err != nil {
		return Dossier{}, err
	}
	return s.Incident(ctx, by.Org, incident)
}

func (s *Service) add(ctx context.Context, tx db.Tx, by auth.Identity, incident id.ID, e Entry) error {
	e.ID, e.At, e.Actor = id.New(), s.Clock.Now(), by.Actor()
	if e.Data == nil {
		e.Data = json.RawMessage(`{}`)
	}
	return insertEntry(ctx, tx, by.Org, incident, e)
}

// Evidence is an incident as it is handed to others.
type Evidence struct {
	Dossier
	ExportedAt time.Time `json:"exported_at"`
	// Audit is the record of the organisation since a day before the incident.
	Audit []org.AuditEntry `json:"audit"`
}

// maxEvidence bounds the entries of the record in an export.
const maxEvidence = 10_000

// Export gathers an incident and the record of what was done around it.
func (s *Service) Export(ctx context.Context, tenant, incident id.ID) (Evidence, error) {
	d, err := s.Incident(ctx, tenant, incident)
	if err != nil {
		return Evidence{}, err
	}
	out := Evidence{Dossier: d, ExportedAt: s.Clock.Now(), Audit: []org.AuditEntry{}}
	since := d.OpenedAt.Add(-24 * time.Hour)
	var mark org.AuditMark
	for len(out.Audit) < maxEvidence {
		page, err := s.Org.AuditLog(ctx, tenant, org.AuditQuery{Before: mark, Limit: 200})
		if err != nil {
			return Evidence{}, err
		}
		for _, e := range page {
			if e.At.Before(since) {
				return out, nil
			}
			out.Audit = append(out.Audit, e)
		}
		if len(page) < 200 {
			return out, nil
		}
		last := page[len(page)-1]
		mark = org.AuditMark{At: last.At, ID: last.ID}
	}
	return out, nil
}
