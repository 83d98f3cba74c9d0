package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/lead/view"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/id"
)

// views registers searches of leads that people keep under names.
func (a *API) views(service *view.Service) {
	h := viewHandlers{service}
	tags := []string{"Leads"}
	register(a, huma.Operation{
		OperationID: "list-views", Method: http.MethodGet, Path: "/views",
		Summary: "Your views of the lead list, and those shared with you", Tags: tags,
	}, h.list)
	register(a, huma.Operation{
		OperationID: "create-view", Method: http.MethodPost, Path: "/views", DefaultStatus: http.StatusCreated,
		Summary: "Keep a filter and an order under a name", Tags: tags,
	}, h.create)
	register(a, huma.Operation{
		OperationID: "update-view", Method: http.MethodPatch, Path: "/views/{id}",
		Summary: "Change a view of yours", Tags: tags, Description: "Fields that are left out stay; search is replaced as a whole.",
	}, h.update)
	register(a, huma.Operation{
		OperationID: "delete-view", Method: http.MethodDelete, Path: "/views/{id}", DefaultStatus: http.StatusNoContent,
		Summary: "Delete a view of yours", Tags: tags,
	}, h.remove)
}

type viewHandlers struct{ service *view.Service }

// ViewSearch is what a view asks the list for.
type ViewSearch struct {
	Q        string `json:"q,omitempty" maxLength:"200" doc:"Never an address: those are refused."`
	Status   string `json:"status,omitempty" maxLength:"40"`
	MinScore int    `json:"min_score,omitempty" minimum:"0" maximum:"100"`
	Campaign string `json:"campaign,omitempty" maxLength:"40"`
	Sort     string `json:"sort,omitempty" maxLength:"40"`
	Columns  string `json:"columns,omitempty" maxLength:"200" doc:"Comma-separated, in the order of the table."`
}

// View is a kept search.
type View struct {
	ID        id.ID      `json:"id"`
	Name      string     `json:"name"`
	Search    ViewSearch `json:"search"`
	Shared    bool       `json:"shared" doc:"Everybody in the organisation sees it."`
	Default   bool       `json:"default" doc:"Its owner's list opens with it."`
	Mine      bool       `json:"mine"`
	CreatedBy string     `json:"created_by"`
	CreatedAt time.Time  `json:"created_at"`
}

func viewOf(v view.View, by org.Actor) View {
	s := v.Search
	mine := v.Owner == by
	return View{
		v.ID, v.Name,
		ViewSearch{s.Text, s.Status, s.MinScore, s.Campaign, s.Sort, s.Columns},
		v.Shared, mine && v.Default, mine,
		string(v.Owner), v.CreatedAt,
	}
}

func (s ViewSearch) search() view.Search {
	return view.Search{Text: s.Q, Status: s.Status, MinScore: s.MinScore, Campaign: s.Campaign, Sort: s.Sort, Columns: s.Columns}
}

func (h viewHandlers) list(ctx context.Context, _ *empty) (*bodyOf[Page[View]], error) {
	who := From(ctx)
	views, err := h.service.List(ctx, who.Org, who.Actor())
	if err != nil {
		return nil, err
	}
	return mapPage(views, "", func(v view.View) View { return viewOf(v, who.Actor()) }), nil
}

type createViewInput struct {
	Body struct {
		Name    string     `json:"name" minLength:"1" maxLength:"80"`
		Search  ViewSearch `json:"search"`
		Shared  bool       `json:"shared,omitempty"`
		Default bool       `json:"default,omitempty"`
	}
}

func (h viewHandlers) create(ctx context.Context, in *createViewInput) (*bodyOf[View], error) {
	who := From(ctx)
	v, err := h.service.Create(ctx, who.Org, who.Actor(), view.View{
		Name: in.Body.Name, Search: in.Body.Search.search(), Shared: in.Body.Shared, Default: in.Body.Default,
	})
	if err != nil {
		return nil, err
	}
	return answer(viewOf(v, who.Actor())), nil
}

type updateViewInput struct {
	IDPath
	Body struct {
		Name    *string     `json:"name,omitempty" minLength:"1" maxLength:"80"`
		Search  *ViewSearch `json:"search,omitempty"`
		Shared  *bool       `json:"shared,omitempty"`
		Default *bool       `json:"default,omitempty"`
	}
}

func (h viewHandlers) update(ctx context.Context, in *updateViewInput) (*bodyOf[View], error) {
	who := From(ctx)
	change := view.Change{Name: in.Body.Name, Shared: in.Body.Shared, Default: in.Body.Default}
	if in.Body.Search != nil {
		search := in.Body.Search.search()
		change.Search = &search
	}
	v, err := h.service.Update(ctx, who.Org, who.Actor(), in.ID, change)
	if err != nil {
		return nil, err
	}
	return answer(viewOf(v, who.Actor())), nil
}

func (h viewHandlers) remove(ctx context.Context, in *IDPath) (*struct{}, error) {
	who := From(ctx)
	return nil, h.service.Delete(ctx, who.Org, who.Actor(), in.ID)
}
