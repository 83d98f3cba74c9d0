package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/auth"
)

// security registers how a person proves who they are: passwords, second
// factors, and where they are signed in.
func (a *API) security() {
	tags := []string{"Security"}
	register(a, huma.Operation{
		OperationID: "show-mfa", Method: http.MethodGet, Path: "/auth/mfa",
		Summary: "Second factors of the person who asks", Tags: tags,
	}, a.showMFA)
	register(a, huma.Operation{
		OperationID: "enrol-totp", Method: http.MethodPost, Path: "/auth/mfa/totp",
		Summary: "Begin to set up an authenticator app", Tags: tags,
		Description: "Asks for nothing until it is confirmed. " + verifyNote,
	}, a.enrolTOTP)
	register(a, huma.Operation{
		OperationID: "confirm-totp", Method: http.MethodPost, Path: "/auth/mfa/totp/confirm",
		Summary: "Turn the authenticator app on with its first code", Tags: tags,
		Description: "Ends every other session of the person. The recovery codes are shown once; each is good once, in place of a code. " + verifyNote,
	}, a.confirmTOTP)
	register(a, huma.Operation{
		OperationID: "disable-totp", Method: http.MethodPost, Path: "/auth/mfa/totp/disable", DefaultStatus: http.StatusNoContent,
		Summary: "Turn the authenticator app off", Description: "Ends every other session of the person.", Tags: tags,
	}, a.disableTOTP)
	register(a, huma.Operation{
		OperationID: "renew-recovery-codes", Method: http.MethodPost, Path: "/auth/mfa/recovery-codes",
		Summary: "Replace the recovery codes", Tags: tags,
		Description: "Ends every other session of the person. The codes are shown once. " + verifyNote,
	}, a.renewRecoveryCodes)
	register(a, huma.Operation{
		OperationID: "verify-session", Method: http.MethodPost, Path: "/auth/verify", DefaultStatus: http.StatusNoContent,
		Summary:     "Prove once more who holds the session",
		Description: "Good for 15 minutes. Operations that change how one signs in ask for it with 403 and code verify_required.", Tags: tags,
	}, a.verifySession)
	register(a, huma.Operation{
		OperationID: "request-password-reset", Method: http.MethodPost, Path: "/auth/password-reset", DefaultStatus: http.StatusAccepted,
		Summary: "Ask for a mail with a reset link", Tags: tags,
		Description: "The answer is the same whether anybody has the address or not. The link leads to /reset-password#token=... and is good once, for ten minutes.",
	}, a.requestReset)
	register(a, huma.Operation{
		OperationID: "confirm-password-reset", Method: http.MethodPost, Path: "/auth/password-reset/confirm", DefaultStatus: http.StatusNoContent,
		Summary: "Choose a new password with a reset link", Tags: tags,
		Description: "Ends every session of the person. Somebody with a second factor is asked for it with 401 and code mfa_required, as at sign-in; the link stays good meanwhile.",
	}, a.confirmReset)
	register(a, huma.Operation{
		OperationID: "change-password", Method: http.MethodPost, Path: "/auth/password", DefaultStatus: http.StatusNoContent,
		Summary: "Change one's password", Description: "Ends every other session of the person.", Tags: tags,
	}, a.changePassword)
	register(a, huma.Operation{
		OperationID: "list-sessions", Method: http.MethodGet, Path: "/auth/sessions",
		Summary: "Where the person who asks is signed in", Tags: tags,
	}, a.listSessions)
	register(a, huma.Operation{
		OperationID: "end-session", Method: http.MethodDelete, Path: "/auth/sessions/{id}", DefaultStatus: http.StatusNoContent,
		Summary: "End one session of one's own", Tags: tags,
	}, a.endSession)
	register(a, huma.Operation{
		OperationID: "end-other-sessions", Method: http.MethodDelete, Path: "/auth/sessions", DefaultStatus: http.StatusNoContent,
		Summary: "End every other session of one's own", Tags: tags,
	}, a.endOtherSessions)
}

const verifyNote = "Needs a sign-in, or /auth/verify, within the last 15 minutes; else 403 with code verify_required."

// SecondFactor is what a sign-in may be asked for; embed it in a body.
type SecondFactor struct {
	TOTPCode string         `json:"totp_code,omitempty" maxLength:"40" doc:"Of the authenticator app, or a recovery code. Asked for with code mfa_required."`
	Passkey  *PasskeyAnswer `json:"passkey,omitempty" doc:"In place of a code; see /auth/login/passkey/options."`
}

func (f SecondFactor) proof() auth.Proof { return withPasskey(auth.Proof{Code: f.TOTPCode}, f.Passkey) }

// proof is one way to prove who one is.
type proof struct {
	Password string `json:"password,omitempty" maxLength:"1024"`
	SecondFactor
}

func (p proof) proof() auth.Proof {
	out := p.SecondFactor.proof()
	out.Password = p.Password
	return out
}

// mfaState is what a person has set up.
type mfaState struct {
	Required      bool       `json:"required" doc:"A sign-in with the password asks for more."`
	TOTP          bool       `json:"totp" doc:"An authenticator app is on."`
	TOTPSince     *time.Time `json:"totp_since"`
	Passkeys      int        `json:"passkeys" doc:"How many there are."`
	RecoveryCodes int        `json:"recovery_codes" doc:"How many are left."`
}

func (a *API) showMFA(ctx context.Context, _ *empty) (*bodyOf[mfaState], error) {
	f, err := a.Auth.Factors(ctx, From(ctx))
	if err != nil {
		return nil, err
	}
	return answer(mfaState{Required: f.Required, TOTP: f.TOTP, TOTPSince: f.Since, Passkeys: f.Passkeys, RecoveryCodes: f.RecoveryCodes}), nil
}

// enrolment is the one answer with the secret.
type enrolment struct {
	Secret     string `json:"secret" doc:"Base32, for typing."`
	OTPAuthURL string `json:"otpauth_url" doc:"For a QR code."`
}

func (a *API) enrolTOTP(ctx context.Context, _ *empty) (*bodyOf[enrolment], error) {
	e, err := a.Auth.EnrolTOTP(ctx, From(ctx))
	if err != nil {
		return nil, err
	}
	return answer(enrolment{Secret: e.Secret, OTPAuthURL: e.URL}), nil
}

type confirmTOTPInput struct {
	Body struct {
		TOTPCode string `json:"totp_code" minLength:"1" maxLength:"40"`
	}
}

// recovery is the one answer with the recovery codes.
type recovery struct {
	RecoveryCodes []string `json:"recovery_codes"`
}

func (a *API) confirmTOTP(ctx context.Context, in *confirmTOTPInput) (*bodyOf[recovery], error) {
	codes, err := a.Auth.ConfirmTOTP(ctx, From(ctx), in.Body.TOTPCode)
	if err != nil {
		return nil, err
	}
	return answer(recovery{codes}), nil
}

type proofInput struct{ Body proof }

func (a *API) disableTOTP(ctx context.Context, in *proofInput) (*empty, error) {
	if err := a.Auth.DisableTOTP(ctx, From(ctx), in.Body.proof()); err != nil {
		return nil, err
	}
	return &empty{}, nil
}

func (a *API) renewRecoveryCodes(ctx context.Context, _ *empty) (*bodyOf[recovery], error) {
	codes, err := a.Auth.NewRecoveryCodes(ctx, From(ctx))
	if err != nil {
		return nil, err
	}
	return answer(recovery{codes}), nil
}

func (a *API) verifySession(ctx context.Context, in *proofInput) (*empty, error) {
	if err := a.Auth.Verify(ctx, From(ctx), in.Body.proof()); err != nil {
		return nil, err
	}
	return &empty{}, nil
}

type resetRequestInput struct {
	Body struct {
		Email string `json:"email" minLength:"3" maxLength:"320"`
	}
}

// resetAccepted says nothing about anybody.
type resetAccepted struct {
	Status string `json:"status" enum:"accepted"`
}

func (a *API) requestReset(ctx context.Context, in *resetRequestInput) (*bodyOf[resetAccepted], error) {
	if err := a.Auth.RequestReset(ctx, in.Body.Email, a.clientAddress(requestOf(ctx).http)); err != nil {
		return nil, err
	}
	return answer(resetAccepted{"accepted"}), nil
}

type resetInput struct {
	Body struct {
		Token    string `json:"token" minLength:"1" maxLength:"100"`
		Password string `json:"password" minLength:"1" maxLength:"1024" doc:"8 to 256 characters, not a common one."`
		SecondFactor
	}
}

func (a *API) confirmReset(ctx context.Context, in *resetInput) (*empty, error) {
	err := a.Auth.ConfirmReset(ctx, auth.Reset{
		Token: in.Body.Token, Password: in.Body.Password, Second: in.Body.proof(), Address: a.clientAddress(requestOf(ctx).http),
	})
	if err != nil {
		return nil, err
	}
	return &empty{}, nil
}

type changePasswordInput struct {
	Body struct {
		Current string `json:"current" minLength:"1" maxLength:"1024"`
		New     string `json:"new" minLength:"1" maxLength:"1024" doc:"8 to 256 characters, not a common one."`
	}
}

func (a *API) changePassword(ctx context.Context, in *changePasswordInput) (*empty, error) {
	if err := a.Auth.ChangePassword(ctx, From(ctx), in.Body.Current, in.Body.New); err != nil {
		return nil, err
	}
	return &empty{}, nil
}

func (a *API) listSessions(ctx context.Context, _ *PageQuery) (*bodyOf[Page[auth.Session]], error) {
	sessions, err := a.Auth.Sessions(ctx, From(ctx))
	if err != nil {
		return nil, err
	}
	return page(sessions, ""), nil
}

func (a *API) endSession(ctx context.Context, in *IDPath) (*empty, error) {
	if err := a.Auth.EndSession(ctx, From(ctx), in.ID); err != nil {
		return nil, err
	}
	return &empty{}, nil
}

func (a *API) endOtherSessions(ctx context.Context, _ *empty) (*empty, error) {
	if err := a.Auth.EndOtherSessions(ctx, From(ctx)); err != nil {
		return nil, err
	}
	return &empty{}, nil
}
