package intake

import (
	"context"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

const (
	// undoAtOnce is the largest import that is undone within the request.
	undoAtOnce = 20_000
	undoBatch  = 1000
)

// Undo takes back what an import created: leads that nobody edited, touched or
// enrolled since. Large imports go on in the background: the state tells.
func (s *Service) Undo(ctx context.Context, org, imp id.ID) (Import, error) {
	var out Import
	err := s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		i, err := loadImport(ctx, tx, org, imp, true)
		if err != nil {
			return err
		}
		switch {
		case i.DryRun:
			return errs.New(errs.Conflict, "a dry run has created nothing")
		case i.State != importDone && i.State != importFailed:
			return errs.New(errs.Conflict, "the import is %s: only one that has ended can be undone", i.State)
		}
		i.State, i.Undo = importUndoing, &UndoReport{KeptReasons: map[string]int{}, NotUndone: i.RowsUpdated}
		out = i.Import
		if err := saveImport(ctx, tx, org, &i); err != nil {
			return err
		}
		// Queued in any case: if this process dies now, another ends the undo.
		return s.Jobs.Insert(ctx, tx, UndoArgs{Org: org, Import: imp})
	})
	if err != nil || out.RowsCreated > undoAtOnce {
		return out, err
	}
	if err := s.RunUndo(ctx, org, imp); err != nil {
		return Import{}, err
	}
	return s.FindImport(ctx, org, imp)
}

// RunUndo works an undo to its end, and may be called again: what is deleted is
// counted in the transaction that deletes it.
func (s *Service) RunUndo(ctx context.Context, org, imp id.ID) error {
	var after id.ID
	kept := map[string]int{}
	for more := true; more; {
		err := s.DB.InTenant(ctx, org, func(tx db.Tx) error {
			i, err := loadImport(ctx, tx, org, imp, true)
			if err != nil || i.State != importUndoing {
				more = false
				return err
			}
			w, err := s.Leads.Withdraw(ctx, tx, org, imp, after, undoBatch)
			if err != nil {
				return err
			}
			after = w.Last
			for reason, n := range w.Kept {
				kept[reason] += n
			}
			i.Undo.Deleted += w.Deleted
			if w.Seen < undoBatch {
				more = false
				now := s.Clock.Now()
				i.State, i.FinishedAt = importUndone, &now
				i.Undo.Kept, i.Undo.KeptReasons = 0, kept
				for _, n := range kept {
					i.Undo.Kept += n
				}
				if err := tell(ctx, tx, org, eventUndone, imp, now, i.Undo); err != nil {
					return err
				}
			}
			return saveImport(ctx, tx, org, &i)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
