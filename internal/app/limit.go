//go:build unix

package app

import (
	"log/slog"
	"syscall"
)

// wantFiles is what a busy process needs: connections of browsers, mail servers
// and the database.
const wantFiles = 16384

// RaiseFileLimit lifts the soft limit of open files as far as it may go, and
// says so when that is not far.
func RaiseFileLimit(log *slog.Logger) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		log.Warn("open files: cannot read the limit", "error", err)
		return
	}
	before := limit.Cur
	if before >= wantFiles {
		return
	}
	limit.Cur = min(limit.Max, wantFiles)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		limit.Cur = before
	}
	if limit.Cur < wantFiles {
		log.Warn("few open files are allowed: raise the hard limit (ulimit -Hn, or LimitNOFILE= of the service)",
			"limit", limit.Cur, "wanted", wantFiles)
	}
}
