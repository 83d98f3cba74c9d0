package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/auth/quota"
	"rainmaker/internal/auth/signal"
	"rainmaker/internal/compliance"
	"rainmaker/internal/lead"
	"rainmaker/internal/lead/task"
	"rainmaker/internal/platform/id"
)

// exportTime bounds an export: a million rows to a slow reader.
const exportTime = 30 * time.Minute

// leads registers people and what passed between them and us.
func (a *API) leads(leads *lead.Service, rules *compliance.Service) {
	h := leadHandlers{api: a, leads: leads, tasks: task.New(leads), rules: rules}
	tags := []string{"Leads"}
	register(a, huma.Operation{
		OperationID: "create-lead", Method: http.MethodPost, Path: "/leads", DefaultStatus: http.StatusCreated,
		Summary: "Add a person", Tags: tags,
		Description: "At least one of email, phone, first_name, last_name, company and external_id is needed. 409 names the field and the lead that has it already.",
	}, h.create)
	register(a, huma.Operation{
		OperationID: "list-leads", Method: http.MethodGet, Path: "/leads", Summary: "People", Tags: tags,
	}, h.list)
	register(a, huma.Operation{
		OperationID: "show-lead", Method: http.MethodGet, Path: "/leads/{id}", Summary: "One person", Tags: tags,
	}, h.show)
	register(a, huma.Operation{
		OperationID: "update-lead", Method: http.MethodPatch, Path: "/leads/{id}", Summary: "Change a person", Tags: tags,
		Description: "Fields that are left out stay; null clears. custom is merged key by key; null removes a key.",
	}, h.update)
	register(a, huma.Operation{
		OperationID: "delete-lead", Method: http.MethodDelete, Path: "/leads/{id}", DefaultStatus: http.StatusNoContent,
		Summary: "Delete a person and their history", Tags: tags,
		Description: "Suppressions stay, so that a re-import cannot revive somebody who opted out.",
	}, h.remove)
	register(a, huma.Operation{
		OperationID: "list-lead-interactions", Method: http.MethodGet, Path: "/leads/{id}/interactions",
		Summary: "What passed between a person and us, the newest first", Tags: tags,
	}, h.interactions)
	register(a, huma.Operation{
		OperationID: "add-lead-note", Method: http.MethodPost, Path: "/leads/{id}/notes", DefaultStatus: http.StatusCreated,
		Summary: "Write a note", Tags: tags,
	}, h.addNote)
	register(a, huma.Operation{
		OperationID: "add-lead-task", Method: http.MethodPost, Path: "/leads/{id}/tasks", DefaultStatus: http.StatusCreated,
		Summary: "Add a task", Tags: tags,
	}, h.addTask)
	register(a, huma.Operation{
		OperationID: "list-tasks", Method: http.MethodGet, Path: "/tasks",
		Summary: "Open tasks, the most urgent first; or all of one lead", Tags: tags,
	}, h.listTasks)
	register(a, huma.Operation{
		OperationID: "update-task", Method: http.MethodPatch, Path: "/tasks/{id}", DefaultStatus: http.StatusNoContent,
		Summary: "Tick a task off, or open it again", Tags: tags,
	}, h.updateTask)
	register(a, huma.Operation{
		OperationID: "bulk-leads", Method: http.MethodPost, Path: "/leads/bulk", Summary: "Change many people at once", Tags: tags,
		Metadata:    timeout(10 * time.Minute),
		Description: "Runs in batches: when it fails in the middle, send it again.",
	}, h.bulk)
	register(a, huma.Operation{
		OperationID: "export-leads", Method: http.MethodGet, Path: "/leads/export.csv", Summary: "People as CSV", Tags: tags,
		Metadata:    timeout(exportTime),
		Description: "Takes the filters of the list. Cells that a spreadsheet would run as a formula begin with an apostrophe.",
		Responses:   csvResponse("One row a lead, the oldest first."),
	}, h.export)
	register(a, huma.Operation{
		OperationID: "show-lead-compliance", Method: http.MethodGet, Path: "/leads/{id}/compliance",
		Summary: "Consents and suppressions of a person", Tags: tags,
	}, h.compliance)
}

type leadHandlers struct {
	api   *API
	leads *lead.Service
	tasks *task.Service
	rules *compliance.Service
}

// csvResponse describes a streamed file.
func csvResponse(what string) map[string]*huma.Response {
	return map[string]*huma.Response{"200": {
		Description: what, Content: map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}},
	}}
}

// stream answers with a CSV file that write makes. When it fails after the
// first byte the connection is cut, so that nobody takes half a file for whole.
func (a *API) stream(name string, write func(ctx context.Context, w io.Writer) error) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		hc.SetHeader("Content-Type", "text/csv; charset=utf-8")
		hc.SetHeader("Content-Disposition", `attachment; filename="`+name+`"`)
		if err := write(hc.Context(), hc.BodyWriter()); err != nil {
			if hc.Context().Err() == nil {
				a.Logger.ErrorContext(hc.Context(), "download failed", "request_id", requestOf(hc.Context()).id, "error", err.Error())
			}
			panic(http.ErrAbortHandler)
		}
	}}
}

// LeadFields are what a client says of a person.
type LeadFields struct {
	Email      string         `json:"email,omitempty" maxLength:"320"`
	Phone      string         `json:"phone,omitempty" maxLength:"64" doc:"In any style; without a country code it is read as a US number."`
	FirstName  string         `json:"first_name,omitempty" maxLength:"200"`
	LastName   string         `json:"last_name,omitempty" maxLength:"200"`
	Company    string         `json:"company,omitempty" maxLength:"200"`
	Title      string         `json:"title,omitempty" maxLength:"200"`
	Region     string         `json:"region,omitempty" maxLength:"200" doc:"State, province or country."`
	Timezone   string         `json:"timezone,omitempty" maxLength:"64" doc:"IANA name."`
	Source     string         `json:"source,omitempty" maxLength:"200"`
	ExternalID string         `json:"external_id,omitempty" maxLength:"200" doc:"Number of the person in another system."`
	Tags       []string       `json:"tags,omitempty" maxItems:"50"`
	Custom     map[string]any `json:"custom,omitempty"`
	Consents   []LeadConsent  `json:"consents,omitempty" maxItems:"20"`
}

// LeadConsent is what a new lead agreed to before.
type LeadConsent struct {
	Channel     string    `json:"channel" enum:"email,call,sms,social"`
	Purpose     string    `json:"purpose,omitempty" maxLength:"200"`
	Evidence    string    `json:"evidence,omitempty" maxLength:"2000" doc:"How and where it was given."`
	TextVersion string    `json:"text_version,omitempty" maxLength:"100"`
	OccurredAt  time.Time `json:"occurred_at,omitzero"`
}

type createLeadInput struct{ Body LeadFields }

func (h leadHandlers) create(ctx context.Context, in *createLeadInput) (*tagged[lead.Lead], error) {
	b := in.Body
	draft := lead.Draft{
		Email: b.Email, Phone: b.Phone, FirstName: b.FirstName, LastName: b.LastName, Company: b.Company, Title: b.Title,
		Region: b.Region, Timezone: b.Timezone, Source: b.Source, ExternalID: b.ExternalID, Tags: b.Tags, Custom: b.Custom,
	}
	for _, c := range b.Consents {
		draft.Consents = append(draft.Consents, lead.Consent(c))
	}
	l, err := h.leads.Create(ctx, From(ctx).Org, draft)
	if err != nil {
		return nil, err
	}
	return withTag(l, l.Version), nil
}

// LeadFilter is the filter of a list of leads; embed it.
type LeadFilter struct {
	Status       []string  `query:"status" maxItems:"20" doc:"Comma-separated."`
	MinScore     int       `query:"min_score" minimum:"0" maximum:"100" default:"0"`
	MaxScore     int       `query:"max_score" minimum:"0" maximum:"100" default:"100"`
	CampaignID   string    `query:"campaign_id" maxLength:"36" doc:"Enrolled in it, in any state."`
	ImportID     string    `query:"import_id" maxLength:"36" doc:"Created by it."`
	Q            string    `query:"q" maxLength:"200" doc:"A whole e-mail address, telephone number or external id; @domain; or the beginning of a name or company."`
	CreatedAfter time.Time `query:"created_after"`
	Tags         []string  `query:"tags" maxItems:"20" doc:"All of them, comma-separated."`
	Source       []string  `query:"source,explode" maxItems:"20"`
	Company      []string  `query:"company,explode" maxItems:"20"`
}

func (q LeadFilter) filter() (lead.Filter, error) {
	f := lead.Filter{Q: q.Q, CreatedAfter: q.CreatedAfter, Tags: filledOf(q.Tags), Source: filledOf(q.Source), Company: filledOf(q.Company)}
	for _, status := range filledOf(q.Status) {
		f.Status = append(f.Status, lead.Status(status))
	}
	if q.MinScore > 0 {
		f.MinScore = &q.MinScore
	}
	if q.MaxScore < 100 {
		f.MaxScore = &q.MaxScore
	}
	var err error
	if q.CampaignID != "" {
		if f.CampaignID, err = id.Parse("query.campaign_id", q.CampaignID); err != nil {
			return f, err
		}
	}
	if q.ImportID != "" {
		if f.ImportID, err = id.Parse("query.import_id", q.ImportID); err != nil {
			return f, err
		}
	}
	return f, f.Check("query")
}

// filledOf leaves out empty values: "status=" asks for nothing.
func filledOf(values []string) []string {
	var out []string
	for _, v := range values {
		if v != "" {
			out = append(out, v)
		}
	}
	return out
}

type listLeadsInput struct {
	PageQuery
	LeadFilter
	Sort  string `query:"sort" maxLength:"20" doc:"score, created_at, name or company; with - descending. The newest first by default."`
	Count bool   `query:"count" doc:"Also count all that match."`
}

func (h leadHandlers) list(ctx context.Context, in *listLeadsInput) (*bodyOf[Page[lead.Lead]], error) {
	filter, err := in.filter()
	if err != nil {
		return nil, err
	}
	sort, err := lead.ParseSort("query.sort", in.Sort)
	if err != nil {
		return nil, err
	}
	found, err := h.leads.List(ctx, From(ctx).Org, lead.Query{Filter: filter, Sort: sort, Cursor: in.Cursor, Limit: in.Limit, Count: in.Count})
	if err != nil {
		return nil, err
	}
	out := page(found.Items, found.Next)
	out.Body.Total = found.Total
	return out, nil
}

func (h leadHandlers) show(ctx context.Context, in *IDPath) (*tagged[lead.Lead], error) {
	l, err := h.leads.Find(ctx, From(ctx).Org, in.ID)
	if err != nil {
		return nil, err
	}
	return withTag(l, l.Version), nil
}

type updateLeadInput struct {
	IDPath
	MatchHeader
	Body struct {
		Email      Optional[string]   `json:"email,omitempty" maxLength:"320"`
		Phone      Optional[string]   `json:"phone,omitempty" maxLength:"64"`
		FirstName  Optional[string]   `json:"first_name,omitempty" maxLength:"200"`
		LastName   Optional[string]   `json:"last_name,omitempty" maxLength:"200"`
		Company    Optional[string]   `json:"company,omitempty" maxLength:"200"`
		Title      Optional[string]   `json:"title,omitempty" maxLength:"200"`
		Region     Optional[string]   `json:"region,omitempty" maxLength:"200"`
		Timezone   Optional[string]   `json:"timezone,omitempty" maxLength:"64"`
		Source     Optional[string]   `json:"source,omitempty" maxLength:"200"`
		ExternalID Optional[string]   `json:"external_id,omitempty" maxLength:"200"`
		Tags       Optional[[]string] `json:"tags,omitempty" maxItems:"50"`
		Custom     map[string]any     `json:"custom,omitempty"`
		Status     lead.Status        `json:"status,omitempty" enum:"new,active,engaged,qualified,meeting_booked,customer,cold,unsubscribed,invalid"`
	}
}

// sent is the new value of an optional field; null is the zero value.
func sent[T any](o Optional[T]) *T {
	if !o.Sent {
		return nil
	}
	return &o.Value
}

// version is the one that the client has seen; 0 when it does not care.
func (m MatchHeader) version() int {
	if v := m.want(); v != nil {
		return *v
	}
	return 0
}

func (h leadHandlers) update(ctx context.Context, in *updateLeadInput) (*tagged[lead.Lead], error) {
	b := in.Body
	patch := lead.Patch{
		Email: sent(b.Email), Phone: sent(b.Phone), FirstName: sent(b.FirstName), LastName: sent(b.LastName), Company: sent(b.Company),
		Title: sent(b.Title), Region: sent(b.Region), Timezone: sent(b.Timezone), Source: sent(b.Source), ExternalID: sent(b.ExternalID),
		Tags: sent(b.Tags), Custom: b.Custom,
	}
	if b.Status != "" {
		patch.Status = &b.Status
	}
	l, err := h.leads.Update(ctx, From(ctx).Org, in.ID, in.version(), patch)
	if err != nil {
		return nil, err
	}
	return withTag(l, l.Version), nil
}

type deleteLeadInput struct {
	IDPath
	MatchHeader
}

func (h leadHandlers) remove(ctx context.Context, in *deleteLeadInput) (*empty, error) {
	if err := h.leads.Delete(ctx, From(ctx).Org, in.ID, in.version()); err != nil {
		return nil, err
	}
	return &empty{}, nil
}

type leadInteractionsInput struct {
	IDPath
	PageQuery
}

func (h leadHandlers) interactions(ctx context.Context, in *leadInteractionsInput) (*bodyOf[Page[lead.Interaction]], error) {
	found, err := h.leads.Interactions(ctx, From(ctx).Org, in.ID, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	return page(found.Items, found.Next), nil
}

type addNoteInput struct {
	IDPath
	Body struct {
		Body string `json:"body" minLength:"1" maxLength:"32768"`
	}
}

func (h leadHandlers) addNote(ctx context.Context, in *addNoteInput) (*bodyOf[lead.Interaction], error) {
	note, err := h.leads.AddNote(ctx, From(ctx).Org, in.ID, From(ctx).User, in.Body.Body)
	if err != nil {
		return nil, err
	}
	return answer(note), nil
}

type addTaskInput struct {
	IDPath
	Body struct {
		Title      string     `json:"title" minLength:"1" maxLength:"200"`
		Body       string     `json:"body,omitempty" maxLength:"32768"`
		AssigneeID *id.ID     `json:"assignee_id,omitempty"`
		DueAt      *time.Time `json:"due_at,omitempty"`
	}
}

func (h leadHandlers) addTask(ctx context.Context, in *addTaskInput) (*bodyOf[task.Task], error) {
	added, err := h.tasks.Add(ctx, From(ctx).Org, task.Task{
		LeadID: in.ID, Title: in.Body.Title, Body: in.Body.Body, AssigneeID: in.Body.AssigneeID, DueAt: in.Body.DueAt,
	})
	if err != nil {
		return nil, err
	}
	return answer(added), nil
}

type listTasksInput struct {
	LeadID string `query:"lead_id" maxLength:"36"`
}

func (h leadHandlers) listTasks(ctx context.Context, in *listTasksInput) (*bodyOf[Page[task.Task]], error) {
	var of id.ID
	if in.LeadID != "" {
		var err error
		if of, err = id.Parse("query.lead_id", in.LeadID); err != nil {
			return nil, err
		}
	}
	tasks, err := h.tasks.List(ctx, From(ctx).Org, of)
	if err != nil {
		return nil, err
	}
	return page(tasks, ""), nil
}

type updateTaskInput struct {
	IDPath
	Body struct {
		Done bool `json:"done"`
	}
}

func (h leadHandlers) updateTask(ctx context.Context, in *updateTaskInput) (*empty, error) {
	if err := h.tasks.Finish(ctx, From(ctx).Org, in.ID, in.Body.Done); err != nil {
		return nil, err
	}
	return &empty{}, nil
}

type bulkLeadsInput struct {
	Body struct {
		IDs    []id.ID         `json:"ids,omitempty" maxItems:"10000"`
		Filter json.RawMessage `json:"filter,omitempty" doc:"The keys of the list; {} is everybody."`
		Action string          `json:"action" enum:"delete,set_status,add_tags,remove_tags,rescore"`
		Status lead.Status     `json:"status,omitempty" doc:"Of set_status."`
		Tags   []string        `json:"tags,omitempty" maxItems:"50" doc:"Of add_tags and remove_tags."`
	}
}

func (h leadHandlers) bulk(ctx context.Context, in *bulkLeadsInput) (*bodyOf[lead.BulkResult], error) {
	b := lead.Bulk{IDs: in.Body.IDs, Action: in.Body.Action, Status: in.Body.Status, Tags: in.Body.Tags}
	if len(in.Body.Filter) > 0 && string(in.Body.Filter) != "null" {
		filter, err := lead.ParseFilter("body.filter", in.Body.Filter)
		if err != nil {
			return nil, err
		}
		b.Filter = &filter
	}
	result, err := h.leads.Do(ctx, From(ctx).Org, b)
	if err != nil {
		return nil, err
	}
	return answer(result), nil
}

type exportLeadsInput struct{ LeadFilter }

func (h leadHandlers) export(ctx context.Context, in *exportLeadsInput) (*huma.StreamResponse, error) {
	filter, err := in.filter()
	if err != nil {
		return nil, err
	}
	org := From(ctx).Org
	if err := h.spendRows(ctx, filter); err != nil {
		return nil, err
	}
	return h.api.stream("leads.csv", func(ctx context.Context, w io.Writer) error {
		return h.leads.Export(ctx, org, filter, w, func(batch []lead.Lead) error {
			return h.api.disclose(ctx, "export-leads", &batch)
		})
	}), nil
}

// spendRows takes the rows of an export from what an API key may give away today,
// and tells who watches.
func (h leadHandlers) spendRows(ctx context.Context, filter lead.Filter) error {
	identity := From(ctx)
	page, err := h.leads.List(ctx, identity.Org, lead.Query{Filter: filter, Sort: lead.Sort{Column: "created_at"}, Limit: 1, Count: true})
	if err != nil {
		return err
	}
	if err := h.api.Auth.Spend(ctx, identity, quota.ExportRows, *page.Total); err != nil {
		return err
	}
	if h.api.Watch != nil {
		h.api.Watch.Note(signal.Signal{Org: identity.Org, Kind: signal.Exported, Actor: identity.Actor(), N: *page.Total})
	}
	return nil
}

// LeadCompliance is why a person may or may not be contacted.
type LeadCompliance struct {
	LeadID       id.ID                    `json:"lead_id"`
	Status       lead.Status              `json:"status"`
	Timezones    []string                 `json:"timezones" doc:"Where the person may be; empty when nobody knows."`
	Consents     []compliance.Consent     `json:"consents"`
	Suppressions []compliance.Suppression `json:"suppressions"`
}

func (h leadHandlers) compliance(ctx context.Context, in *IDPath) (*bodyOf[LeadCompliance], error) {
	org := From(ctx).Org
	l, err := h.leads.Find(ctx, org, in.ID)
	if err != nil {
		return nil, err
	}
	ledger, err := h.leads.Ledger(ctx, org, in.ID, h.rules)
	if err != nil {
		return nil, err
	}
	out := LeadCompliance{
		LeadID: l.ID, Status: l.Status, Timezones: []string{},
		Consents: append([]compliance.Consent{}, ledger.Consents...), Suppressions: append([]compliance.Suppression{}, ledger.Suppressions...),
	}
	for _, zone := range h.rules.Zones().Of(l.Timezone, l.Phone, l.Region) {
		out.Timezones = append(out.Timezones, zone.String())
	}
	return answer(out), nil
}
