package api_test

import (
	"encoding/csv"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"rainmaker/internal/api/apitest"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/ledger"
)

type auditItem struct {
	ID, Action, Actor, Target, Hash string
	At                              time.Time
	Seq                             *int64
}

// TestAuditLog: filters, numbers and hashes after sealing, the same as a file,
// and a proof that is for its owner alone.
func TestAuditLog(t *testing.T) {
	s := apitest.Start(t)
	c, stranger := s.SignUp(t), s.SignUp(t)
	var lead struct{ ID string }
	c.Post("/leads", apitest.M{"email": apitest.Email()}).Want(http.StatusCreated).Into(&lead)
	c.Patch("/organization", apitest.M{"name": "Renamed"}).Want(http.StatusOK)
	book, err := dbtest.Book()
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := ledger.NewSealer(ledger.Deps{DB: dbtest.New(t), Book: book, Clock: clock.System{}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := sealer.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	list := func(query url.Values) (items []auditItem) {
		t.Helper()
		var log struct{ Items []auditItem }
		c.Get("/audit-log?" + query.Encode()).Want(http.StatusOK).Into(&log)
		return log.Items
	}
	all := list(nil)
	if len(all) < 2 {
		t.Fatalf("%+v", all)
	}
	for i, e := range all {
		if e.Seq == nil || *e.Seq != int64(len(all)-i) || len(e.Hash) != 64 {
			t.Errorf("entry %d: %+v", i, e)
		}
	}
	newest, oldest := all[0], all[len(all)-1]
	for name, tc := range map[string]struct {
		query url.Values
		want  int
	}{
		"action":  {url.Values{"action": {newest.Action}}, 1},
		"actor":   {url.Values{"actor": {oldest.Actor}}, len(all)},
		"target":  {url.Values{"target": {newest.Target}, "action": {newest.Action}}, 1},
		"nobody":  {url.Values{"actor": {"user:" + id.New().String()}}, 0},
		"from":    {url.Values{"from": {newest.At.Format(time.RFC3339Nano)}}, 1},
		"to":      {url.Values{"to": {newest.At.Format(time.RFC3339Nano)}}, len(all) - 1},
		"nothing": {url.Values{"from": {newest.At.Add(time.Hour).Format(time.RFC3339Nano)}}, 0},
	} {
		if got := list(tc.query); len(got) != tc.want {
			t.Errorf("%s: %d entries, want %d", name, len(got), tc.want)
		}
	}
	file := c.Get("/audit-log/export.csv").Want(http.StatusOK)
	records, err := csv.NewReader(strings.NewReader(string(file.Body))).ReadAll()
	if err != nil || len(records) != len(all)+1 || records[1][0] != newest.ID || records[1][7] != newest.Hash {
		t.Errorf("file: %v, %v", records, err)
	}
	var proof ledger.Proof
	c.Get("/audit-log/" + newest.ID + "/proof").Want(http.StatusOK).Into(&proof)
	key, err := book.VerifierKey()
	if err != nil {
		t.Fatal(err)
	}
	if checkpoint, err := ledger.ParseCheckpoint(proof.Checkpoint, key); err != nil || checkpoint.Size != proof.TreeSize || proof.Hash != newest.Hash {
		t.Errorf("proof %+v, %v", proof, err)
	}
	stranger.Get("/audit-log/" + newest.ID + "/proof").Problem(http.StatusNotFound)
}
