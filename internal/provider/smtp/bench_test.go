package smtp_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"rainmaker/internal/platform/egress"
	"rainmaker/internal/provider/smtp"
)

// BenchmarkSend sends mails of 4.4 kB over 25 connections to test/sink in a
// process of its own, so that cpu-us/mail is ours alone (user and system).
// Mails/s is for both processes on this machine's cores. "announced" asks for each
// mail with the dot of the one before; "far" has a server 20 ms away.
func BenchmarkSend(b *testing.B) {
	for _, bm := range []struct {
		name  string
		ahead bool
		args  []string
	}{
		{"announced", true, nil},
		{"pipelining", false, nil},
		{"one-by-one", false, []string{"-no-pipelining"}},
		{"far/announced", true, []string{"-delay", "20ms"}},
		{"far/pipelining", false, []string{"-delay", "20ms"}},
		{"far/one-by-one", false, []string{"-delay", "20ms", "-no-pipelining"}},
	} {
		b.Run(bm.name, func(b *testing.B) {
			host, port := startSink(b, bm.args...)
			pool := smtp.NewPool(func(ctx context.Context) (*smtp.Conn, error) {
				return smtp.Dial(ctx, smtp.Options{Host: host, Port: port, TLS: smtp.TLSNone, Reach: egress.Reach{Loopback: true}})
			}, smtp.PoolOptions{Connections: 25, MaxMessages: 1 << 30})
			defer pool.Close()
			body := []byte(mail + strings.Repeat(strings.Repeat("x", 70)+"\r\n", 60))
			newMail := func() *smtp.Mail {
				return &smtp.Mail{From: "a+b-0000000000000000000000000000000000000000@a.example", To: "b@b.example", Body: body}
			}
			ctx, cancel := context.WithCancel(b.Context())
			defer cancel()
			b.ReportAllocs()
			b.ResetTimer()
			before := cpu(b)
			var next atomic.Int64
			var wg sync.WaitGroup
			for range 25 {
				wg.Go(func() {
					line := pool.Line()
					defer line.Close()
					for mail := newMail(); next.Add(1) <= int64(b.N); {
						var then *smtp.Mail
						if bm.ahead {
							then = newMail()
						}
						if _, err := line.Send(ctx, mail, then, ready); err != nil {
							b.Error(err)
							return
						}
						if bm.ahead {
							mail = then
						}
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			b.ReportMetric(float64((cpu(b)-before).Nanoseconds())/1e3/float64(b.N), "cpu-us/mail")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
		})
	}
}

func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func startSink(b *testing.B, args ...string) (host string, port int) {
	b.Helper()
	binary := b.TempDir() + "/sink"
	if out, err := exec.Command("go", "build", "-o", binary, "rainmaker/test/sink").CombinedOutput(); err != nil {
		b.Fatalf("build sink: %v\n%s", err, out)
	}
	cmd := exec.Command(binary, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		rest, _ := io.ReadAll(out)
		if err := cmd.Wait(); err != nil {
			b.Errorf("sink: %v", err)
		}
		b.Logf("%s", strings.TrimSpace(string(rest)))
	})
	var addr string
	if _, err := fmt.Fscanf(out, "listening on %s\n", &addr); err != nil {
		b.Fatalf("sink did not start: %v", err)
	}
	if _, err := fmt.Sscanf(strings.Replace(addr, ":", " ", 1), "%s %d", &host, &port); err != nil {
		b.Fatal(err)
	}
	return host, port
}
