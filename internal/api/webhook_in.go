package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/limit"
	"rainmaker/internal/webhook"
)

// webhooksIn registers the addresses where systems of an organisation report,
// and takes what they send.
func (a *API) webhooksIn(s *webhook.Service) {
	h := inboundHandlers{api: a, hooks: s}
	tags := []string{"Webhooks"}
	register(a, huma.Operation{
		OperationID: "create-inbound-webhook", Method: http.MethodPost, Path: "/inbound-webhooks", DefaultStatus: http.StatusCreated, Tags: tags,
		Summary: "Make an address that takes leads from a system of yours",
		Description: "POST {\"type\": \"lead.created\" or \"lead.updated\", \"data\": {\"email\": ..., \"first_name\": ...}} to the URL, signed as Standard Webhooks 1.0.0 says. " +
			"A person who is there already is updated. URL and secret are shown once.",
	}, h.create)
	register(a, huma.Operation{OperationID: "list-inbound-webhooks", Method: http.MethodGet, Path: "/inbound-webhooks", Summary: "These addresses", Tags: tags}, h.list)
	register(a, huma.Operation{
		OperationID: "delete-inbound-webhook", Method: http.MethodDelete, Path: "/inbound-webhooks/{id}", DefaultStatus: http.StatusNoContent, Summary: "End one", Tags: tags,
	}, h.remove)
	register(a, huma.Operation{
		OperationID: "list-inbound-events", Method: http.MethodGet, Path: "/inbound-webhooks/{id}/events", Summary: "What came, and what was done about it", Tags: tags,
	}, h.events)
	a.Mount("POST /webhooks/{provider}/{token}", http.HandlerFunc(h.receive))
	a.Mount("POST "+Prefix+"/webhooks/{provider}/{token}", http.HandlerFunc(h.receive))
}

type inboundHandlers struct {
	api   *API
	hooks *webhook.Service
}

// InboundSecret is the one answer with URL and secret.
type InboundSecret struct {
	webhook.Inbound
	URL    string `json:"url"`
	Secret string `json:"secret" doc:"whsec_ and base64."`
}

type createInboundInput struct {
	Body struct {
		Provider    string `json:"provider,omitempty" enum:"standard" default:"standard"`
		Description string `json:"description,omitempty" maxLength:"500"`
	}
}

func (h inboundHandlers) create(ctx context.Context, in *createInboundInput) (*bodyOf[InboundSecret], error) {
	who := From(ctx)
	made, token, secret, err := h.hooks.CreateInbound(ctx, who.Org, who.Actor(), in.Body.Description)
	if err != nil {
		return nil, err
	}
	url := strings.TrimSuffix(h.api.Config.PublicURL, "/") + "/webhooks/" + made.Provider + "/" + token.Reveal()
	return answer(InboundSecret{made, url, secret.Reveal()}), nil
}

func (h inboundHandlers) list(ctx context.Context, _ *PageQuery) (*bodyOf[Page[webhook.Inbound]], error) {
	list, err := h.hooks.Inbounds(ctx, From(ctx).Org)
	if err != nil {
		return nil, err
	}
	return page(list, ""), nil
}

func (h inboundHandlers) remove(ctx context.Context, in *IDPath) (*empty, error) {
	who := From(ctx)
	return &empty{}, h.hooks.DeleteInbound(ctx, who.Org, in.ID, who.Actor())
}

type inboundEventsInput struct {
	IDPath
	PageQuery
}

func (h inboundHandlers) events(ctx context.Context, in *inboundEventsInput) (*bodyOf[Page[webhook.Received]], error) {
	var at deliveryCursor
	if err := decodeCursor(in.Cursor, &at); err != nil {
		return nil, err
	}
	list, err := h.hooks.Inbox(ctx, From(ctx).Org, in.ID, at.Before, in.Limit+1)
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

const (
	maxInboundBody = 256 << 10
	inboundWait    = 10 * time.Second
	// inboundRate and inboundBurst of one address: a system that reports, not one
	// that loads a list (that is an import).
	inboundRate  = 50
	inboundBurst = 500
)

// receive takes one event. It is stored and answered; what it changes happens
// afterwards.
func (h inboundHandlers) receive(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*inboundWait)
	defer cancel()
	r = r.WithContext(ctx)
	w.Header().Set("Cache-Control", "no-store")
	event, fresh, err := h.take(w, r)
	if err != nil {
		h.api.fail(w, r, err)
		return
	}
	if !fresh {
		writeJSON(w, http.StatusOK, map[string]string{"status": "duplicate", "id": event.String()})
		return
	}
	writeJSON(w, http.StatusAccepted, map[string]string{"status": "accepted", "id": event.String()})
}

func (h inboundHandlers) take(w http.ResponseWriter, r *http.Request) (event id.ID, fresh bool, err error) {
	token := r.PathValue("token")
	rate := limit.Rate{PerSecond: inboundRate, Burst: inboundBurst}
	if err := h.api.take(r.Context(), w.Header(), limit.Ask{Bucket: "inbound:" + token, Rate: rate}); err != nil {
		return id.Nil, false, err
	}
	if packed := r.Header.Get("Content-Encoding"); packed != "" && !strings.EqualFold(packed, "identity") {
		return id.Nil, false, errs.InvalidField("header.Content-Encoding", "packed bodies are not taken")
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(inboundWait)) // not every writer can
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxInboundBody))
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return id.Nil, false, errs.New(errs.TooLarge, "the body is too large")
		}
		return id.Nil, false, errs.New(errs.Invalid, "the body could not be read")
	}
	event, fresh, err = h.hooks.Receive(r.Context(), r.PathValue("provider"), token, r.Header, body, checkJSON)
	if errs.Is(err, errs.NotFound) || errs.Is(err, errs.Unauthenticated) {
		// Guessing costs the guesser, not the address that is guessed.
		if limited := h.api.limitAddress(r.Context(), w.Header(), r, 1); limited != nil {
			return id.Nil, false, limited
		}
	}
	return event, fresh, err
}
