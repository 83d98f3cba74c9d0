package api

import (
	"context"
	"encoding/csv"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/org"
	"rainmaker/internal/platform/ledger"
)

// audit registers the record of who did what.
func (a *API) audit() {
	register(a, huma.Operation{
		OperationID: "list-audit-log", Method: http.MethodGet, Path: "/audit-log",
		Summary: "Who did what, the newest first", Tags: []string{"Audit"},
	}, a.listAuditLog)
	register(a, huma.Operation{
		OperationID: "export-audit-log", Method: http.MethodGet, Path: "/audit-log/export.csv",
		Summary: "The record as CSV", Tags: []string{"Audit"},
		Description: "Every entry that the filters select, the newest first, with its number and its hash.",
		Metadata:    timeout(exportTime), Responses: csvResponse("One row an entry, the newest first."),
	}, a.exportAuditLog)
	register(a, huma.Operation{
		OperationID: "prove-audit-entry", Method: http.MethodGet, Path: "/audit-log/{id}/proof",
		Summary: "Proof that an entry is in the record", Tags: []string{"Audit"},
		Description: "An inclusion proof (RFC 9162 2.1.3) under the newest signed checkpoint. 409 until one covers the entry: up to a minute.",
	}, a.proveAuditEntry)
}

// AuditFilter selects entries; exported, because huma sees no other embedded structs.
type AuditFilter struct {
	Action string    `query:"action" maxLength:"100" doc:"Such as member.added."`
	Actor  string    `query:"actor" maxLength:"100" doc:"Such as user:<id>."`
	Target string    `query:"target" maxLength:"200" doc:"Such as lead:<id>."`
	From   time.Time `query:"from" doc:"Not before."`
	To     time.Time `query:"to" doc:"Before."`
}

func (f *AuditFilter) query() org.AuditQuery {
	return org.AuditQuery{Action: f.Action, Actor: org.Actor(f.Actor), Target: f.Target, From: f.From, To: f.To}
}

type auditQuery struct {
	PageQuery
	AuditFilter
}

func (a *API) listAuditLog(ctx context.Context, in *auditQuery) (*bodyOf[Page[org.AuditEntry]], error) {
	q := in.query()
	q.Limit = in.Limit + 1
	if err := decodeCursor(in.Cursor, &q.Before); err != nil {
		return nil, err
	}
	entries, err := a.Org.AuditLog(ctx, From(ctx).Org, q)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(entries) > in.Limit {
		entries = entries[:in.Limit]
		last := entries[in.Limit-1]
		next = encodeCursor(org.AuditMark{At: last.At, ID: last.ID})
	}
	return page(entries, next), nil
}

type exportAuditInput struct{ AuditFilter }

func (a *API) exportAuditLog(ctx context.Context, in *exportAuditInput) (*huma.StreamResponse, error) {
	tenant, q := From(ctx).Org, in.query()
	return a.stream("audit-log.csv", func(ctx context.Context, w io.Writer) error {
		out := csv.NewWriter(w)
		if err := out.Write([]string{"id", "at", "actor", "action", "target", "data", "seq", "hash"}); err != nil {
			return err
		}
		err := a.Org.ExportAudit(ctx, tenant, q, func(e org.AuditEntry) error {
			seq := ""
			if e.Seq != nil {
				seq = strconv.FormatInt(*e.Seq, 10)
			}
			return out.Write([]string{
				e.ID.String(), e.At.UTC().Format(time.RFC3339Nano), string(e.Actor), e.Action, e.Target, string(e.Data), seq, e.Hash,
			})
		})
		out.Flush()
		if err == nil {
			err = out.Error()
		}
		return err
	}), nil
}

func (a *API) proveAuditEntry(ctx context.Context, in *IDPath) (*bodyOf[ledger.Proof], error) {
	proof, err := a.Org.AuditProof(ctx, From(ctx).Org, in.ID)
	if err != nil {
		return nil, err
	}
	return answer(proof), nil
}
