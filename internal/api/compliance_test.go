package api_test

import (
	"net/http"
	"testing"

	"rainmaker/internal/api/apitest"
	"rainmaker/internal/platform/id"
)

func TestSuppressionsOverHTTP(t *testing.T) {
	s := apitest.Start(t)
	c := s.SignUp(t)
	c.Put("/suppressions", apitest.M{"values": []string{"Gone@Acme.com", "rival.com", "+1 415 555 2671"}}).Want(http.StatusNoContent)
	c.Put("/suppressions", apitest.M{"values": []string{"gone@acme.com"}, "reason": "opt_out"}).Want(http.StatusNoContent) // there already
	c.Put("/suppressions", apitest.M{"values": []string{"stop@acme.com"}, "reason": "opt_out"}).Want(http.StatusNoContent)
	if p := c.Put("/suppressions", apitest.M{"values": []string{"ok.com", "??"}}).Problem(http.StatusUnprocessableEntity); p.Errors[0].Location != "body.values[1]" {
		t.Errorf("%+v", p)
	}
	var list pageOf[struct {
		ID     string `json:"id"`
		Kind   string `json:"kind"`
		Value  string `json:"value"`
		Reason string `json:"reason"`
	}]
	c.Get("/suppressions").Want(http.StatusOK).Into(&list)
	if len(list.Items) != 4 {
		t.Fatalf("list %+v", list.Items)
	}
	for _, item := range list.Items {
		want := http.StatusNoContent
		if item.Reason == "opt_out" {
			want = http.StatusConflict
		}
		s.SignUp(t).Delete("/suppressions/" + item.ID).Problem(http.StatusNotFound)
		c.Delete("/suppressions/" + item.ID).Want(want)
	}
	var l leadBody
	c.Post("/leads", apitest.M{"email": "x@acme.com"}).Want(http.StatusCreated).Into(&l)
	c.Post("/consents", apitest.M{"lead_id": l.ID, "channel": "call", "evidence": "form 7"}).Want(http.StatusCreated)
	c.Post("/consents", apitest.M{"lead_id": id.New().String(), "channel": "call", "evidence": "form 7"}).Problem(http.StatusNotFound)
	s.SignUp(t).Post("/consents", apitest.M{"lead_id": l.ID, "channel": "call", "evidence": "form 7"}).Problem(http.StatusNotFound)
}
