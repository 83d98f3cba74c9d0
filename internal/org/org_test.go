package org_test

import (
	"context"
	"crypto/sha256"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/org"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

func newService(t testing.TB) (*org.Service, *db.DB) {
	t.Helper()
	master := sha256.Sum256([]byte("org tests"))
	vault, err := secret.NewVault(master[:])
	if err != nil {
		t.Fatal(err)
	}
	d := dbtest.New(t)
	s, err := org.New(org.Deps{DB: d, Vault: vault, Clock: clock.System{}, NormalEmail: func(e string) (string, error) {
		return strings.ToLower(e), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return s, d
}

func create(t testing.TB, s *org.Service, d *db.DB) (org.Organization, org.User) {
	t.Helper()
	n := org.NewOrganization{ID: id.New(), Name: "Acme", Admin: id.New(), Email: id.New().String() + "@example.com", UserName: "Ann"}
	var o org.Organization
	var u org.User
	err := d.InTenant(t.Context(), n.ID, func(tx db.Tx) error {
		var err error
		o, u, err = s.Create(t.Context(), tx, n)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return o, u
}

// TestKeys: an organisation made without keys gets them once, however many
// processes ask at the same time.
func TestKeys(t *testing.T) {
	_, d := newService(t)
	tenant := dbtest.Org(t, d)
	var (
		group  sync.WaitGroup
		mu     sync.Mutex
		blinds = map[string]bool{}
	)
	for range 8 {
		group.Go(func() {
			s, _ := newService(t)
			keys, err := s.Keys(t.Context(), tenant)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			blinds[string(keys.Blind("email", "ann@example.com"))] = true
		})
	}
	group.Wait()
	if len(blinds) != 1 {
		t.Errorf("%d different keys", len(blinds))
	}
	s, _ := newService(t)
	if _, err := s.Keys(t.Context(), id.New()); !errs.Is(err, errs.NotFound) {
		t.Errorf("keys of nobody: %v", err)
	}
}

// TestTenants: a tenant sees itself, its members, its record; nothing else, and
// without a tenant there is nothing.
func TestTenants(t *testing.T) {
	s, d := newService(t)
	home, ann := create(t, s, d)
	other, _ := create(t, s, d)
	count := func(tenant id.ID, sql string, args ...any) (n int) {
		t.Helper()
		run := func(tx db.Tx) error { return tx.QueryRow(t.Context(), sql, args...).Scan(&n) }
		var err error
		if tenant == id.Nil {
			err = d.InSystem(t.Context(), run)
		} else {
			err = d.InTenant(t.Context(), tenant, run)
		}
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, table := range []string{"organizations", "users", "members", "audit_log", "sessions", "refresh_tokens", "api_keys", "idempotency_keys"} {
		if n := count(id.Nil, `select count(*) from `+table); n != 0 {
			t.Errorf("%s: %d rows without a tenant", table, n)
		}
	}
	if n := count(other.ID, `select count(*) from users where id = $1`, ann.ID); n != 0 {
		t.Error("a tenant sees a person who is no member")
	}
	if n := count(home.ID, `select count(*) from organizations`); n != 1 {
		t.Errorf("%d organisations", n)
	}
	err := d.InTenant(t.Context(), other.ID, func(tx db.Tx) error {
		_, err := tx.Exec(t.Context(), `insert into members (org_id, user_id, role, created_at) values ($1, $2, 'admin', now())`, home.ID, ann.ID)
		return err
	})
	if err == nil {
		t.Error("a tenant wrote a member of another")
	}
	tag := int64(-1)
	err = d.InTenant(t.Context(), other.ID, func(tx db.Tx) error {
		res, err := tx.Exec(t.Context(), `update users set name = 'Mallory' where id = $1`, ann.ID)
		tag = res.RowsAffected()
		return err
	})
	if err != nil || tag != 0 {
		t.Errorf("a tenant changed a stranger: %d %v", tag, err)
	}
}

// TestRecordIsFinal: the program cannot change or delete what it recorded.
func TestRecordIsFinal(t *testing.T) {
	s, d := newService(t)
	o, _ := create(t, s, d)
	for _, sql := range []string{`update audit_log set action = 'x'`, `delete from audit_log`, `truncate audit_log`} {
		err := d.InTenant(t.Context(), o.ID, func(tx db.Tx) error {
			_, err := tx.Exec(t.Context(), sql)
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// TestCatalogue: every table with a tenant has forced row-level security with
// both sides of the policy, and every SECURITY DEFINER function is closed to
// the public and pins its search path.
func TestCatalogue(t *testing.T) {
	conn, err := pgx.Connect(t.Context(), dbtest.Admin(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	names := func(sql string) []string {
		t.Helper()
		rows, err := conn.Query(t.Context(), sql)
		if err != nil {
			t.Fatal(err)
		}
		list, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if bad := names(`select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname = 'public' and c.relkind in ('r', 'p')
			and (c.relname in ('organizations', 'users')
				or exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'org_id' and not a.attisdropped))
			and (not c.relrowsecurity or not c.relforcerowsecurity or not exists (
				select from pg_policy p where p.polrelid = c.oid and p.polqual is not null and p.polwithcheck is not null))`); len(bad) > 0 {
		t.Errorf("tables without forced row-level security: %v", bad)
	}
	if bad := names(`select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
		where n.nspname = 'public' and p.prosecdef and (
			has_function_privilege('public', p.oid, 'execute')
			or pg_get_userbyid(p.proowner) <> 'rainmaker_definer'
			or not coalesce(array_to_string(p.proconfig, ','), '') like '%search_path=public, pg_temp%')`); len(bad) > 0 {
		t.Errorf("SECURITY DEFINER functions that are open: %v", bad)
	}
	if bad := names(`select relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname = 'public' and c.relkind in ('v', 'm') and not coalesce(array_to_string(c.reloptions, ','), '') like '%security_invoker=true%'`); len(bad) > 0 {
		t.Errorf("views that run as their owner: %v", bad)
	}
}

// TestPause: twice is once, and each change is recorded.
func TestPause(t *testing.T) {
	s, d := newService(t)
	o, u := create(t, s, d)
	for range 2 {
		p, err := s.PauseAll(t.Context(), o.ID, org.UserActor(u.ID))
		if err != nil || p.PausedAt == nil {
			t.Fatalf("%+v %v", p, err)
		}
	}
	for range 2 {
		p, err := s.ResumeAll(t.Context(), o.ID, org.UserActor(u.ID))
		if err != nil || p.PausedAt != nil {
			t.Fatalf("%+v %v", p, err)
		}
	}
	log, err := s.AuditLog(t.Context(), o.ID, org.AuditQuery{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	var actions []string
	for _, e := range log {
		actions = append(actions, e.Action)
	}
	if got := strings.Join(actions, " "); got != "organization.resumed organization.paused organization.created" {
		t.Errorf("record: %s", got)
	}
}

// TestTwoAdminsAtOnce: they cannot remove each other at the same moment.
func TestTwoAdminsAtOnce(t *testing.T) {
	s, d := newService(t)
	o, ann := create(t, s, d)
	member, invitation, err := s.Invite(t.Context(), o.ID, org.By{Actor: org.UserActor(ann.ID), Role: org.Admin}, id.New().String()+"@example.com", org.Admin)
	if err != nil {
		t.Fatal(err)
	}
	err = d.InTenant(t.Context(), o.ID, func(tx db.Tx) error {
		return s.Accept(t.Context(), tx, o.ID, member.ID, invitation.Token, "Bob")
	})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	results := make([]error, 2)
	for i, pair := range [][2]id.ID{{ann.ID, member.ID}, {member.ID, ann.ID}} {
		group.Go(func() {
			results[i] = s.RemoveMember(t.Context(), o.ID, org.By{Actor: org.UserActor(pair[0]), Role: org.Admin}, pair[1])
		})
	}
	group.Wait()
	if (results[0] == nil) == (results[1] == nil) {
		t.Errorf("removals: %v, %v", results[0], results[1])
	}
}
