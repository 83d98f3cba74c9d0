package ws_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"rainmaker/internal/platform/id"
	"rainmaker/internal/ws"
)

// BenchmarkLatency: from the event's transaction to a client, at 1,000 events a
// second. P10 asks for 10 ms at the middle and 50 ms at the 99th percentile.
func BenchmarkLatency(b *testing.B) {
	w := newWorld(b, ws.Limits{Queue: 10_000})
	org := id.New()
	conn := w.dial(org, 0)
	w.tell(org, "start", map[string]any{})
	w.next(conn)
	took := make([]time.Duration, 0, b.N)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range b.N {
			f, err := read(context.Background(), conn)
			if err != nil {
				b.Error(err)
				return
			}
			took = append(took, time.Since(f.OccurredAt))
		}
	}()
	b.ResetTimer()
	tick := time.NewTicker(4 * time.Millisecond)
	defer tick.Stop()
	var writers sync.WaitGroup
	for n := range b.N {
		if n%4 == 0 {
			<-tick.C
		}
		writers.Go(func() {
			if err := w.write(org, "tick", map[string]any{"n": n}); err != nil {
				b.Error(err)
			}
		})
	}
	writers.Wait()
	<-done
	slices.Sort(took)
	if len(took) > 0 {
		b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	}
}

// BenchmarkIdle: what an idle connection costs in this process, and how long a
// broadcast to all takes. P12 asks for at most 30 kB. The clients are bare
// sockets; their small cost is counted too.
func BenchmarkIdle(b *testing.B) {
	const connections = 2000
	w := newWorld(b, ws.Limits{PerUser: connections})
	org := id.New()
	sockets := make([]net.Conn, 0, connections)
	for b.Loop() {
		before := memory()
		for range connections {
			sockets = append(sockets, handshake(b, w, org))
		}
		b.ReportMetric(float64(memory()-before)/connections/1024, "kB/connection")
		begin := time.Now()
		w.tell(org, "tick", map[string]any{"n": 1})
		for _, s := range sockets {
			if _, err := s.Read(make([]byte, 512)); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(time.Since(begin).Milliseconds()), "broadcast-ms")
		for _, s := range sockets {
			_ = s.Close()
		}
		sockets = sockets[:0]
	}
}

// memory is what the heap and the stacks hold.
func memory() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

// handshake opens a connection without a client library.
func handshake(b *testing.B, w *world, org id.ID) net.Conn {
	b.Helper()
	conn, err := net.Dial("tcp", w.server.Listener.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer %s\r\n\r\n", org)
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		b.Fatal(response, err)
	}
	return conn
}
