package apitest

import (
	"testing"

	"rainmaker/internal/api"
	"rainmaker/internal/auth/watch"
	"rainmaker/internal/platform/db"
)

// watching joins who watches to auth. Tests flush it themselves.
func watching(t testing.TB, d api.Deps, database *db.DB) *watch.Service {
	t.Helper()
	w, err := watch.New(watch.Deps{DB: database, Org: d.Org, Auth: d.Auth, Clock: d.Clock, Logger: d.Logger})
	if err != nil {
		t.Fatal(err)
	}
	d.Auth.Join(w)
	return w
}
