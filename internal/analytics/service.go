package analytics

import (
	"context"
	"log/slog"

	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// Names gives campaigns and people their names in activity lines. What it does
// not know it leaves out.
type Names interface {
	CampaignNames(ctx context.Context, org id.ID, campaigns []id.ID) (map[id.ID]string, error)
	LeadNames(ctx context.Context, org id.ID, leads []id.ID) (map[id.ID]string, error)
}

// Waker is told that events were committed; event.Relay is one.
type Waker interface{ Wake() }

// Deps are what the service needs. Names and Relay may be nil.
type Deps struct {
	DB     *db.DB
	Clock  clock.Clock
	Logger *slog.Logger
	Relay  Waker
	Names  Names
}

// Service counts and answers. It is safe for concurrent use.
type Service struct {
	Deps
	pending signal
}

// New returns a service. Its Consumer must be given to a relay, and Run must run,
// in at least one process.
func New(deps Deps) *Service {
	return &Service{Deps: deps, pending: make(signal, 1)}
}

// signal wakes one waiter; more calls before it wakes are one.
type signal chan struct{}

func (s signal) set() {
	select {
	case s <- struct{}{}:
	default:
	}
}
