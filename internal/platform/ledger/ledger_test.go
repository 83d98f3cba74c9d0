package ledger_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"

	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/ledger"
)

func newBook(t testing.TB) *ledger.Book {
	t.Helper()
	book, err := dbtest.Book()
	if err != nil {
		t.Fatal(err)
	}
	return book
}

func newSealer(t testing.TB, d *db.DB, book *ledger.Book, stores ...ledger.Store) *ledger.Sealer {
	t.Helper()
	s, err := ledger.NewSealer(ledger.Deps{DB: d, Book: book, Clock: clock.System{}, Logger: slog.New(slog.DiscardHandler), Stores: stores})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func appendOne(t testing.TB, d *db.DB, org id.ID, n int) id.ID {
	t.Helper()
	e := ledger.Entry{
		Org: org, ID: id.New(), At: time.Now(), Actor: "user:" + org.String(), Action: "thing.changed", Target: fmt.Sprintf("thing:%d", n),
		Data: fmt.Sprintf(`{"n":%d,"fields":["a","b"]}`, n),
	}
	if err := d.InTenant(t.Context(), org, func(tx db.Tx) error { return ledger.Append(t.Context(), tx, e) }); err != nil {
		t.Fatal(err)
	}
	return e.ID
}

// filled is a database of its own with n sealed rows of three organisations and
// two checkpoints, whose copies are returned.
func filled(t testing.TB, n int) (*ledger.Book, *db.DB, []string) {
	t.Helper()
	d, book, dir := dbtest.Fresh(t), newBook(t), t.TempDir()
	sealer := newSealer(t, d, book, ledger.Dir(dir))
	orgs := []id.ID{id.New(), id.New(), id.New()}
	for i := range n {
		appendOne(t, d, orgs[i%7%3], i)
		if i == n/3 {
			if err := sealer.Checkpoint(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := sealer.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	notes, err := ledger.ReadNotes(dir)
	if err != nil || len(notes) != 2 {
		t.Fatalf("%d checkpoints outside, %v", len(notes), err)
	}
	return book, d, notes
}

func superuser(t testing.TB, d *db.DB) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dbtest.AdminOf(t, d))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func places(t testing.TB, tx pgx.Tx) []place {
	t.Helper()
	rows, err := tx.Query(t.Context(), `select org_id, id, leaf, seq from audit_log order by leaf`)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (p place, err error) {
		err = r.Scan(&p.org, &p.id, &p.leaf, &p.seq)
		return p, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func verify(t testing.TB, conn *pgx.Conn, book *ledger.Book, notes []string) (r ledger.Report, err error) {
	t.Helper()
	tx, err := conn.BeginTx(t.Context(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return r, err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	return book.Verify(t.Context(), tx, notes, nil)
}

// TestVerifyAsTheProgram: the program's own role can verify and prove, and
// neither change nor delete nor unseal.
func TestVerifyAsTheProgram(t *testing.T) {
	book, d, notes := filled(t, 20)
	var report ledger.Report
	err := d.InSnapshot(t.Context(), func(tx db.Tx) error {
		var err error
		report, err = book.Verify(t.Context(), tx, notes, nil)
		return err
	})
	if err != nil || report.Wrong != 0 || report.Rows != 20 || report.Tenants != 3 || report.Checkpoints != 2 || report.Unsealed != 0 {
		t.Errorf("%+v, %v", report, err)
	}
	org := id.New()
	entry := appendOne(t, d, org, 1)
	for _, sql := range []string{
		`update audit_log set actor = 'x'`, `update audit_log set leaf = null, seq = null, hash = null`, `delete from audit_log`,
		`update audit_heads set seq = 1`, `delete from audit_nodes`, `update audit_checkpoints set note = 'x'`, `delete from audit_head`,
	} {
		err := d.InTenant(t.Context(), org, func(tx db.Tx) error {
			_, err := tx.Exec(t.Context(), sql)
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	prove := func(tenant id.ID) (p ledger.Proof, err error) {
		err = d.InTenant(t.Context(), tenant, func(tx db.Tx) error {
			p, err = ledger.Prove(t.Context(), tx, tenant, entry)
			return err
		})
		return p, err
	}
	if _, err := prove(org); !errs.Is(err, errs.Conflict) {
		t.Errorf("a proof before the checkpoint: %v", err)
	}
	if err := newSealer(t, d, book).Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	p, err := prove(org)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := prove(id.New()); !errs.Is(err, errs.NotFound) {
		t.Errorf("a proof for another organisation: %v", err)
	}
	if err := check(book, p); err != nil {
		t.Error(err)
	}
	p.Hash = strings.Repeat("00", sha256.Size)
	if check(book, p) == nil {
		t.Error("a wrong proof is taken")
	}
}

// check is what the holder of a proof does, with the library's functions alone.
func check(book *ledger.Book, p ledger.Proof) error {
	key, err := book.VerifierKey()
	if err != nil {
		return err
	}
	c, err := ledger.ParseCheckpoint(p.Checkpoint, key)
	if err != nil {
		return err
	}
	hash, err := hex.DecodeString(p.Hash)
	if err != nil {
		return err
	}
	var path tlog.RecordProof
	for _, text := range p.Path {
		h, err := hex.DecodeString(text)
		if err != nil {
			return err
		}
		path = append(path, tlog.Hash(h))
	}
	return tlog.CheckRecord(path, c.Size, c.Root, p.Leaf, tlog.RecordHash(hash))
}

// TestOlderState: the whole database is put back to an earlier state, in which
// everything inside is genuine. Only a checkpoint from outside can show it, and
// does.
func TestOlderState(t *testing.T) {
	book, d, early := filled(t, 9)
	conn := superuser(t, d)
	tables := []string{"audit_log", "audit_head", "audit_heads", "audit_nodes", "audit_checkpoints"}
	copyTo := func(from, to string) {
		for _, table := range tables {
			if _, err := conn.Exec(t.Context(), `truncate `+to+table); err != nil {
				if _, err := conn.Exec(t.Context(), `create table `+to+table+` (like `+from+table+`)`); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := conn.Exec(t.Context(), `insert into `+to+table+` select * from `+from+table); err != nil {
				t.Fatal(err)
			}
		}
	}
	copyTo("", "old_")
	dir := t.TempDir()
	for i := range 5 {
		appendOne(t, d, id.New(), i)
	}
	if err := newSealer(t, d, book, ledger.Dir(dir)).Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	late, err := ledger.ReadNotes(dir)
	if err != nil {
		t.Fatal(err)
	}
	copyTo("old_", "")
	if r, err := verify(t, conn, book, early); err != nil || r.Wrong != 0 {
		t.Errorf("the older state with its own checkpoints: %+v, %v", r, err)
	}
	r, err := verify(t, conn, book, late)
	if err != nil || r.Wrong != 1 || !strings.Contains(r.Findings[0].What, "cut off") {
		t.Errorf("the older state with a later checkpoint: %+v, %v", r, err)
	}
}

// TestRemovedBeforeSealed: a superuser removes a row in the second before it is
// sealed. The process that wrote it knows.
func TestRemovedBeforeSealed(t *testing.T) {
	d := dbtest.Fresh(t)
	conn := superuser(t, d)
	org := id.New()
	// The book that wrote the rows is the one that the pool carries.
	book := poolBook(t, d)
	sealer := newSealer(t, d, book)
	kept, gone := appendOne(t, d, org, 1), appendOne(t, d, org, 2)
	_ = d.InTenant(t.Context(), org, func(tx db.Tx) error { // never happened
		if err := ledger.Append(t.Context(), tx, ledger.Entry{Org: org, ID: id.New(), At: time.Now(), Actor: "a", Action: "b", Data: "{}"}); err != nil {
			t.Error(err)
		}
		return errs.New(errs.Conflict, "rolled back")
	})
	if _, err := conn.Exec(t.Context(), `delete from audit_log where id = $1`, gone); err != nil {
		t.Fatal(err)
	}
	if err := sealer.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, err := verify(t, conn, book, nil)
	if err != nil || r.Rows != 2 || r.Wrong != 1 || !strings.Contains(r.Findings[0].What, gone.String()) {
		t.Errorf("%+v, %v; kept %s", r, err, kept)
	}
}

// TestForgedRowsAreNotSealed: rows that the program did not write get no place,
// and genuine ones beside them do.
func TestForgedRowsAreNotSealed(t *testing.T) {
	book, d, _ := filled(t, 3)
	conn := superuser(t, d)
	if _, err := conn.Exec(t.Context(), `insert into audit_log (org_id, id, at, actor, action) values (gen_random_uuid(), gen_random_uuid(), now(), 'a', 'b')`); err != nil {
		t.Fatal(err)
	}
	appendOne(t, d, id.New(), 1)
	sealer := newSealer(t, d, book)
	for range 2 {
		if err := sealer.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if r, err := verify(t, conn, book, nil); err != nil || r.Rows != 4 || r.Wrong != 1 || r.Unsealed != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	// Nor does anything go on top of a head or a tree that somebody else made.
	for _, sql := range []string{`update audit_head set size = size + 1`, `update audit_nodes set hash = decode(repeat('00', 32), 'hex')`} {
		tx, err := conn.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
		if err := tx.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		appendOne(t, d, id.New(), 1)
		if err := sealer.Round(t.Context()); err == nil || !strings.Contains(err.Error(), "somebody else") {
			t.Errorf("%s: %v", sql, err)
		}
		if strings.Contains(sql, "size") {
			if _, err := conn.Exec(t.Context(), `update audit_head set size = size - 1`); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestOldRowsAreAdopted: rows of a version without a ledger are sealed as they
// are found, once; later nothing without an HMAC is.
func TestOldRowsAreAdopted(t *testing.T) {
	d, book := dbtest.Fresh(t), newBook(t)
	conn := superuser(t, d)
	insert := `insert into audit_log (org_id, id, at, actor, action, data) values (gen_random_uuid(), gen_random_uuid(), now(), 'a', 'b', '{"x": 1}')`
	if _, err := conn.Exec(t.Context(), insert); err != nil {
		t.Fatal(err)
	}
	sealer := newSealer(t, d, book)
	if err := sealer.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r, err := verify(t, conn, book, nil); err != nil || r.Rows != 1 || r.Wrong != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if _, err := conn.Exec(t.Context(), insert); err != nil {
		t.Fatal(err)
	}
	if err := sealer.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r, err := verify(t, conn, book, nil); err != nil || r.Rows != 1 || r.Wrong != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestTwoSealers: processes beside each other seal each row once.
func TestTwoSealers(t *testing.T) {
	d, book := dbtest.Fresh(t), newBook(t)
	org := id.New()
	done := make(chan error, 3)
	for range 3 {
		s := newSealer(t, d, book)
		go func() {
			var err error
			for range 20 {
				if err = s.Round(t.Context()); err != nil {
					break
				}
			}
			done <- err
		}()
	}
	for i := range 40 {
		appendOne(t, d, org, i)
	}
	for range 3 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if err := newSealer(t, d, book).Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r, err := verify(t, superuser(t, d), book, nil); err != nil || r.Rows != 40 || r.Wrong != 0 || r.Unsealed != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestCopies: a checkpoint file is never written over, and a file of many is cut
// apart.
func TestCopies(t *testing.T) {
	dir := ledger.Dir(t.TempDir())
	for range 2 {
		if err := dir.Put(t.Context(), "2026/11/23/a.txt", "one\n"); err != nil {
			t.Fatal(err)
		}
	}
	if err := dir.Put(t.Context(), "2026/11/23/a.txt", "two\n"); err == nil {
		t.Error("another text took the name")
	}
	_, _, notes := filled(t, 4)
	joined := filepath.Join(t.TempDir(), "all.txt")
	if err := os.WriteFile(joined, []byte(strings.Join(notes, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := ledger.ReadNotes(joined)
	if err != nil || len(again) != len(notes) {
		t.Fatalf("%d of %d, %v", len(again), len(notes), err)
	}
	for i, text := range again {
		if text != notes[i] {
			t.Errorf("cut wrongly: %q", text)
		}
	}
	key, err := newBook(t).VerifierKey()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range again {
		if _, err := ledger.ParseCheckpoint(text, key); err != nil {
			t.Error(err)
		}
		if _, err := ledger.ParseCheckpoint(strings.Replace(text, "\n2", "\n3", 1), key); err == nil {
			t.Error("a changed checkpoint is taken")
		}
	}
}

func poolBook(t testing.TB, d *db.DB) (b *ledger.Book) {
	t.Helper()
	err := d.InSystem(t.Context(), func(tx db.Tx) error {
		b = ledger.BookOf(tx)
		return nil
	})
	if err != nil || b == nil {
		t.Fatalf("no book: %v", err)
	}
	return b
}

// TestOldCheckpointsAreThinned: after a week the table keeps the last of each
// hour, the copies outside keep all, and the record still verifies with them.
func TestOldCheckpointsAreThinned(t *testing.T) {
	d, book, dir, org := dbtest.Fresh(t), newBook(t), t.TempDir(), id.New()
	s := newSealer(t, d, book, ledger.Dir(dir))
	now := time.Now().UTC().Truncate(time.Hour)
	old := now.Add(-8 * 24 * time.Hour)
	for i, at := range []time.Time{
		old.Add(10 * time.Minute), old.Add(20 * time.Minute), old.Add(30 * time.Minute), // one hour
		old.Add(70 * time.Minute), // the next
		now.Add(-2 * time.Minute), now,
	} {
		s.Clock = clock.Fixed(at)
		appendOne(t, d, org, i)
		if err := s.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	// A process thins once in an hour at most; the next begins with it.
	s = newSealer(t, d, book, ledger.Dir(dir))
	s.Clock = clock.Fixed(now.Add(2 * time.Minute))
	appendOne(t, d, org, 6)
	if err := s.Round(t.Context()); err != nil {
		t.Fatal(err)
	}

	conn := superuser(t, d)
	rows, err := conn.Query(t.Context(), `select size from audit_checkpoints order by size`)
	if err != nil {
		t.Fatal(err)
	}
	sizes, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil || !slices.Equal(sizes, []int64{3, 4, 5, 6, 7}) {
		t.Errorf("left in the table: %v, %v", sizes, err)
	}
	notes, err := ledger.ReadNotes(dir)
	if err != nil || len(notes) != 7 {
		t.Fatalf("%d copies, %v", len(notes), err)
	}
	if r, err := verify(t, conn, book, notes); err != nil || len(r.Findings) > 0 {
		t.Errorf("%+v, %v", r, err)
	}
}
