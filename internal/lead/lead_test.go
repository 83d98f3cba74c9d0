package lead_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"

	"rainmaker/internal/lead"
	"rainmaker/internal/lead/leadtest"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

func ptr[T any](v T) *T { return &v }

func wantKind(t *testing.T, err error, kind errs.Kind) *errs.Error {
	t.Helper()
	if !errs.Is(err, kind) {
		t.Fatalf("error %v, want kind %s", err, kind)
	}
	var e *errs.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v has no kind of its own", err)
	}
	return e
}

func TestCreateNormalisesAndSeals(t *testing.T) {
	f := leadtest.New(t)
	l := f.With(t, lead.Draft{
		Email: " Ann Lee <ANN@Example.COM> ", Phone: "(415) 555-2671", FirstName: "Ann  Lee", LastName: "  Lee ",
		Company: "Acme", Title: "VP Sales", Tags: []string{"a", " b ", "a"},
		Custom: map[string]any{"plan": "pro", "home_address": "1 Main St"},
	})
	if l.Email != "ann@example.com" || l.Phone != "+14155552671" {
		t.Errorf("stored as %q, %q", l.Email, l.Phone)
	}
	if l.FirstName != "Ann Lee" {
		t.Errorf("two spaces survived in the name: %q", l.FirstName)
	}
	got, err := f.Find(t.Context(), f.Org, l.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(l, got, cmpopts.EquateApproxTime(time.Millisecond)); diff != "" {
		t.Errorf("read back (-created +found):\n%s", diff)
	}
	var raw string
	f.Tenant(t, func(ctx context.Context, tx db.Tx) error {
		return tx.QueryRow(ctx, `select leads::text from leads where id = $1`, l.ID).Scan(&raw)
	})
	for _, secret := range []string{"ann@example", "4155552671", "Main St"} {
		if strings.Contains(raw, secret) {
			t.Errorf("the stored row shows %q", secret)
		}
	}
}

func TestCreateRefuses(t *testing.T) {
	f := leadtest.New(t)
	for _, tc := range []struct {
		name  string
		draft lead.Draft
		field string
	}{
		{"nobody", lead.Draft{Title: "CEO"}, "body"},
		{"bad e-mail", lead.Draft{Email: "ann@"}, "body.email"},
		{"bad phone", lead.Draft{Phone: "12"}, "body.phone"},
		{"bad zone", lead.Draft{Email: "a@example.com", Timezone: "Mars/Olympus"}, "body.timezone"},
		{"long name", lead.Draft{LastName: strings.Repeat("x", 201)}, "body.last_name"},
		{"long tag", lead.Draft{LastName: "x", Tags: []string{strings.Repeat("x", 101)}}, "body.tags[0]"},
		{"NUL deep in custom", lead.Draft{LastName: "x", Custom: map[string]any{"a": []any{"\x00"}}}, "body.custom.a"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := f.Create(t.Context(), f.Org, tc.draft)
			e := wantKind(t, err, errs.Invalid)
			if len(e.Fields) != 1 || e.Fields[0].Location != tc.field {
				t.Errorf("fields %v, want %s", e.Fields, tc.field)
			}
		})
	}
}

func TestOnePersonPerAddress(t *testing.T) {
	f := leadtest.New(t)
	ann := f.With(t, lead.Draft{Email: "ann@example.com", Phone: "+14155552671", ExternalID: "7"})
	f.With(t, lead.Draft{FirstName: "Bob", LastName: "Ray", Company: "Acme"})
	for _, tc := range []struct {
		draft lead.Draft
		field string
	}{
		{lead.Draft{Email: "ANN@example.com"}, "body.email"},
		{lead.Draft{Email: "other@example.com", Phone: "415-555-2671"}, "body.phone"},
		{lead.Draft{LastName: "x", ExternalID: "7"}, "body.external_id"},
		{lead.Draft{FirstName: "bob", LastName: "RAY", Company: "acme"}, "body.last_name"},
	} {
		_, err := f.Create(t.Context(), f.Org, tc.draft)
		e := wantKind(t, err, errs.Conflict)
		if e.Fields[0].Location != tc.field {
			t.Errorf("%+v: conflict in %v, want %s", tc.draft, e.Fields, tc.field)
		}
		if tc.field == "body.email" && !strings.Contains(e.Message, ann.ID.String()) {
			t.Errorf("the message does not name the other lead: %s", e.Message)
		}
	}
	// Another organisation has its own people.
	other := leadtest.New(t)
	other.With(t, lead.Draft{Email: "ann@example.com"})
	if _, err := other.Find(t.Context(), other.Org, ann.ID); !errs.Is(err, errs.NotFound) {
		t.Errorf("another organisation's lead: %v", err)
	}
}

func TestUpdate(t *testing.T) {
	f := leadtest.New(t)
	l := f.With(t, lead.Draft{Email: "ann@gmail.com", FirstName: "Ann", Custom: map[string]any{"a": "1", "b": "2"}})
	f.With(t, lead.Draft{Email: "bob@example.com"})
	got, err := f.Update(t.Context(), f.Org, l.ID, l.Version, lead.Patch{
		Email: ptr("ann@corp.example"), Title: ptr("CEO"), Custom: map[string]any{"a": nil, "c": 3.0}, Status: ptr(lead.StatusQualified),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Email != "ann@corp.example" || got.Version != 2 || got.Status != lead.StatusQualified || got.Score <= l.Score {
		t.Errorf("updated to %+v (score was %d)", got, l.Score)
	}
	if diff := cmp.Diff(map[string]any{"b": "2", "c": 3.0}, got.Custom); diff != "" {
		t.Errorf("custom fields:\n%s", diff)
	}
	_, err = f.Update(t.Context(), f.Org, l.ID, 1, lead.Patch{Title: ptr("CTO")})
	wantKind(t, err, errs.PreconditionFailed)
	_, err = f.Update(t.Context(), f.Org, l.ID, 0, lead.Patch{Email: ptr("bob@example.com")})
	wantKind(t, err, errs.Conflict)
	_, err = f.Update(t.Context(), f.Org, id.New(), 0, lead.Patch{Title: ptr("CTO")})
	wantKind(t, err, errs.NotFound)
	// Nobody revives an opt-out.
	if _, err = f.Update(t.Context(), f.Org, l.ID, 0, lead.Patch{Status: ptr(lead.StatusUnsubscribed)}); err != nil {
		t.Fatal(err)
	}
	_, err = f.Update(t.Context(), f.Org, l.ID, 0, lead.Patch{Status: ptr(lead.StatusActive)})
	wantKind(t, err, errs.Conflict)
}

func TestDeleteTakesHistoryAlong(t *testing.T) {
	f := leadtest.New(t)
	l := f.Lead(t, 1)
	if _, err := f.AddNote(t.Context(), f.Org, l.ID, id.New(), "call back"); err != nil {
		t.Fatal(err)
	}
	if err := f.Delete(t.Context(), f.Org, l.ID, 0); err != nil {
		t.Fatal(err)
	}
	if err := f.Delete(t.Context(), f.Org, l.ID, 0); !errs.Is(err, errs.NotFound) {
		t.Errorf("second delete: %v", err)
	}
	var left int
	f.Tenant(t, func(ctx context.Context, tx db.Tx) error {
		return tx.QueryRow(ctx, `select count(*) from interactions`).Scan(&left)
	})
	if left != 0 {
		t.Errorf("%d rows about a deleted lead", left)
	}
}

func TestNotes(t *testing.T) {
	f := leadtest.New(t)
	l := f.Lead(t, 1)
	author := id.New()
	for i := range 3 {
		if _, err := f.AddNote(t.Context(), f.Org, l.ID, author, fmt.Sprintf("note %d: =cmd", i)); err != nil {
			t.Fatal(err)
		}
	}
	page, err := f.Interactions(t.Context(), f.Org, l.ID, "", 2)
	if err != nil || len(page.Items) != 2 || page.Next == "" {
		t.Fatalf("first page %+v, %v", page, err)
	}
	rest, err := f.Interactions(t.Context(), f.Org, l.ID, page.Next, 2)
	if err != nil || len(rest.Items) != 1 || rest.Next != "" {
		t.Fatalf("second page %+v, %v", rest, err)
	}
	if rest.Items[0].Body != "note 0: =cmd" {
		t.Errorf("oldest is %+v", rest.Items[0])
	}
	if _, err := f.AddNote(t.Context(), f.Org, id.New(), author, "x"); !errs.Is(err, errs.NotFound) {
		t.Errorf("note of nobody: %v", err)
	}
}

func seedList(t *testing.T, f *leadtest.Fixture) []lead.Lead {
	t.Helper()
	return []lead.Lead{
		f.With(t, lead.Draft{Email: "ann@acme.com", FirstName: "Ann", LastName: "Smith", Company: "Acme", Title: "CEO", Source: "web", Tags: []string{"vip", "us"}}),
		f.With(t, lead.Draft{Email: "bob@gmail.com", FirstName: "Bob", LastName: "Ångström", Company: "Acme GmbH", Phone: "+14155552671", Tags: []string{"vip"}}),
		f.With(t, lead.Draft{Phone: "+12125557890", FirstName: "Cara", LastName: "Jones", Company: "Zeta", Source: "fair"}),
		f.With(t, lead.Draft{Company: "Solo", ExternalID: "X-9"}),
	}
}

func names(items []lead.Lead) []string {
	out := make([]string, 0, len(items))
	for _, l := range items {
		out = append(out, l.FirstName+l.Company)
	}
	return out
}

func TestListFilters(t *testing.T) {
	f := leadtest.New(t)
	all := seedList(t, f)
	if _, err := f.Update(t.Context(), f.Org, all[2].ID, 0, lead.Patch{Status: ptr(lead.StatusCold)}); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		filter string
		want   string
	}{
		{`{}`, "AnnAcme BobAcme GmbH CaraZeta Solo"},
		{`{"status":"cold"}`, "CaraZeta"},
		{`{"status":["new","cold"]}`, "AnnAcme BobAcme GmbH CaraZeta Solo"},
		{`{"min_score":30}`, "AnnAcme"},
		{`{"max_score":5}`, "Solo"},
		{`{"tags":["vip"]}`, "AnnAcme BobAcme GmbH"},
		{`{"tags":["vip","us"]}`, "AnnAcme"},
		{`{"source":"fair"}`, "CaraZeta"},
		{`{"company":"ACME"}`, "AnnAcme"},
		{`{"q":"acme"}`, "AnnAcme BobAcme GmbH"},
		{`{"q":"ann s"}`, "AnnAcme"},
		{`{"q":"angstrom"}`, "BobAcme GmbH"},
		{`{"q":"JON"}`, "CaraZeta"},
		{`{"q":"BOB@gmail.com"}`, "BobAcme GmbH"},
		{`{"q":"@acme.com"}`, "AnnAcme"},
		{`{"q":"(212) 555-7890"}`, "CaraZeta"},
		{`{"q":"X-9"}`, "Solo"},
		{`{"q":"%"}`, ""},
		{`{"created_after":"2100-01-01T00:00:00Z"}`, ""},
		{`{"campaign_id":"01890000-0000-7000-8000-000000000000"}`, ""},
	} {
		filter, err := lead.ParseFilter("filter", []byte(tc.filter))
		if err != nil {
			t.Fatal(err)
		}
		page, err := f.List(t.Context(), f.Org, lead.Query{Filter: filter, Sort: lead.Sort{Column: "created_at"}, Limit: 50, Count: true})
		if err != nil {
			t.Fatalf("%s: %v", tc.filter, err)
		}
		if got := strings.Join(names(page.Items), " "); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.filter, got, tc.want)
		}
		if int(*page.Total) != len(page.Items) {
			t.Errorf("%s: total %d of %d", tc.filter, *page.Total, len(page.Items))
		}
	}
}

func TestListPagesCoverEverythingOnce(t *testing.T) {
	f := leadtest.New(t)
	for i := range 23 {
		f.With(t, lead.Draft{LastName: fmt.Sprintf("L%02d", i*7%23), Company: fmt.Sprintf("C%d", i%3)})
	}
	for _, order := range []string{"score", "-score", "created_at", "-created_at", "name", "-name", "company", "-company", ""} {
		sort, err := lead.ParseSort("query.sort", order)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[id.ID]bool{}
		var ordered []string
		q := lead.Query{Sort: sort, Limit: 5}
		for {
			page, err := f.List(t.Context(), f.Org, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range page.Items {
				if seen[l.ID] {
					t.Fatalf("%s: %s twice", order, l.LastName)
				}
				seen[l.ID] = true
				ordered = append(ordered, l.LastName)
			}
			if q.Cursor = page.Next; q.Cursor == "" {
				break
			}
		}
		if len(seen) != 23 {
			t.Errorf("%s: %d of 23", order, len(seen))
		}
		if order == "-name" && (ordered[0] != "L22" || ordered[22] != "L00") {
			t.Errorf("-name: %v", ordered)
		}
	}
	page, err := f.List(t.Context(), f.Org, lead.Query{Sort: lead.Sort{Column: "score"}, Limit: 5})
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []lead.Query{{Cursor: "?"}, {Cursor: page.Next, Sort: lead.Sort{Column: "name"}}} {
		_, err := f.List(t.Context(), f.Org, bad)
		wantKind(t, err, errs.Invalid)
	}
}

func TestParseFilterNamesWrongKeys(t *testing.T) {
	for raw, at := range map[string]string{
		`{"colour":"red"}`:           "body.filter.colour",
		`{"status":"happy"}`:         "body.filter.status",
		`{"status":7}`:               "body.filter.status",
		`{"min_score":101}`:          "body.filter.min_score",
		`{"campaign_id":"x"}`:        "body.filter.campaign_id",
		`[]`:                         "body.filter",
		`{"created_after":"monday"}`: "body.filter.created_after",
	} {
		_, err := lead.ParseFilter("body.filter", []byte(raw))
		if e := wantKind(t, err, errs.Invalid); e.Fields[0].Location != at {
			t.Errorf("%s: %v, want %s", raw, e.Fields, at)
		}
	}
	for _, everybody := range []string{"", "null", "{}", ` {"status":[], "q":""} `} {
		f, err := lead.ParseFilter("x", []byte(everybody))
		if err != nil || !f.Everybody() {
			t.Errorf("%q: %+v, %v", everybody, f, err)
		}
	}
}

// TestListUsesIndexes: as the program's role, under row-level security, every
// filter that people use often reads through an index.
func TestListUsesIndexes(t *testing.T) {
	d := dbtest.Fresh(t)
	f := leadtest.On(t, d, clock.System{})
	admin, err := pgx.Connect(t.Context(), dbtest.AdminOf(t, d))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = admin.Close(context.WithoutCancel(t.Context())) }()
	if _, err := admin.Exec(t.Context(), `insert into leads (org_id, id, email_blind, phone_blind, identity_blind, first_name, last_name, company,
			name_key, last_name_key, company_key, status, score, created_at, updated_at)
		select case when i % 10 = 0 then $1::uuid else gen_random_uuid() end, gen_random_uuid(), decode(md5(i::text), 'hex'), decode(md5('p' || i), 'hex'), decode(md5('x' || i), 'hex'),
			'F' || i, 'L' || i, 'C' || i, 'f' || i || ' l' || i, 'l' || i, 'c' || i,
			(array['new','active','engaged','cold'])[1 + i % 4], i % 101, now() - make_interval(secs => i), now()
		from generate_series(1, 50000) i`, f.Org); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Exec(t.Context(), `analyze leads`); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ filter, sort, index string }{
		{`{}`, "", "leads_created"},
		{`{}`, "-score", "leads_score"},
		{`{}`, "name", "leads_name"},
		{`{}`, "company", "leads_company"},
		{`{"status":"cold"}`, "-score", "leads_status_score"},
		{`{"status":"cold","min_score":90}`, "-score", "leads_status_score"},
		{`{"min_score":99}`, "-score", "leads_score"},
		{`{"q":"l4242"}`, "", "leads_last_name"},
		{`{"q":"c4242"}`, "", "leads_company"},
		{`{"q":"f4242 l"}`, "", "leads_name"},
		{`{"q":"someone@example.com"}`, "", "leads_email"},
		{`{"q":"+1 415 555 2671"}`, "", "leads_phone"},
		{`{"company":"c777"}`, "", "leads_company"},
		{`{"created_after":"2100-01-01T00:00:00Z"}`, "", "leads_created"},
	} {
		filter, err := lead.ParseFilter("filter", []byte(tc.filter))
		if err != nil {
			t.Fatal(err)
		}
		sort, err := lead.ParseSort("sort", tc.sort)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := f.Explain(t.Context(), f.Org, lead.Query{Filter: filter, Sort: sort, Limit: 50})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(plan, tc.index) || strings.Contains(plan, "Seq Scan on leads") {
			t.Errorf("%s sort %q: no %s in\n%s", tc.filter, tc.sort, tc.index, plan)
		}
	}
}

func TestSelectAndContacts(t *testing.T) {
	f := leadtest.New(t)
	all := seedList(t, f)
	f.Tenant(t, func(ctx context.Context, tx db.Tx) error {
		var got []id.ID
		var last id.ID
		for {
			batch, err := f.Select(ctx, tx, f.Org, lead.Filter{}, last, 3)
			if err != nil {
				return err
			}
			if len(batch) == 0 {
				break
			}
			got, last = append(got, batch...), batch[len(batch)-1]
		}
		if len(got) != len(all) {
			t.Errorf("selected %d of %d", len(got), len(all))
		}
		contacts, err := f.LockForTouch(ctx, tx, f.Org, append(got, id.New()))
		if err != nil {
			return err
		}
		if len(contacts) != len(all) {
			t.Errorf("%d contacts", len(contacts))
		}
		ann := contacts[all[0].ID]
		keys, err := f.Keys.Keys(ctx, f.Org)
		if err != nil {
			return err
		}
		if ann.Email != "ann@acme.com" || string(ann.EmailBlind) != string(keys.Blind("email", "ann@acme.com")) ||
			string(ann.EmailDomainBlind) != string(keys.Blind("email_domain", "acme.com")) || ann.PhoneBlind != nil {
			t.Errorf("contact %+v", ann)
		}
		found, err := f.FindByEmail(ctx, tx, f.Org, "bob@gmail.com")
		if err != nil || found != all[1].ID {
			t.Errorf("by e-mail: %s, %v", found, err)
		}
		if _, err := f.FindByEmail(ctx, tx, f.Org, "nobody@gmail.com"); !errs.Is(err, errs.NotFound) {
			t.Errorf("nobody by e-mail: %v", err)
		}
		return nil
	})
}

func TestEngagementScores(t *testing.T) {
	f := leadtest.New(t)
	l := f.Lead(t, 1)
	score := func() int {
		got, err := f.Find(t.Context(), f.Org, l.ID)
		if err != nil {
			t.Fatal(err)
		}
		return got.Score
	}
	add := func(typ, data string) {
		f.Tenant(t, func(ctx context.Context, tx db.Tx) error {
			return f.AddInteractions(ctx, tx, f.Org, []lead.Interaction{{LeadID: l.ID, Type: typ, Channel: "email", Direction: "in", Data: json.RawMessage(data)}})
		})
	}
	start := score()
	add("email.opened", `{}`)
	add("email.clicked", `{"human": false}`)
	add("email.clicked", `{}`)
	add("email.replied", `{"intent": "out_of_office"}`)
	if score() != start {
		t.Errorf("opens, scanner clicks or an auto-reply moved the score from %d to %d", start, score())
	}
	add("email.clicked", `{"human": true}`)
	add("email.replied", `{"intent": "interested"}`)
	if got := score(); got != min(100, start+5+15+30) {
		t.Errorf("interested: %d, started at %d", got, start)
	}
	// The score follows what an answer is sorted as now, not as it was at first.
	for _, sorted := range []struct {
		typ, from, to string
		want          int
	}{
		{"reply.corrected", "interested", "not_interested", start + 5 + 15 - 30},
		{"reply.corrected", "not_interested", "not_interested", start + 5 + 15 - 30}, // confirmed
		{"reply.resorted", "not_interested", "out_of_office", start + 5},
		{"reply.corrected", "out_of_office", "question", start + 5 + 15 + 30},
		{"reply.corrected", "question", "interested", start + 5 + 15 + 30},
	} {
		add(sorted.typ, fmt.Sprintf(`{"from": %q, "to": %q}`, sorted.from, sorted.to))
		if got := score(); got != max(0, sorted.want) {
			t.Errorf("%s from %s to %s: %d, want %d", sorted.typ, sorted.from, sorted.to, got, sorted.want)
		}
	}
	f.Tenant(t, func(ctx context.Context, tx db.Tx) error {
		return f.SetStatus(ctx, tx, f.Org, l.ID, lead.StatusUnsubscribed, "one click")
	})
	if score() != 0 {
		t.Errorf("an opted-out lead scores %d", score())
	}
	f.Tenant(t, func(ctx context.Context, tx db.Tx) error {
		return f.SetStatus(ctx, tx, f.Org, l.ID, lead.StatusEngaged, "replied")
	})
	if got, _ := f.Find(t.Context(), f.Org, l.ID); got.Status != lead.StatusUnsubscribed || got.StatusReason != "one click" {
		t.Errorf("an opt-out was undone by engagement: %s %s", got.Status, got.StatusReason)
	}
}

func TestBulk(t *testing.T) {
	f := leadtest.New(t)
	for i := range 603 {
		f.With(t, lead.Draft{LastName: fmt.Sprintf("L%d", i), Source: []string{"a", "b"}[i%2]})
	}
	filter := lead.Filter{Source: []string{"a"}}
	for _, tc := range []struct {
		bulk             lead.Bulk
		matched, changed int64
	}{
		{lead.Bulk{Filter: &filter, Action: "add_tags", Tags: []string{"x", "y"}}, 302, 302},
		{lead.Bulk{Filter: &filter, Action: "add_tags", Tags: []string{"y"}}, 302, 0},
		{lead.Bulk{Filter: &lead.Filter{Tags: []string{"x"}}, Action: "remove_tags", Tags: []string{"x"}}, 302, 302},
		{lead.Bulk{Filter: &filter, Action: "set_status", Status: lead.StatusCold}, 302, 302},
		{lead.Bulk{Filter: &lead.Filter{Status: []lead.Status{lead.StatusCold}}, Action: "delete"}, 302, 302},
	} {
		got, err := f.Do(t.Context(), f.Org, tc.bulk)
		if err != nil {
			t.Fatal(err)
		}
		if got.Matched != tc.matched || got.Changed != tc.changed {
			t.Errorf("%s: %+v, want %d, %d", tc.bulk.Action, got, tc.matched, tc.changed)
		}
	}
	for _, bad := range []lead.Bulk{{Action: "delete"}, {IDs: []id.ID{id.New()}, Action: "fly"}, {IDs: []id.ID{id.New()}, Filter: &filter, Action: "delete"}} {
		_, err := f.Do(t.Context(), f.Org, bad)
		wantKind(t, err, errs.Invalid)
	}
}

func TestExportIsSafeForSpreadsheets(t *testing.T) {
	f := leadtest.New(t)
	nasty := []string{"=HYPERLINK(\"http://x\")", "+cmd", "-2+3", "@SUM(A1)", "plain, \"quoted\"", "'quoted", " =1"}
	for i, name := range nasty {
		f.With(t, lead.Draft{FirstName: name, LastName: fmt.Sprintf("L%d", i), Phone: fmt.Sprintf("+1415555267%d", i)})
	}
	var b strings.Builder
	if err := f.Export(t.Context(), f.Org, lead.Filter{}, &b, func([]lead.Lead) error { return nil }); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(records) != len(nasty)+1 {
		t.Fatalf("%d records", len(records))
	}
	for _, record := range records {
		for _, cell := range record {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(strings.TrimLeft(cell, " ")[0])) {
				t.Errorf("a spreadsheet would run %q", cell)
			}
		}
	}
}

func TestEventsTellOfChanges(t *testing.T) {
	f := leadtest.New(t)
	l := f.Lead(t, 1)
	if _, err := f.Update(t.Context(), f.Org, l.ID, 0, lead.Patch{Status: ptr(lead.StatusCold), Title: ptr("CEO")}); err != nil {
		t.Fatal(err)
	}
	if err := f.Delete(t.Context(), f.Org, l.ID, 0); err != nil {
		t.Fatal(err)
	}
	var types []string
	var data string
	f.Tenant(t, func(ctx context.Context, tx db.Tx) error {
		return tx.QueryRow(ctx, `select array_agg(type order by id), string_agg(data::text, ' ') from outbox`).Scan(&types, &data)
	})
	want := []string{"lead.created", "lead.updated", "lead.status_changed", "lead.scored", "lead.deleted"}
	if diff := cmp.Diff(want, types); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(data, "person1@example.com") {
		t.Error("an event shows an address")
	}
}
