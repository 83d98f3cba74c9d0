package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"rainmaker/internal/compliance"
	"rainmaker/internal/org"
	"rainmaker/internal/org/keeper"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/config"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// SealedColumns are all columns of tenants that are sealed under their keys. A
// column that is missing here would be lost with the next change of a key:
// TestEverySealedColumnIsKept asks the catalogue.
func SealedColumns() []keeper.Column {
	return []keeper.Column{
		{Table: "api_keys", Sealed: "secret_sealed", Place: "secret"},
		{Table: "api_keys", Sealed: "previous_sealed", Place: "secret"}, // moved there as it was
		{Table: "consents", Sealed: "evidence_sealed", Place: "evidence", Clear: "evidence"},
		{Table: "import_errors", Sealed: "raw_sealed", PlaceSQL: "'raw:' || row_number", Row: "import_id", Sub: "row_number"},
		{Table: "imports", Sealed: "corrections_sealed", Place: "corrections"},
		{Table: "imports", Sealed: "preview_sealed", Place: "preview"},
		{Table: "inbound_webhooks", Sealed: "secret_sealed", Place: "secret"},
		{Table: "interactions", Sealed: "body_sealed", Place: "body"},
		{Table: "leads", Sealed: "custom_sealed", Place: "custom"},
		{Table: "leads", Sealed: "email_sealed", Place: "email"},
		{Table: "leads", Sealed: "phone_sealed", Place: "phone"},
		{Table: "mailbox_inboxes", Sealed: "password_sealed", Place: "password", Row: "mailbox_id"},
		{Table: "mailboxes", Sealed: "dkim_key_sealed", Place: "dkim_key"},
		{Table: "mailboxes", Sealed: "smtp_password_sealed", Place: "smtp_password"},
		{Table: "replies", Sealed: "subject_sealed", Place: "subject"},
		{Table: "replies", Sealed: "text_sealed", Place: "text"},
		{Table: "sso_connections", Sealed: "client_secret_sealed", Place: "client_secret"},
		{Table: "suppressions", Sealed: "value_sealed", Place: "value"},
		{Table: "tasks", Sealed: "body_sealed", Place: "body"},
		{Table: "tasks", Sealed: "title_sealed", Place: "title", Clear: "title"},
		{Table: "webhook_deliveries", Sealed: "answer_sealed", Place: "answer"},
		{Table: "webhook_endpoints", Sealed: "old_sealed", Place: "old"},
		{Table: "webhook_endpoints", Sealed: "secret_sealed", Place: "secret"},
		{Table: "webhook_endpoints", Sealed: "url_sealed", Place: "url"},
		{Table: "webhook_inbox", Sealed: "payload_sealed", Place: "payload"},
	}
}

func (a *App) keeper(s *services) (*keeper.Keeper, error) {
	return keeper.New(keeper.Deps{
		DB: a.in.DB, Vault: a.in.Vault, Org: s.org, Clock: a.clock, Logger: a.log, Metrics: a.metrics,
		Columns: SealedColumns(), Works: a.targets.has(targetWorker),
	})
}

// RotateSealingKeys begins a change of the sealing key of one organisation, or
// of all, which a running program carries through. It returns for how many; an
// organisation whose key is being changed already is passed over when all are
// meant.
func RotateSealingKeys(ctx context.Context, cfg config.Config, tenant id.ID, log *slog.Logger) (n int, err error) {
	in, err := openBeside(ctx, cfg, log)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, in.Close(context.WithoutCancel(ctx))) }()
	orgs, err := org.New(org.Deps{DB: in.DB, Vault: in.Vault, Clock: clock.System{}, NormalEmail: compliance.NormalEmail})
	if err != nil {
		return 0, err
	}
	k, err := keeper.New(keeper.Deps{DB: in.DB, Vault: in.Vault, Org: orgs, Clock: clock.System{}, Logger: log, Columns: SealedColumns()})
	if err != nil {
		return 0, err
	}
	if tenant != id.Nil {
		return 1, k.Start(ctx, tenant, org.SystemActor("operator"))
	}
	all, err := orgs.All(ctx)
	if err != nil {
		return 0, err
	}
	for _, one := range all {
		switch err := k.Start(ctx, one, org.SystemActor("operator")); {
		case err == nil:
			n++
		case !errs.Is(err, errs.Conflict):
			return n, fmt.Errorf("after %d organisations: %w", n, err)
		}
	}
	return n, nil
}
