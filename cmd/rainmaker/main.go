// Rainmaker runs the revenue loop of a business. Everything is in internal/cli.
package main

import (
	"os"
	_ "time/tzdata" // leads live in every zone, and not every machine has the data

	"rainmaker/internal/cli"
)

func main() { os.Exit(cli.Run(os.Args[1:], os.Stdout, os.Stderr)) }
