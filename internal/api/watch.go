package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/auth/isolation"
	"rainmaker/internal/auth/watch"
	"rainmaker/internal/platform/id"
)

// Watch raises alerts and keeps incidents.
type Watch = watch.Service

// watching registers alerts and incidents, when somebody watches.
func (a *API) watching(w *Watch) {
	if w == nil {
		return
	}
	h := watchHandlers{w}
	tags := []string{"Security"}
	register(a, huma.Operation{
		OperationID: "list-alerts", Method: http.MethodGet, Path: "/alerts", Summary: "What deserves a look, the newest first", Tags: tags,
	}, h.alerts)
	register(a, huma.Operation{
		OperationID: "acknowledge-alert", Method: http.MethodPost, Path: "/alerts/{id}/acknowledge", Summary: "Somebody looks into it", Tags: tags,
	}, h.judge(watch.Acknowledged))
	register(a, huma.Operation{
		OperationID: "close-alert", Method: http.MethodPost, Path: "/alerts/{id}/close", Summary: "It is over, or was nothing", Tags: tags,
	}, h.judge(watch.Closed))
	register(a, huma.Operation{
		OperationID: "open-incident", Method: http.MethodPost, Path: "/incidents", DefaultStatus: http.StatusCreated,
		Summary: "Log an incident", Tags: tags,
	}, h.open)
	register(a, huma.Operation{
		OperationID: "list-incidents", Method: http.MethodGet, Path: "/incidents", Summary: "Incidents, the newest first", Tags: tags,
	}, h.incidents)
	register(a, huma.Operation{
		OperationID: "show-incident", Method: http.MethodGet, Path: "/incidents/{id}", Summary: "One incident with its timeline", Tags: tags,
	}, h.show)
	register(a, huma.Operation{
		OperationID: "advance-incident", Method: http.MethodPost, Path: "/incidents/{id}/advance", Tags: tags,
		Summary:     "Move an incident to its next state",
		Description: "detection, analysis, containment, eradication, recovery, post_incident, closed: one at a time.",
	}, h.advance)
	register(a, huma.Operation{
		OperationID: "add-incident-note", Method: http.MethodPost, Path: "/incidents/{id}/notes", Summary: "Add to the timeline", Tags: tags,
	}, h.note)
	register(a, huma.Operation{
		OperationID: "isolate", Method: http.MethodPost, Path: "/incidents/{id}/isolate", Tags: tags,
		Summary: "Shut a user, an API key or the organisation out, at once",
		Description: "Sessions end, and neither sign-in nor key is accepted within a second. Of a shut-out organisation admins alone get in, " +
			"and nothing leaves until it is resumed. Release lets them in again.",
	}, h.isolate)
	register(a, huma.Operation{
		OperationID: "release-isolation", Method: http.MethodPost, Path: "/incidents/{id}/release", Summary: "Let somebody in again", Tags: tags,
	}, h.release)
	register(a, huma.Operation{
		OperationID: "export-incident", Method: http.MethodGet, Path: "/incidents/{id}/export", Tags: tags,
		Summary: "An incident with its evidence, as one document",
	}, h.export)
}

type watchHandlers struct{ watch *watch.Service }

type listAlertsInput struct {
	PageQuery
	State string `query:"state" enum:"open,acknowledged,closed"`
}

func (h watchHandlers) alerts(ctx context.Context, in *listAlertsInput) (*bodyOf[Page[watch.Alert]], error) {
	var before id.ID
	if err := decodeCursor(in.Cursor, &before); err != nil {
		return nil, err
	}
	list, err := h.watch.Alerts(ctx, From(ctx).Org, watch.AlertState(in.State), before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	list, next := cutPage(list, in.Limit, func(a watch.Alert) id.ID { return a.ID })
	return page(list, next), nil
}

// cutPage cuts the one item too many, which says that there is a next page.
func cutPage[T any](list []T, limit int, of func(T) id.ID) ([]T, string) {
	if len(list) <= limit {
		return list, ""
	}
	return list[:limit], encodeCursor(of(list[limit-1]))
}

type judgeAlertInput struct {
	IDPath
	Body *struct {
		Note string `json:"note,omitempty" maxLength:"1000"`
	}
}

func (h watchHandlers) judge(to watch.AlertState) func(context.Context, *judgeAlertInput) (*bodyOf[watch.Alert], error) {
	return func(ctx context.Context, in *judgeAlertInput) (*bodyOf[watch.Alert], error) {
		note := ""
		if in.Body != nil {
			note = in.Body.Note
		}
		a, err := h.watch.Judge(ctx, From(ctx), in.ID, to, note)
		if err != nil {
			return nil, err
		}
		return answer(a), nil
	}
}

type openIncidentInput struct {
	Body struct {
		Title    string  `json:"title" minLength:"1" maxLength:"200"`
		Severity string  `json:"severity,omitempty" enum:"low,medium,high" default:"medium"`
		Note     string  `json:"note,omitempty" maxLength:"5000"`
		AlertIDs []id.ID `json:"alert_ids,omitempty" maxItems:"50" doc:"Alerts that it began with; they are copied into the timeline."`
	}
}

func (h watchHandlers) open(ctx context.Context, in *openIncidentInput) (*bodyOf[watch.Dossier], error) {
	d, err := h.watch.OpenIncident(ctx, From(ctx), watch.NewIncident{
		Title: in.Body.Title, Severity: watch.Severity(in.Body.Severity), Note: in.Body.Note, Alerts: in.Body.AlertIDs,
	})
	return dossier(d, err)
}

// dossier never has nil lists.
func dossier(d watch.Dossier, err error) (*bodyOf[watch.Dossier], error) {
	if err != nil {
		return nil, err
	}
	d.Timeline = append([]watch.Entry{}, d.Timeline...)
	d.Isolations = append([]isolation.Isolation{}, d.Isolations...)
	return answer(d), nil
}

func (h watchHandlers) incidents(ctx context.Context, in *PageQuery) (*bodyOf[Page[watch.Incident]], error) {
	var before id.ID
	if err := decodeCursor(in.Cursor, &before); err != nil {
		return nil, err
	}
	list, err := h.watch.Incidents(ctx, From(ctx).Org, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	list, next := cutPage(list, in.Limit, func(i watch.Incident) id.ID { return i.ID })
	return page(list, next), nil
}

func (h watchHandlers) show(ctx context.Context, in *IDPath) (*bodyOf[watch.Dossier], error) {
	return dossier(h.watch.Incident(ctx, From(ctx).Org, in.ID))
}

type advanceIncidentInput struct {
	IDPath
	Body struct {
		State string `json:"state" enum:"analysis,containment,eradication,recovery,post_incident,closed"`
		Note  string `json:"note,omitempty" maxLength:"5000"`
	}
}

func (h watchHandlers) advance(ctx context.Context, in *advanceIncidentInput) (*bodyOf[watch.Dossier], error) {
	return dossier(h.watch.Advance(ctx, From(ctx), in.ID, watch.IncidentState(in.Body.State), in.Body.Note))
}

type incidentNoteInput struct {
	IDPath
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"5000"`
	}
}

func (h watchHandlers) note(ctx context.Context, in *incidentNoteInput) (*bodyOf[watch.Dossier], error) {
	return dossier(h.watch.AddNote(ctx, From(ctx), in.ID, in.Body.Text))
}

type isolateInput struct {
	IDPath
	Body struct {
		Kind      string `json:"kind" enum:"user,key,organization"`
		SubjectID id.ID  `json:"subject_id,omitempty" doc:"The user, or the id of the API key; left out for the organisation."`
	}
}

func (h watchHandlers) isolate(ctx context.Context, in *isolateInput) (*bodyOf[watch.Dossier], error) {
	return dossier(h.watch.Isolate(ctx, From(ctx), in.ID, isolation.Kind(in.Body.Kind), in.Body.SubjectID))
}

type releaseInput struct {
	IDPath
	Body struct {
		IsolationID id.ID `json:"isolation_id"`
	}
}

func (h watchHandlers) release(ctx context.Context, in *releaseInput) (*bodyOf[watch.Dossier], error) {
	return dossier(h.watch.Release(ctx, From(ctx), in.ID, in.Body.IsolationID))
}

func (h watchHandlers) export(ctx context.Context, in *IDPath) (*bodyOf[watch.Evidence], error) {
	e, err := h.watch.Export(ctx, From(ctx).Org, in.ID)
	if err != nil {
		return nil, err
	}
	e.Timeline = append([]watch.Entry{}, e.Timeline...)
	e.Isolations = append([]isolation.Isolation{}, e.Isolations...)
	return answer(e), nil
}
