package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Check is one thing that must work before the program takes requests.
type Check struct {
	Name string
	Run  func(context.Context) error
}

// checkPatience bounds all checks together.
const checkPatience = 3 * time.Second

// health serves /healthz, /readyz, /metrics and the public signing keys.
func (a *API) health() {
	a.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	a.mux.HandleFunc("GET /readyz", a.ready)
	a.mux.Handle("GET /metrics", promhttp.HandlerFor(a.Registry, promhttp.HandlerOpts{}))
	a.mux.HandleFunc("GET /.well-known/jwks.json", func(w http.ResponseWriter, r *http.Request) {
		set, err := a.Auth.JWKS(r.Context())
		if err != nil {
			a.fail(w, r, err)
			return
		}
		w.Header().Set("Cache-Control", "public, max-age=300")
		writeJSON(w, http.StatusOK, set)
	})
}

// ready names what does not work; why is for the log.
func (a *API) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), checkPatience)
	defer cancel()
	status, checks := http.StatusOK, map[string]string{}
	for _, check := range a.Checks {
		checks[check.Name] = "ok"
		if err := check.Run(ctx); err != nil {
			status, checks[check.Name] = http.StatusServiceUnavailable, "failed"
			a.Logger.WarnContext(ctx, "not ready", "check", check.Name, "error", err.Error())
		}
	}
	text := "ok"
	if status != http.StatusOK {
		text = "unavailable"
	}
	writeJSON(w, status, map[string]any{"status": text, "checks": checks})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "{}", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the client may be gone
}
