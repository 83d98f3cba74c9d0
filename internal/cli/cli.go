// Package cli is the command line: it reads the configuration, calls app, and
// turns what comes back into exit codes and single lines.
//
// Exit codes are promises: 0 done, 1 failed, 2 wrong usage. A failure is one
// line on stderr that says what and how to mend it; stdout is for results, so
// that they can be piped.
//
// Files: cli.go (grammar, exit codes), serve.go (serve and demo), database.go
// (migrate, doctor), import.go, keys.go, audit.go, config.go, version.go.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"rainmaker/internal/platform/config"
	"rainmaker/internal/platform/errs"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

type grammar struct {
	Serve   serveCmd   `cmd:"" help:"Run the program."`
	Demo    demoCmd    `cmd:"" help:"Run it with sandbox providers and a workspace that lives by itself."`
	Migrate migrateCmd `cmd:"" help:"Bring the database up to date and exit."`
	Doctor  doctorCmd  `cmd:"" help:"Check that this machine and this configuration can run the program."`
	Import  importCmd  `cmd:"" help:"Bring people in from a file."`
	Audit   auditCmd   `cmd:"" help:"Verify the record of who did what."`
	Keys    keysCmd    `cmd:"" help:"Master keys, sealing keys, keys of access tokens."`
	Version versionCmd `cmd:"" help:"Say which version this is."`
	Config  configCmd  `cmd:"" help:"Print, check or document the configuration."`
	OpenAPI openAPICmd `cmd:"" name:"openapi" hidden:"" help:"Write docs/openapi.json to stdout."`
}

// terminal is what a command may talk to.
type terminal struct {
	out, err io.Writer
}

// exit carries kong's wish to end (after --help) out of the parser.
type exit int

// Run runs one command and returns the exit code. SIGTERM and SIGINT end it
// gently; a second one ends the process at once.
func Run(args []string, stdout, stderr io.Writer) (code int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// From the first signal on the next one has its usual effect.
	context.AfterFunc(ctx, stop)
	return run(ctx, args, &terminal{out: stdout, err: stderr})
}

func run(ctx context.Context, args []string, t *terminal) (code int) {
	defer func() {
		if p := recover(); p != nil {
			asked, ok := p.(exit)
			if !ok {
				panic(p)
			}
			code = int(asked)
		}
	}()
	var g grammar
	options := append(config.Options(),
		kong.Name("rainmaker"), kong.Description("Rainmaker runs the revenue loop of a business by itself, and can prove what it did and why."),
		kong.Writers(t.out, t.err), kong.Exit(func(code int) { panic(exit(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(t))
	options = append(options, config.Groups()...)
	parser, err := kong.New(&g, options...)
	if err != nil {
		return t.fail(exitFailed, err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if err != nil {
		return t.fail(exitUsage, err)
	}
	if err := command.Run(); err != nil {
		var usage *usageError
		if errors.As(err, &usage) {
			return t.fail(exitUsage, usage.cause)
		}
		return t.fail(exitFailed, err)
	}
	return exitDone
}

// usageError is a failure that another command line would mend.
type usageError struct{ cause error }

// Error returns what is wrong with the command line.
func (e *usageError) Error() string { return e.cause.Error() }

// complete completes a command's configuration; what is wrong with it is wrong
// usage.
func complete(c *config.Config) error {
	if err := c.Complete(); err != nil {
		return &usageError{err}
	}
	return nil
}

// fail writes the one line.
func (t *terminal) fail(code int, err error) int {
	message := err.Error()
	// A cause that was wrapped in a public message is shown after it, but on one
	// line: the log, not the terminal, is the place for stacks.
	message = strings.Join(strings.Fields(strings.ReplaceAll(message, "\n", "; ")), " ")
	if code == exitUsage {
		message += " (rainmaker --help)"
	} else if errs.KindOf(err) == errs.Internal {
		message += " (rainmaker doctor checks this machine and the configuration)"
	}
	_, _ = fmt.Fprintln(t.err, "rainmaker:", message)
	return code
}
