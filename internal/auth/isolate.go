package auth

import (
	"rainmaker/internal/auth/signal"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/id"
)

// IsolationsChanged makes this process look again at once.
func (s *Service) IsolationsChanged(tenant id.ID) {
	s.gate.Forget(tenant)
	s.sessions.ForgetAll()
}

// Join says who counts signals. Before it, nobody does.
func (s *Service) Join(w signal.Watcher) { s.watcher = w }

func (s *Service) note(tenant id.ID, kind signal.Kind, actor org.Actor) {
	if s.watcher != nil && tenant != id.Nil {
		s.watcher.Note(signal.Signal{Org: tenant, Kind: kind, Actor: actor, N: 1})
	}
}
