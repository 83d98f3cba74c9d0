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

// TestRotateSealingKey: a world full of sealed values gets a new key while two
// processes read and write; a walk is cut off; nothing is lost, nothing changes
// but the seal, and the old key goes only when nothing is under it.
func TestRotateSealingKey(t *testing.T) {
	server := apitest.Start(t)
	w := server.Fill(t)
	w.Post("/consents", apitest.M{"lead_id": w.ID("/leads/{id}"), "channel": "email", "evidence": w.Mark}).Want(http.StatusCreated)
	tenant, conn, vault := w.Org, admin(t, server.DB), apitest.Vault(t)
	clock := &hand{time.Now()}
	worker, other := newProcess(t, server.DB, vault, clock, true), newProcess(t, server.DB, vault, clock, false)
	keysOf := func(p process) *secret.Keys {
		t.Helper()
		k, err := p.org.Keys(t.Context(), tenant)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	open := func(k *secret.Keys, values []sealedValue) map[string]string {
		t.Helper()
		clear := map[string]string{}
		for _, v := range values {
			text, err := k.Open(v.Column, v.Place, v.Row, v.Value)
			if err != nil {
				t.Fatal(err)
			}
			clear[v.Column+" "+v.Place+" "+v.Row.String()+" "+text] = text
		}
		return clear
	}
	// Many, so that there is more than one batch.
	many := make([]id.ID, 1200)
	values := make([][]byte, len(many))
	for i := range many {
		many[i] = id.New()
		values[i], _ = keysOf(other).Seal("suppressions", "value", many[i], fmt.Sprint("a value ", i))
	}
	if _, err := conn.Exec(t.Context(), `insert into suppressions (org_id, id, kind, blind, value_sealed, reason, source, created_at)
		select $1, u.id, 'email', decode(md5(u.id::text), 'hex'), u.v, 'dnc', 'test', now() from unnest($2::uuid[], $3::bytea[]) as u(id, v)`, tenant, many, values); err != nil {
		t.Fatal(err)
	}
	// What older versions left in clear.
	if _, err := conn.Exec(t.Context(), `update consents set evidence = 'left in clear', evidence_sealed = null where org_id = $1`, tenant); err != nil {
		t.Fatal(err)
	}
	before := sealedValues(t, conn, tenant)
	tables := map[string]bool{}
	for _, v := range before {
		tables[v.Column] = true
	}
	if len(tables) < 8 {
		t.Fatalf("only %d tables hold sealed values: the test would prove little", len(tables))
	}
	want, blind, old := open(keysOf(other), before), keysOf(other).Blind("email", "ann@example.com"), keysOf(worker).Prefix()

	step := func(p process) {
		t.Helper()
		if err := p.keeper.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := worker.keeper.Start(t.Context(), tenant, org.SystemActor("test")); err != nil {
		t.Fatal(err)
	}
	if err := other.keeper.Start(t.Context(), tenant, org.SystemActor("test")); err == nil {
		t.Error("two changes of one key at once")
	}
	step(worker)
	if !bytes.Equal(keysOf(worker).Prefix(), old) {
		t.Fatal("the new key seals before others can have heard of it")
	}
	clock.at = clock.at.Add(keeper.PromoteAfter - time.Second)
	step(other)
	clock.at = clock.at.Add(time.Second)
	step(worker) // promotes
	if bytes.Equal(keysOf(worker).Prefix(), old) {
		t.Fatal("the new key does not seal")
	}
	// The other process has heard of it, seals under the old one, and opens both.
	late, err := keysOf(other).Seal("leads", "email", many[0], "late")
	if err != nil || !bytes.HasPrefix(late, old) {
		t.Fatalf("the other process: %v", err)
	}
	fresh, err := keysOf(worker).Seal("leads", "email", many[0], "fresh")
	if err != nil {
		t.Fatal(err)
	}
	if text, err := keysOf(other).Open("leads", "email", many[0], fresh); err != nil || text != "fresh" {
		t.Fatalf("the other process does not open what the new key sealed: %v", err)
	}

	// Cut off in the middle.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := worker.keeper.Step(ctx); err == nil {
		t.Fatal("a step without a context")
	}
	clock.at = clock.at.Add(2 * time.Minute) // its hold is over
	step(worker)
	after := sealedValues(t, conn, tenant)
	for _, v := range after {
		if !bytes.HasPrefix(v.Value, keysOf(worker).Prefix()) {
			t.Fatalf("%s %s is still under the old key", v.Column, v.Place)
		}
	}
	got := open(keysOf(worker), after)
	sealedNow := 0
	for key, text := range got {
		if text == "left in clear" {
			sealedNow++
			delete(got, key)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("values before (-) and after (+):\n%s", diff)
	}
	var left int
	if err := conn.QueryRow(t.Context(), `select count(*) from consents where org_id = $1 and evidence <> ''`, tenant).Scan(&left); err != nil || left != 0 || sealedNow == 0 {
		t.Errorf("%d texts left in clear, %d sealed, %v", left, sealedNow, err)
	}
	if text, err := keysOf(worker).Open("leads", "email", many[0], late); err != nil || text != "late" {
		t.Errorf("the old key is gone while others may use it: %v", err)
	}

	// A late value under the old key is found before the key goes.
	if _, err := conn.Exec(t.Context(), `update suppressions set value_sealed = $3 where org_id = $1 and id = $2`, tenant, many[0], values[0]); err != nil {
		t.Fatal(err)
	}
	clock.at = clock.at.Add(keeper.RetireAfter)
	step(worker)
	if _, err := keysOf(worker).Open("leads", "email", many[0], late); err != nil {
		t.Error("the old key went although a value was found under it")
	}
	step(worker)
	step(other)
	for _, p := range []process{worker, other} {
		if _, err := keysOf(p).Open("leads", "email", many[0], late); err == nil {
			t.Error("the old key still opens")
		}
		if diff := cmp.Diff(len(want)+sealedNow, len(open(keysOf(p), sealedValues(t, conn, tenant)))); diff != "" {
			t.Errorf("values: %s", diff)
		}
		if !bytes.Equal(keysOf(p).Blind("email", "ann@example.com"), blind) {
			t.Error("blind indexes changed")
		}
	}
	// A process that starts now reads what was there.
	again := apitest.Start(t).Client(t)
	again.Header = w.Header
	for _, path := range []string{"/leads", "/replies", "/tasks", "/webhook-endpoints"} {
		if text := string(again.Get(path).Want(http.StatusOK).Body); !strings.Contains(text, w.Mark) {
			t.Errorf("%s: %s", path, text)
		}
	}
}
