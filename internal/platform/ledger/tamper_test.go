package ledger_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/ledger"
)

// trials is how many random tamperings TestTamperings makes.
const trials = 1000

// tampering changes the record as a superuser would, in a transaction that is
// rolled back afterwards. It reports what it did.
type tampering struct {
	name string
	do   func(t *tamperer) string
	// outside says that only a checkpoint from outside the database can show it,
	// because what is left inside is genuine.
	outside bool
}

// tamperer is one superuser at work.
type tamperer struct {
	tb   testing.TB
	ctx  context.Context
	tx   pgx.Tx
	rnd  *rand.Rand
	rows []place
	size int
}

type place struct {
	org, id   id.ID
	leaf, seq int64
}

func (m *tamperer) exec(sql string, args ...any) {
	m.tb.Helper()
	tag, err := m.tx.Exec(m.ctx, sql, args...)
	if err != nil {
		m.tb.Fatalf("%s: %v", sql, err)
	}
	if tag.RowsAffected() == 0 {
		m.tb.Fatalf("%s changed nothing", sql)
	}
}

func (m *tamperer) any() place { return m.rows[m.rnd.IntN(len(m.rows))] }

// set changes one column of one row.
func (m *tamperer) set(column, value string, args ...any) string {
	p := m.any()
	m.exec(`update audit_log set `+column+` = `+value+` where id = $1`, append([]any{p.id}, args...)...)
	return fmt.Sprintf("%s of row %d", column, p.leaf)
}

func (m *tamperer) bytes() []byte {
	b := make([]byte, 32)
	for i := range 4 {
		binary.BigEndian.PutUint64(b[8*i:], m.rnd.Uint64())
	}
	return b
}

// rebuild makes the whole chain, tree and head anew over what is there now, as
// somebody would who has read this package but has no keys.
func (m *tamperer) rebuild() {
	m.tb.Helper()
	if err := ledger.Forge(m.ctx, m.tx); err != nil {
		m.tb.Fatal(err)
	}
}

func tamperings() []tampering {
	set := func(column, value string, args func(m *tamperer) []any) tampering {
		return tampering{name: "set " + column, do: func(m *tamperer) string {
			if args == nil {
				return m.set(column, value)
			}
			return m.set(column, value, args(m)...)
		}}
	}
	random := func(m *tamperer) []any { return []any{m.bytes()} }
	return []tampering{
		set("actor", "actor || 'x'", nil),
		set("actor", "'user:' || gen_random_uuid()", nil),
		set("action", "'lead.deleted'", nil),
		set("target", "target || ' '", nil),
		set("data", "(' ' || data::text)::json", nil),
		set("data", `'{"role": "admin", "forged": true}'`, nil),
		set("at", "at + interval '1 microsecond'", nil),
		set("at", "at - interval '1 day'", nil),
		set("id", "gen_random_uuid()", nil),
		set("org_id", "gen_random_uuid()", nil),
		set("hash", "$2", random),
		set("mac", "$2", random),
		set("mac", "null", nil),
		set("seq", "seq + 1000", nil),
		set("leaf", "leaf + 1000", nil),
		set("leaf", "-1 - leaf", nil),
		{name: "unseal", do: func(m *tamperer) string {
			p := m.any()
			m.exec(`update audit_log set leaf = null, seq = null, hash = null where id = $1`, p.id)
			return fmt.Sprintf("row %d", p.leaf)
		}},
		{name: "delete", do: func(m *tamperer) string {
			p := m.any()
			m.exec(`delete from audit_log where id = $1`, p.id)
			return fmt.Sprintf("row %d", p.leaf)
		}},
		{name: "delete some", do: func(m *tamperer) string {
			from := m.rnd.IntN(m.size)
			to := from + 1 + m.rnd.IntN(m.size-from)
			m.exec(`delete from audit_log where leaf >= $1 and leaf < $2`, from, to)
			return fmt.Sprintf("rows %d to %d", from, to-1)
		}},
		{name: "delete an organisation", do: func(m *tamperer) string {
			p := m.any()
			m.exec(`delete from audit_log where org_id = $1`, p.org)
			m.exec(`delete from audit_heads where org_id = $1`, p.org)
			return p.org.String()
		}},
		{name: "cut off", do: func(m *tamperer) string {
			n := m.rnd.IntN(m.size)
			m.exec(`delete from audit_log where leaf >= $1`, n)
			m.exec(`update audit_head set size = $1`, n)
			return fmt.Sprintf("after %d rows", n)
		}},
		{name: "truncate", do: func(m *tamperer) string {
			if _, err := m.tx.Exec(m.ctx, `truncate audit_log`); err != nil {
				m.tb.Fatal(err)
			}
			return "all"
		}},
		{name: "insert unsealed", do: func(m *tamperer) string {
			p := m.any()
			m.exec(`insert into audit_log (org_id, id, at, actor, action, target, data, mac)
				select org_id, gen_random_uuid(), at, actor, action, target, data, mac from audit_log where id = $1`, p.id)
			return fmt.Sprintf("a copy of row %d", p.leaf)
		}},
		{name: "insert without HMAC", do: func(m *tamperer) string {
			m.exec(`insert into audit_log (org_id, id, at, actor, action) values ($1, gen_random_uuid(), now(), 'user:x', 'lead.deleted')`, m.any().org)
			return "one"
		}},
		{name: "insert at the end", do: func(m *tamperer) string {
			p := m.any()
			m.exec(`insert into audit_log (org_id, id, at, actor, action, target, data, mac, leaf, seq, hash)
				select org_id, gen_random_uuid(), at, actor, action, target, data, mac, $2, 100000, $3 from audit_log where id = $1`, p.id, m.size, m.bytes())
			return fmt.Sprintf("a copy of row %d", p.leaf)
		}},
		{name: "insert between", do: func(m *tamperer) string {
			p := m.any()
			m.exec(`update audit_log set leaf = -1 - leaf where leaf >= $1`, p.leaf)
			m.exec(`update audit_log set leaf = -leaf where leaf < 0`)
			m.exec(`insert into audit_log (org_id, id, at, actor, action, target, data, mac, leaf, seq, hash)
				select org_id, gen_random_uuid(), at, actor, action, target, data, mac, $2, seq, hash from audit_log where id = $1`, p.id, p.leaf)
			m.exec(`update audit_head set size = size + 1`)
			return fmt.Sprintf("before row %d", p.leaf)
		}},
		{name: "swap places", do: func(m *tamperer) string {
			a, b := m.any(), m.any()
			for a.id == b.id {
				b = m.any()
			}
			m.exec(`update audit_log set leaf = 100000 + leaf where id in ($1, $2)`, a.id, b.id)
			m.exec(`update audit_log set leaf = $2 where id = $1`, a.id, b.leaf)
			m.exec(`update audit_log set leaf = $2 where id = $1`, b.id, a.leaf)
			return fmt.Sprintf("of rows %d and %d", a.leaf, b.leaf)
		}},
		{name: "swap contents", do: func(m *tamperer) string {
			a, b := m.any(), m.any()
			for a.id == b.id {
				b = m.any()
			}
			m.exec(`update audit_log x set at = y.at, actor = y.actor, action = y.action, target = y.target, data = y.data
				from audit_log y where (x.id, y.id) in (($1, $2), ($2, $1)) and x.id <> y.id`, a.id, b.id)
			return fmt.Sprintf("of rows %d and %d", a.leaf, b.leaf)
		}},
		{name: "forge a head", do: func(m *tamperer) string {
			m.exec(`update audit_head set root = $1`, m.bytes())
			return "root"
		}},
		{name: "forge a checkpoint", do: func(m *tamperer) string {
			m.exec(`update audit_checkpoints set note = replace(note, E'\n' || size || E'\n', E'\n' || (size - 1) || E'\n')`)
			return "size"
		}},
	}
}

// rewritings are those of somebody who makes everything anew afterwards.
func rewritings() []tampering {
	return []tampering{
		{name: "change and make everything anew", do: func(m *tamperer) string {
			did := m.set("actor", "'user:somebody else'")
			m.rebuild()
			return did
		}},
		{name: "insert and make everything anew", do: func(m *tamperer) string {
			p := m.any()
			m.exec(`insert into audit_log (org_id, id, at, actor, action, target, data, mac)
				select org_id, gen_random_uuid(), at, actor, action, target, data, mac from audit_log where id = $1`, p.id)
			m.rebuild()
			return fmt.Sprintf("a copy of row %d", p.leaf)
		}},
		{name: "remove and make everything anew", do: func(m *tamperer) string {
			p := m.any()
			m.exec(`delete from audit_log where id = $1`, p.id)
			m.rebuild()
			return fmt.Sprintf("row %d", p.leaf)
		}},
		{name: "reorder and make everything anew", do: func(m *tamperer) string {
			n := m.rnd.IntN(m.size - 1)
			m.exec(`update audit_log set leaf = case leaf when $1 then $2 else $1 end + 100000 where leaf in ($1, $2)`, n, n+1)
			m.exec(`update audit_log set leaf = leaf - 100000 where leaf >= 100000`)
			m.rebuild()
			return fmt.Sprintf("rows %d and %d", n, n+1)
		}},
		{name: "cut off and make everything anew", do: func(m *tamperer) string {
			n := m.rnd.IntN(m.size)
			m.exec(`delete from audit_log where leaf >= $1`, n)
			m.rebuild()
			return fmt.Sprintf("after %d rows", n)
		}},
		{name: "begin a new record", outside: true, do: func(m *tamperer) string {
			m.exec(`delete from audit_log`)
			m.rebuild()
			m.exec(`update audit_head set root = null, mac = null`)
			return "as after the installation"
		}},
	}
}

// TestTamperings: whatever a superuser does, verifying finds it, and without any
// checkpoint from outside, except a return to an older state (here the first;
// TestOlderState has another).
func TestTamperings(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1))
	book, d, notes := filled(t, 60)
	conn := superuser(t, d)
	clean, err := verify(t, conn, book, notes)
	if err != nil || clean.Wrong != 0 || clean.Rows != 60 || clean.Checkpoints == 0 {
		t.Fatalf("the record before: %+v, %v", clean, err)
	}
	kinds := append(tamperings(), rewritings()...)
	found, counts := 0, map[string]int{}
	for n := range trials {
		kind := kinds[n%len(kinds)]
		counts[kind.name]++
		tx, err := conn.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		m := &tamperer{tb: t, ctx: t.Context(), tx: tx, rnd: rnd, rows: places(t, tx), size: 60}
		did := kind.do(m)
		outside := notes
		if !kind.outside {
			outside = nil
		}
		report, err := book.Verify(t.Context(), tx, outside, nil)
		switch {
		case err != nil:
			t.Errorf("%s (%s): %v", kind.name, did, err)
		case report.Wrong == 0:
			t.Errorf("not found: %s (%s)", kind.name, did)
		case len(report.Findings) == 0 || report.Findings[0].What == "":
			t.Errorf("%s (%s): found, and nobody says what", kind.name, did)
		default:
			found++
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d of %d tamperings found, of %d kinds", found, trials, len(kinds))
	if again, err := verify(t, conn, book, notes); err != nil || again.Wrong != 0 {
		t.Errorf("the record after: %+v, %v", again, err)
	}
}
