package webhook

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"rainmaker/internal/org"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/egress"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// Deps are what a Service needs.
type Deps struct {
	DB      *db.DB
	Keys    secret.Keyring
	Clock   clock.Clock
	Logger  *slog.Logger
	Metrics *prometheus.Registry // nil: none
	Egress  *egress.Guard        // nil: the public internet only
	Jobs    Jobs                 // queues the effects of what came in
	Leads   Leads                // what they change
	// Timeout of one attempt; 0: 20 s, inside the 15 to 30 s of the standard.
	Timeout time.Duration
	Wake    func() // tells the event relay that something was committed
}

// Service is the webhooks of one process.
type Service struct {
	Deps
	client  *http.Client
	wake    chan struct{}
	done    *prometheus.CounterVec
	seconds prometheus.Histogram
}

const (
	defaultTimeout = 20 * time.Second
	maxAnswer      = 64 << 10 // bytes of an answer that are read; less is kept
	maxOverlap     = 7 * 24 * time.Hour
)

// New returns a Service. Nothing is sent before Run.
func New(d Deps) (*Service, error) {
	if d.Egress == nil {
		d.Egress = egress.New(egress.Reach{})
	}
	if d.Timeout == 0 {
		d.Timeout = defaultTimeout
	}
	if d.Wake == nil {
		d.Wake = func() {}
	}
	s := &Service{
		Deps: d, client: d.Egress.Client(egress.Limits{Timeout: d.Timeout, MaxBody: maxAnswer}), wake: make(chan struct{}, 1),
		done: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "rainmaker_webhook_attempts_total", Help: "Attempts to deliver a webhook, by what came of them.",
		}, []string{"outcome"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "rainmaker_webhook_attempt_seconds", Help: "Time until a receiver answered.", Buckets: []float64{.01, .05, .1, .5, 1, 5, 20},
		}),
	}
	if d.Metrics != nil {
		for _, c := range []prometheus.Collector{s.done, s.seconds} {
			if err := d.Metrics.Register(c); err != nil {
				return nil, fmt.Errorf("webhook metrics: %w", err)
			}
		}
	}
	return s, nil
}

// checkURL wants https, except to this machine in development.
func (s *Service) checkURL(raw string) (string, error) {
	u, err := s.Egress.CheckURL("body.url", raw)
	if err != nil {
		return "", err
	}
	if u.Scheme != "https" && !s.Egress.Loopback() {
		return "", errs.InvalidField("body.url", "must begin with https://")
	}
	return u.String(), nil
}

// Create adds an endpoint and returns its secret, which nobody sees again.
func (s *Service) Create(ctx context.Context, tenant id.ID, by org.Actor, d Draft) (Endpoint, secret.String, error) {
	e := endpoint{secret: newSecret()}
	now := s.Clock.Now().UTC()
	e.ID, e.State, e.Version, e.CreatedAt, e.UpdatedAt = id.New(), StateActive, 1, now, now
	if d.URL == nil {
		return Endpoint{}, "", errs.InvalidField("body.url", "is required")
	}
	var err error
	if e.URL, err = s.checkURL(*d.URL); err != nil {
		return Endpoint{}, "", err
	}
	if err := d.apply(&e.Endpoint); err != nil {
		return Endpoint{}, "", err
	}
	keys, err := s.Keys.Keys(ctx, tenant)
	if err != nil {
		return Endpoint{}, "", err
	}
	err = s.DB.InTenant(ctx, tenant, func(tx db.Tx) error {
		n, err := countEndpoints(ctx, tx, tenant)
		if err != nil {
			return err
		}
		if n >= maxEndpoints {
			return errs.New(errs.Conflict, "there are %d webhook endpoints, which is as many as there may be", n)
		}
		if err := insertEndpoint(ctx, tx, keys, tenant, e); err != nil {
			return err
		}
		return s.tell(ctx, tx, tenant, by, "webhook_endpoint.created", e.ID, nil)
	})
	if err != nil {
		return Endpoint{}, "", err
	}
	s.Wake()
	return e.Endpoint, e.secret, nil
}

// tell writes the audit entry and the event of a change, in its transaction.
func (s *Service) tell(ctx context.Context, tx db.Tx, tenant id.ID, by org.Actor, what string, endpoint id.ID, data map[string]any) error {
	now := s.Clock.Now()
	if err := org.Audit(ctx, tx, tenant, now, by, what, org.Target("webhook_endpoint", endpoint), data); err != nil {
		return err
	}
	told := map[string]any{"id": endpoint}
	for k, v := range data {
		told[k] = v
	}
	e, err := event.New(what, endpoint.String(), now, told)
	if err != nil {
		return err
	}
	return event.Append(ctx, tx, tenant, e)
}

// Endpoints lists them, oldest first.
func (s *Service) Endpoints(ctx context.Context, tenant id.ID) (list []Endpoint, err error) {
	keys, err := s.Keys.Keys(ctx, tenant)
	if err != nil {
		return nil, err
	}
	err = s.DB.InTenant(ctx, tenant, func(tx db.Tx) error {
		rows, err := openEndpoints(ctx, tx, keys, tenant)
		for i := range rows {
			list = append(list, rows[i].Endpoint)
		}
		return err
	})
	return list, err
}

// Endpoint returns one.
func (s *Service) Endpoint(ctx context.Context, tenant, endpoint id.ID) (Endpoint, error) {
	e, err := s.open(ctx, tenant, endpoint)
	return e.Endpoint, err
}

func (s *Service) open(ctx context.Context, tenant, which id.ID) (e endpoint, err error) {
	keys, err := s.Keys.Keys(ctx, tenant)
	if err != nil {
		return endpoint{}, err
	}
	err = s.DB.InTenant(ctx, tenant, func(tx db.Tx) error {
		e, err = openEndpoint(ctx, tx, keys, tenant, which, false)
		return err
	})
	return e, err
}

// change edits one endpoint under its lock.
func (s *Service) change(ctx context.Context, tenant, which id.ID, by org.Actor, what string, version *int, edit func(*endpoint) error) (Endpoint, error) {
	keys, err := s.Keys.Keys(ctx, tenant)
	if err != nil {
		return Endpoint{}, err
	}
	var e endpoint
	err = s.DB.InTenant(ctx, tenant, func(tx db.Tx) error {
		if e, err = openEndpoint(ctx, tx, keys, tenant, which, true); err != nil {
			return err
		}
		if version != nil && *version != e.Version {
			return errs.New(errs.PreconditionFailed, "the endpoint was changed by somebody else")
		}
		if err := edit(&e); err != nil {
			return err
		}
		e.Version++
		e.UpdatedAt = s.Clock.Now().UTC()
		if err := updateEndpoint(ctx, tx, keys, tenant, e); err != nil {
			return err
		}
		return s.tell(ctx, tx, tenant, by, what, which, map[string]any{"state": e.State})
	})
	if err != nil {
		return Endpoint{}, err
	}
	s.Wake()
	s.Poke()
	return e.Endpoint, nil
}

// Update changes what the draft names. What waited when an endpoint was disabled
// has failed; made active again, it gets what comes from then on.
func (s *Service) Update(ctx context.Context, tenant, which id.ID, by org.Actor, version *int, d Draft) (Endpoint, error) {
	return s.change(ctx, tenant, which, by, "webhook_endpoint.updated", version, func(e *endpoint) (err error) {
		if d.URL != nil {
			if e.URL, err = s.checkURL(*d.URL); err != nil {
				return err
			}
		}
		return d.apply(&e.Endpoint)
	})
}

// Rotate makes a new secret; the one before signs too for as long as overlap
// says, at most seven days.
func (s *Service) Rotate(ctx context.Context, tenant, which id.ID, by org.Actor, overlap time.Duration) (Endpoint, secret.String, error) {
	fresh := newSecret()
	e, err := s.change(ctx, tenant, which, by, "webhook_endpoint.rotated", nil, func(e *endpoint) error {
		until := s.Clock.Now().Add(min(overlap, maxOverlap)).UTC()
		e.old, e.OldSecretUntil = e.secret, &until
		e.secret = fresh
		return nil
	})
	return e, fresh, err
}

// Delete removes an endpoint and its deliveries.
func (s *Service) Delete(ctx context.Context, tenant, which id.ID, by org.Actor) error {
	err := s.DB.InTenant(ctx, tenant, func(tx db.Tx) error {
		if err := deleteEndpoint(ctx, tx, tenant, which); err != nil {
			return err
		}
		return s.tell(ctx, tx, tenant, by, "webhook_endpoint.deleted", which, nil)
	})
	s.Wake()
	return err
}

// Deliveries lists those of one endpoint, newest first, before the given id
// (id.Nil: from the newest), of one state or all.
func (s *Service) Deliveries(ctx context.Context, tenant, which, before id.ID, state string, limit int) (list []Delivery, err error) {
	keys, err := s.Keys.Keys(ctx, tenant)
	if err != nil {
		return nil, err
	}
	err = s.DB.InTenant(ctx, tenant, func(tx db.Tx) error {
		if err := knownEndpoint(ctx, tx, tenant, which); err != nil {
			return err
		}
		list, err = listDeliveries(ctx, tx, keys, tenant, which, before, state, limit)
		return err
	})
	return list, err
}

// Redeliver sends one again, with all its attempts and the same webhook-id.
func (s *Service) Redeliver(ctx context.Context, tenant, which, delivery id.ID, by org.Actor) (d Delivery, err error) {
	keys, err := s.Keys.Keys(ctx, tenant)
	if err != nil {
		return d, err
	}
	err = s.DB.InTenant(ctx, tenant, func(tx db.Tx) error {
		if d, err = resetDelivery(ctx, tx, keys, tenant, which, delivery, s.Clock.Now()); err != nil {
			return err
		}
		return org.Audit(ctx, tx, tenant, s.Clock.Now(), by, "webhook_delivery.redelivered", org.Target("webhook_delivery", delivery), nil)
	})
	s.Poke()
	return d, err
}

// Test sends an event of the type webhook.test at once, once, and says what came
// of it.
func (s *Service) Test(ctx context.Context, tenant, which id.ID, by org.Actor) (Delivery, error) {
	e, err := s.open(ctx, tenant, which)
	if err != nil {
		return Delivery{}, err
	}
	now := s.Clock.Now()
	row := delivery{id: id.New(), endpoint: which, event: id.New(), typ: "webhook.test", attempts: len(schedule()), due: now.Add(lease(s.Timeout))}
	sample, err := event.New(row.typ, which.String(), now, map[string]any{"endpoint_id": which, "message": "It works."})
	if err != nil {
		return Delivery{}, err
	}
	payload, err := envelope(&sample)
	if err != nil {
		return Delivery{}, err
	}
	row.payload = string(payload)
	err = s.DB.InTenant(ctx, tenant, func(tx db.Tx) error {
		if err := insertDeliveries(ctx, tx, tenant, []delivery{row}, now); err != nil {
			return err
		}
		return org.Audit(ctx, tx, tenant, now, by, "webhook_endpoint.tested", org.Target("webhook_endpoint", which), nil)
	})
	if err != nil {
		return Delivery{}, err
	}
	result := s.attempt(ctx, &e, &row)
	if err := s.settle(context.WithoutCancel(ctx), tenant, &e, &row, result); err != nil {
		return Delivery{}, err
	}
	var d Delivery
	keys, err := s.Keys.Keys(ctx, tenant)
	if err != nil {
		return d, err
	}
	err = s.DB.InTenant(ctx, tenant, func(tx db.Tx) error {
		d, err = findDelivery(ctx, tx, keys, tenant, which, row.id)
		return err
	})
	return d, err
}
