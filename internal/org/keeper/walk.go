package keeper

import (
	"context"
	"fmt"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// Column is one sealed column of a tenant's table. All are constants of ours:
// they become part of statements.
type Column struct {
	Table  string
	Sealed string // the column itself
	Place  string // the name it is bound to (secret.Keys.Seal), without "_sealed" as a rule
	// PlaceSQL is an expression that gives the place instead, where it differs by
	// row.
	PlaceSQL string
	// Row is the column whose id the value is bound to; empty: id.
	Row string
	// Sub is an integer column that tells rows of one Row apart, if there are
	// several.
	Sub string
	// Clear is a column of older versions whose text moves into Sealed.
	Clear string
}

func (c Column) row() string {
	if c.Row == "" {
		return "id"
	}
	return c.Row
}

func (c Column) sub() string {
	if c.Sub == "" {
		return "0"
	}
	return c.Sub
}

// value is one sealed value, or one to be sealed.
type value struct {
	row   id.ID
	sub   int
	place string
	old   []byte
	clear string
}

// walk seals again what is sealed under older keys, and seals what is in clear.
// It returns how much it found, which is 0 when the walk is over for good.
func (k *Keeper) walk(ctx context.Context, tenant, rotation id.ID) (found int64, err error) {
	keys, err := k.Org.Keys(ctx, tenant)
	if err != nil {
		return 0, err
	}
	// The promotion may be another process's, of a moment ago.
	if err := k.Org.RenewKey(ctx, tenant); err != nil {
		return 0, err
	}
	for _, c := range k.Columns {
		n, err := k.column(ctx, tenant, rotation, keys, c)
		if err != nil {
			return found, fmt.Errorf("seal %s.%s again: %w", c.Table, c.Sealed, err)
		}
		found += n
	}
	return found, nil
}

func (k *Keeper) column(ctx context.Context, tenant, rotation id.ID, keys *secret.Keys, c Column) (found int64, err error) {
	if c.Clear != "" {
		if found, err = k.batches(ctx, tenant, rotation, keys, c, clearValues, sealClear); err != nil {
			return found, err
		}
	}
	n, err := k.batches(ctx, tenant, rotation, keys, c, oldValues, sealAgain)
	return found + n, err
}

// reader finds the next values after a row; writer replaces them where nobody
// has changed them since, and says how many it replaced.
type (
	reader func(context.Context, db.Tx, id.ID, Column, []byte, id.ID) ([]value, error)
	writer func(context.Context, db.Tx, id.ID, Column, []value, [][]byte) (int64, error)
)

func (k *Keeper) batches(ctx context.Context, tenant, rotation id.ID, keys *secret.Keys, c Column, read reader, write writer) (found int64, err error) {
	var after id.ID
	for {
		var (
			values   []value
			replaced int64
		)
		err := k.DB.InTenant(ctx, tenant, func(tx db.Tx) (err error) {
			if err = extendRotation(ctx, tx, tenant, rotation, k.Clock.Now().Add(hold)); err != nil {
				return err
			}
			if values, err = read(ctx, tx, tenant, c, keys.Prefix(), after); err != nil || len(values) == 0 {
				return err
			}
			fresh, err := seal(keys, c, values)
			if err != nil {
				return err
			}
			replaced, err = write(ctx, tx, tenant, c, values, fresh)
			return err
		})
		if err != nil {
			return found, err
		}
		k.sealed.Add(float64(replaced))
		found += int64(len(values))
		if len(values) < batch {
			return found, nil
		}
		last := values[len(values)-1].row
		if replaced == 0 && last == after {
			return found, nil // others are changing all of them: next time
		}
		after = last
	}
}

// seal opens what is sealed and seals everything under the newest key.
func seal(keys *secret.Keys, c Column, values []value) ([][]byte, error) {
	fresh := make([][]byte, len(values))
	for i, v := range values {
		text := v.clear
		if v.old != nil {
			var err error
			if text, err = keys.Open(c.Table, v.place, v.row, v.old); err != nil {
				return nil, err
			}
		}
		var err error
		if fresh[i], err = keys.Seal(c.Table, v.place, v.row, text); err != nil {
			return nil, err
		}
	}
	return fresh, nil
}
