package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/platform/id"
	"rainmaker/internal/webhook"
)

// webhooksOut registers the URLs that are told of events.
func (a *API) webhooksOut(s *webhook.Service) {
	h := webhookHandlers{s}
	tags := []string{"Webhooks"}
	const one = "/webhook-endpoints/{id}"
	register(a, huma.Operation{
		OperationID: "create-webhook-endpoint", Method: http.MethodPost, Path: "/webhook-endpoints", DefaultStatus: http.StatusCreated, Tags: tags,
		Summary:     "Have a URL told of events",
		Description: "Each event is POSTed as {type, timestamp, subject, data}, signed as Standard Webhooks 1.0.0 says, at least once, in up to ten attempts over three days. The secret is shown once.",
	}, h.create)
	register(a, huma.Operation{OperationID: "list-webhook-endpoints", Method: http.MethodGet, Path: "/webhook-endpoints", Summary: "URLs that are told of events", Tags: tags}, h.list)
	register(a, huma.Operation{OperationID: "show-webhook-endpoint", Method: http.MethodGet, Path: one, Summary: "One of them", Tags: tags}, h.show)
	register(a, huma.Operation{
		OperationID: "update-webhook-endpoint", Method: http.MethodPatch, Path: one, Tags: tags,
		Summary: "Change one", Description: "Made active again, it goes on with what comes from then on.",
	}, h.update)
	register(a, huma.Operation{
		OperationID: "delete-webhook-endpoint", Method: http.MethodDelete, Path: one, DefaultStatus: http.StatusNoContent, Summary: "Remove one and its deliveries", Tags: tags,
	}, h.remove)
	register(a, huma.Operation{
		OperationID: "rotate-webhook-secret", Method: http.MethodPost, Path: one + "/rotate", Tags: tags,
		Summary: "Make a new secret", Description: "The old one signs too for overlap_hours, so that the receiver can change over. The new one is shown once.",
	}, h.rotate)
	register(a, huma.Operation{
		OperationID: "test-webhook-endpoint", Method: http.MethodPost, Path: one + "/test", Tags: tags,
		Summary: "Send a webhook.test event now", Description: "Once, without further attempts; the answer says what came of it.",
	}, h.test)
	register(a, huma.Operation{
		OperationID: "list-webhook-deliveries", Method: http.MethodGet, Path: one + "/deliveries", Tags: tags,
		Summary: "What was delivered, and what was answered", Description: "Kept for 30 days.",
	}, h.deliveries)
	register(a, huma.Operation{
		OperationID: "redeliver-webhook", Method: http.MethodPost, Path: one + "/deliveries/{delivery_id}/redeliver", DefaultStatus: http.StatusAccepted, Tags: tags,
		Summary: "Deliver again", Description: "With the same webhook-id: a receiver that has it already can tell.",
	}, h.redeliver)
}

type webhookHandlers struct{ *webhook.Service }

// WebhookFields are what a client says of an endpoint.
type WebhookFields struct {
	URL         *string   `json:"url,omitempty" format:"uri" maxLength:"2048"`
	Events      *[]string `json:"events,omitempty" minItems:"1" maxItems:"50" doc:"Types such as lead.created, families such as lead.*, or * for all."`
	Description *string   `json:"description,omitempty" maxLength:"500"`
}

// WebhookSecret is the one answer with the secret.
type WebhookSecret struct {
	webhook.Endpoint
	Secret string `json:"secret" doc:"whsec_ and base64."`
}

func (h webhookHandlers) create(ctx context.Context, in *struct{ Body WebhookFields }) (*tagged[WebhookSecret], error) {
	who := From(ctx)
	e, secret, err := h.Create(ctx, who.Org, who.Actor(), webhook.Draft{URL: in.Body.URL, Events: in.Body.Events, Description: in.Body.Description})
	if err != nil {
		return nil, err
	}
	return withTag(WebhookSecret{e, secret.Reveal()}, e.Version), nil
}

func (h webhookHandlers) list(ctx context.Context, _ *PageQuery) (*bodyOf[Page[webhook.Endpoint]], error) {
	list, err := h.Endpoints(ctx, From(ctx).Org)
	if err != nil {
		return nil, err
	}
	return page(list, ""), nil
}

func (h webhookHandlers) show(ctx context.Context, in *IDPath) (*tagged[webhook.Endpoint], error) {
	e, err := h.Endpoint(ctx, From(ctx).Org, in.ID)
	if err != nil {
		return nil, err
	}
	return withTag(e, e.Version), nil
}

type updateWebhookInput struct {
	IDPath
	MatchHeader
	Body struct {
		WebhookFields
		State *string `json:"state,omitempty" enum:"active,disabled"`
	}
}

func (h webhookHandlers) update(ctx context.Context, in *updateWebhookInput) (*tagged[webhook.Endpoint], error) {
	who := From(ctx)
	e, err := h.Update(ctx, who.Org, in.ID, who.Actor(), in.want(), webhook.Draft{
		URL: in.Body.URL, Events: in.Body.Events, Description: in.Body.Description, State: in.Body.State,
	})
	if err != nil {
		return nil, err
	}
	return withTag(e, e.Version), nil
}

func (h webhookHandlers) remove(ctx context.Context, in *IDPath) (*empty, error) {
	who := From(ctx)
	return &empty{}, h.Delete(ctx, who.Org, in.ID, who.Actor())
}

type rotateWebhookInput struct {
	IDPath
	Body struct {
		OverlapHours int `json:"overlap_hours,omitempty" minimum:"0" maximum:"168" default:"24"`
	}
}

func (h webhookHandlers) rotate(ctx context.Context, in *rotateWebhookInput) (*tagged[WebhookSecret], error) {
	who := From(ctx)
	e, secret, err := h.Rotate(ctx, who.Org, in.ID, who.Actor(), time.Duration(in.Body.OverlapHours)*time.Hour)
	if err != nil {
		return nil, err
	}
	return withTag(WebhookSecret{e, secret.Reveal()}, e.Version), nil
}

func (h webhookHandlers) test(ctx context.Context, in *IDPath) (*bodyOf[webhook.Delivery], error) {
	who := From(ctx)
	d, err := h.Test(ctx, who.Org, in.ID, who.Actor())
	if err != nil {
		return nil, err
	}
	return answer(d), nil
}

type webhookDeliveriesInput struct {
	IDPath
	PageQuery
	State string `query:"state" enum:"pending,delivered,failed"`
}

// deliveryCursor is the place after a page: ids are in the order of time.
type deliveryCursor struct {
	Before id.ID `json:"b"`
}

func (h webhookHandlers) deliveries(ctx context.Context, in *webhookDeliveriesInput) (*bodyOf[Page[webhook.Delivery]], error) {
	var at deliveryCursor
	if err := decodeCursor(in.Cursor, &at); err != nil {
		return nil, err
	}
	list, err := h.Deliveries(ctx, From(ctx).Org, in.ID, at.Before, in.State, in.Limit+1)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(list) > in.Limit {
		list = list[:in.Limit]
		next = encodeCursor(deliveryCursor{list[in.Limit-1].ID})
	}
	return page(list, next), nil
}

type redeliverInput struct {
	IDPath
	Delivery id.ID `path:"delivery_id"`
}

func (h webhookHandlers) redeliver(ctx context.Context, in *redeliverInput) (*bodyOf[webhook.Delivery], error) {
	who := From(ctx)
	d, err := h.Redeliver(ctx, who.Org, in.ID, in.Delivery, who.Actor())
	if err != nil {
		return nil, err
	}
	return answer(d), nil
}
