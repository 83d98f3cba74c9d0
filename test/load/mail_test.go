package load

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"rainmaker/internal/app"
)

// mailCount is how many mails the campaign has.
const mailCount = 50_000

// BenchmarkCampaignMail sends a personalised, tracked mail of about 4.5 kB to
// each of 50,000 leads over 25 connections, with the full log: enrolment,
// action, gate, interaction, event.
func BenchmarkCampaignMail(b *testing.B) {
	app.CollectLessOften() // as the program does
	server, sink := StartServer(b), StartSink(b)
	h := NewHouse(b, server, sink, 25)
	h.People(b, mailCount)
	for b.Loop() {
		ctx, cancel := context.WithCancel(b.Context())
		var running sync.WaitGroup
		own, postgres, sinkCPU := CPU(os.Getpid()), CPU(server.PID()), CPU(sink.PID())
		own -= postgres + sinkCPU // they are this process's children
		h.Launch(b, Step())
		ForgetPeakMemory(b)
		before := h.Settled(b, "done")
		began := time.Now()
		for _, run := range []func(context.Context) error{h.Log.Run, h.Email.Run, h.Campaigns.Run} {
			running.Go(func() { _ = run(ctx) })
		}
		for done := int64(0); done < mailCount; {
			<-time.After(50 * time.Millisecond)
			done = h.Settled(b, "done") - before
			if time.Since(began) > 10*time.Minute {
				b.Fatalf("only %d mails after ten minutes", done)
			}
		}
		wall := time.Since(began)
		postgres, sinkCPU = CPU(server.PID())-postgres, CPU(sink.PID())-sinkCPU
		own = CPU(os.Getpid()) - CPU(server.PID()) - CPU(sink.PID()) - own
		cancel()
		running.Wait()
		b.ReportMetric(mailCount/wall.Seconds(), "mails/s")
		b.ReportMetric(perUnit(own, mailCount), "us-program/mail")
		b.ReportMetric(perUnit(postgres, mailCount), "us-postgres/mail")
		b.ReportMetric(perUnit(sinkCPU, mailCount), "us-sink/mail")
		b.ReportMetric(float64(PeakMemory(os.Getpid())>>20), "MB-peak")
	}
}
