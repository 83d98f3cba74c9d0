package llm

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"strings"

	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// OfflineModel is the model recorded for every text that no model wrote.
const OfflineModel = "offline"

// Goal is what a sequence wants from the lead.
type Goal string

// The goals a draft can have.
const (
	BookDemo   Goal = "book_demo"
	Reactivate Goal = "reactivate" // a lead that went quiet, or a former customer
	FollowUp   Goal = "follow_up"  // after a first contact: a form, an event, a call
)

// LeadFacts is what is known of the lead. Every field may be empty. They come
// from imports and forms: hostile until cleaned, which Brief.Facts does.
type LeadFacts struct {
	FirstName string
	Company   string
	Title     string
	Source    string // where the lead came from: webinar, website, event, referral, trial, demo_request
	// Custom fields. Two have a meaning here: last_topic (what you last talked
	// about) and reason (why you write to this lead, as in "I'm writing because
	// ...").
	Custom map[string]string
}

// SenderFacts is what the sender may say of itself.
type SenderFacts struct {
	Name         string // who signs; empty: the organisation signs
	Organization string
	Offer        string // what is sold, in one line
	Proof        []Proof
	BookingURL   string // https; empty: the draft asks for a time instead
}

// Proof is a statement the sender can back up, and where it stands.
type Proof struct {
	Text   string
	Source string // a document, a page, a customer's permission; kept with the claim
}

// Brief asks for one mail of a sequence.
type Brief struct {
	Goal   Goal
	Step   int // from 1
	Steps  int // of the sequence; the last one says goodbye when there are more than two
	Lead   LeadFacts
	Sender SenderFacts
	Seed   int64 // the same seed and facts give the same offline draft
}

// ReplyBrief asks for a suggested answer to a reply that has been sorted.
type ReplyBrief struct {
	Label  string // see OfflineAnswer
	Lead   LeadFacts
	Sender SenderFacts
	Seed   int64
}

// Claim is a statement in a draft and the key of the fact it rests on.
type Claim struct {
	Text   string `json:"text"`
	Source string `json:"source"` // lead.company, sender.offer, sender.proof.1, ...
}

// Draft is a proposal of a mail. Subject and body keep merge fields such as
// {{first_name | there}} for the mail renderer.
type Draft struct {
	Subject string  `json:"subject"` // empty for an answer: the thread's subject stays
	Body    string  `json:"body"`
	Claims  []Claim `json:"claims"`
	Model   string  `json:"model"`          // OfflineModel when no model wrote
	Variant string  `json:"variant"`        // which offline text, such as intro/2
	Note    string  `json:"note,omitempty"` // why a configured model did not write
}

// Facts returns the cleaned facts by key: all that a draft may rest on. A value
// that carries markup, an address or a link is left out, except the booking
// link, which must be https.
func (b Brief) Facts() map[string]string { return facts(b.Lead, b.Sender) }

// Facts returns the cleaned facts by key.
func (b ReplyBrief) Facts() map[string]string { return facts(b.Lead, b.Sender) }

func facts(l LeadFacts, s SenderFacts) map[string]string {
	out := map[string]string{}
	put := func(key, value string, n int) {
		if v := cleanFact(value, n); v != "" {
			out[key] = v
		}
	}
	put("lead.first_name", l.FirstName, 60)
	put("lead.company", l.Company, 100)
	put("lead.title", l.Title, 100)
	put("lead.source", l.Source, 60)
	put("lead.custom.last_topic", l.Custom["last_topic"], 140)
	put("lead.custom.reason", l.Custom["reason"], 200)
	put("sender.name", s.Name, 80)
	put("sender.organization", s.Organization, 100)
	put("sender.offer", s.Offer, 240)
	for i, p := range s.Proof {
		put("sender.proof."+strconv.Itoa(i+1), p.Text, 300)
	}
	if u, err := url.Parse(s.BookingURL); err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil &&
		len(s.BookingURL) <= 300 && !strings.ContainsAny(s.BookingURL, " \t\r\n{}<>[]\"") {
		out["sender.booking_url"] = s.BookingURL
	}
	return out
}

// cleanFact returns s on one line without its final full stop, or "" when it is
// too long to be a fact or holds what facts never hold.
func cleanFact(s string, n int) string {
	v := strings.TrimRight(oneLine(s, n+1), ".")
	lower := strings.ToLower(v)
	for _, bad := range []string{"{", "}", "<", ">", "[", "]", "@", "http:", "https:", "www."} {
		if strings.Contains(lower, bad) {
			return ""
		}
	}
	if len([]rune(v)) > n {
		return ""
	}
	return v
}

// Validate reports a brief that no draft can be written for.
func (b Brief) Validate() error {
	switch b.Goal {
	case BookDemo, Reactivate, FollowUp:
	default:
		return errs.InvalidField("goal", "must be book_demo, reactivate or follow_up")
	}
	if b.Step < 1 || b.Steps < b.Step || b.Steps > 30 {
		return errs.InvalidField("step", "must be 1 to the number of steps, which is at most 30")
	}
	return needSender(b.Facts())
}

func needSender(f map[string]string) error {
	if f["sender.organization"] == "" {
		return errs.InvalidField("sender.organization", "is missing, too long or not plain text")
	}
	if f["sender.offer"] == "" {
		return errs.InvalidField("sender.offer", "is missing, too long or not plain text")
	}
	return nil
}

// Draft writes one mail: by the configured model when there is one and its
// draft passes CheckDraft, else offline. A model that fails, runs out of budget
// or invents something never holds up the sequence; Draft.Model and Draft.Note
// say what happened. Every draft leaves a row in llm_calls.
func (s *Service) Draft(ctx context.Context, org id.ID, ref Ref, model string, b Brief) (Draft, error) {
	if err := b.Validate(); err != nil {
		return Draft{}, err
	}
	write := func() (Draft, error) { return OfflineDraft(b) }
	return s.write(ctx, org, ref, model, b.Facts(), briefRequest(b), write)
}

// SuggestAnswer writes an answer to a sorted reply for a person to send or
// change. false: nothing should be said (an opt-out, an absence note). The
// reply's own text is not shown to the model here: the label is all that it
// needs, and all that the text can influence.
func (s *Service) SuggestAnswer(ctx context.Context, org id.ID, ref Ref, model string, b ReplyBrief) (Draft, bool, error) {
	if err := needSender(b.Facts()); err != nil {
		return Draft{}, false, err
	}
	offline, ok := OfflineAnswer(b)
	if !ok {
		return Draft{}, false, nil
	}
	write := func() (Draft, error) { return offline, nil }
	d, err := s.write(ctx, org, ref, model, b.Facts(), replyRequest(b), write)
	return d, err == nil, err
}

func (s *Service) write(ctx context.Context, org id.ID, ref Ref, model string, facts map[string]string, r Request, offline func() (Draft, error)) (Draft, error) {
	var note string
	if s.Configured() {
		r.Model = model
		d, err := s.modelDraft(ctx, org, ref, facts, r)
		if err == nil {
			return d, nil
		}
		if ctx.Err() != nil || errs.Is(err, errs.Invalid) && CodeOf(err) == CodeUnknownModel {
			return Draft{}, err
		}
		note = noteOf(err)
		s.log.WarnContext(ctx, "draft written offline", slog.String("purpose", ref.Purpose), slog.String("why", note))
	}
	d, err := offline()
	if err != nil {
		return Draft{}, err
	}
	d.Note = note
	prompt, err := json.Marshal(facts)
	if err != nil {
		return Draft{}, fmt.Errorf("facts of a draft: %w", err)
	}
	if err := s.offline(ctx, org, ref, prompt, []byte(d.Subject+"\n"+d.Body)); err != nil {
		return Draft{}, err
	}
	return d, nil
}
