package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/compliance"
	"rainmaker/internal/lead"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// compliance registers the list of people nobody may contact, and consents.
func (a *API) compliance(rules *compliance.Service, leads *lead.Service) {
	h := complianceHandlers{rules, leads}
	tags := []string{"Compliance"}
	register(a, huma.Operation{
		OperationID: "list-suppressions", Method: http.MethodGet, Path: "/suppressions",
		Summary: "Addresses nobody may contact, the newest first", Tags: tags,
	}, h.list)
	register(a, huma.Operation{
		OperationID: "add-suppression", Method: http.MethodPut, Path: "/suppressions", DefaultStatus: http.StatusNoContent,
		Summary: "Put addresses on the list", Tags: tags,
		Description: "E-mail addresses, domains (example.com) and telephone numbers. Effective at once, in every campaign.",
	}, h.add)
	register(a, huma.Operation{
		OperationID: "remove-suppression", Method: http.MethodDelete, Path: "/suppressions/{id}", DefaultStatus: http.StatusNoContent,
		Summary: "Take an address off the list", Tags: tags,
		Description: "Opt-outs and complaints stay: 409.",
	}, h.remove)
	register(a, huma.Operation{
		OperationID: "add-consent", Method: http.MethodPost, Path: "/consents", DefaultStatus: http.StatusCreated,
		Summary: "Record what a person agreed to, or took back", Tags: tags,
	}, h.consent)
}

type complianceHandlers struct {
	rules *compliance.Service
	leads *lead.Service
}

// suppressionPlace is the cursor of the list.
type suppressionPlace struct {
	At time.Time `json:"t"`
	ID id.ID     `json:"i"`
}

func (h complianceHandlers) list(ctx context.Context, in *PageQuery) (*bodyOf[Page[compliance.Suppression]], error) {
	var from suppressionPlace
	if err := decodeCursor(in.Cursor, &from); err != nil {
		return nil, err
	}
	items, err := h.rules.Suppressions(ctx, From(ctx).Org, from.At, from.ID, in.Limit+1)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(items) > in.Limit {
		items = items[:in.Limit]
		last := items[in.Limit-1]
		next = encodeCursor(suppressionPlace{last.CreatedAt, last.ID})
	}
	return page(items, next), nil
}

type addSuppressionInput struct {
	Body struct {
		Values []string `json:"values" minItems:"1" maxItems:"10000" doc:"E-mail addresses, domains, telephone numbers."`
		Reason string   `json:"reason,omitempty" enum:"manual,dnc,opt_out,complaint" default:"manual"`
	}
}

func (h complianceHandlers) add(ctx context.Context, in *addSuppressionInput) (*empty, error) {
	if err := h.rules.PutSuppressions(ctx, From(ctx).Org, in.Body.Values, in.Body.Reason); err != nil {
		return nil, err
	}
	return &empty{}, nil
}

func (h complianceHandlers) remove(ctx context.Context, in *IDPath) (*empty, error) {
	if err := h.rules.Unsuppress(ctx, From(ctx).Org, in.ID); err != nil {
		return nil, err
	}
	return &empty{}, nil
}

type addConsentInput struct {
	Body struct {
		LeadID      id.ID     `json:"lead_id"`
		Channel     string    `json:"channel" enum:"email,call,sms,social"`
		Purpose     string    `json:"purpose,omitempty" maxLength:"200"`
		State       string    `json:"state,omitempty" enum:"granted,revoked" default:"granted"`
		Evidence    string    `json:"evidence" minLength:"1" maxLength:"2000" doc:"How and where it was given."`
		TextVersion string    `json:"text_version,omitempty" maxLength:"100"`
		OccurredAt  time.Time `json:"occurred_at,omitzero" doc:"Now by default."`
	}
}

func (h complianceHandlers) consent(ctx context.Context, in *addConsentInput) (*bodyOf[compliance.Consent], error) {
	org, b := From(ctx).Org, in.Body
	if b.OccurredAt.IsZero() {
		b.OccurredAt = h.rules.Clock.Now()
	}
	var out compliance.Consent
	err := h.rules.DB.InTenant(ctx, org, func(tx db.Tx) error {
		// NotFound for a lead of another organisation.
		if _, err := h.leads.Blinds(ctx, tx, org, b.LeadID); err != nil {
			return err
		}
		var err error
		out, err = h.rules.RecordConsent(ctx, tx, org, compliance.Consent{
			LeadID: b.LeadID, Channel: b.Channel, Purpose: b.Purpose, State: b.State, Evidence: b.Evidence,
			TextVersion: b.TextVersion, OccurredAt: b.OccurredAt,
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return answer(out), nil
}
