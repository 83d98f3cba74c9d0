package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/auth"
	"rainmaker/internal/auth/passkey"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// passkeys registers the keeping and the use of passkeys.
func (a *API) passkeys() {
	tags := []string{"Security"}
	register(a, huma.Operation{
		OperationID: "begin-passkey-login", Method: http.MethodPost, Path: "/auth/login/passkey/options",
		Summary: "Ask for a passkey", Tags: tags,
		Description: "For navigator.credentials.get. The answer signs in alone (/auth/login/passkey), or goes as passkey to every operation that takes a totp_code. " +
			"A ceremony is good for one answer and five minutes.",
	}, a.beginPasskeyLogin)
	register(a, huma.Operation{
		OperationID: "login-with-passkey", Method: http.MethodPost, Path: "/auth/login/passkey",
		Summary: "Sign in with a passkey alone", Tags: tags,
	}, a.loginWithPasskey)
	register(a, huma.Operation{
		OperationID: "list-passkeys", Method: http.MethodGet, Path: "/auth/passkeys",
		Summary: "Passkeys of the person who asks", Tags: tags,
	}, a.listPasskeys)
	register(a, huma.Operation{
		OperationID: "begin-passkey", Method: http.MethodPost, Path: "/auth/passkeys/options",
		Summary: "Begin to add a passkey", Tags: tags,
		Description: "For navigator.credentials.create. 409 with code passkeys_unavailable where browsers offer none: public_url has no host name or no https. " + verifyNote,
	}, a.beginPasskey)
	register(a, huma.Operation{
		OperationID: "add-passkey", Method: http.MethodPost, Path: "/auth/passkeys", DefaultStatus: http.StatusCreated,
		Summary: "Add a passkey", Tags: tags,
		Description: "Ends every other session of the person; from then on a sign-in with the password asks for a second factor. " + verifyNote,
	}, a.addPasskey)
	register(a, huma.Operation{
		OperationID: "rename-passkey", Method: http.MethodPatch, Path: "/auth/passkeys/{id}",
		Summary: "Rename a passkey", Tags: tags,
	}, a.renamePasskey)
	register(a, huma.Operation{
		OperationID: "remove-passkey", Method: http.MethodDelete, Path: "/auth/passkeys/{id}", DefaultStatus: http.StatusNoContent,
		Summary: "Remove a passkey", Tags: tags,
		Description: "Ends every other session of the person. " + verifyNote,
	}, a.removePasskey)
}

// PasskeyAnswer is what the browser said; embed it in a body.
type PasskeyAnswer struct {
	Ceremony   string         `json:"ceremony" minLength:"1" maxLength:"100" doc:"Of the options."`
	Credential map[string]any `json:"credential" doc:"PublicKeyCredential.toJSON()."`
}

func (p PasskeyAnswer) answer() (passkey.Answer, error) {
	text, err := json.Marshal(p.Credential)
	if err != nil {
		return passkey.Answer{}, errs.InvalidField("body.credential", "is not an object")
	}
	return passkey.Answer{Ceremony: p.Ceremony, Credential: text}, nil
}

// withPasskey adds the answer, if there is one, to a proof.
func withPasskey(proof auth.Proof, given *PasskeyAnswer) auth.Proof {
	if given == nil {
		return proof
	}
	if answer, err := given.answer(); err == nil { // it was JSON a moment ago
		proof.Passkey = &answer
	}
	return proof
}

func (a *API) beginPasskeyLogin(ctx context.Context, _ *empty) (*bodyOf[passkey.Ceremony], error) {
	c, err := a.Auth.BeginPasskeyProof(ctx)
	if err != nil {
		return nil, err
	}
	return answer(c), nil
}

type passkeyLoginInput struct {
	Body struct {
		PasskeyAnswer
		OrganizationID id.ID `json:"organization_id,omitempty" doc:"For members of several; else where they last signed in."`
	}
}

func (a *API) loginWithPasskey(ctx context.Context, in *passkeyLoginInput) (*signedInOutput, error) {
	given, err := in.Body.answer()
	if err != nil {
		return nil, err
	}
	out, err := a.Auth.LoginWithPasskey(ctx, auth.PasskeyLogin{
		Answer: given, Org: in.Body.OrganizationID, Address: a.clientAddress(requestOf(ctx).http),
	})
	if err != nil {
		return nil, err
	}
	return a.signedIn(out), nil
}

func (a *API) listPasskeys(ctx context.Context, _ *PageQuery) (*bodyOf[Page[passkey.Passkey]], error) {
	list, err := a.Auth.Passkeys(ctx, From(ctx))
	if err != nil {
		return nil, err
	}
	return page(list, ""), nil
}

func (a *API) beginPasskey(ctx context.Context, _ *empty) (*bodyOf[passkey.Ceremony], error) {
	c, err := a.Auth.BeginPasskey(ctx, From(ctx))
	if err != nil {
		return nil, err
	}
	return answer(c), nil
}

type addPasskeyInput struct {
	Body struct {
		PasskeyAnswer
		Name string `json:"name" minLength:"1" maxLength:"200"`
	}
}

// addedPasskey is the one answer with recovery codes.
type addedPasskey struct {
	passkey.Passkey
	RecoveryCodes []string `json:"recovery_codes" doc:"Shown once, when there were none before; else empty."`
}

func (a *API) addPasskey(ctx context.Context, in *addPasskeyInput) (*bodyOf[addedPasskey], error) {
	given, err := in.Body.answer()
	if err != nil {
		return nil, err
	}
	added, codes, err := a.Auth.AddPasskey(ctx, From(ctx), given, in.Body.Name)
	if err != nil {
		return nil, err
	}
	return answer(addedPasskey{Passkey: added, RecoveryCodes: append([]string{}, codes...)}), nil
}

type renamePasskeyInput struct {
	IDPath
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"200"`
	}
}

func (a *API) renamePasskey(ctx context.Context, in *renamePasskeyInput) (*bodyOf[passkey.Passkey], error) {
	renamed, err := a.Auth.RenamePasskey(ctx, From(ctx), in.ID, in.Body.Name)
	if err != nil {
		return nil, err
	}
	return answer(renamed), nil
}

func (a *API) removePasskey(ctx context.Context, in *IDPath) (*empty, error) {
	if err := a.Auth.RemovePasskey(ctx, From(ctx), in.ID); err != nil {
		return nil, err
	}
	return &empty{}, nil
}
