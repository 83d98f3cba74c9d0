package cli

import (
	"fmt"

	"rainmaker/internal/app"
	"rainmaker/internal/platform/config"
)

type configCmd struct {
	Print configPrintCmd `cmd:"" help:"Print the settings in force, secrets hidden."`
	Check configCheckCmd `cmd:"" help:"Judge the configuration without starting."`
	Docs  configDocsCmd  `cmd:"" help:"Write docs/config.md to stdout."`
}

type configPrintCmd struct {
	config.Config `embed:""`
}

// Run implements the command.
func (c *configPrintCmd) Run(t *terminal) error {
	if err := complete(&c.Config); err != nil {
		return err
	}
	return c.Config.Print(t.out)
}

type configCheckCmd struct {
	config.Config `embed:""`
}

// Run implements the command.
func (c *configCheckCmd) Run(t *terminal) error {
	if err := complete(&c.Config); err != nil {
		return err
	}
	_, err := fmt.Fprintln(t.out, "the configuration is good")
	return err
}

type configDocsCmd struct{}

// Run implements the command.
func (configDocsCmd) Run(t *terminal) error { return config.Docs(t.out) }

type openAPICmd struct{}

// Run implements the command.
func (openAPICmd) Run(t *terminal) error {
	text, err := app.OpenAPI()
	if err != nil {
		return err
	}
	_, err = t.out.Write(text)
	return err
}
