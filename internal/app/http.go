package app

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// pingTime bounds how long /readyz waits for the database.
const pingTime = 2 * time.Second

// handler is the table of routes: health here, everything else in api, ws and
// web.
func (a *App) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", a.readyz)
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.metrics, promhttp.HandlerOpts{Registry: a.metrics}))
	return mux
}

// readyz says whether this process should be sent requests, and if not why.
func (a *App) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), pingTime)
	defer cancel()
	state, status := map[string]string{"status": "ready", "database": "ok", "workers": "ok"}, http.StatusOK
	if err := a.in.DB.Ping(ctx); err != nil {
		a.log.Warn("not ready", "error", err)
		state["status"], state["database"], status = "not ready", "unreachable", http.StatusServiceUnavailable
	}
	if err := a.watch.ready(); err != nil {
		state["status"], state["workers"], status = "not ready", err.Error(), http.StatusServiceUnavailable
	}
	answer(w, status, state)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client has gone
}
