package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rainmaker/internal/api"
	"rainmaker/internal/api/apitest"
	"rainmaker/internal/org"
)

// TestViews: kept under a name, changed by their owner alone, seen by others only
// when they are shared, and one default at a time.
func TestViews(t *testing.T) {
	s := apitest.Start(t)
	owner := s.SignUp(t)
	colleague := owner.As(t, org.Analyst)
	stranger := s.SignUp(t)
	search := api.ViewSearch{Q: "acme", Status: "qualified", MinScore: 70, Sort: "-score"}

	var hot, cold, changed api.View
	owner.Post("/views", apitest.M{"name": " Hot ", "search": search, "default": true}).Want(http.StatusCreated).Into(&hot)
	if hot.Name != "Hot" || !hot.Mine || !hot.Default || hot.Shared || !cmp.Equal(hot.Search, search) {
		t.Errorf("%+v", hot)
	}
	owner.Post("/views", apitest.M{"name": "Hot", "search": apitest.M{}}).Problem(http.StatusConflict)
	owner.Post("/views", apitest.M{"name": "  ", "search": apitest.M{}}).Want(http.StatusUnprocessableEntity).WantField("body.name")
	owner.Post("/views", apitest.M{"name": "One", "search": apitest.M{"q": "ann@acme.com"}}).
		Want(http.StatusUnprocessableEntity).WantField("body.search.q")
	owner.Post("/views", apitest.M{"name": "Cold", "search": apitest.M{}, "default": true}).Want(http.StatusCreated).Into(&cold)

	names := func(c *apitest.Client) string {
		var list pageOf[api.View]
		c.Get("/views").Want(http.StatusOK).Into(&list)
		var out []string
		for _, v := range list.Items {
			name := v.Name
			if v.Default {
				name += "*"
			}
			out = append(out, name)
		}
		return strings.Join(out, " ")
	}
	if got := names(owner); got != "Cold* Hot" {
		t.Errorf("owner sees %q: the later default is the default", got)
	}
	if got := names(colleague) + names(stranger); got != "" {
		t.Errorf("others see %q of what is not shared", got)
	}
	path := "/views/" + hot.ID.String()
	colleague.Patch(path, apitest.M{"name": "Mine now"}).Problem(http.StatusNotFound)
	owner.Patch(path, apitest.M{"shared": true, "search": apitest.M{"status": "new"}}).Want(http.StatusOK).Into(&changed)
	if !changed.Shared || changed.Name != "Hot" || changed.Search != (api.ViewSearch{Status: "new"}) {
		t.Errorf("changed: %+v", changed)
	}
	if got := names(colleague); got != "Hot" {
		t.Errorf("colleague sees %q", got)
	}
	colleague.Patch(path, apitest.M{"name": "Mine now"}).Problem(http.StatusForbidden)
	colleague.Delete(path).Problem(http.StatusForbidden)
	stranger.Delete(path).Problem(http.StatusNotFound)
	owner.Delete(path).Want(http.StatusNoContent)
	owner.Delete(path).Problem(http.StatusNotFound)
	if got := names(owner) + names(colleague); got != "Cold*" {
		t.Errorf("left: %q", got)
	}
}
