package score

import (
	"encoding/json"
	"fmt"
	"time"
)

// Score is what the rules said of one lead.
type Score struct {
	Points  int
	Reasons []Reason
	Stored  []byte // the reasons, for Decode; nobody may change them
}

// fit is all that the score of a lead without history depends on.
type fit struct {
	work, private, phone, company, zone bool
	seniority                           int
}

// Scorer scores many leads as of one time. Without history there are few
// different scores: those are remembered. It is used by one goroutine.
type Scorer struct {
	now   time.Time
	known map[fit]Score
}

// NewScorer returns a Scorer.
func NewScorer(now time.Time) *Scorer { return &Scorer{now: now, known: map[fit]Score{}} }

// Score applies the rules.
func (s *Scorer) Score(f Facts) (Score, error) {
	fresh := !f.Closed && f.Engagement == Engagement{}
	k := fit{phone: f.HasPhone, company: f.Company != "", zone: f.HasZone, seniority: seniority(f.Title)}
	if f.EmailDomain != "" {
		k.private = freeMail(f.EmailDomain)
		k.work = !k.private
	}
	if known, ok := s.known[k]; ok && fresh {
		return known, nil
	}
	points, reasons := Of(f, s.now)
	stored, err := encode(reasons)
	if err != nil {
		return Score{}, err
	}
	out := Score{points, reasons, stored}
	if fresh {
		s.known[k] = out
	}
	return out, nil
}

// encode keeps codes and points; the texts belong to the program.
func encode(reasons []Reason) ([]byte, error) {
	type stored struct {
		Code   string `json:"code"`
		Points int    `json:"points"`
	}
	out := make([]stored, len(reasons))
	for i, r := range reasons {
		out[i] = stored{r.Code, r.Points}
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("score reasons: %w", err)
	}
	return raw, nil
}

// Decode reads stored reasons.
func Decode(stored []byte) ([]Reason, error) {
	var reasons []Reason
	if err := json.Unmarshal(stored, &reasons); err != nil {
		return nil, fmt.Errorf("score reasons: %w", err)
	}
	for i := range reasons {
		reasons[i].Text = words(reasons[i].Code)
	}
	return reasons, nil
}
