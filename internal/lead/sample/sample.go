// Package sample is the list of invented people that a new workspace can try
// things with: one call puts it in, one takes it out again.
//
// Audit: sample.added, sample.removed. Files: sample.go.
package sample

import (
	"context"
	"fmt"
	"strings"

	"rainmaker/internal/lead"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// Source and Tag mark the people of the sample list; together, so
// that nobody's own lead with such a source is taken for one.
const (
	Source = "sample"
	Tag    = "sample"
)

// people are invented; their addresses end in .example, which is nobody's
// (RFC 2606). The tag of the first lets her answer a practice mail with
// interest (internal/provider/sandbox), so that there is a demo to book.
var people = [][5]string{
	{"Maya", "Alvarez", "Harborlight Logistics", "Head of Sales", "CA"},
	{"Jordan", "Brooks", "Redwood Analytics", "VP Marketing", "WA"},
	{"Priya", "Chen", "Bluefin Software", "Founder", "CA"},
	{"Luis", "Dalton", "Sierra Staffing", "Revenue Operations Lead", "OR"},
	{"Hannah", "Eriksen", "Golden Gate Freight", "Director of Growth", "CA"},
	{"Omar", "Foster", "Pacific Dental Group", "Account Executive", "AZ"},
	{"Grace", "Gupta", "Mesa Robotics", "Chief Executive", "NV"},
	{"Daniel", "Hughes", "Cypress Health", "Head of Partnerships", "CO"},
	{"Sofia", "Ito", "Tidewater Media", "Marketing Manager", "NY"},
	{"Ethan", "Jensen", "Juniper Labs", "Head of Product", "TX"},
	{"Mei", "Kim", "Harborlight Logistics", "Operations Director", "CA"},
	{"Carlos", "Lopez", "Redwood Analytics", "Sales Manager", "WA"},
	{"Nora", "Moreno", "Bluefin Software", "Customer Success Lead", "CA"},
	{"Victor", "Novak", "Sierra Staffing", "Founder", "OR"},
	{"Amara", "Okafor", "Golden Gate Freight", "VP Sales", "CA"},
	{"Felix", "Patel", "Pacific Dental Group", "Practice Manager", "AZ"},
	{"Ruth", "Quinn", "Mesa Robotics", "Head of Sales", "NV"},
	{"Andre", "Reyes", "Cypress Health", "Director of Growth", "CO"},
	{"Lena", "Singh", "Tidewater Media", "Editor", "NY"},
	{"Sam", "Turner", "Juniper Labs", "Chief of Staff", "TX"},
}

// Service puts the list in and takes it out.
type Service struct{ leads *lead.Service }

// New returns a Service.
func New(leads *lead.Service) *Service { return &Service{leads} }

// Add puts the list into an organisation and returns how many of its people were
// not there yet.
func (s *Service) Add(ctx context.Context, orgID id.ID, actor org.Actor) (int, error) {
	added := 0
	for i, p := range people {
		house := strings.ReplaceAll(strings.ToLower(p[2]), " ", "")
		tag := ""
		if i == 0 {
			tag = "+interested"
		}
		_, err := s.leads.Create(ctx, orgID, lead.Draft{
			Email: fmt.Sprintf("%s.%s%s@%s.example", strings.ToLower(p[0]), strings.ToLower(p[1]), tag, house), FirstName: p[0], LastName: p[1],
			Company: p[2], Title: p[3], Region: p[4], Source: Source, Tags: []string{Tag},
		})
		switch {
		case err == nil:
			added++
		case !errs.Is(err, errs.Conflict): // a conflict: here already
			return added, fmt.Errorf("add sample: %w", err)
		}
	}
	return added, s.audit(ctx, orgID, actor, "sample.added", added)
}

// Remove deletes the people of the list, also those that were changed since, and
// what was recorded about them. It returns how many there were.
func (s *Service) Remove(ctx context.Context, orgID id.ID, actor org.Actor) (int, error) {
	gone := 0
	for {
		page, err := s.leads.List(ctx, orgID, lead.Query{Filter: lead.Filter{Source: []string{Source}, Tags: []string{Tag}}, Limit: 200})
		if err != nil {
			return gone, fmt.Errorf("remove sample: %w", err)
		}
		if len(page.Items) == 0 {
			return gone, s.audit(ctx, orgID, actor, "sample.removed", gone)
		}
		for _, l := range page.Items {
			if err := s.leads.Delete(ctx, orgID, l.ID, 0); err != nil && !errs.Is(err, errs.NotFound) {
				return gone, fmt.Errorf("remove sample: %w", err)
			}
			gone++
		}
	}
}

func (s *Service) audit(ctx context.Context, orgID id.ID, actor org.Actor, action string, n int) error {
	return s.leads.DB.InTenant(ctx, orgID, func(tx db.Tx) error {
		return org.Audit(ctx, tx, orgID, s.leads.Clock.Now(), actor, action, "", map[string]any{"leads": n})
	})
}
