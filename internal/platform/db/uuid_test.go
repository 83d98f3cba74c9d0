package db_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/id"
)

// TestIDsTravel: every form in which ids go to PostgreSQL and come back, in the
// binary protocol and in text.
func TestIDsTravel(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a, b := id.New(), id.New()
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol} {
		err := d.InSystem(t.Context(), func(tx db.Tx) error {
			var one id.ID
			var some, none *id.ID
			var list, empty, null []id.ID
			var pointers []*id.ID
			var any any
			var text string
			err := tx.QueryRow(t.Context(), `select $1::uuid, $2::uuid, $3::uuid, $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $1::uuid, $1::uuid::text`,
				mode, a, &b, (*id.ID)(nil), []id.ID{a, b}, []id.ID{}, []id.ID(nil), []*id.ID{&b, nil}).
				Scan(&one, &some, &none, &list, &empty, &null, &pointers, &any, &text)
			if err != nil {
				return err
			}
			if one != a || some == nil || *some != b || none != nil || any != a || text != a.String() {
				t.Errorf("%v: ids came back as %v %v %v %v %v", mode, one, some, none, any, text)
			}
			if diff := cmp.Diff([]id.ID{a, b}, list); diff != "" || empty == nil || len(empty) != 0 || null != nil {
				t.Errorf("%v: lists came back as %v %v %v", mode, list, empty, null)
			}
			if diff := cmp.Diff([]*id.ID{&b, nil}, pointers); diff != "" {
				t.Errorf("%v: %s", mode, diff)
			}
			return tx.QueryRow(t.Context(), `select $1::uuid = any($2::uuid[])`, mode, a, []id.ID{b, a}).Scan(new(bool))
		})
		if err != nil {
			t.Errorf("%v: %v", mode, err)
		}
		err = d.InSystem(t.Context(), func(tx db.Tx) error {
			var one id.ID
			return tx.QueryRow(t.Context(), `select null::uuid`, mode).Scan(&one)
		})
		if err == nil {
			t.Errorf("%v: NULL became an id", mode)
		}
	}
}
