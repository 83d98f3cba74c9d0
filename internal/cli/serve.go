package cli

import (
	"context"
	"fmt"
	"os"

	"rainmaker/internal/app"
	"rainmaker/internal/platform/config"
	"rainmaker/internal/platform/telemetry"
)

type serveCmd struct {
	config.Config `embed:""`
}

// Run implements the command.
func (c *serveCmd) Run(ctx context.Context, t *terminal) error {
	return serve(ctx, t, &c.Config, nil)
}

type demoCmd struct {
	config.Config `embed:""`
}

// Run implements the command.
func (c *demoCmd) Run(ctx context.Context, t *terminal) error {
	c.Dev, c.DevAllowLoopback = true, true // demo allows what --dev allows, and its providers are on this machine
	if c.InboundSMTP == "" {
		c.InboundSMTP = "127.0.0.1:0" // where the sandbox's prospects answer
	}
	return serve(ctx, t, &c.Config, func(a *app.App) error {
		signIn, err := a.Demo(ctx)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(t.out, "open %s and sign in as %s with the password %s\n", a.PublicURL(), signIn.Email, signIn.Password.Reveal())
		return err
	})
}

// serve runs the program until ctx ends. The first line on stdout once requests
// are answered is a promise; then, when given, runs after it.
func serve(ctx context.Context, t *terminal, c *config.Config, then func(*app.App) error) error {
	if err := complete(c); err != nil {
		return err
	}
	c.Version = version().Version
	log := telemetry.NewLogger(t.err, c.LogFormat, c.LogLevel)
	for _, name := range config.Unknown(os.Environ()) {
		log.Warn("this version knows no such setting", "environment", name)
	}
	app.RaiseFileLimit(log)
	app.CollectLessOften()
	a, err := app.New(ctx, *c, log)
	if err != nil {
		if ctx.Err() != nil {
			return nil // stopped while it was starting: that is what was asked for
		}
		return err
	}
	run, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	err = a.Run(run, func() {
		if url := a.URL(); url != "" {
			_, _ = fmt.Fprintln(t.out, "listening on", url)
		} else {
			_, _ = fmt.Fprintln(t.out, "working without HTTP as", c.Target)
		}
		if then == nil {
			return
		}
		if err := then(a); err != nil {
			stop(err)
		}
	})
	if cause := context.Cause(run); cause != nil && ctx.Err() == nil {
		return cause
	}
	return err
}
