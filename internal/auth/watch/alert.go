package watch

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"rainmaker/internal/auth"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// AlertState is what has become of an alert.
type AlertState string

// The states.
const (
	Open         AlertState = "open"
	Acknowledged AlertState = "acknowledged"
	Closed       AlertState = "closed"
)

// Alert says that something deserves a look.
type Alert struct {
	ID       id.ID           `json:"id"`
	Kind     string          `json:"kind" doc:"failed_sign_ins, mfa_failures, token_reused, denied_access, request_flood, export_volume, off_hours_access."`
	Severity Severity        `json:"severity" enum:"low,medium,high"`
	Actor    org.Actor       `json:"actor" doc:"user:<id> or key:<id>; empty when it is not one alone."`
	State    AlertState      `json:"state" enum:"open,acknowledged,closed"`
	Evidence json.RawMessage `json:"evidence" doc:"The signal, how often, in which time, and what is too often."`
	FirstAt  time.Time       `json:"first_at"`
	LastAt   time.Time       `json:"last_at"`
	JudgedBy org.Actor       `json:"judged_by"`
	JudgedAt *time.Time      `json:"judged_at"`
	Note     string          `json:"note"`
}

// Alerts lists those of an organisation, the newest first, from before on.
func (s *Service) Alerts(ctx context.Context, tenant id.ID, state AlertState, before id.ID, limit int) ([]Alert, error) {
	var list []Alert
	err := s.DB.InTenant(ctx, tenant, func(tx db.Tx) (err error) {
		list, err = selectAlerts(ctx, tx, tenant, state, before, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("alerts: %w", err)
	}
	return list, nil
}

// Judge moves an alert on: acknowledged by somebody who looks into it, or closed.
func (s *Service) Judge(ctx context.Context, by auth.Identity, alert id.ID, to AlertState, note string) (Alert, error) {
	var a Alert
	err := s.DB.InTenant(ctx, by.Org, func(tx db.Tx) (err error) {
		if a, err = selectAlert(ctx, tx, by.Org, alert); err != nil {
			if db.NoRows(err) {
				return errs.New(errs.NotFound, "alert not found")
			}
			return err
		}
		if a.State == Closed || a.State == to {
			return errs.New(errs.Conflict, "the alert is %s", a.State)
		}
		now := s.Clock.Now()
		a.State, a.JudgedBy, a.JudgedAt, a.Note = to, by.Actor(), &now, note
		if err := updateAlert(ctx, tx, by.Org, a); err != nil {
			return err
		}
		return org.Audit(ctx, tx, by.Org, now, by.Actor(), "alert."+string(to), org.Target("alert", a.ID), map[string]any{"kind": a.Kind})
	})
	return a, err
}
