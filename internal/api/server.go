package api

import (
	"log/slog"
	"net/http"
	"time"
)

// ServerConfig are the limits of connections; the zero value is fine.
type ServerConfig struct {
	ReadHeaderTimeout time.Duration // 10 s: slow headers hold a connection, nothing more
	IdleTimeout       time.Duration // 2 min
	MaxHeaderBytes    int           // 64 KiB
	Logger            *slog.Logger
}

// Server returns a server for the handler. There is no time limit over a whole
// request: operations set their own (guard), live connections have none.
func Server(addr string, handler http.Handler, c ServerConfig) *http.Server {
	if c.ReadHeaderTimeout == 0 {
		c.ReadHeaderTimeout = 10 * time.Second
	}
	if c.IdleTimeout == 0 {
		c.IdleTimeout = 2 * time.Minute
	}
	if c.MaxHeaderBytes == 0 {
		c.MaxHeaderBytes = 64 << 10
	}
	s := &http.Server{
		Addr: addr, Handler: handler,
		ReadHeaderTimeout: c.ReadHeaderTimeout, IdleTimeout: c.IdleTimeout, MaxHeaderBytes: c.MaxHeaderBytes,
	}
	if c.Logger != nil {
		s.ErrorLog = slog.NewLogLogger(c.Logger.Handler(), slog.LevelDebug)
	}
	return s
}
