package api_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"rainmaker/internal/api/apitest"
	"rainmaker/internal/platform/id"
)

type leadBody struct {
	ID           string         `json:"id"`
	Email        string         `json:"email"`
	Phone        string         `json:"phone"`
	FirstName    string         `json:"first_name"`
	Status       string         `json:"status"`
	Score        int            `json:"score"`
	ScoreReasons []any          `json:"score_reasons"`
	Tags         []string       `json:"tags"`
	Custom       map[string]any `json:"custom"`
	Version      int            `json:"version"`
}

type pageOf[T any] struct {
	Items      []T     `json:"items"`
	NextCursor *string `json:"next_cursor"`
	Total      *int64  `json:"total"`
}

func TestLeadOverHTTP(t *testing.T) {
	s := apitest.Start(t)
	c := s.SignUp(t)
	var l leadBody
	r := c.Post("/leads", apitest.M{
		"email": "Ann@Example.com", "phone": "(415) 555-2671", "first_name": "Ann", "last_name": "Lee", "company": "Acme", "title": "CEO",
		"custom":   apitest.M{"plan": "pro"},
		"consents": []apitest.M{{"channel": "email", "purpose": "newsletter", "evidence": "signup form"}},
	}).Want(http.StatusCreated).Into(&l)
	if l.Email != "ann@example.com" || l.Phone != "+14155552671" || l.Status != "new" || l.Score == 0 || len(l.ScoreReasons) == 0 || r.Header.Get("ETag") != `"1"` {
		t.Errorf("created %s, ETag %s", r.Body, r.Header.Get("ETag"))
	}
	p := c.Post("/leads", apitest.M{"email": "ann@example.com"}).Problem(http.StatusConflict)
	if p.Code != "duplicate" || p.Errors[0].Location != "body.email" || !strings.Contains(p.Errors[0].Message, l.ID) {
		t.Errorf("duplicate: %+v", p)
	}
	for field, body := range map[string]apitest.M{
		"body.email":     {"email": "not an address"},
		"body.phone":     {"phone": "12345"},
		"body.shoe_size": {"email": "x@example.com", "shoe_size": 7},
		"body.timezone":  {"email": "x@example.com", "timezone": "Mars/Base"},
		"body":           {"title": "CEO"},
	} {
		if p := c.Post("/leads", body).Problem(http.StatusUnprocessableEntity); len(p.Errors) == 0 || p.Errors[0].Location != field {
			t.Errorf("%v: %+v, want %s", body, p.Errors, field)
		}
	}
	c.With("If-Match", `"7"`).Patch("/leads/"+l.ID, apitest.M{"title": "CTO"}).Problem(http.StatusPreconditionFailed)
	var changed leadBody
	c.With("If-Match", `"1"`).Patch("/leads/"+l.ID, apitest.M{"phone": nil, "tags": []string{"vip"}, "custom": apitest.M{"plan": nil, "n": 1}, "status": "qualified"}).
		Want(http.StatusOK).Into(&changed)
	if changed.Phone != "" || changed.Status != "qualified" || changed.Custom["plan"] != nil || changed.Custom["n"] != 1.0 || changed.Version != 2 {
		t.Errorf("changed to %+v", changed)
	}
	c.Patch("/leads/"+l.ID, apitest.M{"status": "happy"}).Problem(http.StatusUnprocessableEntity)

	c.Post("/leads/"+l.ID+"/notes", apitest.M{"body": "call back"}).Want(http.StatusCreated)
	c.Post("/leads/"+l.ID+"/tasks", apitest.M{"title": "Call", "due_at": "2030-01-01T00:00:00Z"}).Want(http.StatusCreated)
	var tasks pageOf[struct {
		ID string `json:"id"`
	}]
	c.Get("/tasks?lead_id=" + l.ID).Want(http.StatusOK).Into(&tasks)
	if len(tasks.Items) != 1 {
		t.Fatalf("tasks %+v", tasks)
	}
	c.Patch("/tasks/"+tasks.Items[0].ID, apitest.M{"done": true}).Want(http.StatusNoContent)
	var history pageOf[map[string]any]
	c.Get("/leads/" + l.ID + "/interactions").Want(http.StatusOK).Into(&history)
	if len(history.Items) != 2 || history.Items[1]["body"] != "call back" {
		t.Errorf("history %+v", history.Items)
	}
	var why struct {
		Consents     []map[string]any `json:"consents"`
		Suppressions []any            `json:"suppressions"`
	}
	c.Get("/leads/" + l.ID + "/compliance").Want(http.StatusOK).Into(&why)
	if len(why.Consents) != 1 || why.Consents[0]["state"] != "granted" || why.Suppressions == nil {
		t.Errorf("compliance %+v", why)
	}

	stranger := s.SignUp(t)
	for _, path := range []string{"/leads/" + l.ID, "/leads/" + l.ID + "/interactions", "/leads/" + l.ID + "/compliance", "/leads/" + id.New().String()} {
		stranger.Get(path).Problem(http.StatusNotFound)
	}
	stranger.Delete("/leads/" + l.ID).Problem(http.StatusNotFound)
	c.Delete("/leads/" + l.ID).Want(http.StatusNoContent)
	c.Get("/leads/" + l.ID).Problem(http.StatusNotFound)
}

func TestLeadListOverHTTP(t *testing.T) {
	s := apitest.Start(t)
	c := s.SignUp(t)
	for i := range 7 {
		c.Post("/leads", apitest.M{"email": fmt.Sprintf("p%d@acme.com", i), "last_name": fmt.Sprintf("Doe%d", i), "tags": []string{"t" + fmt.Sprint(i%2)}}).Want(http.StatusCreated)
	}
	var got []string
	next := ""
	for {
		var p pageOf[leadBody]
		c.Get("/leads?limit=3&sort=-score&count=true&cursor=" + next).Want(http.StatusOK).Into(&p)
		if p.Total == nil || *p.Total != 7 {
			t.Fatalf("total %v", p.Total)
		}
		for _, l := range p.Items {
			got = append(got, l.Email)
		}
		if p.NextCursor == nil {
			break
		}
		next = *p.NextCursor
	}
	if len(got) != 7 {
		t.Errorf("%d of 7 over pages: %v", len(got), got)
	}
	for query, want := range map[string]int{
		"q=doe3": 1, "q=p4@acme.com": 1, "tags=t1": 3, "status=new": 7, "status=cold": 0, "status=cold,new": 7, "min_score=100": 0, "company=Acme": 0, "status=": 7,
		"created_after=2100-01-01T00:00:00Z": 0, "campaign_id=" + id.New().String(): 0,
	} {
		var p pageOf[leadBody]
		c.Get("/leads?" + query).Want(http.StatusOK).Into(&p)
		if len(p.Items) != want {
			t.Errorf("%s: %d, want %d", query, len(p.Items), want)
		}
	}
	for _, bad := range []string{"status=happy", "sort=shoe", "min_score=101", "campaign_id=7", "cursor=zzz", "limit=201", "colour=red"} {
		c.Get("/leads?" + bad).Problem(http.StatusUnprocessableEntity)
	}
	var result struct{ Matched, Changed int64 }
	c.Post("/leads/bulk", apitest.M{"filter": apitest.M{"tags": []string{"t1"}}, "action": "set_status", "status": "cold"}).Want(http.StatusOK).Into(&result)
	if result.Changed != 3 {
		t.Errorf("bulk %+v", result)
	}
	p := c.Post("/leads/bulk", apitest.M{"filter": apitest.M{"colour": "red"}, "action": "delete"}).Problem(http.StatusUnprocessableEntity)
	if p.Errors[0].Location != "body.filter.colour" {
		t.Errorf("unknown filter key: %+v", p.Errors)
	}
	r := c.Get("/leads/export.csv?status=cold").Want(http.StatusOK)
	records, err := csv.NewReader(strings.NewReader(string(r.Body))).ReadAll()
	if err != nil || len(records) != 4 || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/csv") {
		t.Errorf("export %q %v %v", records, err, r.Header)
	}
}

func TestImportOverHTTP(t *testing.T) {
	s := apitest.Start(t)
	c := s.SignUp(t)
	var imp struct {
		ID          string            `json:"id"`
		State       string            `json:"state"`
		RowsTotal   int               `json:"rows_total"`
		RowsCreated int               `json:"rows_created"`
		RowsFailed  int               `json:"rows_failed"`
		Mapping     map[string]string `json:"mapping"`
		Preview     []any             `json:"preview"`
		Undo        map[string]any    `json:"undo"`
	}
	file := []byte("Full name;E-Mail;Shoe\nAnn Lee;ann@acme.com;7\nBob;nope;8\n")
	c.Upload("/leads/import", "people.csv", file, map[string]string{"mapping": `{"Shoe": "custom.shoe_size"}`, "dry_run": "false"}).
		Want(http.StatusAccepted).Into(&imp)
	which, err := id.Parse("id", imp.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Deps.Intake.RunImport(t.Context(), c.Org, which); err != nil {
		t.Fatal(err)
	}
	c.Get("/imports/" + imp.ID).Want(http.StatusOK).Into(&imp)
	if imp.State != "done" || imp.RowsTotal != 2 || imp.RowsCreated != 1 || imp.RowsFailed != 1 || imp.Mapping["Shoe"] != "custom.shoe_size" || imp.Mapping["E-Mail"] != "email" || len(imp.Preview) != 2 {
		t.Errorf("import %+v", imp)
	}
	if got := string(c.Get("/imports/" + imp.ID + "/errors.csv").Want(http.StatusOK).Body); got != "row,column,reason,raw\n3,E-Mail,not an e-mail address,\"Bob,nope,8\"\n" {
		t.Errorf("errors.csv %q", got)
	}
	var history pageOf[map[string]any]
	c.Get("/imports").Want(http.StatusOK).Into(&history)
	if len(history.Items) != 1 {
		t.Errorf("history %+v", history)
	}
	s.SignUp(t).Get("/imports/" + imp.ID + "/errors.csv").Problem(http.StatusNotFound)
	c.Post("/imports/"+imp.ID+"/undo", nil).Want(http.StatusAccepted).Into(&imp)
	if imp.State != "undone" || imp.Undo["deleted"] != 1.0 {
		t.Errorf("undone %+v", imp)
	}

	for name, tc := range map[string]struct {
		file   string
		fields map[string]string
		at     string
	}{
		"broken CSV":    {"email,name\na@b.co,\"x\n", nil, "body.file"},
		"empty":         {"", nil, "body.file"},
		"bad mapping":   {"email\na@b.co\n", map[string]string{"mapping": "{"}, "body.mapping"},
		"wrong field":   {"email,x\na@b.co,1\n", map[string]string{"mapping": `{"x":"shoe"}`}, "body.mapping.x"},
		"unknown field": {"email\na@b.co\n", map[string]string{"colour": "red"}, "body.colour"},
	} {
		p := c.Upload("/leads/import", "x.csv", []byte(tc.file), tc.fields).Problem(http.StatusUnprocessableEntity)
		if len(p.Errors) == 0 || p.Errors[0].Location != tc.at {
			t.Errorf("%s: %+v, want %s", name, p, tc.at)
		}
	}
}
