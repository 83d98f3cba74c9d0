// Package required holds what happens where an organisation asks its members for
// a second factor (ASVS 5.0, 6.3.3): who has none can set one up and nothing
// else, whatever the proof of the session is, cookie or access token. API keys
// are programs and have none; nobody without a factor can make one.
//
// Invariant: an operation is closed to them unless it is named here.
//
// Tables: none of its own; it reads organizations and sessions. Files: required.go, store.go (SQL).
package required

import (
	"context"
	"fmt"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// CodeSetUp is the code of the refusal; the web app leads people to the setting up.
const CodeSetUp = "mfa_setup_required"

// Open reports whether somebody may do an operation before they have a second
// factor: see who they are, prove it, set one up, and leave.
func Open(operation string) bool {
	switch operation {
	case "show-me", "show-mfa", "enrol-totp", "confirm-totp", "list-passkeys", "begin-passkey", "add-passkey", "verify-session", "logout":
		return true
	}
	return false
}

// Refusal is the answer to everything else.
func Refusal() error {
	return &errs.Error{Kind: errs.Forbidden, Code: CodeSetUp, Message: "your organisation asks for a second factor: set up an authenticator app or a passkey first"}
}

// By reports whether the organisation asks for a second factor, in tx.
func By(ctx context.Context, tx db.Tx, tenant id.ID) (bool, error) {
	asks, err := selectRequired(ctx, tx, tenant)
	if err != nil {
		return false, fmt.Errorf("second factor of the organisation: %w", err)
	}
	return asks, nil
}

// KeepOne refuses to take somebody's last second factor away where the
// organisation asks for one, in tx.
func KeepOne(ctx context.Context, tx db.Tx, tenant id.ID) error {
	asks, err := By(ctx, tx, tenant)
	if err == nil && asks {
		err = &errs.Error{Kind: errs.Conflict, Code: "mfa_kept", Message: "your organisation asks for a second factor: set up another one first"}
	}
	return err
}

// MayAsk refuses somebody without a second factor who wants to ask others for
// one, in tx: the next moment they could not take it back.
func MayAsk(ctx context.Context, tx db.Tx, tenant, session id.ID, has bool) error {
	if has {
		return nil
	}
	vouched, err := selectVouched(ctx, tx, tenant, session)
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	if !vouched {
		return &errs.Error{
			Kind: errs.Conflict, Code: "mfa_first", Message: "set up a second factor for yourself first",
			Fields: []errs.Field{{Location: "body.require_mfa", Message: "needs you to have a second factor yourself"}},
		}
	}
	return nil
}
