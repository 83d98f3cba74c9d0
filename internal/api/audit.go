package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/org"
)

// audit registers the record of who did what.
func (a *API) audit() {
	register(a, huma.Operation{
		OperationID: "list-audit-log", Method: http.MethodGet, Path: "/audit-log",
		Summary: "Who did what, the newest first", Tags: []string{"Audit"},
	}, a.listAuditLog)
}

type auditQuery struct {
	PageQuery
	Action string `query:"action" maxLength:"100" doc:"Such as member.added."`
	Actor  string `query:"actor" maxLength:"100" doc:"Such as user:<id>."`
}

func (a *API) listAuditLog(ctx context.Context, in *auditQuery) (*bodyOf[Page[org.AuditEntry]], error) {
	q := org.AuditQuery{Action: in.Action, Actor: org.Actor(in.Actor), Limit: in.Limit + 1}
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
