package analytics

import (
	"context"
	"time"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
)

const (
	// tellEvery bounds metrics.updated to four a second for an organisation.
	tellEvery = 250 * time.Millisecond
	// lookEvery finds marks whose process died before it told.
	lookEvery = time.Second
)

// Run announces changed numbers as metrics.updated until ctx ends. The marks of
// what changed are rows, written with the counts, so a crash only delays it.
func (s *Service) Run(ctx context.Context) error {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
		case <-s.pending:
		}
		if err := s.tellAll(ctx); err != nil && ctx.Err() == nil {
			s.Logger.Warn("announce changed numbers", "error", err)
		}
		// The pause makes the rate; a signal meanwhile starts the next round.
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(tellEvery):
		}
	}
}

// tellAll announces what changed in each organisation.
func (s *Service) tellAll(ctx context.Context) error {
	orgs, err := pendingOrgs(ctx, s.DB)
	if err != nil {
		return err
	}
	for _, org := range orgs {
		if err := s.tell(ctx, org); err != nil {
			return err
		}
	}
	if len(orgs) > 0 && s.Relay != nil {
		s.Relay.Wake()
	}
	return nil
}

func (s *Service) tell(ctx context.Context, org id.ID) error {
	return s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		changed, err := takePending(ctx, tx, org)
		if err != nil || len(changed) == 0 {
			return err
		}
		news := updated{CampaignIDs: []id.ID{}, Totals: map[id.ID]Figures{}, Currency: DefaultCurrency}
		for _, campaign := range changed {
			if campaign != id.Nil {
				news.CampaignIDs = append(news.CampaignIDs, campaign)
			}
		}
		totals, err := campaignTotals(ctx, tx, org, news.CampaignIDs)
		if err != nil {
			return err
		}
		for _, t := range totals {
			if news.Totals[t.campaign] == nil {
				news.Totals[t.campaign] = Figures{}
			}
			if !t.metric.isMoney() || t.currency == DefaultCurrency {
				news.Totals[t.campaign][t.metric] += t.value
			}
		}
		for _, figures := range news.Totals {
			figures.toMinor()
		}
		e, err := event.New(EventUpdated, org.String(), s.Clock.Now(), news)
		if err != nil {
			return err
		}
		return event.Append(ctx, tx, org, e)
	})
}

// toMinor turns the stored spend into the smallest unit, rounded.
func (f Figures) toMinor() {
	if micros, there := f[Spend]; there {
		f[Spend] = (micros + microsPerMinor/2) / microsPerMinor
	}
}
