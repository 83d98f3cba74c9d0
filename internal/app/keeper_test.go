package app_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"rainmaker/internal/api/apitest"
	"rainmaker/internal/app"
	"rainmaker/internal/compliance"
	"rainmaker/internal/org"
	"rainmaker/internal/org/keeper"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// TestEverySealedColumnIsKept: what a walk leaves out would be lost with the
// old key.
func TestEverySealedColumnIsKept(t *testing.T) {
	d := dbtest.New(t)
	conn := admin(t, d)
	rows, err := conn.Query(t.Context(), `select c.relname || '.' || a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid
		where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and not a.attisdropped and a.attname like '%sealed'
			and a.atttypid = 'bytea'::regtype
			and exists (select from pg_attribute o where o.attrelid = c.oid and o.attname = 'org_id') order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	want, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range app.SealedColumns() {
		got = append(got, c.Table+"."+c.Sealed)
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sealed columns in the database (-) and in keeper.go (+):\n%s", diff)
	}
}

func admin(t *testing.T, d *db.DB) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dbtest.AdminOf(t, d))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// hand is a clock that is moved by hand.
type hand struct{ at time.Time }

func (h *hand) Now() time.Time { return h.at }

// process is what one process of the program has to do with keys.
type process struct {
	org    *org.Service
	keeper *keeper.Keeper
}

func newProcess(t *testing.T, d *db.DB, vault *secret.Vault, clock *hand, works bool) process {
	t.Helper()
	orgs, err := org.New(org.Deps{DB: d, Vault: vault, Clock: clock, NormalEmail: compliance.NormalEmail})
	if err != nil {
		t.Fatal(err)
	}
	k, err := keeper.New(keeper.Deps{
		DB: d, Vault: vault, Org: orgs, Clock: clock, Logger: slog.New(slog.DiscardHandler), Columns: app.SealedColumns(), Works: works,
	})
	if err != nil {
		t.Fatal(err)
	}
	return process{orgs, k}
}

// sealedValue is one value as it lies in the database.
type sealedValue struct {
	Column string
	Row    id.ID
	Place  string
	Value  []byte
}

func sealedValues(t *testing.T, conn *pgx.Conn, tenant id.ID) []sealedValue {
	t.Helper()
	var all []sealedValue
	for _, c := range app.SealedColumns() {
		place, row := "'"+c.Place+"'", "id"
		if c.PlaceSQL != "" {
			place = c.PlaceSQL
		}
		if c.Row != "" {
			row = c.Row
		}
		rows, err := conn.Query(t.Context(), fmt.Sprintf(`select '%s', %s, %s, %s from %[1]s where org_id = $1 and %[4]s is not null order by 2, 3`, c.Table, row, place, c.Sealed), tenant)
		if err != nil {
			t.Fatal(err)
		}
		found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[sealedValue])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	return all
}

// rotating is a world full of sealed values and two processes on it.
type rotating struct {
	t             *testing.T
	w             *apitest.World
	conn          *pgx.Conn
	clock         *hand
	worker, other process
	many          []id.ID  // suppressions, more than one batch
	values        [][]byte // theirs, under the first key
}

func newRotating(t *testing.T) *rotating {
	server := apitest.Start(t)
	r := &rotating{t: t, w: server.Fill(t), conn: admin(t, server.DB), clock: &hand{time.Now()}}
	r.w.Post("/consents", apitest.M{"lead_id": r.w.ID("/leads/{id}"), "channel": "email", "evidence": r.w.Mark}).Want(http.StatusCreated)
	vault := apitest.Vault(t)
	r.worker, r.other = newProcess(t, server.DB, vault, r.clock, true), newProcess(t, server.DB, vault, r.clock, false)
	r.many, r.values = make([]id.ID, 1200), make([][]byte, 1200)
	for i := range r.many {
		r.many[i] = id.New()
		r.values[i] = r.seal(r.other, "suppressions", "value", r.many[i], fmt.Sprint("a value ", i))
	}
	r.exec(`insert into suppressions (org_id, id, kind, blind, value_sealed, reason, source, created_at)
		select $1, u.id, 'email', decode(md5(u.id::text), 'hex'), u.v, 'dnc', 'test', now() from unnest($2::uuid[], $3::bytea[]) as u(id, v)`, r.many, r.values)
	// Many rows that are bound to one id.
	imp, err := id.Parse("id", r.w.ID("/imports/{id}"))
	if err != nil {
		t.Fatal(err)
	}
	numbers, raw := make([]int, 1200), make([][]byte, 1200)
	for i := range numbers {
		numbers[i] = 10_000 + i
		raw[i] = r.seal(r.other, "import_errors", fmt.Sprint("raw:", numbers[i]), imp, fmt.Sprint("row ", i))
	}
	r.exec(`insert into import_errors (org_id, import_id, row_number, outcome, column_name, reason, raw_sealed)
		select $1, $2, u.n, 'failed', '', '', u.v from unnest($3::int[], $4::bytea[]) as u(n, v)`, imp, numbers, raw)
	// What older versions left in clear.
	r.exec(`update consents set evidence = 'left in clear', evidence_sealed = null where org_id = $1`)
	return r
}

func (r *rotating) exec(sql string, args ...any) {
	r.t.Helper()
	if _, err := r.conn.Exec(r.t.Context(), sql, append([]any{r.w.Org}, args...)...); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rotating) keys(p process) *secret.Keys {
	r.t.Helper()
	k, err := p.org.Keys(r.t.Context(), r.w.Org)
	if err != nil {
		r.t.Fatal(err)
	}
	return k
}

func (r *rotating) seal(p process, table, place string, row id.ID, text string) []byte {
	r.t.Helper()
	sealed, err := r.keys(p).Seal(table, place, row, text)
	if err != nil {
		r.t.Fatal(err)
	}
	return sealed
}

func (r *rotating) step(p process) {
	r.t.Helper()
	if err := p.keeper.Step(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

// read opens every sealed value of the world, by its place; cleared counts the
// texts that were in clear before.
func (r *rotating) read(p process) (all map[string]string, cleared int) {
	r.t.Helper()
	all = map[string]string{}
	for _, v := range sealedValues(r.t, r.conn, r.w.Org) {
		text, err := r.keys(p).Open(v.Column, v.Place, v.Row, v.Value)
		if err != nil {
			r.t.Fatal(err)
		}
		if text == "left in clear" {
			cleared++
			continue
		}
		all[v.Column+" "+v.Place+" "+v.Row.String()+" "+text] = text
	}
	return all, cleared
}

// TestRotateSealingKey: a world full of sealed values gets a new key while two
// processes read and write; a walk is cut off; nothing is lost, nothing changes
// but the seal, and the old key goes only when nothing is under it.
func TestRotateSealingKey(t *testing.T) {
	r := newRotating(t)
	want, _ := r.read(r.other)
	tables := map[string]bool{}
	for key := range want {
		tables[strings.Fields(key)[0]] = true
	}
	if len(tables) < 8 {
		t.Fatalf("only %d tables hold sealed values: the test would prove little", len(tables))
	}
	blind, old, row := r.keys(r.other).Blind("email", "ann@example.com"), r.keys(r.worker).Prefix(), r.many[0]

	if err := r.worker.keeper.Start(t.Context(), r.w.Org, org.SystemActor("test")); err != nil {
		t.Fatal(err)
	}
	if err := r.other.keeper.Start(t.Context(), r.w.Org, org.SystemActor("test")); err == nil {
		t.Error("two changes of one key at once")
	}
	r.step(r.worker)
	if !bytes.Equal(r.keys(r.worker).Prefix(), old) {
		t.Fatal("the new key seals before others can have heard of it")
	}
	r.clock.at = r.clock.at.Add(keeper.PromoteAfter - time.Second)
	r.step(r.other)
	r.clock.at = r.clock.at.Add(time.Second)
	r.step(r.worker) // promotes
	if bytes.Equal(r.keys(r.worker).Prefix(), old) {
		t.Fatal("the new key does not seal")
	}
	// The other process has heard of it, seals under the old one, and opens both.
	late := r.seal(r.other, "leads", "email", row, "late")
	if text, err := r.keys(r.other).Open("leads", "email", row, r.seal(r.worker, "leads", "email", row, "fresh")); err != nil || text != "fresh" || !bytes.HasPrefix(late, old) {
		t.Fatalf("between two keys the other process reads %q: %v", text, err)
	}

	// Cut off, then taken up again when the hold is over.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.worker.keeper.Step(ctx); err == nil {
		t.Fatal("a step without a context")
	}
	r.clock.at = r.clock.at.Add(2 * time.Minute)
	r.step(r.worker)
	for _, v := range sealedValues(t, r.conn, r.w.Org) {
		if !bytes.HasPrefix(v.Value, r.keys(r.worker).Prefix()) {
			t.Fatalf("%s %s is still under the old key", v.Column, v.Place)
		}
	}
	got, cleared := r.read(r.worker)
	if diff := cmp.Diff(want, got); diff != "" || cleared == 0 {
		t.Fatalf("%d texts sealed; values before (-) and after (+):\n%s", cleared, diff)
	}
	if text, err := r.keys(r.worker).Open("leads", "email", row, late); err != nil || text != "late" {
		t.Errorf("the old key is gone while others may use it: %v", err)
	}

	// A late value under the old key is found before the key goes.
	r.exec(`update suppressions set value_sealed = $3 where org_id = $1 and id = $2`, row, r.values[0])
	r.clock.at = r.clock.at.Add(keeper.RetireAfter)
	r.step(r.worker)
	if _, err := r.keys(r.worker).Open("leads", "email", row, late); err != nil {
		t.Error("the old key went although a value was found under it")
	}
	r.step(r.worker)
	r.step(r.other)
	for _, p := range []process{r.worker, r.other} {
		if _, err := r.keys(p).Open("leads", "email", row, late); err == nil {
			t.Error("the old key still opens")
		}
		if got, _ := r.read(p); len(got) != len(want) {
			t.Errorf("%d values, want %d", len(got), len(want))
		}
		if !bytes.Equal(r.keys(p).Blind("email", "ann@example.com"), blind) {
			t.Error("blind indexes changed")
		}
	}
	// A process that starts now reads what was there.
	again := apitest.Start(t).Client(t)
	again.Header = r.w.Header
	for _, path := range []string{"/leads", "/replies", "/tasks", "/webhook-endpoints"} {
		if text := string(again.Get(path).Want(http.StatusOK).Body); !strings.Contains(text, r.w.Mark) {
			t.Errorf("%s: %s", path, text)
		}
	}
}

// TestMissedNews: a process that heard nothing for a while trusts no key in its
// memory, even when nothing is under way any more.
func TestMissedNews(t *testing.T) {
	r := newRotating(t)
	r.step(r.other)
	old := r.keys(r.other).Prefix()
	r.clock.at = r.clock.at.Add(org.KeysKnown - time.Second)
	r.step(r.other)
	if err := r.worker.keeper.Start(t.Context(), r.w.Org, org.SystemActor("test")); err != nil {
		t.Fatal(err)
	}
	for _, wait := range []time.Duration{keeper.PromoteAfter, time.Minute, keeper.RetireAfter} {
		r.clock.at = r.clock.at.Add(wait)
		r.step(r.worker)
	}
	r.exec(`update key_rotations set finished_at = finished_at - interval '1 day' where org_id = $1 and finished_at is not null`)
	r.clock.at = r.clock.at.Add(time.Minute)
	r.step(r.other)
	if bytes.Equal(r.keys(r.other).Prefix(), old) {
		t.Error("a process that missed a whole change goes on with the old key")
	}
	if got, _ := r.read(r.other); len(got) == 0 {
		t.Error("nothing to read")
	}
}
