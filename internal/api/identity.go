package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/auth"
	"rainmaker/internal/auth/privacy"
	"rainmaker/internal/auth/required"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
)

// identity registers signing up, in and out.
func (a *API) identity() {
	tags := []string{"Identity"}
	register(a, huma.Operation{
		OperationID: "signup", Method: http.MethodPost, Path: "/auth/signup", DefaultStatus: http.StatusCreated,
		Summary: "Make an organisation and its first admin", Tags: tags,
	}, a.signup)
	register(a, huma.Operation{
		OperationID: "login", Method: http.MethodPost, Path: "/auth/login",
		Summary: "Sign in with a password", Tags: tags,
		Description: "Somebody with a second factor is asked for it with 401 and code mfa_required, then mfa_invalid when it was wrong or used.",
	}, a.login)
	register(a, huma.Operation{
		OperationID: "refresh", Method: http.MethodPost, Path: "/auth/refresh",
		Summary: "Change a refresh token for new tokens", Tags: tags,
		Description: "Each refresh token is good once. Using one twice ends its session.",
	}, a.refresh)
	register(a, huma.Operation{
		OperationID: "logout", Method: http.MethodPost, Path: "/auth/logout", DefaultStatus: http.StatusNoContent,
		Summary: "End the session", Tags: tags,
	}, a.logout)
	register(a, huma.Operation{
		OperationID: "accept-invitation", Method: http.MethodPost, Path: "/auth/accept",
		Summary: "Accept an invitation and sign in", Tags: tags,
		Description: "Somebody who has an account proves it with its password; others choose one.",
	}, a.acceptInvitation)
	register(a, huma.Operation{
		OperationID: "show-me", Method: http.MethodGet, Path: "/auth/me",
		Summary: "Who is asking", Tags: tags,
	}, a.me)
	register(a, huma.Operation{
		OperationID: "list-roles", Method: http.MethodGet, Path: "/roles",
		Summary: "Who may do what", Tags: tags,
	}, a.roles)
}

// person is a user with the role in this organisation.
type person struct {
	ID    id.ID    `json:"id"`
	Name  string   `json:"name"`
	Email string   `json:"email"`
	Role  org.Role `json:"role" enum:"admin,manager,content_creator,analyst,api_user"`
}

// signedIn is the answer to every good proof.
type signedIn struct {
	User         person           `json:"user"`
	Organization org.Organization `json:"organization"`
	AccessToken  string           `json:"access_token"`
	RefreshToken string           `json:"refresh_token"`
	TokenType    string           `json:"token_type" enum:"Bearer"`
	ExpiresIn    int              `json:"expires_in" doc:"Of the access token, in seconds."`
}

type signedInOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      signedIn
}

func (a *API) signedIn(in auth.SignedIn) *signedInOutput {
	return &signedInOutput{SetCookie: a.cookie(in.Cookie.Reveal(), in.CookieUntil), Body: signedInBody(in)}
}

func signedInBody(in auth.SignedIn) signedIn {
	return signedIn{
		User:         person{ID: in.User.ID, Name: in.User.Name, Email: in.User.Email, Role: in.Role},
		Organization: in.Organization,
		AccessToken:  in.AccessToken, RefreshToken: in.RefreshToken, TokenType: "Bearer", ExpiresIn: in.ExpiresIn,
	}
}

// cookie of a browser's session. Lax: the page opened from a link in a mail is
// signed in; requests that other sites make are refused besides (around).
func (a *API) cookie(value string, until time.Time) http.Cookie {
	c := http.Cookie{
		Name: auth.CookieName(a.Config.HTTPS), Value: value, Path: "/", Expires: until,
		HttpOnly: true, Secure: a.Config.HTTPS, SameSite: http.SameSiteLaxMode,
	}
	if value == "" {
		c.MaxAge = -1
	}
	return c
}

type signupInput struct {
	Body struct {
		OrganizationName string `json:"organization_name" minLength:"1" maxLength:"200"`
		Name             string `json:"name" minLength:"1" maxLength:"200"`
		Email            string `json:"email" minLength:"3" maxLength:"320"`
		Password         string `json:"password" minLength:"1" maxLength:"1024" doc:"8 to 256 characters, not a common one."`
	}
}

func (a *API) signup(ctx context.Context, in *signupInput) (*signedInOutput, error) {
	out, err := a.Auth.Signup(ctx, auth.Signup{
		OrganizationName: in.Body.OrganizationName, Name: in.Body.Name, Email: in.Body.Email, Password: in.Body.Password,
	})
	if err != nil {
		return nil, err
	}
	return a.signedIn(out), nil
}

type loginInput struct {
	Body struct {
		Email    string `json:"email" minLength:"3" maxLength:"320"`
		Password string `json:"password" minLength:"1" maxLength:"1024"`
		SecondFactor
		OrganizationID id.ID `json:"organization_id,omitempty" doc:"For members of several; else where they last signed in."`
	}
}

func (a *API) login(ctx context.Context, in *loginInput) (*signedInOutput, error) {
	out, err := a.Auth.Login(ctx, auth.Login{
		Email: in.Body.Email, Password: in.Body.Password, Second: in.Body.proof(), Org: in.Body.OrganizationID,
		Address: a.clientAddress(requestOf(ctx).http),
	})
	if err != nil {
		return nil, err
	}
	return a.signedIn(out), nil
}

type acceptInput struct {
	Body struct {
		Token    string `json:"token" minLength:"1" maxLength:"100"`
		Name     string `json:"name,omitempty" maxLength:"200" doc:"Needed by somebody without an account."`
		Password string `json:"password" minLength:"1" maxLength:"1024"`
		SecondFactor
	}
}

func (a *API) acceptInvitation(ctx context.Context, in *acceptInput) (*signedInOutput, error) {
	out, err := a.Auth.Accept(ctx, auth.Accept{
		Token: in.Body.Token, Name: in.Body.Name, Password: in.Body.Password, Second: in.Body.proof(),
		Address: a.clientAddress(requestOf(ctx).http),
	})
	if err != nil {
		return nil, err
	}
	return a.signedIn(out), nil
}

type refreshInput struct {
	Body struct {
		RefreshToken string `json:"refresh_token" minLength:"1" maxLength:"200"`
	}
}

func (a *API) refresh(ctx context.Context, in *refreshInput) (*bodyOf[signedIn], error) {
	out, err := a.Auth.Refresh(ctx, in.Body.RefreshToken)
	if err != nil {
		return nil, err
	}
	return answer(signedInBody(out)), nil
}

type logoutInput struct {
	Body *struct {
		RefreshToken string `json:"refresh_token,omitempty" maxLength:"200"`
	}
}

// logoutOutput also makes the browser forget what the app has stored (ASVS 5.0,
// 14.3.1). Not its cache: nothing of a person ever gets into it (no-store), and the
// app's own files would have to come again.
type logoutOutput struct {
	SetCookie     http.Cookie `header:"Set-Cookie"`
	ClearSiteData string      `header:"Clear-Site-Data"`
}

// logout ends the session of the given refresh token and of the request's own
// proof. One that is not good ends nothing, and that is fine.
func (a *API) logout(ctx context.Context, in *logoutInput) (*logoutOutput, error) {
	if in.Body != nil && in.Body.RefreshToken != "" {
		if err := a.Auth.LogoutRefresh(ctx, in.Body.RefreshToken); err != nil {
			return nil, err
		}
	}
	identity, err := a.Auth.AuthenticateFor(ctx, requestOf(ctx).http, "logout")
	switch {
	case err == nil:
		if err := a.Auth.Logout(ctx, identity); err != nil {
			return nil, err
		}
	case !errs.Is(err, errs.Unauthenticated):
		return nil, err
	}
	return &logoutOutput{SetCookie: a.cookie("", time.Time{}), ClearSiteData: `"storage"`}, nil
}

// me is who is asking: a person, or an API key.
type me struct {
	User         *person          `json:"user" doc:"Null for API keys."`
	Organization org.Organization `json:"organization"`
	Role         org.Role         `json:"role" enum:"admin,manager,content_creator,analyst,api_user"`
	Via          auth.Via         `json:"via" enum:"session,token,api_key,signed"`
	KeyID        string           `json:"key_id,omitempty"`
	Operations   []string         `json:"operations" doc:"What the role may do; see /roles."`
	// MFASetupRequired closes everything else; operations names what is open.
	MFASetupRequired bool `json:"mfa_setup_required" doc:"The organisation asks for a second factor and the person has none: until one is set up, all else is refused with 403 and code mfa_setup_required."`
	// Seq spares a page that opens its stream after its first questions to ask them twice.
	Seq int64 `json:"seq" doc:"Newest event when this was answered: a stream opened with after=seq misses nothing that came later. 0: not known."`
}

func (a *API) me(ctx context.Context, _ *empty) (*bodyOf[me], error) {
	identity := From(ctx)
	out, err := a.Auth.Me(ctx, identity)
	if err != nil {
		return nil, err
	}
	m := me{Organization: out.Organization, Role: identity.Role, Via: identity.Via, KeyID: identity.KeyID, Operations: []string{}, MFASetupRequired: identity.MustEnrol}
	if identity.User != id.Nil {
		m.User = &person{ID: out.User.ID, Name: out.User.Name, Email: out.User.Email, Role: identity.Role}
	}
	if a.Outreach != nil {
		if _, m.Seq, err = event.Bounds(ctx, a.Outreach.DB); err != nil {
			return nil, err
		}
	}
	for _, op := range a.ops {
		if auth.Allowed(identity.Role, op.OperationID) && identity.ScopeAllows(area(&op), !reading(&op)) && (!identity.MustEnrol || required.Open(op.OperationID)) {
			m.Operations = append(m.Operations, op.OperationID)
		}
	}
	return answer(m), nil
}

// matrix is the table of rights.
type matrix struct {
	Roles      []org.Role  `json:"roles"`
	Personal   []org.Role  `json:"personal_data" doc:"Who sees e-mail, phone, notes and private fields in clear; others see them masked."`
	Operations []matrixRow `json:"operations"`
}

type matrixRow struct {
	Operation string     `json:"operation"`
	Method    string     `json:"method"`
	Path      string     `json:"path"`
	Public    bool       `json:"public" doc:"Needs no sign-in."`
	Roles     []org.Role `json:"roles"`
	Fields    []string   `json:"fields" doc:"Fields of the body that the operation may write."`
	// FieldRoles is the third side of the table.
	FieldRoles map[string][]org.Role `json:"field_roles" doc:"Who may write each field."`
}

func (a *API) roles(context.Context, *empty) (*bodyOf[matrix], error) {
	out := matrix{Roles: org.Roles(), Operations: []matrixRow{}}
	for _, role := range out.Roles {
		if privacy.SeesPersonal(role) {
			out.Personal = append(out.Personal, role)
		}
	}
	for _, op := range a.ops {
		row := matrixRow{
			Operation: op.OperationID, Method: op.Method, Path: op.Path, Public: auth.Public(op.OperationID),
			Roles: auth.RolesOf(op.OperationID), Fields: a.fields(&op), FieldRoles: map[string][]org.Role{},
		}
		for _, field := range row.Fields {
			roles, _ := a.fieldRights.Roles(op.OperationID, field)
			row.FieldRoles[field] = append([]org.Role{}, roles...)
		}
		out.Operations = append(out.Operations, row)
	}
	return answer(out), nil
}

// fields names what an operation's body may hold.
func (a *API) fields(op *huma.Operation) []string {
	names := []string{}
	documented := a.documented(op)
	if documented == nil || documented.RequestBody == nil {
		return names
	}
	media := documented.RequestBody.Content["application/json"]
	if media == nil {
		media = documented.RequestBody.Content["multipart/form-data"]
	}
	if media == nil || media.Schema == nil {
		return names
	}
	s := media.Schema
	for s.Ref != "" {
		s = a.OpenAPI().Components.Schemas.SchemaFromRef(s.Ref)
	}
	return append(names, sortedNames(s.Properties)...)
}
