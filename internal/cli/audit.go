package cli

import (
	"context"
	"fmt"
	"os"
	"time"

	"rainmaker/internal/app"
	"rainmaker/internal/platform/config"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/telemetry"
)

type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Look for rows of the audit log that were changed, removed, put in, reordered or cut off. Reads only; the program may be running."`
	Key    auditKeyCmd    `cmd:"" help:"Print the public key that the checkpoints of the audit log are signed with."`
}

type auditVerifyCmd struct {
	config.Config `embed:""`

	Checkpoint string `placeholder:"FILE" help:"Checkpoint from outside, a directory of them, or a bucket (s3://...); those in DATA/checkpoints are always used."`
}

// unsealedLong is when a row without a place is worth a word: the sealer needs a
// second.
const unsealedLong = 10 * time.Second

// Run implements the command.
func (c *auditVerifyCmd) Run(ctx context.Context, t *terminal) error {
	if err := complete(&c.Config); err != nil {
		return err
	}
	if c.Checkpoint != "" && !app.IsBucket(c.Checkpoint) {
		if _, err := os.Stat(c.Checkpoint); err != nil {
			return &usageError{fmt.Errorf("--checkpoint: %w", err)}
		}
	}
	bar := newBar(t.err)
	r, err := app.VerifyAudit(ctx, c.Config, telemetry.NewLogger(t.err, c.LogFormat, quieter(c.LogLevel)), c.Checkpoint,
		func(done, total int64) { bar.show(int(done), int(total)) })
	bar.end()
	if err != nil {
		return err
	}
	for _, f := range r.Findings {
		_, _ = fmt.Fprintln(t.out, f)
	}
	if more := r.Wrong - len(r.Findings); more > 0 {
		_, _ = fmt.Fprintf(t.out, "and %d more\n", more)
	}
	if r.Unsealed > 0 && time.Since(r.Oldest) > unsealedLong {
		_, _ = fmt.Fprintf(t.out, "%d genuine rows are not sealed yet, the oldest of %s: a running program seals them within a second\n",
			r.Unsealed, r.Oldest.UTC().Format(time.RFC3339))
	}
	if r.Wrong > 0 {
		return errs.New(errs.Conflict, "the audit log was tampered with: %d findings in %d rows; keep the database and the checkpoints as they are, and see docs/audit.md", r.Wrong, r.Rows)
	}
	_, err = fmt.Fprintf(t.out, "%d rows of %d organisations are as they were written; held against %d checkpoints; root %s\n",
		r.Rows, r.Tenants, r.Checkpoints, r.Root)
	return err
}

type auditKeyCmd struct {
	config.Config `embed:""`
}

// Run implements the command.
func (c *auditKeyCmd) Run(ctx context.Context, t *terminal) error {
	if err := complete(&c.Config); err != nil {
		return err
	}
	key, err := app.AuditKey(ctx, c.Config, telemetry.NewLogger(t.err, c.LogFormat, quieter(c.LogLevel)))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(t.out, key)
	return err
}
