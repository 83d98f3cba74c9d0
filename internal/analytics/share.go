package analytics

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

const (
	// maxShareDays bounds how long a link shows numbers.
	maxShareDays = 90
	maxTitle     = 120 // bytes
)

// Share is a link that shows a report's numbers, and names of campaigns, to
// whoever has it: never people.
type Share struct {
	ID        id.ID
	Title     string
	Ask       Ask
	CreatedBy string
	CreatedAt time.Time
	ExpiresAt time.Time
	RevokedAt *time.Time
	Seen      int // how often it was opened
}

// CreateShare makes a link and returns its token, which is kept as a hash only.
func (s *Service) CreateShare(ctx context.Context, tenant id.ID, by org.Actor, title string, days int, ask Ask) (Share, string, error) {
	title = strings.TrimSpace(title)
	if title == "" || len(title) > maxTitle || strings.ContainsAny(title, "\r\n") {
		return Share{}, "", errs.InvalidField("body.title", "must be one line of 1 to %d bytes", maxTitle)
	}
	if days < 1 || days > maxShareDays {
		return Share{}, "", errs.InvalidField("body.days", "must be 1 to %d", maxShareDays)
	}
	now := s.Clock.Now()
	q, err := ask.Query(now)
	if err != nil {
		return Share{}, "", err
	}
	// A link shows the time it was made for, not another one each day.
	ask.From, ask.To = q.From.Format(time.RFC3339), q.To.Format(time.RFC3339)
	raw, err := json.Marshal(ask)
	if err != nil {
		return Share{}, "", fmt.Errorf("share: %w", err)
	}
	token := org.NewToken()
	share := Share{ID: id.New(), Title: title, Ask: ask, CreatedBy: string(by), CreatedAt: now, ExpiresAt: now.AddDate(0, 0, days)}
	err = s.DB.InTenant(ctx, tenant, func(tx db.Tx) error {
		if err := insertShare(ctx, tx, tenant, &share, org.HashToken(token), raw); err != nil {
			return err
		}
		return org.Audit(ctx, tx, tenant, now, by, "report.shared", org.Target("share", share.ID), map[string]any{"expires_at": share.ExpiresAt})
	})
	return share, token, err
}

// Shares lists the links of an organisation, the newest first, those that ended
// too.
func (s *Service) Shares(ctx context.Context, tenant id.ID) ([]Share, error) {
	var list []Share
	err := s.DB.InTenant(ctx, tenant, func(tx db.Tx) (err error) {
		list, err = listShares(ctx, tx, tenant)
		return err
	})
	return list, err
}

// RevokeShare ends a link at once.
func (s *Service) RevokeShare(ctx context.Context, tenant id.ID, by org.Actor, share id.ID) error {
	return s.DB.InTenant(ctx, tenant, func(tx db.Tx) error {
		now := s.Clock.Now()
		ended, err := endShare(ctx, tx, tenant, share, now)
		if err != nil || !ended {
			return err
		}
		return org.Audit(ctx, tx, tenant, now, by, "report.unshared", org.Target("share", share), nil)
	})
}

// SharedReport is what a link shows.
type SharedReport struct {
	Title     string
	ExpiresAt time.Time
	Answer    *Answer // by day
	Campaigns []SharedCampaign
}

// SharedCampaign is one campaign's line in it.
type SharedCampaign struct {
	Name    string
	Figures Figures
}

// sharedMetrics are those that a link shows.
func sharedMetrics() []string {
	return []string{string(EmailsSent), string(Replies), string(PositiveReplies), string(Unsubscribes), string(Meetings), string(DealsWon), string(Revenue), string(Spend)}
}

// OpenShare shows the numbers behind a token. A token that never was, has ended
// or was revoked is not found: all three look alike.
func (s *Service) OpenShare(ctx context.Context, token string) (*SharedReport, error) {
	gone := errs.New(errs.NotFound, "not found")
	hash := org.HashToken(token)
	var tenant, shareID id.ID
	err := s.DB.InSystem(ctx, func(tx db.Tx) (err error) {
		tenant, shareID, err = findShare(ctx, tx, hash)
		return err
	})
	if err != nil {
		return nil, err
	}
	if tenant == id.Nil {
		return nil, gone
	}
	var share Share
	err = s.DB.InTenant(ctx, tenant, func(tx db.Tx) (err error) {
		share, err = seeShare(ctx, tx, tenant, shareID, s.Clock.Now())
		return err
	})
	if db.NoRows(err) {
		return nil, gone
	}
	if err != nil {
		return nil, err
	}
	share.Ask.Metrics, share.Ask.GroupBy = sharedMetrics(), []string{string(ByDay)}
	out := &SharedReport{Title: share.Title, ExpiresAt: share.ExpiresAt}
	if out.Answer, err = s.Ask(ctx, tenant, share.Ask); err != nil {
		return nil, err
	}
	share.Ask.GroupBy = []string{string(ByCampaign)}
	byCampaign, err := s.Ask(ctx, tenant, share.Ask)
	if err != nil {
		return nil, err
	}
	out.Campaigns, err = s.named(ctx, tenant, byCampaign.Rows)
	return out, err
}

// named gives the rows of campaigns their names.
func (s *Service) named(ctx context.Context, tenant id.ID, rows []Row) ([]SharedCampaign, error) {
	var ids []id.ID
	for _, row := range rows {
		if campaign := keyID(row.Keys[0]); campaign != id.Nil {
			ids = append(ids, campaign)
		}
	}
	names := map[id.ID]string{}
	if s.Names != nil && len(ids) > 0 {
		var err error
		if names, err = s.Names.CampaignNames(ctx, tenant, ids); err != nil {
			return nil, err
		}
	}
	out := []SharedCampaign{}
	for _, row := range rows {
		if name := names[keyID(row.Keys[0])]; name != "" {
			out = append(out, SharedCampaign{name, row.Figures})
		}
	}
	return out, nil
}
