package cli

import (
	"context"
	"errors"
	"fmt"

	"rainmaker/internal/app"
	"rainmaker/internal/platform/config"
	"rainmaker/internal/platform/telemetry"
)

type keysCmd struct {
	Rotate rotateKeysCmd `cmd:"" help:"Make a new key for access tokens now; the old ones stay published until the last of their tokens is over."`
}

type rotateKeysCmd struct {
	config.Config `embed:""`
}

// Run implements the command. Running processes see the new key within five
// minutes and sign with it after ten. With a database of its own the program
// must be stopped, because one process at a time owns that.
func (c *rotateKeysCmd) Run(ctx context.Context, t *terminal) error {
	if err := complete(&c.Config); err != nil {
		return err
	}
	in, err := app.Open(ctx, c.Config, telemetry.NewLogger(t.err, c.LogFormat, c.LogLevel))
	if err != nil {
		return err
	}
	key, err := in.RotateKeys(ctx)
	if err := errors.Join(err, in.Close(context.WithoutCancel(ctx))); err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.out, "made key %s: it signs access tokens in ten minutes\n", key)
	return err
}
