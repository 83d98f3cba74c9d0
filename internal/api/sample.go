package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/email"
	"rainmaker/internal/lead/sample"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// SampleChange says how many invented people came or went.
type SampleChange struct {
	Leads int `json:"leads"`
}

// sample registers what a first half hour needs: invented people, and a mailbox
// whose mail does not leave the machine.
func (a *API) sample(list *sample.Service, o Outreach) {
	tags := []string{"Sample data"}
	register(a, huma.Operation{
		OperationID: "add-sample", Method: http.MethodPost, Path: "/sample-data", Tags: tags,
		Summary: "Add the sample list", Description: "Invented people with source and tag sample. Those who are there already stay as they are.",
	}, func(ctx context.Context, _ *empty) (*bodyOf[SampleChange], error) {
		n, err := list.Add(ctx, From(ctx).Org, From(ctx).Actor())
		if err != nil {
			return nil, err
		}
		return answer(SampleChange{Leads: n}), nil
	})
	register(a, huma.Operation{
		OperationID: "remove-sample", Method: http.MethodDelete, Path: "/sample-data", Tags: tags,
		Summary: "Remove the sample list", Description: "Also those of its people that were changed since. Campaigns stay.",
	}, func(ctx context.Context, _ *empty) (*bodyOf[SampleChange], error) {
		n, err := list.Remove(ctx, From(ctx).Org, From(ctx).Actor())
		if err != nil {
			return nil, err
		}
		return answer(SampleChange{Leads: n}), nil
	})
	h := mailboxHandlers{Outreach: o, clock: a.Clock.Now}
	register(a, huma.Operation{
		OperationID: "create-sandbox-mailbox", Method: http.MethodPost, Path: "/mailboxes/sandbox", DefaultStatus: http.StatusCreated, Tags: []string{"Mailboxes"},
		Summary: "Add a mailbox for practice", Description: "Simulated people take its mail and answer; nothing leaves this machine.",
	}, h.createSandbox)
}

func (h mailboxHandlers) createSandbox(ctx context.Context, _ *empty) (*tagged[Mailbox], error) {
	made, err := h.change(ctx, "mailbox.created", func(tx db.Tx, tenant id.ID) (email.Mailbox, error) {
		return h.Email.CreateMailbox(ctx, tx, tenant, email.Sandbox(tenant, "Practice mailbox"))
	})
	if err != nil {
		return nil, err
	}
	return withTag(made, made.Version), nil
}
