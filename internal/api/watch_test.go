package api_test

import (
	"net/http"
	"strings"
	"testing"

	"rainmaker/internal/api/apitest"
	"rainmaker/internal/org"
)

type alert struct {
	ID, Kind, Severity, Actor, State string
	Evidence                         struct{ Count, Threshold int }
}

// alerts of an organisation, of one kind.
func alerts(t *testing.T, s *apitest.Server, c *apitest.Client, kind string) []alert {
	t.Helper()
	if err := s.Deps.Watch.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	var list struct{ Items []alert }
	c.Get("/alerts?limit=200").Want(http.StatusOK).Into(&list)
	var of []alert
	for _, a := range list.Items {
		if a.Kind == kind {
			of = append(of, a)
		}
	}
	return of
}

func TestAlerts(t *testing.T) {
	s := apitest.Start(t)
	c := s.SignUp(t)
	for range 5 {
		s.Client(t).Post("/auth/login", apitest.M{"email": c.Email, "password": "wrong"}).Problem(http.StatusUnauthorized)
	}
	if got := alerts(t, s, c, "failed_sign_ins"); len(got) != 0 {
		t.Errorf("five failures are no alert yet: %+v", got)
	}
	for range 2 {
		s.Client(t).Post("/auth/login", apitest.M{"email": c.Email, "password": "wrong"}).Problem(http.StatusUnauthorized)
	}
	// The minute may have turned in between: then two more make no alert.
	if got := alerts(t, s, c, "failed_sign_ins"); len(got) > 1 || len(got) == 1 && (got[0].Severity != "medium" || got[0].Evidence.Count < 6) {
		t.Errorf("failed sign-ins: %+v", got)
	}
	analyst := c.As(t, org.Analyst)
	analyst.Get("/alerts").Problem(http.StatusForbidden)
	first := alerts(t, s, c, "denied_access")
	if len(first) != 1 || first[0].Severity != "low" || !strings.HasPrefix(first[0].Actor, "key:") || first[0].State != "open" {
		t.Fatalf("denied access: %+v", first)
	}
	for range 20 {
		analyst.Get("/incidents").Problem(http.StatusForbidden)
	}
	again := alerts(t, s, c, "denied_access")
	if len(again) != 1 || again[0].ID != first[0].ID || again[0].Severity != "high" || again[0].Evidence.Count != 21 {
		t.Errorf("more of the same: %+v", again)
	}
	path := "/alerts/" + first[0].ID
	c.Post(path+"/acknowledge", apitest.M{"note": "looking"}).Want(http.StatusOK)
	c.Post(path+"/acknowledge", nil).Problem(http.StatusConflict)
	c.Post(path+"/close", nil).Want(http.StatusOK)
	c.Post(path+"/close", nil).Problem(http.StatusConflict)
	analyst.Get("/incidents").Problem(http.StatusForbidden)
	if after := alerts(t, s, c, "denied_access"); len(after) != 2 || after[0].ID == first[0].ID {
		t.Errorf("after closing, a new one: %+v", after)
	}
}

type dossier struct {
	ID, State  string
	Timeline   []struct{ Kind, Text, Actor string }
	Isolations []struct {
		ID, Kind   string
		ReleasedAt *string `json:"released_at"`
	}
	Audit []struct{ Action string }
}

func TestIncident(t *testing.T) {
	s := apitest.Start(t)
	c := s.SignUp(t)
	var d dossier
	c.Post("/incidents", apitest.M{"title": "Odd exports", "severity": "high", "note": "seen by Ann"}).Want(http.StatusCreated).Into(&d)
	path := "/incidents/" + d.ID
	for _, state := range []string{"closed", "containment", "post_incident"} {
		c.Post(path+"/advance", apitest.M{"state": state}).Problem(http.StatusConflict)
	}
	c.Post(path+"/notes", apitest.M{"text": "asked Bob"}).Want(http.StatusOK)
	for _, state := range []string{"analysis", "containment", "eradication", "recovery", "post_incident", "closed"} {
		c.Post(path+"/advance", apitest.M{"state": state, "note": "on"}).Want(http.StatusOK).Into(&d)
		if d.State != state {
			t.Fatalf("state %s, want %s", d.State, state)
		}
	}
	c.Post(path+"/advance", apitest.M{"state": "closed"}).Problem(http.StatusConflict)
	c.Post(path+"/isolate", apitest.M{"kind": "organization"}).Problem(http.StatusConflict)
	c.Get(path + "/export").Want(http.StatusOK).Into(&d)
	if len(d.Timeline) != 8 || len(d.Audit) < 9 {
		t.Errorf("export: %d entries, %d of the record", len(d.Timeline), len(d.Audit))
	}
	c.Post("/incidents", apitest.M{"title": " "}).WantField("body.title")
	c.Post("/incidents", apitest.M{"title": "x", "alert_ids": []string{d.ID}}).WantField("body.alert_ids[0]")
}

// TestIsolation: who is shut out is out with the next request, whatever the proof,
// and in again after the release.
func TestIsolation(t *testing.T) {
	s := apitest.Start(t)
	w := s.Fill(t)
	manager, other := w.Person(org.Manager), w.Person(org.Admin)
	var d dossier
	w.Post("/incidents", apitest.M{"title": "A stolen laptop"}).Want(http.StatusCreated).Into(&d)
	path := "/incidents/" + d.ID
	var who struct{ User struct{ ID string } }
	var key struct {
		ID, Secret string
		KeyID      string `json:"key_id"`
	}
	w.Post("/api-keys", apitest.M{"name": "k", "role": "manager"}).Want(http.StatusCreated).Into(&key)
	program := w.With("Authorization", "ApiKey "+key.KeyID+":"+key.Secret)

	release := func() {
		t.Helper()
		w.Get(path).Want(http.StatusOK).Into(&d)
		w.Post(path+"/release", apitest.M{"isolation_id": d.Isolations[len(d.Isolations)-1].ID}).Want(http.StatusOK)
		w.Post(path+"/release", apitest.M{"isolation_id": d.Isolations[len(d.Isolations)-1].ID}).WantField("body.isolation_id")
	}
	login := func(c *apitest.Client) *apitest.Response {
		t.Helper()
		return s.Client(t).Post("/auth/login", apitest.M{"email": c.Email, "password": apitest.Password})
	}

	// A user
	manager.Get("/auth/me").Want(http.StatusOK).Into(&who)
	w.Post(path+"/isolate", apitest.M{"kind": "user", "subject_id": who.User.ID}).Want(http.StatusOK)
	manager.Get("/leads").Problem(http.StatusUnauthorized)
	if p := login(manager).Problem(http.StatusUnauthorized); p.Code != "isolated" {
		t.Errorf("sign-in of a shut-out person: %+v", p)
	}
	w.Post(path+"/isolate", apitest.M{"kind": "user", "subject_id": who.User.ID}).Problem(http.StatusConflict)
	program.Get("/leads").Want(http.StatusOK)
	release()
	manager.Get("/leads").Problem(http.StatusUnauthorized) // the session is over for good
	var signed struct {
		AccessToken string `json:"access_token"`
	}
	login(manager).Want(http.StatusOK).Into(&signed)
	manager = manager.With("Authorization", "Bearer "+signed.AccessToken)
	manager.Get("/leads").Want(http.StatusOK)

	// A key
	w.Post(path+"/isolate", apitest.M{"kind": "key", "subject_id": key.ID}).Want(http.StatusOK)
	if p := program.Get("/leads").Problem(http.StatusUnauthorized); p.Code != "isolated" {
		t.Errorf("a shut-out key: %+v", p)
	}
	manager.Get("/leads").Want(http.StatusOK)
	release()
	program.Get("/leads").Want(http.StatusOK)

	// Everybody but the admins
	w.Post(path+"/isolate", apitest.M{"kind": "organization"}).Want(http.StatusOK)
	manager.Get("/leads").Problem(http.StatusUnauthorized)
	program.Get("/leads").Problem(http.StatusUnauthorized)
	login(manager).Problem(http.StatusUnauthorized)
	other.Get("/leads").Want(http.StatusOK)
	var o struct {
		PausedAt *string `json:"paused_at"`
	}
	w.Get("/organization").Want(http.StatusOK).Into(&o)
	if o.PausedAt == nil {
		t.Error("mail still leaves a shut-out organisation")
	}
	release()
	program.Get("/leads").Want(http.StatusOK)

	// Nobody shuts themselves out, or somebody who is not theirs.
	w.Get("/auth/me").Want(http.StatusOK).Into(&who)
	w.Post(path+"/isolate", apitest.M{"kind": "user", "subject_id": who.User.ID}).Problem(http.StatusConflict)
	w.Post(path+"/isolate", apitest.M{"kind": "user", "subject_id": w.ID("/leads/{id}")}).WantField("body.subject_id")
}
