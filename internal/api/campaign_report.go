package api

import (
	"context"

	"rainmaker/internal/action"
	"rainmaker/internal/analytics"
	"rainmaker/internal/campaign"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// CampaignFigures are what became of a campaign: counts of events from the read
// side, and who is where right now.
type CampaignFigures struct {
	EmailsSent      int64 `json:"emails_sent"`
	Opens           int64 `json:"opens" doc:"First opens that no machine is known for. Never proof of a person."`
	MachineOpens    int64 `json:"machine_opens"`
	Clicks          int64 `json:"clicks"`
	MachineClicks   int64 `json:"machine_clicks"`
	Replies         int64 `json:"replies" doc:"Answers of people; auto-replies do not count."`
	PositiveReplies int64 `json:"positive_replies"`
	Bounces         int64 `json:"bounces"`
	HardBounces     int64 `json:"hard_bounces"`
	Unsubscribes    int64 `json:"unsubscribes"`
	Complaints      int64 `json:"complaints"`
	Failed          int64 `json:"failed"`
	Refused         int64 `json:"refused" doc:"By the gate, before anything was sent."`
	Meetings        int64 `json:"meetings"`
	DealsWon        int64 `json:"deals_won"`
	Queued          int64 `json:"queued" doc:"Waiting to go, or on their way."`
	Proposed        int64 `json:"proposed" doc:"Waiting for a person's approval."`
	InDoubt         int64 `json:"in_doubt" doc:"Nobody knows whether they were sent: a person decides."`
	Enrolled        int64 `json:"enrolled"`
	Active          int64 `json:"active"`
	Finished        int64 `json:"finished"`
	Stopped         int64 `json:"stopped"`
}

// CampaignReport is the answer of GET /campaigns/{id}/metrics.
type CampaignReport struct {
	CampaignFigures
	CampaignMetrics
}

func (h campaignHandlers) metrics(ctx context.Context, in *IDPath) (*bodyOf[CampaignReport], error) {
	report, err := h.report(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return answer(report), nil
}

// report gathers the figures of a campaign, which must exist.
func (h campaignHandlers) report(ctx context.Context, campaignID id.ID) (CampaignReport, error) {
	tenant := From(ctx).Org
	if _, err := h.Campaigns.Find(ctx, tenant, campaignID); err != nil {
		return CampaignReport{}, err
	}
	counted, err := h.Analytics.CampaignMetrics(ctx, tenant, campaignID)
	if err != nil {
		return CampaignReport{}, err
	}
	var states map[action.State]int64
	var enrolled map[string]int64
	err = h.DB.InTenant(ctx, tenant, func(tx db.Tx) (err error) {
		if states, err = h.Log.CountStates(ctx, tx, tenant, campaignID); err != nil {
			return err
		}
		enrolled, err = h.Campaigns.Counts(ctx, tx, tenant, campaignID)
		return err
	})
	if err != nil {
		return CampaignReport{}, err
	}
	t := counted.Totals
	out := CampaignReport{CampaignMetrics: campaignMetricsOf(counted), CampaignFigures: CampaignFigures{
		EmailsSent: t[analytics.EmailsSent], Opens: t[analytics.Opens], MachineOpens: t[analytics.MachineOpens],
		Clicks: t[analytics.Clicks], MachineClicks: t[analytics.MachineClicks], Replies: t[analytics.Replies],
		PositiveReplies: t[analytics.PositiveReplies], Bounces: t[analytics.Bounces], HardBounces: t[analytics.HardBounces],
		Unsubscribes: t[analytics.Unsubscribes], Complaints: t[analytics.Complaints], Failed: t[analytics.Failed],
		Refused: t[analytics.Refused], Meetings: t[analytics.Meetings], DealsWon: t[analytics.DealsWon],
		Queued: states[action.Queued] + states[action.Claimed] + states[action.Sending], Proposed: states[action.Proposed],
		InDoubt: states[action.InDoubt], Active: enrolled["active"] + enrolled["waiting"], Finished: enrolled["finished"], Stopped: enrolled["stopped"],
	}}
	out.Enrolled = out.Active + out.Finished + out.Stopped
	return out, nil
}

type previewInput struct {
	IDPath
	Body struct {
		LeadID id.ID `json:"lead_id"`
	}
}

// Previewed is what a campaign would say to one person.
type Previewed struct {
	Steps   []campaign.StepPreview `json:"steps"`
	Verdict campaign.PersonVerdict `json:"verdict" doc:"Whether this person could be contacted now, and by which rule."`
}

func (h campaignHandlers) preview(ctx context.Context, in *previewInput) (*bodyOf[Previewed], error) {
	steps, verdict, err := h.Campaigns.Preview(ctx, From(ctx).Org, in.ID, in.Body.LeadID)
	if err != nil {
		return nil, err
	}
	return answer(Previewed{steps, verdict}), nil
}
