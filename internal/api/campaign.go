package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/action"
	"rainmaker/internal/analytics"
	"rainmaker/internal/campaign"
	"rainmaker/internal/campaign/recall"
	"rainmaker/internal/email"
	"rainmaker/internal/email/inbox"
	"rainmaker/internal/lead"
	"rainmaker/internal/llm"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// Outreach are the services behind campaigns, mailboxes and actions.
type Outreach struct {
	DB        *db.DB
	Campaigns *campaign.Service
	Recall    *recall.Service
	Email     *email.Service
	Inbox     *inbox.Service
	Log       *action.Log
	Analytics *analytics.Service
	Org       *org.Service
	Writer    *llm.Service
	Models    []string // language models that write, the default first; none: the offline composer
}

// writeTime is what a model may take for all the words of a campaign.
const writeTime = 5 * time.Minute

// campaigns registers sequences: drafts, the launch gate, and what became of
// them.
func (a *API) campaigns(o Outreach) {
	h := campaignHandlers{Outreach: o, clock: a.Clock.Now}
	tags := []string{"Campaigns"}
	one := func(opID, verb, path, summary string) huma.Operation {
		return huma.Operation{OperationID: opID, Method: verb, Path: "/campaigns/{id}" + path, Summary: summary, Tags: tags}
	}
	register(a, huma.Operation{
		OperationID: "create-campaign", Method: http.MethodPost, Path: "/campaigns", DefaultStatus: http.StatusCreated,
		Summary: "Draft a campaign", Tags: tags,
		Description: "A variant without subject and body is written from its prompt; 503, and no campaign, when the language model fails. Nothing leaves before launch.",
		Metadata:    timeout(writeTime),
	}, h.create)
	register(a, huma.Operation{OperationID: "list-campaigns", Method: http.MethodGet, Path: "/campaigns", Summary: "Campaigns, the newest first", Tags: tags}, h.list)
	register(a, one("show-campaign", http.MethodGet, "", "One campaign"), h.show)
	update := one("update-campaign", http.MethodPatch, "", "Change a campaign")
	update.Description = "Fields that are left out stay. Once launched, steps can be reworded, delayed and added, not taken away."
	update.Metadata = timeout(writeTime)
	register(a, update, h.update)
	remove := one("delete-campaign", http.MethodDelete, "", "Delete a draft")
	remove.DefaultStatus = http.StatusNoContent
	register(a, remove, h.remove)
	launch := one("launch-campaign", http.MethodPost, "/launch", "Pass the gate and start")
	launch.Description = "409 names every obstacle at once. What was launched is kept as a snapshot."
	launch.Metadata = timeout(5 * time.Minute)
	register(a, launch, h.launch)
	register(a, one("pause-campaign", http.MethodPost, "/pause", "Send nothing more until resumed"), h.mover("campaign.paused", o.Campaigns.Pause))
	register(a, one("resume-campaign", http.MethodPost, "/resume", "Go on where it stood"), h.mover("campaign.resumed", o.Campaigns.Resume))
	register(a, one("archive-campaign", http.MethodPost, "/archive", "End it for good"), h.mover("campaign.archived", o.Campaigns.Archive))
	enrol := one("enrol-leads", http.MethodPost, "/enrol", "Add people to a launched campaign")
	enrol.Metadata = timeout(5 * time.Minute)
	register(a, enrol, h.enrol)
	undo := one("undo-enrolment", http.MethodPost, "/enrol/undo", "Take back what one request enrolled")
	undo.Description = "Takes out whom nothing has reached yet, with what waits for them; the others stay and are counted."
	undo.Metadata = timeout(5 * time.Minute)
	register(a, undo, h.undoEnrolment)
	preflight := one("preflight-campaign", http.MethodPost, "/preflight", "The verdict of the gate, without launching")
	preflight.Metadata = timeout(5 * time.Minute)
	register(a, preflight, h.preflight)
	register(a, one("preview-campaign", http.MethodPost, "/preview", "What each step would say to a person"), h.preview)
	register(a, one("show-campaign-metrics", http.MethodGet, "/metrics", "What became of it, over all time"), h.metrics)
	a.campaignRooms(h)
	register(a, one("list-campaign-enrolments", http.MethodGet, "/enrolments", "Who is in it"), h.enrolments)
}

type campaignHandlers struct {
	Outreach
	clock func() time.Time
}

// change runs fn and its audit entry in one transaction of the caller's
// organisation.
func (h campaignHandlers) change(ctx context.Context, what string, thing func() id.ID, fn func(tx db.Tx, org id.ID) error) error {
	who := From(ctx)
	return h.DB.InTenant(ctx, who.Org, func(tx db.Tx) error {
		if err := fn(tx, who.Org); err != nil {
			return err
		}
		return org.Audit(ctx, tx, who.Org, h.clock(), who.Actor(), what, org.Target("campaign", thing()), nil)
	})
}

// CampaignFields are what a client says of a campaign. In a PATCH only what is
// sent changes.
type CampaignFields struct {
	Name          *string             `json:"name,omitempty" minLength:"1" maxLength:"200"`
	Type          *string             `json:"type,omitempty" enum:"email_sequence,outbound_calls,social_media,multichannel"`
	Goal          *string             `json:"goal,omitempty" maxLength:"2000"`
	Audience      *AudienceFields     `json:"audience,omitempty"`
	Steps         *[]StepFields       `json:"steps,omitempty" maxItems:"50"`
	AI            *campaign.AI        `json:"ai,omitempty"`
	Budget        *campaign.Budget    `json:"budget,omitempty"`
	Schedule      *campaign.Schedule  `json:"schedule,omitempty"`
	ABTesting     *bool               `json:"ab_testing,omitempty"`
	AutoOptimize  *bool               `json:"auto_optimize,omitempty"`
	MailboxID     Optional[id.ID]     `json:"mailbox_id,omitempty"`
	PhoneNumberID Optional[id.ID]     `json:"phone_number_id,omitempty"`
	StartAt       Optional[time.Time] `json:"start_at,omitempty"`
	EndAt         Optional[time.Time] `json:"end_at,omitempty"`
}

// AudienceFields says who is enrolled; an empty filter is everybody.
type AudienceFields struct {
	Filter map[string]json.RawMessage `json:"filter" doc:"The keys of the lead list, tags, source and company."`
}

// StepFields is one touch of the sequence.
type StepFields struct {
	ID       *id.ID              `json:"id,omitempty"`
	Channel  string              `json:"channel" enum:"email,call,social,task"`
	Delay    string              `json:"delay,omitempty" maxLength:"32" default:"0s" doc:"Counted from the previous step: 0s, 72h, 3d."`
	When     *campaign.Condition `json:"when,omitempty"`
	Variants []VariantFields     `json:"variants" maxItems:"10"`
}

// VariantFields is one wording of a step.
type VariantFields struct {
	ID      *id.ID `json:"id,omitempty"`
	Name    string `json:"name,omitempty" maxLength:"100"`
	Weight  *int   `json:"weight,omitempty" minimum:"0" maximum:"1000000" doc:"Share of the traffic; 100 when left out."`
	Subject string `json:"subject,omitempty" maxLength:"900"`
	Body    string `json:"body,omitempty" maxLength:"100000" doc:"Text with light markup and merge fields: {{first_name | there}}."`
	Prompt  string `json:"prompt,omitempty" maxLength:"10000"`
	Script  string `json:"script,omitempty" maxLength:"50000"`
}

// defaultWeight is a variant's share when none is given.
const defaultWeight = 100

// apply changes c by the fields that were sent.
func (f *CampaignFields) apply(c *campaign.Campaign) error {
	set(&c.Name, f.Name)
	set(&c.Type, f.Type)
	set(&c.Goal, f.Goal)
	set(&c.AI, f.AI)
	set(&c.Budget, f.Budget)
	set(&c.Schedule, f.Schedule)
	set(&c.ABTesting, f.ABTesting)
	set(&c.AutoOptimize, f.AutoOptimize)
	setID(&c.MailboxID, f.MailboxID)
	setID(&c.PhoneNumberID, f.PhoneNumberID)
	setTime(&c.StartAt, f.StartAt)
	setTime(&c.EndAt, f.EndAt)
	if f.Audience != nil {
		raw, err := json.Marshal(f.Audience.Filter)
		if err != nil {
			return err
		}
		if c.Audience.Filter, err = lead.ParseFilter("body.audience.filter", raw); err != nil {
			return err
		}
	}
	if f.Steps == nil {
		return nil
	}
	steps := make([]campaign.Step, len(*f.Steps))
	for i, s := range *f.Steps {
		var err error
		if steps[i], err = s.step("body.steps[" + strconv.Itoa(i) + "]"); err != nil {
			return err
		}
	}
	c.Steps = steps
	return nil
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

func setID(to *id.ID, from Optional[id.ID]) {
	if from.Sent {
		*to = from.Value // zero when null
	}
}

func setTime(to **time.Time, from Optional[time.Time]) {
	if !from.Sent {
		return
	}
	*to = nil
	if !from.Null {
		*to = &from.Value
	}
}

// step reads one step; at names it in errors.
func (s *StepFields) step(at string) (campaign.Step, error) {
	delay, err := parseDelay(s.Delay)
	if err != nil {
		return campaign.Step{}, errs.InvalidField(at+".delay", "want a duration such as 0s, 72h or 3d")
	}
	out := campaign.Step{Channel: s.Channel, Delay: delay, Condition: s.When}
	if s.ID != nil {
		out.ID = *s.ID
	}
	for _, v := range s.Variants {
		variant := campaign.Variant{Name: v.Name, Weight: defaultWeight, Subject: v.Subject, Body: v.Body, Prompt: v.Prompt, Script: v.Script}
		if v.ID != nil {
			variant.ID = *v.ID
		}
		set(&variant.Weight, v.Weight)
		out.Variants = append(out.Variants, variant)
	}
	return out, nil
}

// parseDelay reads a Go duration, or whole days ("3d").
func parseDelay(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil || n < 0 || n > 365 {
			return 0, errs.New(errs.Invalid, "not a number of days")
		}
		return time.Duration(n) * 24 * time.Hour, nil
	}
	if text == "" {
		return 0, nil
	}
	return time.ParseDuration(text)
}

// Campaign is a campaign as answers show it.
type Campaign struct {
	ID            id.ID             `json:"id"`
	Name          string            `json:"name"`
	Type          string            `json:"type"`
	Status        campaign.Status   `json:"status" enum:"draft,running,paused,completed,archived"`
	Goal          string            `json:"goal"`
	Audience      campaign.Audience `json:"audience"`
	Steps         []StepFields      `json:"steps"`
	AI            campaign.AI       `json:"ai"`
	Budget        campaign.Budget   `json:"budget"`
	Schedule      campaign.Schedule `json:"schedule"`
	ABTesting     bool              `json:"ab_testing"`
	AutoOptimize  bool              `json:"auto_optimize"`
	MailboxID     *id.ID            `json:"mailbox_id"`
	PhoneNumberID *id.ID            `json:"phone_number_id"`
	StartAt       *time.Time        `json:"start_at"`
	EndAt         *time.Time        `json:"end_at"`
	LaunchedAt    *time.Time        `json:"launched_at"`
	PausedBy      string            `json:"paused_by,omitempty"`
	Version       int               `json:"version"`
	CreatedAt     time.Time         `json:"created_at"`
	UpdatedAt     time.Time         `json:"updated_at"`
	Metrics       *CampaignFigures  `json:"metrics,omitempty"`
}

// campaignOf shapes c.
func campaignOf(c campaign.Campaign) Campaign {
	out := Campaign{
		ID: c.ID, Name: c.Name, Type: c.Type, Status: c.Status, Goal: c.Goal, Audience: c.Audience, Steps: []StepFields{},
		AI: c.AI, Budget: c.Budget, Schedule: c.Schedule, ABTesting: c.ABTesting, AutoOptimize: c.AutoOptimize,
		MailboxID: optionalID(c.MailboxID), PhoneNumberID: optionalID(c.PhoneNumberID), StartAt: c.StartAt, EndAt: c.EndAt,
		LaunchedAt: c.LaunchedAt, PausedBy: c.PausedBy, Version: c.Version, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt,
	}
	out.Steps = stepsOf(c.Steps)
	return out
}

// stepsOf shapes steps.
func stepsOf(steps []campaign.Step) []StepFields {
	out := []StepFields{}
	for _, s := range steps {
		step := StepFields{ID: &s.ID, Channel: s.Channel, Delay: s.Delay.String(), When: s.Condition, Variants: []VariantFields{}}
		for _, v := range s.Variants {
			step.Variants = append(step.Variants, VariantFields{
				ID: &v.ID, Name: v.Name, Weight: &v.Weight, Subject: v.Subject, Body: v.Body, Prompt: v.Prompt, Script: v.Script,
			})
		}
		out = append(out, step)
	}
	return out
}

type createCampaignInput struct{ Body CampaignFields }

func (h campaignHandlers) create(ctx context.Context, in *createCampaignInput) (*tagged[Campaign], error) {
	if in.Body.Name == nil {
		return nil, errs.InvalidField("body.name", "is required")
	}
	if in.Body.Type == nil {
		return nil, errs.InvalidField("body.type", "is required")
	}
	var c campaign.Campaign
	if err := in.Body.apply(&c); err != nil {
		return nil, err
	}
	if err := h.Campaigns.Compose(ctx, From(ctx).Org, &c); err != nil {
		return nil, err
	}
	err := h.change(ctx, "campaign.created", func() id.ID { return c.ID }, func(tx db.Tx, org id.ID) (err error) {
		c, err = h.Campaigns.Create(ctx, tx, org, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	return withTag(campaignOf(c), c.Version), nil
}

type listCampaignsInput struct {
	PageQuery
	Status string `query:"status" enum:"draft,running,paused,completed,archived"`
}

func (h campaignHandlers) list(ctx context.Context, in *listCampaignsInput) (*bodyOf[Page[Campaign]], error) {
	var before id.ID
	if err := decodeCursor(in.Cursor, &before); err != nil {
		return nil, err
	}
	list, err := h.Campaigns.List(ctx, From(ctx).Org, campaign.Status(in.Status), before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(list) > in.Limit {
		list = list[:in.Limit]
		next = encodeCursor(list[in.Limit-1].ID)
	}
	items := make([]Campaign, len(list))
	for i, c := range list {
		items[i] = campaignOf(c)
		report, err := h.report(ctx, c.ID)
		if err != nil {
			return nil, err
		}
		items[i].Metrics = &report.CampaignFigures
	}
	return page(items, next), nil
}

func (h campaignHandlers) show(ctx context.Context, in *IDPath) (*tagged[Campaign], error) {
	c, err := h.Campaigns.Find(ctx, From(ctx).Org, in.ID)
	if err != nil {
		return nil, err
	}
	return withTag(campaignOf(c), c.Version), nil
}

type updateCampaignInput struct {
	IDPath
	MatchHeader
	Body CampaignFields
}

func (h campaignHandlers) update(ctx context.Context, in *updateCampaignInput) (*tagged[Campaign], error) {
	version := 0
	set(&version, in.want())
	edit, err := h.Campaigns.Composed(ctx, From(ctx).Org, in.ID, version, in.Body.apply)
	if err != nil {
		return nil, err
	}
	var c campaign.Campaign
	err = h.change(ctx, "campaign.updated", func() id.ID { return in.ID }, func(tx db.Tx, org id.ID) (err error) {
		c, err = h.Campaigns.Update(ctx, tx, org, in.ID, version, edit)
		return err
	})
	if err != nil {
		return nil, err
	}
	return withTag(campaignOf(c), c.Version), nil
}

func (h campaignHandlers) remove(ctx context.Context, in *IDPath) (*empty, error) {
	err := h.change(ctx, "campaign.deleted", func() id.ID { return in.ID }, func(tx db.Tx, org id.ID) error {
		return h.Campaigns.Delete(ctx, tx, org, in.ID)
	})
	return &empty{}, err
}

// mover makes the handler of a verb that only changes the status.
func (h campaignHandlers) mover(what string, verb func(ctx context.Context, tx db.Tx, org, campaign id.ID, by string) (campaign.Campaign, error)) func(context.Context, *IDPath) (*tagged[Campaign], error) {
	return func(ctx context.Context, in *IDPath) (*tagged[Campaign], error) {
		var c campaign.Campaign
		err := h.change(ctx, what, func() id.ID { return in.ID }, func(tx db.Tx, org id.ID) (err error) {
			c, err = verb(ctx, tx, org, in.ID, string(From(ctx).Actor()))
			return err
		})
		if err != nil {
			return nil, err
		}
		h.Campaigns.Poke()
		return withTag(campaignOf(c), c.Version), nil
	}
}

// LaunchedCampaign is a campaign and what the gate said when it was launched.
type LaunchedCampaign struct {
	Campaign
	Preflight campaign.Verdict `json:"preflight"`
}

func (h campaignHandlers) launch(ctx context.Context, in *IDPath) (*tagged[LaunchedCampaign], error) {
	var c campaign.Campaign
	var verdict campaign.Verdict
	err := h.change(ctx, "campaign.launched", func() id.ID { return in.ID }, func(tx db.Tx, org id.ID) (err error) {
		c, verdict, err = h.Campaigns.Launch(ctx, tx, org, in.ID, string(From(ctx).Actor()))
		return err
	})
	if err != nil {
		return nil, err
	}
	h.Campaigns.Poke()
	return withTag(LaunchedCampaign{campaignOf(c), verdict}, c.Version), nil
}

func (h campaignHandlers) preflight(ctx context.Context, in *IDPath) (*bodyOf[campaign.Verdict], error) {
	verdict, err := h.Campaigns.Preflight(ctx, From(ctx).Org, in.ID)
	if err != nil {
		return nil, err
	}
	return answer(verdict), nil
}

type enrolInput struct {
	IDPath
	Body struct {
		LeadIDs []id.ID                    `json:"lead_ids,omitempty" maxItems:"10000"`
		Filter  map[string]json.RawMessage `json:"filter,omitempty" doc:"The keys of an audience; instead of lead_ids."`
	}
}

func (h campaignHandlers) enrol(ctx context.Context, in *enrolInput) (*bodyOf[campaign.Enrolled], error) {
	if (len(in.Body.LeadIDs) == 0) == (in.Body.Filter == nil) {
		return nil, errs.InvalidField("body.lead_ids", "give either lead_ids or filter")
	}
	var filter *lead.Filter
	if in.Body.Filter != nil {
		raw, err := json.Marshal(in.Body.Filter)
		if err != nil {
			return nil, err
		}
		parsed, err := lead.ParseFilter("body.filter", raw)
		if err != nil {
			return nil, err
		}
		filter = &parsed
	}
	var done campaign.Enrolled
	err := h.change(ctx, "campaign.enrolled", func() id.ID { return in.ID }, func(tx db.Tx, org id.ID) (err error) {
		done, err = h.Campaigns.Enrol(ctx, tx, org, in.ID, in.Body.LeadIDs, filter)
		return err
	})
	if err != nil {
		return nil, err
	}
	return answer(done), nil
}

type undoEnrolmentInput struct {
	IDPath
	Body struct {
		BatchID id.ID `json:"batch_id" doc:"From the answer of the enrolment."`
	}
}

func (h campaignHandlers) undoEnrolment(ctx context.Context, in *undoEnrolmentInput) (*bodyOf[recall.Report], error) {
	who := From(ctx)
	report, err := h.Recall.Undo(ctx, who.Org, in.ID, in.Body.BatchID, who.Actor())
	if err != nil {
		return nil, err
	}
	return answer(report), nil
}

type listEnrolmentsInput struct {
	IDPath
	PageQuery
	State string `query:"state" enum:"active,waiting,finished,stopped"`
}

func (h campaignHandlers) enrolments(ctx context.Context, in *listEnrolmentsInput) (*bodyOf[Page[campaign.Enrolment]], error) {
	var before id.ID
	if err := decodeCursor(in.Cursor, &before); err != nil {
		return nil, err
	}
	list, err := h.Campaigns.Enrolments(ctx, From(ctx).Org, in.ID, in.State, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(list) > in.Limit {
		list = list[:in.Limit]
		next = encodeCursor(list[in.Limit-1].ID)
	}
	return page(list, next), nil
}
