package action

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/prometheus/client_golang/prometheus"

	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
)

// Deadline is how long after its intent an executor may still act. A row past
// it by sweepGrace with nobody settling it is in doubt.
const Deadline = 5 * time.Second

// askPatience bounds the questions after a lost claim.
const askPatience = 5 * time.Second

// Deps are what a Log needs.
type Deps struct {
	DB      *db.DB
	Clock   clock.Clock
	Logger  *slog.Logger
	Metrics prometheus.Registerer // nil counts nothing
}

// Log is the action log of this process.
type Log struct {
	Deps
	alive     incarnation
	observers map[string][]Observer
	settled   *prometheus.CounterVec
	inDoubt   prometheus.Gauge // as of the last sweep
}

// New returns a Log. It claims nothing until Run is running.
func New(deps Deps) *Log {
	l := &Log{Deps: deps, observers: map[string][]Observer{}}
	l.alive = incarnation{pool: deps.DB.Pool(), logger: deps.Logger}
	l.settled = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "rainmaker_actions_settled_total", Help: "Actions by what became of them; in_doubt needs a person.",
	}, []string{"kind", "state"})
	l.inDoubt = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "rainmaker_actions_in_doubt", Help: "Actions of all organisations of which nobody knows whether they happened.",
	})
	if deps.Metrics != nil {
		deps.Metrics.MustRegister(l.settled, l.inDoubt)
	}
	return l
}

// Observe tells observer of every settled action of the kind. Call it before
// Run.
func (l *Log) Observe(kind string, observer Observer) {
	l.observers[kind] = append(l.observers[kind], observer)
}

// Run keeps the incarnation and sweeps until ctx ends.
func (l *Log) Run(ctx context.Context) error {
	go l.sweepForEver(ctx)
	l.alive.keep(ctx)
	return nil
}

// Propose writes actions in tx, the transaction of the decision. It returns the
// ids in the order of the proposals; an id is zero where the once key exists
// already or the lead is in another touch.
func (l *Log) Propose(ctx context.Context, tx db.Tx, org id.ID, kind string, contract Contract, proposals []Proposal) ([]id.ID, error) {
	if len(proposals) == 0 {
		return nil, nil
	}
	ids := make([]id.ID, len(proposals))
	for i := range proposals {
		if proposals[i].ID == id.Nil {
			proposals[i].ID = id.New()
		}
		ids[i] = proposals[i].ID
	}
	written, err := insertActions(ctx, tx, org, kind, contract, l.Clock.Now(), proposals)
	if err != nil {
		return nil, fmt.Errorf("propose %d %s: %w", len(proposals), kind, err)
	}
	for i := range ids {
		if !written[ids[i]] {
			ids[i] = id.Nil
		}
	}
	return ids, l.tellProposed(ctx, tx, org, proposals, written)
}

// tellProposed tells of those that wait for a person, in one event.
func (l *Log) tellProposed(ctx context.Context, tx db.Tx, org id.ID, proposals []Proposal, written map[id.ID]bool) error {
	var items []map[string]any
	for i := range proposals {
		if p := &proposals[i]; p.NeedsPerson && written[p.ID] {
			items = append(items, map[string]any{"action_id": p.ID, "lead_id": p.LeadID, "campaign_id": p.CampaignID})
		}
	}
	if len(items) == 0 {
		return nil
	}
	e, err := event.New("action.proposed", org.String(), l.Clock.Now(), map[string]any{"items": items})
	if err != nil {
		return err
	}
	return event.Append(ctx, tx, org, e)
}

// Place is where actions of a kind wait: an account of an organisation.
type Place struct {
	Org     id.ID
	Account id.ID
}

// Due returns the places that have actions of the kind to do now.
func (l *Log) Due(ctx context.Context, kind string) ([]Place, error) {
	var places []Place
	err := l.DB.InSystem(ctx, func(tx db.Tx) (err error) {
		places, err = duePlaces(ctx, tx, kind, l.Clock.Now())
		return err
	})
	return places, err
}

// ErrNoIncarnation says that this process is not registered as alive (yet, or
// just now): it must not claim.
var ErrNoIncarnation = errors.New("this process holds no incarnation")

// Claim takes up to limit due actions of a place under a fresh claim token. When
// the answer to the claim is lost, it asks for the rows of that token before it
// gives up; also when ctx has ended, so that a process that drains can put back
// what it holds.
func (l *Log) Claim(ctx context.Context, kind string, place Place, limit int) ([]Action, error) {
	number, ok := l.alive.number()
	if !ok {
		return nil, ErrNoIncarnation
	}
	token := id.New()
	var claimed []Action
	err := l.DB.InTenant(ctx, place.Org, func(tx db.Tx) (err error) {
		claimed, err = claimActions(ctx, tx, place, kind, token, number, l.Clock.Now(), limit)
		return err
	})
	if err == nil {
		return claimed, nil
	}
	if answer := (*pgconn.PgError)(nil); errors.As(err, &answer) {
		return nil, fmt.Errorf("claim %s: %w", kind, err) // the database says that it did not happen
	}
	asking, stop := context.WithTimeout(context.WithoutCancel(ctx), askPatience)
	defer stop()
	for try := range 5 {
		pause(asking, time.Duration(try+1)*100*time.Millisecond)
		asked := l.DB.InTenant(asking, place.Org, func(tx db.Tx) (err error) {
			claimed, err = claimedBy(asking, tx, place.Org, token)
			return err
		})
		if asked == nil && len(claimed) > 0 {
			return claimed, nil // none: it did not happen, or not yet
		}
	}
	return nil, fmt.Errorf("claim %s: %w", kind, err)
}

// Begin writes in tx that the actions are about to happen: claimed -> sending,
// with a deadline. Only those it returns may happen; the others were taken away
// (swept, paused, abandoned). tx must be the transaction that passed the gate.
func (l *Log) Begin(ctx context.Context, tx db.Tx, org id.ID, actions []*Action, rule string, policy int) (map[id.ID]bool, error) {
	begun, err := beginActions(ctx, tx, org, actions, l.Clock.Now(), Deadline, rule, policy)
	if err != nil {
		return nil, fmt.Errorf("begin %d actions: %w", len(actions), err)
	}
	return begun, nil
}

// Settle writes what became of actions and tells the observers, in one
// transaction. It is idempotent: an outcome whose action was settled already, or
// taken over by somebody else, changes nothing. A claimed action may be settled
// too (refused, put off). extra, when given, runs in the same transaction with
// the outcomes that took effect.
func (l *Log) Settle(ctx context.Context, org id.ID, outcomes []Outcome, extra func(ctx context.Context, tx db.Tx, effective []Outcome) error) error {
	return l.DB.InTenant(ctx, org, func(tx db.Tx) error {
		return l.SettleIn(ctx, tx, org, outcomes, extra)
	})
}

// SettleIn is Settle within the caller's transaction.
func (l *Log) SettleIn(ctx context.Context, tx db.Tx, org id.ID, outcomes []Outcome, extra func(ctx context.Context, tx db.Tx, effective []Outcome) error) error {
	took, err := settleActions(ctx, tx, org, outcomes)
	if err != nil {
		return fmt.Errorf("settle %d actions: %w", len(outcomes), err)
	}
	effective := outcomes
	if len(took) < len(outcomes) {
		effective = make([]Outcome, 0, len(took))
		for _, outcome := range outcomes {
			if took[outcome.Action.ID] {
				effective = append(effective, outcome)
			}
		}
	}
	if len(effective) == 0 {
		return nil
	}
	if err := l.observe(ctx, tx, org, effective); err != nil {
		return err
	}
	if extra != nil {
		if err := extra(ctx, tx, effective); err != nil {
			return err
		}
	}
	for _, outcome := range effective {
		l.settled.WithLabelValues(outcome.Action.Kind, string(outcome.State)).Inc()
	}
	return nil
}

// observe hands the outcomes to the observers of their kind.
func (l *Log) observe(ctx context.Context, tx db.Tx, org id.ID, outcomes []Outcome) error {
	byKind := map[string][]Outcome{}
	for _, outcome := range outcomes {
		byKind[outcome.Action.Kind] = append(byKind[outcome.Action.Kind], outcome)
	}
	for kind, settled := range byKind {
		for _, observer := range l.observers[kind] {
			if err := observer.ActionsSettled(ctx, tx, org, settled); err != nil {
				return fmt.Errorf("observer of %s: %w", kind, err)
			}
		}
	}
	return nil
}
