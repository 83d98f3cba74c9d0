package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"rainmaker/internal/platform/errs"
)

// Fact is one thing that a span tells. Facts have the names below: an exporter
// drops every other, so that no library adds an address or a name of somebody.
type Fact = attribute.KeyValue

// What a span may tell of our own.
const (
	Operation = attribute.Key("rainmaker.operation")  // of the API, such as list-leads
	RequestID = attribute.Key("rainmaker.request_id") // as in the log and the answer
	OrgID     = attribute.Key("rainmaker.org_id")
	JobKind   = attribute.Key("rainmaker.job")     // such as lead.import
	Attempt   = attribute.Key("rainmaker.attempt") // from 1
	Count     = attribute.Key("rainmaker.count")   // of mails, events, steps
	Consumer  = attribute.Key("rainmaker.consumer")
	Model     = attribute.Key("gen_ai.request.model")
	Tokens    = attribute.Key("rainmaker.tokens")
	Status    = attribute.Key("http.response.status_code")
	ErrorKind = attribute.Key("error.type") // an errs.Kind; never the message, which may quote input
)

// allowed are the names that leave: ours, and those that otelpgx gives the
// statements of the database, whose text is always one of our constants.
func allowed(key attribute.Key) bool {
	switch key {
	case Operation, RequestID, OrgID, JobKind, Attempt, Count, Consumer, Model, Tokens, Status, ErrorKind,
		"db.system.name", "db.query.text", "db.operation.name", "db.operation.batch.size", "db.collection.name",
		"pgx.rows_affected", "pgx.sql_state", "pgx.operation.type":
		return true
	}
	return false
}

// TraceConfig says where traces go.
type TraceConfig struct {
	URL      string            // of a collector that speaks OTLP over HTTP, such as http://127.0.0.1:4318
	Headers  map[string]string // that the collector asks for
	Sample   float64           // share of traces that are kept, 0 to 1
	Version  string            // of the program
	Logger   *slog.Logger
	Registry prometheus.Registerer
}

// Traces sends out what requests, jobs and mail spent their time on. A nil
// *Traces records nothing.
type Traces struct {
	provider *sdk.TracerProvider
}

// OpenTraces begins to export. An unreachable collector is no error: spans are
// dropped, logged once and counted (rainmaker_trace_exports_total).
func OpenTraces(ctx context.Context, cfg TraceConfig) (*Traces, error) {
	wire, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(traceTarget(cfg.URL)), otlptracehttp.WithHeaders(cfg.Headers),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{Enabled: true, InitialInterval: time.Second, MaxInterval: 5 * time.Second, MaxElapsedTime: retryTime}))
	if err != nil {
		return nil, fmt.Errorf("trace exporter: %w", err)
	}
	exports := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "rainmaker_trace_exports_total", Help: "Batches of spans given to the collector, by result.",
	}, []string{"result"})
	if err := cfg.Registry.Register(exports); err != nil {
		return nil, fmt.Errorf("trace metrics: %w", err)
	}
	// What the library says of itself: exporter below has said it better.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) {}))
	return &Traces{provider: sdk.NewTracerProvider(
		sdk.WithBatcher(&exporter{SpanExporter: wire, exports: exports, log: cfg.Logger}),
		sdk.WithSampler(sdk.ParentBased(sdk.TraceIDRatioBased(cfg.Sample))),
		// Not the machine's name, not the command line: they are the operator's own.
		sdk.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "rainmaker"), attribute.String("service.version", cfg.Version))),
	)}, nil
}

// retryTime is how long a batch is offered to a collector that is away. Traces
// are help, not evidence: then they are dropped.
const retryTime = 20 * time.Second

// tracePath is where the protocol takes traces.
const tracePath = "/v1/traces"

// traceTarget adds the path to an address without one.
func traceTarget(address string) string {
	address = strings.TrimSuffix(address, "/")
	if _, rest, _ := strings.Cut(address, "://"); strings.Contains(rest, "/") {
		return address
	}
	return address + tracePath
}

// Close sends what is waiting.
func (t *Traces) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("send the last traces: %w", err)
	}
	return nil
}

type tracesKey struct{}

// With lets what runs under the context begin traces.
func (t *Traces) With(ctx context.Context) context.Context {
	if t == nil {
		return ctx
	}
	return context.WithValue(ctx, tracesKey{}, t)
}

// Provider returns what a library needs to add spans to the traces of ctx; nil
// when there are none.
func Provider(ctx context.Context) trace.TracerProvider {
	if t, ok := ctx.Value(tracesKey{}).(*Traces); ok {
		return t.provider
	}
	return nil
}

// Part is a span that has begun. Nil is one that is not recorded.
type Part struct{ span trace.Span }

// Span begins a part of what ctx is doing, or a new trace when it does nothing
// yet. Where no traces are kept it costs a look into ctx. name is a constant:
// never anything that somebody typed.
func Span(ctx context.Context, name string, facts ...Fact) (context.Context, *Part) {
	provider := Provider(ctx)
	if provider == nil {
		return ctx, nil
	}
	ctx, span := provider.Tracer("rainmaker").Start(ctx, name, trace.WithAttributes(facts...))
	if !span.IsRecording() {
		return ctx, nil
	}
	return ctx, &Part{span}
}

// Name gives it a better name, known later than its beginning.
func (p *Part) Name(name string) {
	if p != nil {
		p.span.SetName(name)
	}
}

// Note adds facts.
func (p *Part) Note(facts ...Fact) {
	if p != nil {
		p.span.SetAttributes(facts...)
	}
}

// End ends it, as failed with an err. Of that only the kind leaves the program.
func (p *Part) End(err error) {
	if p == nil {
		return
	}
	if err != nil {
		p.span.SetStatus(codes.Error, "")
		p.span.SetAttributes(ErrorKind.String(string(errs.KindOf(err))))
	}
	p.span.End()
}

// TraceID names the trace in the log; empty when it is not recorded.
func (p *Part) TraceID() string {
	if p == nil {
		return ""
	}
	return p.span.SpanContext().TraceID().String()
}

// exporter sends spans cleaned, and says when that begins and ceases to fail.
type exporter struct {
	sdk.SpanExporter
	exports *prometheus.CounterVec
	log     *slog.Logger
	failing atomic.Bool
}

// ExportSpans implements sdk.SpanExporter.
func (e *exporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	cleaned := make([]sdk.ReadOnlySpan, len(spans))
	for i, s := range spans {
		cleaned[i] = clean{s}
	}
	err := e.SpanExporter.ExportSpans(ctx, cleaned)
	if err == nil {
		e.exports.WithLabelValues("ok").Inc()
		if e.failing.Swap(false) {
			e.log.Info("traces are taken again")
		}
		return nil
	}
	e.exports.WithLabelValues("failed").Inc()
	if !e.failing.Swap(true) {
		e.log.Warn("traces are not taken: they are dropped until they are", "error", err)
	}
	return err
}

// clean is a span without anything that nobody allowed.
type clean struct{ sdk.ReadOnlySpan }

// Attributes implements sdk.ReadOnlySpan.
func (c clean) Attributes() []attribute.KeyValue {
	all := c.ReadOnlySpan.Attributes()
	kept := make([]attribute.KeyValue, 0, len(all))
	for _, a := range all {
		if allowed(a.Key) {
			kept = append(kept, a)
		}
	}
	return kept
}

// Events implements sdk.ReadOnlySpan: libraries record errors there in full.
func (c clean) Events() []sdk.Event { return nil }

// Status implements sdk.ReadOnlySpan: its description is an error's text.
func (c clean) Status() sdk.Status { return sdk.Status{Code: c.ReadOnlySpan.Status().Code} }
