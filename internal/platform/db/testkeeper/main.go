// Testkeeper keeps the PostgreSQL server that the tests share; dbtest starts it
// by itself. Run it with -stop to end that server at once instead of after five
// minutes without a test.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"rainmaker/internal/platform/db/dbtest"
)

func main() {
	stop := flag.Bool("stop", false, "stop the running test server")
	idle := flag.Duration("idle", 5*time.Minute, "stop after so long without a test")
	flag.Parse()
	if err := run(*stop, *idle); err != nil {
		fmt.Fprintln(os.Stderr, "testkeeper:", err)
		os.Exit(1)
	}
}

func run(stop bool, idle time.Duration) error {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if stop {
		ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		return dbtest.Stop(ctx)
	}
	return dbtest.Keep(ctx, idle, slog.New(slog.NewTextHandler(os.Stderr, nil)))
}
