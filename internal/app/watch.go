package app

import (
	"rainmaker/internal/api"
	"rainmaker/internal/auth/watch"
)

// watching builds who raises alerts, and lets auth tell it of what is suspicious.
func (a *App) watching(s *services) (*api.Watch, error) {
	w, err := watch.New(watch.Deps{DB: a.in.DB, Org: s.org, Auth: s.auth, Clock: a.clock, Logger: a.log, Metrics: a.metrics})
	if err != nil {
		return nil, err
	}
	s.auth.Join(w)
	return w, nil
}
