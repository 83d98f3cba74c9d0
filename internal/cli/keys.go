package cli

import (
	"context"
	"errors"
	"fmt"

	"rainmaker/internal/app"
	"rainmaker/internal/platform/config"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/telemetry"
)

type keysCmd struct {
	Rotate       rotateKeysCmd    `cmd:"" help:"Make a new key for access tokens now; the old ones stay published until the last of their tokens is over."`
	RotateMaster rotateMasterCmd  `cmd:"" help:"Make a new master key open this installation, besides the present one. The program may be running."`
	RetireMaster retireMasterCmd  `cmd:"" help:"Let nothing but the present master key open this installation."`
	RotateOrg    rotateSealingCmd `cmd:"" help:"Begin to seal an organisation's data under a new key; a running program carries it through."`
	List         listKeysCmd      `cmd:"" help:"List the master keys that open this installation."`
}

type rotateKeysCmd struct {
	config.Config `embed:""`
}

// Run implements the command. Running processes see the new key within five
// minutes and sign with it after ten.
func (c *rotateKeysCmd) Run(ctx context.Context, t *terminal) error {
	if err := complete(&c.Config); err != nil {
		return err
	}
	key, err := app.RotateTokenKeys(ctx, c.Config, telemetry.NewLogger(t.err, c.LogFormat, quieter(c.LogLevel)))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.out, "made key %s: it signs access tokens in ten minutes\n", key)
	return err
}

type rotateMasterCmd struct {
	config.Config `embed:""`

	To string `placeholder:"URL" help:"Where the new key is, as master_key_url takes it. Default: a new master key is made and takes the place of the present one in its file."`
}

// Run implements the command.
func (c *rotateMasterCmd) Run(ctx context.Context, t *terminal) error {
	if err := complete(&c.Config); err != nil {
		return err
	}
	key, err := app.RotateMaster(ctx, c.Config, c.To, telemetry.NewLogger(t.err, c.LogFormat, quieter(c.LogLevel)))
	if err != nil {
		return err
	}
	switch {
	case key.Value != "":
		// On stdout alone, so that it can be piped into a vault.
		_, _ = fmt.Fprintf(t.err, "start processes with this RAINMAKER_MASTER_KEY, then run rainmaker keys retire-master with it\n")
		_, err = fmt.Fprintln(t.out, key.Value.Reveal())
	case key.File != "":
		_, err = fmt.Fprintf(t.out, "%s holds a new key: copy it to the other machines and your backup, then run rainmaker keys retire-master\n", key.File)
	default:
		_, err = fmt.Fprintf(t.out, "%s opens this installation, too: start processes with --master-key-url, then run rainmaker keys retire-master with it\n", key.Name)
	}
	return err
}

type retireMasterCmd struct {
	config.Config `embed:""`
}

// Run implements the command.
func (c *retireMasterCmd) Run(ctx context.Context, t *terminal) error {
	if err := complete(&c.Config); err != nil {
		return err
	}
	gone, err := app.RetireMaster(ctx, c.Config, telemetry.NewLogger(t.err, c.LogFormat, quieter(c.LogLevel)))
	if err != nil {
		return err
	}
	for _, name := range gone {
		if _, err := fmt.Fprintf(t.out, "%s opens this installation no more\n", name); err != nil {
			return err
		}
	}
	if len(gone) == 0 {
		_, err = fmt.Fprintln(t.out, "no other key opened this installation")
	}
	return err
}

type rotateSealingCmd struct {
	config.Config `embed:""`

	Org string `arg:"" optional:"" name:"id" help:"Organisation whose key is changed."`
	All bool   `help:"Change the keys of all organisations."`
}

// Run implements the command.
func (c *rotateSealingCmd) Run(ctx context.Context, t *terminal) error {
	if err := complete(&c.Config); err != nil {
		return err
	}
	if c.All == (c.Org != "") {
		return &usageError{errors.New("name an organisation, or give --all")}
	}
	tenant := id.Nil
	if c.Org != "" {
		var err error
		if tenant, err = id.Parse("id", c.Org); err != nil {
			return &usageError{err}
		}
	}
	n, err := app.RotateSealingKeys(ctx, c.Config, tenant, telemetry.NewLogger(t.err, c.LogFormat, quieter(c.LogLevel)))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.out, "begun for %d organisations: new values go under the new key in five minutes, all others follow, and the old key goes after an hour; a program must run\n", n)
	return err
}

type listKeysCmd struct {
	config.Config `embed:""`
}

// Run implements the command.
func (c *listKeysCmd) Run(ctx context.Context, t *terminal) error {
	if err := complete(&c.Config); err != nil {
		return err
	}
	lines, err := app.MasterKeys(ctx, c.Config, telemetry.NewLogger(t.err, c.LogFormat, quieter(c.LogLevel)))
	if err != nil {
		return err
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(t.out, line); err != nil {
			return err
		}
	}
	return nil
}
