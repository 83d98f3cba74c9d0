package lead

import (
	"context"
	"fmt"
	"slices"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// Bulk is one change to many leads: either IDs or Filter says which.
type Bulk struct {
	IDs    []id.ID
	Filter *Filter
	Action string // delete, set_status, add_tags, remove_tags or rescore
	Status Status
	Tags   []string
}

// BulkResult counts what a Bulk did.
type BulkResult struct {
	Matched int64 `json:"matched"`
	Changed int64 `json:"changed"`
}

const (
	maxBulkIDs = 10_000
	bulkBatch  = 500 // leads a transaction: locks stay short
)

// Do runs a bulk change in batches, each in a transaction of its own: when one
// fails, those before it stay done and the same request can be sent again.
func (s *Service) Do(ctx context.Context, org id.ID, b Bulk) (BulkResult, error) {
	if err := b.check(); err != nil {
		return BulkResult{}, err
	}
	var result BulkResult
	if b.Filter == nil {
		for batch := range slices.Chunk(uniqueIDs(b.IDs), bulkBatch) {
			err := s.DB.InTenant(ctx, org, func(tx db.Tx) error {
				return s.doBatch(ctx, tx, org, b, batch, &result)
			})
			if err != nil {
				return result, err
			}
		}
		return result, nil
	}
	// Ids above the last one: a change that takes leads out of the filter does
	// not shift the batches.
	var last id.ID
	for {
		var n int
		err := s.DB.InTenant(ctx, org, func(tx db.Tx) error {
			batch, err := s.Select(ctx, tx, org, *b.Filter, last, bulkBatch)
			if err != nil || len(batch) == 0 {
				return err
			}
			n, last = len(batch), batch[len(batch)-1]
			return s.doBatch(ctx, tx, org, b, batch, &result)
		})
		if err != nil {
			return result, err
		}
		if n < bulkBatch {
			return result, nil
		}
	}
}

func (b Bulk) check() error {
	switch {
	case (b.Filter == nil) == (len(b.IDs) == 0):
		return errs.InvalidField("body", "needs either ids or filter")
	case len(b.IDs) > maxBulkIDs:
		return errs.InvalidField("body.ids", "more than %d ids; use a filter", maxBulkIDs)
	}
	switch b.Action {
	case "delete", "rescore":
	case "set_status":
		if !slices.Contains(Statuses(), b.Status) {
			return errs.InvalidField("body.status", "set_status needs a status")
		}
	case "add_tags", "remove_tags":
		if len(b.Tags) == 0 {
			return errs.InvalidField("body.tags", "%s needs tags", b.Action)
		}
	default:
		return errs.InvalidField("body.action", "must be delete, set_status, add_tags, remove_tags or rescore")
	}
	return nil
}

func (s *Service) doBatch(ctx context.Context, tx db.Tx, org id.ID, b Bulk, batch []id.ID, result *BulkResult) error {
	switch b.Action {
	case "delete":
		n, err := s.remove(ctx, tx, org, batch)
		result.Matched += int64(n)
		result.Changed += int64(n)
		return err
	case "rescore":
		result.Matched += int64(len(batch))
		result.Changed += int64(len(batch))
		return s.Rescore(ctx, tx, org, batch)
	case "set_status":
		// By hand: any status, but never one that revives an opt-out.
		from := Statuses()
		from = slices.DeleteFunc(from, func(x Status) bool { return x == b.Status || x == StatusUnsubscribed })
		now := s.Clock.Now()
		changed, err := moveStatus(ctx, tx, org, batch, from, b.Status, "by hand", now)
		if err != nil {
			return err
		}
		ids := make([]id.ID, 0, len(changed))
		for _, m := range changed {
			ids = append(ids, m.id)
			if err := s.tell(ctx, tx, org, eventStatusChanged, m.id, now, statusChanged{m.id, m.from, b.Status, "by hand"}); err != nil {
				return err
			}
		}
		result.Matched += int64(len(batch))
		result.Changed += int64(len(changed))
		if err := s.endPlans(ctx, tx, org, ids, b.Status); err != nil {
			return err
		}
		return s.Rescore(ctx, tx, org, ids)
	default:
		tags, err := cleanTags(b.Tags)
		if err != nil {
			return err
		}
		add, remove := tags, []string{}
		if b.Action == "remove_tags" {
			add, remove = remove, add
		}
		n, err := changeTags(ctx, tx, org, batch, add, remove, s.Clock.Now())
		if err != nil {
			return fmt.Errorf("%s: %w", b.Action, err)
		}
		result.Matched += int64(len(batch))
		result.Changed += n
		return nil
	}
}
