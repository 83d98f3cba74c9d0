package intake_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rainmaker/internal/compliance"
	"rainmaker/internal/lead"
	"rainmaker/internal/lead/intake"
	"rainmaker/internal/lead/leadtest"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/sharedset"
)

// begin uploads data and starts its import.
func begin(t testing.TB, f *leadtest.Fixture, data []byte, u intake.Upload) (intake.Import, error) {
	t.Helper()
	name, n, err := f.Intake.Store(bytes.NewReader(data))
	if err != nil {
		return intake.Import{}, err
	}
	u.ID, u.FileBytes = name, n
	if u.FileName == "" {
		u.FileName = "leads.csv"
	}
	return f.Intake.Begin(t.Context(), f.Org, u)
}

// run imports data to the end.
func run(t testing.TB, f *leadtest.Fixture, data []byte, u intake.Upload) intake.Import {
	t.Helper()
	imp, err := begin(t, f, data, u)
	if err != nil {
		t.Fatalf("begin import: %v", err)
	}
	if imp.State != "pending" {
		t.Fatalf("begun in state %s", imp.State)
	}
	if err := f.Intake.RunImport(t.Context(), f.Org, imp.ID); err != nil {
		t.Fatalf("run import: %v", err)
	}
	return found(t, f, imp.ID)
}

func found(t testing.TB, f *leadtest.Fixture, imp id.ID) intake.Import {
	t.Helper()
	got, err := f.Intake.FindImport(t.Context(), f.Org, imp)
	if err != nil {
		t.Fatal(err)
	}
	if got.State == "done" && got.RowsCreated+got.RowsUpdated+got.RowsSkipped+got.RowsFailed != got.RowsTotal {
		t.Errorf("counters %d+%d+%d+%d do not sum to %d", got.RowsCreated, got.RowsUpdated, got.RowsSkipped, got.RowsFailed, got.RowsTotal)
	}
	for channel, counts := range map[string]map[string]int{"email": got.Contactable.Email, "call": got.Contactable.Call} {
		sum := 0
		for _, n := range counts {
			sum += n
		}
		if sum != got.RowsDone {
			t.Errorf("contactable by %s: %v sums to %d of %d", channel, counts, sum, got.RowsDone)
		}
	}
	return got
}

func counts(i intake.Import) string {
	return fmt.Sprintf("%s %d=%d+%d+%d+%d", i.State, i.RowsTotal, i.RowsCreated, i.RowsUpdated, i.RowsSkipped, i.RowsFailed)
}

func wantCounts(t *testing.T, i intake.Import, want string) {
	t.Helper()
	if got := counts(i); got != want {
		t.Errorf("import ended %s, want %s; reasons %v, error %q", got, want, i.Reasons, i.Error)
	}
}

func errorRows(t testing.TB, f *leadtest.Fixture, imp id.ID, which string) [][]string {
	t.Helper()
	var b bytes.Buffer
	if err := f.Intake.WriteErrors(t.Context(), f.Org, imp, which, &b); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func wantKind(t *testing.T, err error, kind errs.Kind) *errs.Error {
	t.Helper()
	var e *errs.Error
	if !errs.Is(err, kind) || !errors.As(err, &e) {
		t.Fatalf("error %v, want kind %s", err, kind)
	}
	return e
}

const people = `First Name,Surname,E-Mail Adress,Mobile,Company,Job Title,State,Plan,Notes
Ann,Lee,ANN@acme.com,(415) 555-2671,Acme,CEO,CA,pro,"met, at the fair"
Bob,Ray,bob@acme.com,415.555.2672,Acme,,CA,,
Cara,Jones,not-an-address,,Zeta,,,,
Ann,Lee,ann@acme.com,,Acme,,,,
Dan,Fox,,+1 415 555 2671,Zeta,,,,
Eve,,eve@zeta.com,12,Zeta,,,,
,,,,,CTO,,,
Fay,Kim,fay@zeta.com
Gus,Hay,gus@zeta.com,+44 20 7946 0018,Zeta,,,,
`

func TestImport(t *testing.T) {
	f := leadtest.New(t)
	imp := run(t, f, []byte(people), intake.Upload{Source: "fair"})
	wantCounts(t, imp, "done 9=4+0+2+3")
	if diff := cmp.Diff(map[string]string{
		"First Name": "first_name", "Surname": "last_name", "E-Mail Adress": "email", "Mobile": "phone", "Company": "company",
		"Job Title": "title", "State": "region", "Plan": "custom.plan", "Notes": "custom.notes",
	}, imp.Mapping); diff != "" {
		t.Errorf("mapping:\n%s", diff)
	}
	failed := errorRows(t, f, imp.ID, "")
	if diff := cmp.Diff([][]string{
		{"row", "column", "reason", "raw"},
		{"4", "E-Mail Adress", "not an e-mail address", "Cara,Jones,not-an-address,,Zeta,,,,"},
		{"8", "", "the row has no e-mail, phone, name, company or id", ",,,,,CTO,,,"},
		{"9", "", "the row has 3 columns, the header has 9", "Fay,Kim,fay@zeta.com"},
	}, failed); diff != "" {
		t.Errorf("errors.csv:\n%s", diff)
	}
	if skipped := errorRows(t, f, imp.ID, "skipped"); len(skipped) != 3 || skipped[1][0] != "5" || skipped[2][0] != "6" {
		t.Errorf("skipped rows: %v", skipped)
	}
	if warned := errorRows(t, f, imp.ID, "warning"); len(warned) != 2 || warned[1][0] != "7" {
		t.Errorf("warnings: %v", warned)
	}
	page, err := f.List(t.Context(), f.Org, lead.Query{Filter: lead.Filter{Q: "ann@acme.com"}})
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("ann: %+v, %v", page, err)
	}
	ann := page.Items[0]
	if ann.Phone != "+14155552671" || ann.Source != "fair" || ann.Title != "CEO" || ann.Custom["notes"] != "met, at the fair" || *ann.ImportID != imp.ID || ann.Score != 45 {
		t.Errorf("ann is %+v", ann)
	}
	if len(imp.Preview) != 9 || imp.Preview[0].Raw["Mobile"] != "(415) 555-2671" || imp.Preview[0].Lead["phone"] != "+14155552671" || imp.Preview[2].Outcome != "failed" {
		t.Errorf("preview %+v", imp.Preview)
	}
	if diff := cmp.Diff(map[string]int{"reachable": 4, "duplicate": 2, "invalid_address": 1, "unreadable_row": 2}, imp.Contactable.Email); diff != "" {
		t.Errorf("contactable by e-mail:\n%s", diff)
	}
	if _, err := os.Stat(filepath.Join(string(f.Intake.Files.(intake.Dir)), imp.ID.String())); !os.IsNotExist(err) {
		t.Errorf("the upload was kept: %v", err)
	}
}

func TestImportAgain(t *testing.T) {
	f := leadtest.New(t)
	data := []byte("Email,First Name,Phone,Plan\nann@acme.com,Ann,415-555-2671,pro\nbob@acme.com,Bob,,\n")
	wantCounts(t, run(t, f, data, intake.Upload{}), "done 2=2+0+0+0")
	wantCounts(t, run(t, f, data, intake.Upload{}), "done 2=0+0+2+0")
	wantCounts(t, run(t, f, data, intake.Upload{UpdateExisting: true}), "done 2=0+0+2+0") // nothing new
	changed := []byte("Email,First Name,Phone,Plan,Tags\nANN@acme.com,Anna,,free,vip\nbob@acme.com,,415-555-2671,,\nnew@acme.com,New,,,\n")
	dry := run(t, f, changed, intake.Upload{UpdateExisting: true, DryRun: true})
	wantCounts(t, dry, "done 3=1+1+1+0")
	wet := run(t, f, changed, intake.Upload{UpdateExisting: true})
	// Bob's new number is Ann's: he keeps none, and that is nothing new.
	wantCounts(t, wet, "done 3=1+1+1+0")
	page, err := f.List(t.Context(), f.Org, lead.Query{Filter: lead.Filter{Q: "ann@acme.com"}})
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("ann: %+v, %v", page, err)
	}
	if ann := page.Items[0]; ann.FirstName != "Anna" || ann.Phone != "+14155552671" || ann.Custom["plan"] != "free" || ann.Tags[0] != "vip" || ann.Version != 2 {
		t.Errorf("updated to %+v", ann)
	}
}

func TestDryRunChangesNothingAndForetells(t *testing.T) {
	f := leadtest.New(t)
	f.Lead(t, 1)
	f.Tenant(t, func(ctx context.Context, tx db.Tx) error {
		return f.Intake.Compliance.Suppress(ctx, tx, f.Org, compliance.NewSuppression{Reason: "opt_out", Source: "test"},
			compliance.Address{Kind: "email", Value: "gone@acme.com"}, compliance.Address{Kind: "email_domain", Value: "rival.com"})
	})
	data := []byte(`email,phone,name
person1@example.com,,Old
new@acme.com,415-555-2671,New
gone@acme.com,,Gone
x@rival.com,,Rival
new@acme.com,,Twice
,+1 800 555 0199,Tollfree
,,Nameonly
`)
	dry := run(t, f, data, intake.Upload{DryRun: true})
	page, err := f.List(t.Context(), f.Org, lead.Query{Count: true})
	if err != nil || *page.Total != 1 {
		t.Fatalf("a dry run left %d leads, %v", *page.Total, err)
	}
	if diff := cmp.Diff(map[string]int{"reachable": 1, "suppressed": 2, "duplicate": 2, "no_address": 2}, dry.Contactable.Email); diff != "" {
		t.Errorf("by e-mail:\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"reachable": 1, "duplicate": 2, "no_address": 3, "zone_unknown": 1}, dry.Contactable.Call); diff != "" {
		t.Errorf("by phone:\n%s", diff)
	}
	wet := run(t, f, data, intake.Upload{})
	if strings.TrimPrefix(counts(dry), "done") != strings.TrimPrefix(counts(wet), "done") {
		t.Errorf("dry run said %s, the import did %s", counts(dry), counts(wet))
	}
	if diff := cmp.Diff(dry.Contactable, wet.Contactable); diff != "" {
		t.Errorf("contactable of dry run and import:\n%s", diff)
	}
	if _, err := f.Intake.Undo(t.Context(), f.Org, dry.ID); !errs.Is(err, errs.Conflict) {
		t.Errorf("undo of a dry run: %v", err)
	}
}

func TestImportSuppressesWhoSaidNo(t *testing.T) {
	f := leadtest.New(t)
	imp := run(t, f, []byte("Email,Phone,Do Not Email,Do Not Call\na@acme.com,415-555-2671,Yes,No\nb@acme.com,415-555-2672,No,yes\n"), intake.Upload{})
	wantCounts(t, imp, "done 2=2+0+0+0")
	var list []string
	f.Tenant(t, func(ctx context.Context, tx db.Tx) error {
		return tx.QueryRow(ctx, `select array_agg(kind || ' ' || reason order by kind) from suppressions`).Scan(&list)
	})
	if diff := cmp.Diff([]string{"email import", "phone import"}, list); diff != "" {
		t.Error(diff)
	}
}

func TestBadUploadsAreNamedAndKeepNothing(t *testing.T) {
	f := leadtest.New(t)
	for name, tc := range map[string]struct {
		data    string
		mapping map[string]string
		at      string
	}{
		"open quote":       {"email,name\na@b.co,x\nc@d.co,\"y\n", nil, "body.file: row 3"},
		"long field":       {"email,name\na@b.co," + strings.Repeat("x", 40_000) + "\n", nil, "body.file: row 2"},
		"empty":            {"", nil, "body.file"},
		"header only":      {"email,name\n", nil, "body.file"},
		"nobody in it":     {"colour,size\nred,7\n", nil, "body.file"},
		"unknown column":   {"email,x\na@b.co,1\n", map[string]string{"y": "title"}, "body.mapping.y"},
		"unknown field":    {"email,x\na@b.co,1\n", map[string]string{"x": "shoe"}, "body.mapping.x"},
		"field twice":      {"email,x,y\na@b.co,1,2\n", map[string]string{"x": "title", "y": "title"}, "body.mapping.y"},
		"nothing remains":  {"email,x\na@b.co,1\n", map[string]string{"email": "skip"}, "body.file"},
		"damaged workbook": {"PK\x03\x04xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", nil, "body.file"},
	} {
		_, err := begin(t, f, []byte(tc.data), intake.Upload{Mapping: tc.mapping})
		at, row, _ := strings.Cut(tc.at, ": ")
		if e := wantKind(t, err, errs.Invalid); e.Fields[0].Location != at || !strings.HasPrefix(e.Fields[0].Message, row) {
			t.Errorf("%s: %+v, want %s", name, e.Fields, tc.at)
		}
	}
	if left, err := os.ReadDir(string(f.Intake.Files.(intake.Dir))); err != nil || len(left) != 0 {
		t.Errorf("%d files kept, %v", len(left), err)
	}
	imports, _, err := f.Intake.Imports(t.Context(), f.Org, "", 10)
	if err != nil || len(imports) != 0 {
		t.Errorf("%d imports in the history, %v", len(imports), err)
	}
	f.Intake.Limits.FileBytes = 10
	_, err = begin(t, f, []byte("email\nann@example.com\n"), intake.Upload{})
	wantKind(t, err, errs.TooLarge)
	f.Intake.Limits.FileBytes, f.Intake.Limits.Rows = 1<<20, 2
	_, err = begin(t, f, []byte("email\na@b.co\nb@b.co\nc@b.co\n"), intake.Upload{})
	wantKind(t, err, errs.TooLarge)
}

func TestUndoKeepsWhatPeopleWorkedWith(t *testing.T) {
	f := leadtest.New(t)
	var b strings.Builder
	b.WriteString("email,name\n")
	for i := range 20 {
		fmt.Fprintf(&b, "p%d@acme.com,P%d\n", i, i)
	}
	imp := run(t, f, []byte(b.String()), intake.Upload{})
	page, err := f.List(t.Context(), f.Org, lead.Query{Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	title := "CEO"
	if _, err := f.Update(t.Context(), f.Org, page.Items[0].ID, 0, lead.Patch{Title: &title}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.AddNote(t.Context(), f.Org, page.Items[1].ID, id.New(), "nice"); err != nil {
		t.Fatal(err)
	}
	got, err := f.Intake.Undo(t.Context(), f.Org, imp.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := &intake.UndoReport{Deleted: 18, Kept: 2, KeptReasons: map[string]int{"edited": 1, "touched": 1}}
	if diff := cmp.Diff(want, got.Undo); diff != "" || got.State != "undone" {
		t.Errorf("state %s:\n%s", got.State, diff)
	}
	if _, err := f.Intake.Undo(t.Context(), f.Org, imp.ID); !errs.Is(err, errs.Conflict) {
		t.Errorf("second undo: %v", err)
	}
}

// TestInterruptedImportGoesOn: a run that is cut off after any chunk, and one
// that is taken over, leave every row counted and created once.

// TestUndoMeetsATouch: a mail to somebody is written down in the moment in which
// their import is undone. They stay, with what was written.
func TestUndoMeetsATouch(t *testing.T) {
	f := leadtest.New(t)
	imp := run(t, f, []byte("email\nann@acme.com\nbob@acme.com\n"), intake.Upload{})
	page, err := f.List(t.Context(), f.Org, lead.Query{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	ann := page.Items[0].ID
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	undone := make(chan error, 1)
	err = f.DB.InTenant(ctx, f.Org, func(tx db.Tx) error {
		if _, err := f.LockForTouch(ctx, tx, f.Org, []id.ID{ann}); err != nil {
			return err
		}
		if err := f.AddInteractions(ctx, tx, f.Org, []lead.Interaction{{LeadID: ann, Type: "email.sent", Channel: "email", Direction: "out", OccurredAt: time.Now()}}); err != nil {
			return err
		}
		go func() {
			_, err := f.Intake.Undo(ctx, f.Org, imp.ID)
			undone <- err
		}()
		return dbtest.Blocked(ctx, f.DB, tx)
	})
	if err := errors.Join(err, <-undone); err != nil {
		t.Fatal(err)
	}
	left, err := f.List(t.Context(), f.Org, lead.Query{Limit: 5})
	if err != nil || len(left.Items) != 1 || left.Items[0].ID != ann {
		t.Errorf("left are %+v, %v; want who was written to", left.Items, err)
	}
}

func TestInterruptedImportGoesOn(t *testing.T) {
	f := leadtest.New(t)
	var b strings.Builder
	b.WriteString("email,name\n")
	const rows = 35_000
	for i := range rows {
		fmt.Fprintf(&b, "p%d@acme%d.com,Pat Doe%d\n", i, i%100, i)
	}
	imp, err := begin(t, f, []byte(b.String()), intake.Upload{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cut := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- f.Intake.RunImport(ctx, f.Org, imp.ID) }()
	for found(t, f, imp.ID).RowsDone == 0 {
		if ctx.Err() != nil {
			t.Fatal(ctx.Err())
		}
	}
	cut()
	if err := <-done; err == nil {
		t.Log("the first run was faster than its end")
	}
	// Two at once: one is superseded, nothing is counted twice.
	ends := make(chan error, 2)
	for range 2 {
		go func() { ends <- f.Intake.RunImport(t.Context(), f.Org, imp.ID) }()
	}
	for range 2 {
		if err := <-ends; err != nil && !os.IsNotExist(err) {
			t.Errorf("second run: %v", err)
		}
	}
	got := found(t, f, imp.ID)
	wantCounts(t, got, fmt.Sprintf("done %d=%d+0+0+0", rows, rows))
	page, err := f.List(t.Context(), f.Org, lead.Query{Count: true, Limit: 1})
	if err != nil || *page.Total != rows {
		t.Errorf("%d leads, %v", *page.Total, err)
	}
}

// TestImportOwnExport: what we export can be imported, formulas and all.
func TestImportOwnExport(t *testing.T) {
	f := leadtest.New(t)
	f.With(t, lead.Draft{Email: "ann@acme.com", FirstName: "=cmd", Phone: "+14155552671", Tags: []string{"a", "b"}})
	var b bytes.Buffer
	if err := f.Export(t.Context(), f.Org, lead.Filter{}, &b, func([]lead.Lead) error { return nil }); err != nil {
		t.Fatal(err)
	}
	other := leadtest.New(t)
	wantCounts(t, run(t, other, b.Bytes(), intake.Upload{}), "done 1=1+0+0+0")
	page, err := other.List(t.Context(), other.Org, lead.Query{})
	if err != nil || len(page.Items) != 1 {
		t.Fatal(page, err)
	}
	if got := page.Items[0]; got.FirstName != "=cmd" || got.Phone != "+14155552671" || len(got.Tags) != 2 {
		t.Errorf("came back as %+v", got)
	}
}

// TestSharedSets imports every table of the real sets and pins what happens:
// how each ends (or why it is refused), how its columns are read, and what is
// said of its rows.
func TestSharedSets(t *testing.T) {
	const noPeople = "body.file: no column holds"
	for _, tc := range []struct{ file, want, mapping, reasons string }{
		{"x-education/Leads.dev.csv", "done 6468=6468+0+0+0", "Country=region Do Not Call=do_not_call Do Not Email=do_not_email Lead Source=source Prospect ID=external_id Tags=tags", "map[]"},
		{"x-education/Leads.dev.badly-requoted.csv", "done 6468=6468+0+0+0", "Country=region Do Not Call=do_not_call Do Not Email=do_not_email Lead Source=source Prospect ID=external_id Tags=tags", "map[]"},
		{"x-education/Leads-Data-Dictionary.xlsx", noPeople, "", ""},
		{"maven-crm-opportunities/accounts.csv", "done 85=85+0+0+0", "account=company office_location=region", "map[]"},
		{"maven-crm-opportunities/sales_pipeline.csv", "done 8800=8800+0+0+0", "account=company opportunity_id=external_id", "map[]"},
		{"maven-crm-opportunities/sales_teams.csv", noPeople, "", ""}, // our sellers, not our leads
		{"maven-crm-opportunities/products.csv", noPeople, "", ""},
		// The headers of this file have slipped: its e-mails stand under "Purple
		// binder service type", dates under "Email Address". Two people share an
		// e-mail with an earlier row; most numbers lack their area code.
		{"dedupe-chicago/dev_with_true_ids.csv", "done 1617=1615+0+2+0", "Id=external_id Phone=phone Purple binder service type=email Site name=company Source=source", "map[duplicate_row:2]"},
		{"patstat-names/patstat_reference.csv", "done 2379=2379+0+0+0", "person_id=external_id person_name=company", "map[]"},
		{"patstat-names/patstat_input.csv", "done 2379=2379+0+0+0", "Name=full_name person_id=external_id", "map[]"},
	} {
		t.Run(filepath.Base(tc.file), func(t *testing.T) {
			dir, ok := sharedset.Dir(t, filepath.Dir(tc.file))
			if !ok {
				return
			}
			data, err := os.ReadFile(filepath.Join(dir, filepath.Base(tc.file)))
			if err != nil {
				t.Fatal(err)
			}
			f := leadtest.New(t)
			imp, err := begin(t, f, data, intake.Upload{FileName: tc.file})
			if err != nil {
				if !strings.HasPrefix(err.Error(), tc.want) {
					t.Errorf("refused: %v, want %s", err, tc.want)
				}
				return
			}
			if err := f.Intake.RunImport(t.Context(), f.Org, imp.ID); err != nil {
				t.Fatal(err)
			}
			got := found(t, f, imp.ID)
			wantCounts(t, got, tc.want)
			var mapped []string
			for column, field := range got.Mapping {
				if !strings.HasPrefix(field, "custom.") && field != "skip" {
					mapped = append(mapped, column+"="+field)
				}
			}
			sort.Strings(mapped)
			if diff := cmp.Diff(tc.mapping, strings.Join(mapped, " ")); diff != "" {
				t.Errorf("mapping:\n%s", diff)
			}
			if reasons := fmt.Sprint(got.Reasons); reasons != tc.reasons {
				t.Errorf("reasons %s, want %s", reasons, tc.reasons)
			}
			t.Logf("%s %+v by e-mail %v, by phone %v", counts(got), got.FileInfo, got.Contactable.Email, got.Contactable.Call)
		})
	}
}

// TestCorrections: the rows that were refused are listed with their cells, and the
// file is taken with cells that people wrote over them, also when the import is
// interrupted in between.
func TestCorrections(t *testing.T) {
	f := leadtest.New(t)
	dry := run(t, f, []byte(people), intake.Upload{DryRun: true})
	wantCounts(t, dry, "done 9=4+0+2+3")
	first, next, err := f.Intake.Errors(t.Context(), f.Org, dry.ID, "failed", -1, 2)
	if err != nil || len(first) != 2 || next != 8 {
		t.Fatalf("%d rows, next %d: %v", len(first), next, err)
	}
	if first[0].Row != 4 || first[0].Column != "E-Mail Adress" || first[0].Raw["E-Mail Adress"] != "not-an-address" || first[0].Raw["Company"] != "Zeta" {
		t.Errorf("first %+v", first[0])
	}
	rest, next, err := f.Intake.Errors(t.Context(), f.Org, dry.ID, "failed", next, 2)
	if err != nil || len(rest) != 1 || next != 0 || rest[0].Row != 9 || rest[0].Raw["E-Mail Adress"] != "fay@zeta.com" {
		t.Errorf("rest %+v, next %d: %v", rest, next, err)
	}
	mended := intake.Corrections{4: {"E-Mail Adress": "cara@zeta.com"}, 9: {"Company": "Zeta"}}
	imp := run(t, f, []byte(people), intake.Upload{Corrections: mended})
	wantCounts(t, imp, "done 9=6+0+2+1")
	failed := errorRows(t, f, imp.ID, "")
	if len(failed) != 2 || failed[1][0] != "8" {
		t.Errorf("still refused: %v", failed)
	}
	page, err := f.List(t.Context(), f.Org, lead.Query{Filter: lead.Filter{Company: []string{"Zeta"}}, Sort: lead.Sort{Column: "name"}, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, l := range page.Items {
		names = append(names, l.FirstName+" "+l.LastName+" "+l.Email)
	}
	if diff := cmp.Diff([]string{"Cara Jones cara@zeta.com", "Eve  eve@zeta.com", "Fay Kim fay@zeta.com", "Gus Hay gus@zeta.com"}, names); diff != "" {
		t.Errorf("of Zeta:\n%s", diff)
	}
	for name, bad := range map[string]intake.Corrections{
		"a column that is not there": {4: {"Shoe size": "9"}},
		"the header":                 {1: {"Company": "x"}},
		"a value too long":           {4: {"Company": strings.Repeat("x", 2000)}},
	} {
		if _, err := begin(t, f, []byte(people), intake.Upload{Corrections: bad}); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, raw := range []string{"[]", `{"x": {}}`, `{"4": "y"}`} {
		if _, err := intake.ParseCorrections(raw); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: %v", raw, err)
		}
	}
}
