package telemetry_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/telemetry"
)

// receiver takes traces as a collector does.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	spans map[string]*tracepb.Span // by name
	raw   bytes.Buffer
	keys  []string // of the header X-Key
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{spans: map[string]*tracepb.Span{}}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		var batch collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &batch)
		}
		if err != nil || request.URL.Path != "/v1/traces" {
			t.Errorf("%s: %v", request.URL.Path, err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.raw.Write(body)
		r.keys = append(r.keys, request.Header.Get("X-Key"))
		for _, resource := range batch.GetResourceSpans() {
			for _, scope := range resource.GetScopeSpans() {
				for _, span := range scope.GetSpans() {
					r.spans[span.GetName()] = span
				}
			}
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func open(t *testing.T, url string, sample float64, log *slog.Logger) *telemetry.Traces {
	t.Helper()
	traces, err := telemetry.OpenTraces(t.Context(), telemetry.TraceConfig{
		URL: url, Sample: sample, Headers: map[string]string{"X-Key": "key of the collector"},
		Version: "test", Logger: log, Registry: prometheus.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return traces
}

func facts(span *tracepb.Span) map[string]string {
	out := map[string]string{}
	for _, a := range span.GetAttributes() {
		out[a.GetKey()] = a.GetValue().GetStringValue()
	}
	return out
}

func TestTracesTellOnlyWhatIsAllowed(t *testing.T) {
	r := newReceiver(t)
	traces := open(t, r.URL, 1, slog.New(slog.DiscardHandler))
	ctx, request := telemetry.Span(traces.With(t.Context()), "http", telemetry.RequestID.String("0123456789"))
	inner, work := telemetry.Span(ctx, "work", telemetry.Count.Int(3), attribute.String("http.url", "https://x/?email=nora@people.example"))
	// What libraries do: the error in full, and a description of it.
	trace.SpanFromContext(inner).RecordError(errs.New(errs.Invalid, "nora@people.example is taken"))
	work.End(errs.New(errs.Unavailable, "nora@people.example cannot be reached"))
	request.Name("create-lead")
	request.Note(telemetry.Operation.String("create-lead"))
	request.End(nil)
	if err := traces.Close(t.Context()); err != nil {
		t.Fatal(err)
	}

	if strings.Contains(r.raw.String(), "nora") {
		t.Errorf("an address left: %q", r.raw.String())
	}
	if len(r.keys) == 0 || r.keys[0] != "key of the collector" {
		t.Errorf("headers: %q", r.keys)
	}
	root, part := r.spans["create-lead"], r.spans["work"]
	if root == nil || part == nil || !bytes.Equal(part.GetParentSpanId(), root.GetSpanId()) || !bytes.Equal(part.GetTraceId(), root.GetTraceId()) {
		t.Fatalf("root %v, part %v", root, part)
	}
	if got := facts(root); got["rainmaker.operation"] != "create-lead" || got["rainmaker.request_id"] != "0123456789" {
		t.Errorf("root: %v", got)
	}
	if got := facts(part); got["error.type"] != "unavailable" || part.GetStatus().GetCode() != tracepb.Status_STATUS_CODE_ERROR || part.GetStatus().GetMessage() != "" {
		t.Errorf("part: %v, status %v", got, part.GetStatus())
	}
}

func TestWithoutTracesNothingIsRecorded(t *testing.T) {
	var none *telemetry.Traces
	for name, ctx := range map[string]context.Context{"none": none.With(t.Context()), "bare": t.Context()} {
		got, part := telemetry.Span(ctx, "work")
		part.Name("other")
		part.Note(telemetry.Count.Int(1))
		part.End(errs.New(errs.Internal, "x"))
		if got != ctx || part.TraceID() != "" || telemetry.Provider(ctx) != nil {
			t.Errorf("%s: something is recorded", name)
		}
	}
	if err := none.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestSample(t *testing.T) {
	r := newReceiver(t)
	traces := open(t, r.URL, 0, slog.New(slog.DiscardHandler))
	ctx, part := telemetry.Span(traces.With(t.Context()), "work")
	if _, inner := telemetry.Span(ctx, "inner"); part != nil || inner != nil {
		t.Error("a trace is kept that the share leaves out")
	}
	if err := traces.Close(t.Context()); err != nil || len(r.spans) > 0 {
		t.Errorf("%v, %d spans", err, len(r.spans))
	}
}

func TestCollectorAway(t *testing.T) {
	var log bytes.Buffer
	away := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(away.Close)
	traces := open(t, away.URL, 1, slog.New(slog.NewTextHandler(&log, nil)))
	_, part := telemetry.Span(traces.With(t.Context()), "work")
	part.End(nil)
	if err := traces.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if n := strings.Count(log.String(), "traces are not taken"); n != 1 {
		t.Errorf("said %d times: %s", n, log.String())
	}
}
