package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/action"
	"rainmaker/internal/campaign"
	"rainmaker/internal/campaign/mailview"
	"rainmaker/internal/llm"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/money"
)

// campaignRooms registers what the pages of one campaign ask besides its fields:
// who is in the audience and why not, how a mail looks, tests, what is next, and
// the end of a comparison.
func (a *API) campaignRooms(h campaignHandlers) {
	one := func(opID, verb, path, summary string) huma.Operation {
		return huma.Operation{OperationID: opID, Method: verb, Path: "/campaigns/{id}" + path, Summary: summary, Tags: []string{"Campaigns"}}
	}
	audience := one("list-campaign-audience", http.MethodGet, "/audience", "People of the audience, by what the gate says of them")
	audience.Description = "A page may be short before the end: go on while there is a next_cursor."
	audience.Metadata = timeout(5 * time.Minute)
	register(a, audience, h.audience)
	frame := one("show-campaign-mail", http.MethodGet, "/variants/{variant_id}/mail", "One mail as a page for a frame")
	frame.Description = "The page carries a policy of its own: a sandbox that runs and loads nothing."
	frame.Responses = map[string]*huma.Response{"200": {Description: "The mail.", Content: map[string]*huma.MediaType{"text/html": {Schema: &huma.Schema{Type: "string"}}}}}
	register(a, frame, h.mail)
	test := one("test-campaign-mail", http.MethodPost, "/test-send", "Send one mail to yourself")
	test.DefaultStatus = http.StatusAccepted
	test.Description = "Goes to the address of the signed-in user, through the action log as email.test. It counts for no campaign."
	register(a, test, h.testSend)
	register(a, huma.Operation{
		OperationID: "show-writer", Method: http.MethodGet, Path: "/writer", Summary: "Who writes mails from a brief", Tags: []string{"Campaigns"},
	}, h.writer)
	register(a, huma.Operation{
		OperationID: "show-writer-status", Method: http.MethodGet, Path: "/writer/status", Summary: "How the language model does, and what it cost", Tags: []string{"Campaigns"},
		Description: "Of this organisation, from the record of calls. Costs are those of the current month (UTC); calls of unknown cost are counted apart.",
	}, h.writerStatus)
	register(a, one("show-campaign-outlook", http.MethodGet, "/outlook", "What is next, and what limits it"), h.outlook)
	register(a, one("list-campaign-launches", http.MethodGet, "/launches", "What exactly was launched"), h.launches)
	ship := one("ship-campaign-variant", http.MethodPost, "/variants/{variant_id}/ship", "Give one version all the traffic of its step")
	register(a, ship, h.ship)
	duplicate := one("copy-campaign", http.MethodPost, "/copy", "Make a draft of the same plan")
	duplicate.DefaultStatus = http.StatusCreated
	register(a, duplicate, h.duplicate)
}

type audienceInput struct {
	IDPath
	PageQuery
	Rule string `query:"rule" maxLength:"64" doc:"allowed, zone_unknown, or a rule of the gate's verdict; any when left out."`
}

func (h campaignHandlers) audience(ctx context.Context, in *audienceInput) (*bodyOf[Page[campaign.Candidate]], error) {
	var after id.ID
	if err := decodeCursor(in.Cursor, &after); err != nil {
		return nil, err
	}
	list, last, err := h.Campaigns.Candidates(ctx, From(ctx).Org, in.ID, in.Rule, after, in.Limit)
	if err != nil {
		return nil, err
	}
	next := ""
	if last != id.Nil {
		next = encodeCursor(last)
	}
	return page(list, next), nil
}

type mailInput struct {
	IDPath
	VariantID id.ID  `path:"variant_id"`
	LeadID    id.ID  `query:"lead_id" doc:"Whose values fill the merge fields; nobody's when left out."`
	Part      string `query:"part" enum:"html,text" default:"html"`
	Theme     string `query:"theme" enum:"light,dark" default:"light" doc:"dark shows it as mail programs do that darken mails."`
}

func (h campaignHandlers) mail(ctx context.Context, in *mailInput) (*huma.StreamResponse, error) {
	shown, err := h.Campaigns.PreviewOne(ctx, From(ctx).Org, in.ID, in.VariantID, in.LeadID)
	if err != nil {
		return nil, err
	}
	nonce := rand.Text()
	body := mailview.Page(shown.HTML, nonce, in.Theme == "dark")
	if in.Part == "text" {
		body = mailview.TextPage(shown.Text, nonce)
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", "text/html; charset=utf-8")
		ctx.SetHeader("Content-Security-Policy", mailview.Policy(nonce))
		ctx.SetHeader("X-Frame-Options", "SAMEORIGIN")
		ctx.SetHeader("Cache-Control", "no-store")
		_, _ = ctx.BodyWriter().Write([]byte(body)) // the browser went away
	}}, nil
}

type testSendInput struct {
	IDPath
	Body struct {
		VariantID id.ID `json:"variant_id"`
		LeadID    id.ID `json:"lead_id,omitempty" doc:"Whose values fill the merge fields."`
	}
}

// TestSent is a test on its way; GET /actions/{id} says what became of it.
type TestSent struct {
	ActionID id.ID        `json:"action_id"`
	To       string       `json:"to"`
	State    action.State `json:"state" enum:"proposed,queued,claimed,sending,done,failed,in_doubt,refused,abandoned"`
}

func (h campaignHandlers) testSend(ctx context.Context, in *testSendInput) (*bodyOf[TestSent], error) {
	who := From(ctx)
	out := TestSent{State: action.Queued}
	err := h.change(ctx, "campaign.tested", func() id.ID { return in.ID }, func(tx db.Tx, tenant id.ID) (err error) {
		if out.ActionID, err = h.Campaigns.TestSend(ctx, tx, tenant, in.ID, in.Body.VariantID, in.Body.LeadID, who.User); err != nil {
			return err
		}
		user, err := h.Org.User(ctx, tx, tenant, who.User)
		out.To = user.Email
		return err
	})
	if err != nil {
		return nil, err
	}
	h.Email.PokeTests()
	return answer(out), nil
}

// Writer says which language models write. Without any the program composes mails
// from the brief by rules, without a network.
type Writer struct {
	Offline bool     `json:"offline"`
	Models  []string `json:"models" doc:"The default first."`
}

func (h campaignHandlers) writer(context.Context, *empty) (*bodyOf[Writer], error) {
	return answer(Writer{Offline: len(h.Models) == 0, Models: append([]string{}, h.Models...)}), nil
}

// WriterStatus is how the language model does.
type WriterStatus struct {
	Offline      bool        `json:"offline" doc:"No model is configured: words come from templates."`
	Provider     string      `json:"provider" doc:"Of the default model; empty when offline."`
	Model        string      `json:"model"`
	LastSuccess  *time.Time  `json:"last_success_at"`
	LastErrorAt  *time.Time  `json:"last_error_at"`
	LastError    string      `json:"last_error" doc:"In words; empty when no call has failed."`
	MonthCalls   int64       `json:"month_calls"`
	MonthFailed  int64       `json:"month_failed"`
	MonthCost    money.Money `json:"month_cost" doc:"Rounded up to a cent."`
	UnknownCost  int64       `json:"month_unknown_cost" doc:"Calls whose cost is not known; not in month_cost."`
	MonthOffline int64       `json:"month_offline" doc:"Texts that templates wrote."`
}

// microsPerCent turns millionths of a dollar into cents.
const microsPerCent = 10_000

func (h campaignHandlers) writerStatus(ctx context.Context, _ *empty) (*bodyOf[WriterStatus], error) {
	s, err := h.Writer.Status(ctx, From(ctx).Org)
	if err != nil {
		return nil, err
	}
	out := WriterStatus{
		Offline: s.Model == "", Provider: s.Provider, Model: s.Model, LastSuccess: s.LastSuccess, LastErrorAt: s.LastError,
		MonthCalls: s.Calls, MonthFailed: s.Failed, UnknownCost: s.UnknownCost, MonthOffline: s.Offline,
		MonthCost: money.Money{AmountMinor: (s.CostMicros + microsPerCent - 1) / microsPerCent, Currency: "USD"},
	}
	if s.LastError != nil {
		out.LastError = llm.ErrorWords(s.ErrorCode)
	}
	return answer(out), nil
}

func (h campaignHandlers) outlook(ctx context.Context, in *IDPath) (*bodyOf[campaign.Outlook], error) {
	out, err := h.Campaigns.Outlook(ctx, From(ctx).Org, in.ID)
	if err != nil {
		return nil, err
	}
	return answer(out), nil
}

// Launch is one launch as answers show it.
type Launch struct {
	campaign.Launched
	Audience campaign.Audience `json:"audience"`
	Counts   campaign.Reach    `json:"counts"`
	Steps    []StepFields      `json:"steps"`
}

func (h campaignHandlers) launches(ctx context.Context, in *IDPath) (*bodyOf[Page[Launch]], error) {
	list, err := h.Campaigns.Launches(ctx, From(ctx).Org, in.ID)
	if err != nil {
		return nil, err
	}
	items := make([]Launch, len(list))
	for i, l := range list {
		audience, counts, steps, err := l.Parse()
		if err != nil {
			return nil, err
		}
		items[i] = Launch{Launched: l, Audience: audience, Counts: counts, Steps: stepsOf(steps)}
	}
	return page(items, ""), nil
}

type shipInput struct {
	IDPath
	MatchHeader
	VariantID id.ID `path:"variant_id"`
}

func (h campaignHandlers) ship(ctx context.Context, in *shipInput) (*tagged[Campaign], error) {
	version := 0
	set(&version, in.want())
	var c campaign.Campaign
	err := h.change(ctx, "campaign.variant_shipped", func() id.ID { return in.ID }, func(tx db.Tx, tenant id.ID) (err error) {
		c, err = h.Campaigns.Ship(ctx, tx, tenant, in.ID, in.VariantID, version, string(From(ctx).Actor()))
		return err
	})
	if err != nil {
		return nil, err
	}
	return withTag(campaignOf(c), c.Version), nil
}

func (h campaignHandlers) duplicate(ctx context.Context, in *IDPath) (*tagged[Campaign], error) {
	var c campaign.Campaign
	err := h.change(ctx, "campaign.copied", func() id.ID { return c.ID }, func(tx db.Tx, tenant id.ID) (err error) {
		c, err = h.Campaigns.Copy(ctx, tx, tenant, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return withTag(campaignOf(c), c.Version), nil
}
