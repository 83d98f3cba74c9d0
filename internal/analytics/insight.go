package analytics

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"rainmaker/internal/platform/id"
)

// Weight says how much an insight asks for.
type Weight string

// The weights, the heaviest first.
const (
	Act   Weight = "act"   // it costs reputation or people every day
	Look  Weight = "look"  // worth a decision
	Shine Weight = "shine" // it works: do more of it
)

// Insight is something the numbers show with enough evidence to say it. The
// rules are fixed: no model writes them, and each tells its sample.
type Insight struct {
	Kind       string
	Weight     Weight
	Title      string
	Text       string
	CampaignID id.ID // Nil: of the whole workspace
	StepID     id.ID
	VariantID  id.ID
	Sample     int64              // mails the statement stands on
	Evidence   map[string]float64 // counts, rates, interval ends by name
	Do         Do
}

// Do is what a person may do about it.
type Do struct {
	Label string
	Place string // campaign, variants, queue
}

// The lines that mailbox providers draw (bulk sender rules of Gmail and Yahoo of
// 2024, of Microsoft of 2025): complaints under 0.3 %, better under 0.1 %. No
// provider publishes one for bounces and opt-outs; 2 % is the senders' own.
const (
	bounceLine    = 0.02
	complaintLine = 0.001
	optOutLine    = 0.02
	// enoughForRare is the sample from which rare things are spoken of.
	enoughForRare = 1000
)

// part of an insight's text.
func percent(rate float64) string { return fmt.Sprintf("%.1f %%", 100*rate) }

// rare judges a rate that must stay below a line.
type rare struct {
	metric Metric
	line   float64
	least  int64 // mails before it is spoken of
	weight Weight
	kind   string
	title  string
	text   string // of: n, mails, rate, interval
}

func rares() []rare {
	return []rare{
		{HardBounces, bounceLine, minSent, Act, "bounces_high", "%s bounces too much", "%d of %d mails came back for good, %s (%s to %s). Above 2 %% mailbox providers begin to distrust the sender: pause it and check where the list comes from."},
		{Complaints, complaintLine, enoughForRare, Act, "complaints_high", "%s is called spam too often", "%d of %d mails were reported as spam, %s (%s to %s). Gmail and Yahoo ask for less than 0.1 %%: pause it and write to fewer, better chosen people."},
		{Unsubscribes, optOutLine, minSent, Look, "opt_outs_high", "Many opt out of %s", "%d of %d mails ended in an opt-out, %s (%s to %s). The list may not be the one the words were written for."},
	}
}

// Insights reads the rollups of a period and says what they show.
func (s *Service) Insights(ctx context.Context, org id.ID, ask Ask) (*Query, []Insight, error) {
	ask.Metrics = []string{
		string(EmailsSent), string(Replies), string(PositiveReplies), string(HardBounces), string(Complaints), string(Unsubscribes),
		string(InDoubt),
	}
	ask.GroupBy = []string{string(ByCampaign), string(ByStep), string(ByVariant)}
	a, err := s.Ask(ctx, org, ask)
	if err != nil {
		return nil, nil, err
	}
	plans := plansOf(a.Rows)
	names := map[id.ID]string{}
	if s.Names != nil {
		ids := make([]id.ID, 0, len(plans))
		for _, p := range plans {
			ids = append(ids, p.campaign)
		}
		if names, err = s.Names.CampaignNames(ctx, org, ids); err != nil {
			return nil, nil, err
		}
	}
	out := []Insight{}
	for _, p := range plans {
		p.name = "A campaign"
		if names[p.campaign] != "" {
			p.name = "“" + names[p.campaign] + "”"
		}
		out = append(out, p.rates(len(plans))...)
		out = append(out, p.variantsOf()...)
		out = append(out, p.lateSteps()...)
	}
	out = append(out, best(plans)...)
	slices.SortStableFunc(out, func(a, b Insight) int {
		return cmp.Compare(weightOf(a.Weight), weightOf(b.Weight))
	})
	return a.Query, out, nil
}

func weightOf(w Weight) int { return slices.Index([]Weight{Act, Look, Shine}, w) }

// plan is one campaign's figures in the period.
type plan struct {
	campaign id.ID
	name     string
	total    Figures
	steps    []Part // in the order in which the rollups name them
	variants []Part
}

// plansOf gathers rows of campaign, step and variant.
func plansOf(rows []Row) []*plan {
	plans := map[id.ID]*plan{}
	steps, variants := map[id.ID]map[place]Figures{}, map[id.ID]map[place]Figures{}
	for _, row := range rows {
		campaign, step, variant := keyID(row.Keys[0]), keyID(row.Keys[1]), keyID(row.Keys[2])
		if campaign == id.Nil {
			continue
		}
		if plans[campaign] == nil {
			plans[campaign] = &plan{campaign: campaign, total: Figures{}}
			steps[campaign], variants[campaign] = map[place]Figures{}, map[place]Figures{}
		}
		for metric, value := range row.Figures {
			plans[campaign].total[metric] += value
			addTo(steps[campaign], place{step: step}, total{metric: metric, value: value})
			addTo(variants[campaign], place{step: step, variant: variant}, total{metric: metric, value: value})
		}
	}
	out := make([]*plan, 0, len(plans))
	for campaign, p := range plans {
		p.steps = parts(steps[campaign])
		p.variants = slices.DeleteFunc(parts(variants[campaign]), func(v Part) bool { return v.VariantID == id.Nil })
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b *plan) int { return slices.Compare(a.campaign[:], b.campaign[:]) })
	return out
}

// keyID is the id of a key of an answer; none is Nil.
func keyID(key string) id.ID {
	found, err := id.Parse("key", key)
	if err != nil {
		return id.Nil
	}
	return found
}

// rates says which rates are above their line: the whole interval is, over as many
// looks as there are campaigns.
func (p *plan) rates(looks int) []Insight {
	var out []Insight
	z := math.Sqrt2 * math.Erfinv(1-(1-confidence)/float64(max(looks, 1)))
	for _, r := range rares() {
		sample := Sample{p.total[EmailsSent], p.total[r.metric]}.bounded()
		low, high := wilson(sample, z)
		if sample.Sent < r.least || low <= r.line {
			continue
		}
		out = append(out, Insight{
			Kind: r.kind, Weight: r.weight, Title: fmt.Sprintf(r.title, p.name), CampaignID: p.campaign, Sample: sample.Sent,
			Text:     fmt.Sprintf(r.text, sample.Replied, sample.Sent, percent(sample.Rate()), percent(low), percent(high)),
			Evidence: map[string]float64{"count": float64(sample.Replied), "rate": sample.Rate(), "low": low, "high": high, "line": r.line, "confidence": confidence},
			Do:       Do{"Open the campaign", "campaign"},
		})
	}
	return out
}

// variantsOf says where one wording is better than another.
func (p *plan) variantsOf() []Insight {
	var out []Insight
	for _, c := range compareVariants(p.variants) {
		better, worse, variant := c.FirstRate, c.SecondRate, c.First
		switch c.Verdict {
		case FirstBetter:
		case SecondBetter:
			better, worse, variant = c.SecondRate, c.FirstRate, c.Second
		default:
			continue
		}
		var sample int64
		for _, v := range p.variants {
			if v.VariantID == c.First || v.VariantID == c.Second {
				sample += v.Figures[EmailsSent]
			}
		}
		out = append(out, Insight{
			Kind: "variant_better", Weight: Look, Title: "One wording of " + p.name + " gets more answers",
			Text:       fmt.Sprintf("People answered %s of its mails and %s of the other's. The difference is %s to %s at 99 %% confidence.", percent(better), percent(worse), percent(min(math.Abs(c.Low), math.Abs(c.High))), percent(max(math.Abs(c.Low), math.Abs(c.High)))),
			CampaignID: p.campaign, StepID: c.StepID, VariantID: variant, Sample: sample,
			Evidence: map[string]float64{"better": better, "worse": worse, "low": c.Low, "high": c.High, "confidence": confidence},
			Do:       Do{"Compare the wordings", "variants"},
		})
	}
	return out
}

// lateSteps says which later steps bring fewer answers than the one that brings
// most.
func (p *plan) lateSteps() []Insight {
	if len(p.steps) < 2 {
		return nil
	}
	top := slices.MaxFunc(p.steps, func(a, b Part) int { return cmp.Compare(sampleOf(a).bounded().Rate(), sampleOf(b).bounded().Rate()) })
	var out []Insight
	for _, step := range p.steps {
		if step.StepID == top.StepID {
			continue
		}
		c := Compare(sampleOf(top), sampleOf(step), len(p.steps)-1)
		if c.Verdict != FirstBetter || c.FirstRate < 2*c.SecondRate {
			continue
		}
		sample := sampleOf(step)
		out = append(out, Insight{
			Kind: "step_weak", Weight: Look, Title: "A step of " + p.name + " brings few answers",
			Text:       fmt.Sprintf("%d of its %d mails were answered, %s; its best step gets %s. Say something new in it, or end the sequence before it.", sample.Replied, sample.Sent, percent(c.SecondRate), percent(c.FirstRate)),
			CampaignID: p.campaign, StepID: step.StepID, Sample: sample.Sent,
			Evidence: map[string]float64{"rate": c.SecondRate, "best": c.FirstRate, "low": c.Low, "high": c.High, "confidence": confidence},
			Do:       Do{"Open the campaign", "campaign"},
		})
	}
	return out
}

// best names a campaign that gets more interested answers than all the others
// together.
func best(plans []*plan) []Insight {
	positive := func(p *plan) Sample { return Sample{p.total[EmailsSent], p.total[PositiveReplies]}.bounded() }
	if len(plans) < 2 {
		return nil
	}
	top := slices.MaxFunc(plans, func(a, b *plan) int { return cmp.Compare(positive(a).Rate(), positive(b).Rate()) })
	var rest Sample
	for _, p := range plans {
		if p != top {
			rest.Sent, rest.Replied = rest.Sent+positive(p).Sent, rest.Replied+positive(p).Replied
		}
	}
	c := Compare(positive(top), rest, len(plans))
	if c.Verdict != FirstBetter {
		return nil
	}
	return []Insight{{
		Kind: "campaign_best", Weight: Shine, Title: top.name + " finds the most interest", CampaignID: top.campaign, Sample: positive(top).Sent,
		Text:     fmt.Sprintf("%s of its mails bring an interested answer, %s of all others. Its words and its list are worth repeating.", percent(c.FirstRate), percent(c.SecondRate)),
		Evidence: map[string]float64{"rate": c.FirstRate, "others": c.SecondRate, "low": c.Low, "high": c.High, "confidence": confidence},
		Do:       Do{"Open the campaign", "campaign"},
	}}
}
