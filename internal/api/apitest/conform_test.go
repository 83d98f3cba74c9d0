package apitest

import (
	"net/http"
	"testing"
)

// failing catches what a check says.
type failing struct {
	testing.TB
	failed bool
}

func (f *failing) Helper()               {}
func (f *failing) Errorf(string, ...any) { f.failed = true }

// TestConform: an answer outside its schema fails the test that got it.
func TestConform(t *testing.T) {
	s := Start(t)
	good := s.SignUp(t).Get("/organization").Want(http.StatusOK)
	for body, want := range map[string]bool{
		string(good.Body):  false,
		`{}`:               true,
		`{"id": "x"}`:      true,
		`[]`:               true,
		`null`:             true,
		`{"surprise": 12}`: true,
	} {
		f := &failing{TB: t}
		s.schemas.check(f, http.MethodGet, "/api/v1/organization", &Response{t: t, Status: http.StatusOK, Header: good.Header, Body: []byte(body)})
		if f.failed != want {
			t.Errorf("%s: failed %v", body, f.failed)
		}
	}
}
