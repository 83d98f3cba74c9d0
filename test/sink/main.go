// Command sink is an SMTP server that takes every mail and remembers only who
// got which: the far end of benchmarks and crash tests.
//
//	sink [-addr 127.0.0.1:0] [-record FILE] [-withhold 0.01] [-temp 0.01] [-delay 20ms] [-no-pipelining]
//
// It prints "listening on HOST:PORT" once ready. Each accepted mail appends
// "message-id TAB recipient" to the record, before it is answered. SIGTERM or
// SIGINT ends it; it then prints the counts.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"rainmaker/internal/provider/smtp/smtptest"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sink:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("sink", flag.ContinueOnError)
	var o smtptest.Options
	flags.StringVar(&o.Addr, "addr", "127.0.0.1:0", "where to listen")
	record := flags.String("record", "", "file that gets a line for each accepted mail")
	flags.Float64Var(&o.Withhold, "withhold", 0, "fraction of mails accepted but never answered")
	flags.BoolVar(&o.WithholdClose, "withhold-close", false, "hang up instead of keeping silent")
	flags.Float64Var(&o.Temp, "temp", 0, "fraction of mails answered 451")
	flags.DurationVar(&o.Delay, "delay", 0, "pause before each answer, as a round trip")
	flags.BoolVar(&o.NoPipelining, "no-pipelining", false, "do not offer PIPELINING")
	flags.BoolVar(&o.StartTLS, "starttls", false, "offer STARTTLS with a self-signed certificate")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *record != "" {
		f, err := os.OpenFile(*record, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			return fmt.Errorf("open record: %w", err)
		}
		defer f.Close()
		o.Record = f
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	s, err := smtptest.Start(o)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "listening on %s\n", s.Addr())
	<-stop
	s.Close()
	_, err = fmt.Fprintf(out, "accepted %d, withheld %d, connections %d\n", s.Count(), s.Withheld(), s.Connections())
	return err
}
