package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/auth/sso"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// sso registers identity providers and the identities of people. What browsers
// go through is in sso_browser.go.
func (a *API) sso(s *sso.Service) {
	tags := []string{"Single sign-on"}
	h := ssoHandlers{a, s}
	register(a, huma.Operation{
		OperationID: "list-sso-connections", Method: http.MethodGet, Path: "/sso-connections",
		Summary: "Identity providers of the organisation", Tags: tags,
	}, h.list)
	register(a, huma.Operation{
		OperationID: "create-sso-connection", Method: http.MethodPost, Path: "/sso-connections", DefaultStatus: http.StatusCreated,
		Summary: "Add an identity provider", Tags: tags,
		Description: "It is off until enabled is true. The provider is asked for its configuration then.",
	}, h.create)
	register(a, huma.Operation{
		OperationID: "show-sso-connection", Method: http.MethodGet, Path: "/sso-connections/{id}",
		Summary: "One identity provider", Tags: tags,
	}, h.show)
	register(a, huma.Operation{
		OperationID: "update-sso-connection", Method: http.MethodPatch, Path: "/sso-connections/{id}",
		Summary: "Change an identity provider", Tags: tags,
		Description: "Turning it off, or changing its issuer, ends the sessions that it opened. enforce ends those that were opened in another way.",
	}, h.update)
	register(a, huma.Operation{
		OperationID: "delete-sso-connection", Method: http.MethodDelete, Path: "/sso-connections/{id}", DefaultStatus: http.StatusNoContent,
		Summary: "Remove an identity provider", Description: "Also the identities that people have there, and the sessions it opened.", Tags: tags,
	}, h.remove)
	register(a, huma.Operation{
		OperationID: "test-sso-connection", Method: http.MethodPost, Path: "/sso-connections/{id}/test",
		Summary: "Ask an identity provider whether it can be used as it is set up", Tags: tags,
		Description: "Judges the connection as if it were turned on now. It changes nothing and signs nobody in.",
	}, h.test)
	register(a, huma.Operation{
		OperationID: "list-sign-in-providers", Method: http.MethodGet, Path: "/auth/providers",
		Summary: "Providers that the sign-in page offers to everybody", Tags: tags,
	}, h.choices)
	register(a, huma.Operation{
		OperationID: "list-identities", Method: http.MethodGet, Path: "/auth/identities",
		Summary: "Your identities at providers", Tags: tags,
	}, h.identities)
	register(a, huma.Operation{
		OperationID: "link-identity", Method: http.MethodPost, Path: "/auth/identities/link",
		Summary: "Begin to link an identity to yourself", Tags: tags,
		Description: "Send the browser to url. It must keep the cookie of this answer and stay signed in.",
	}, h.link)
	register(a, huma.Operation{
		OperationID: "unlink-identity", Method: http.MethodDelete, Path: "/auth/identities/{id}", DefaultStatus: http.StatusNoContent,
		Summary: "Unlink an identity", Tags: tags,
	}, h.unlink)
	h.browser()
}

type ssoHandlers struct {
	*API
	sso *sso.Service
}

func (h ssoHandlers) list(ctx context.Context, _ *PageQuery) (*bodyOf[Page[sso.Connection]], error) {
	// An organisation has few of them: they fit one page.
	list, err := h.sso.Connections(ctx, From(ctx).Org)
	if err != nil {
		return nil, err
	}
	return page(list, ""), nil
}

func (h ssoHandlers) show(ctx context.Context, in *IDPath) (*tagged[sso.Connection], error) {
	c, err := h.sso.Connection(ctx, From(ctx).Org, in.ID)
	if err != nil {
		return nil, err
	}
	return withTag(c, c.Version), nil
}

// ConnectionFields are what an admin may set of either kind.
type ConnectionFields struct {
	Slug             *string            `json:"slug,omitempty" minLength:"3" maxLength:"40" doc:"Its name in addresses, unique over all organisations. Default: a random one."`
	Enabled          *bool              `json:"enabled,omitempty"`
	Issuer           *string            `json:"issuer,omitempty" maxLength:"500" doc:"OIDC: exactly as the provider writes it."`
	ClientID         *string            `json:"client_id,omitempty" maxLength:"500"`
	ClientSecret     *string            `json:"client_secret,omitempty" maxLength:"500" doc:"Nobody can read it again."`
	MetadataXML      *string            `json:"metadata_xml,omitempty" maxLength:"500000" doc:"SAML: the provider's description; fills in issuer, sso_url and certificates."`
	MetadataURL      *string            `json:"metadata_url,omitempty" maxLength:"2048" doc:"SAML: where it is; read once, now."`
	SSOURL           *string            `json:"sso_url,omitempty" maxLength:"2048"`
	Certificates     *[]string          `json:"certificates,omitempty" maxItems:"5" doc:"SAML: PEM, one each."`
	IDPInitiated     *bool              `json:"idp_initiated,omitempty"`
	DefaultRole      Optional[org.Role] `json:"default_role,omitempty" doc:"manager, content_creator, analyst or api_user; never admin. Null: nobody is added."`
	AllowedDomains   *[]string          `json:"allowed_domains,omitempty" maxItems:"50"`
	Enforce          *bool              `json:"enforce,omitempty" doc:"Members sign in here and nowhere else."`
	BreakGlassUserID *id.ID             `json:"break_glass_user_id,omitempty" doc:"The admin who may still use a password. Default: who turns enforce on."`
}

func (f ConnectionFields) change() sso.Change {
	c := sso.Change{
		Slug: f.Slug, Enabled: f.Enabled, Issuer: f.Issuer, ClientID: f.ClientID,
		MetadataXML: f.MetadataXML, MetadataURL: f.MetadataURL, SSOURL: f.SSOURL, Certificates: f.Certificates, IDPInitiated: f.IDPInitiated,
		AllowedDomains: f.AllowedDomains, Enforce: f.Enforce, BreakGlass: f.BreakGlassUserID,
	}
	if f.ClientSecret != nil {
		value := secret.String(*f.ClientSecret)
		c.ClientSecret = &value
	}
	if f.DefaultRole.Sent {
		role := f.DefaultRole.Value // empty for null
		c.DefaultRole = &role
	}
	return c
}

type createConnectionInput struct {
	Body struct {
		Kind sso.Kind `json:"kind" enum:"oidc,saml"`
		Name string   `json:"name" minLength:"1" maxLength:"200"`
		ConnectionFields
	}
}

func (h ssoHandlers) create(ctx context.Context, in *createConnectionInput) (*bodyOf[sso.Connection], error) {
	change := in.Body.change()
	change.Name = &in.Body.Name
	c, err := h.sso.Create(ctx, From(ctx), in.Body.Kind, change)
	if err != nil {
		return nil, err
	}
	return answer(c), nil
}

type updateConnectionInput struct {
	IDPath
	MatchHeader
	Body struct {
		Name *string `json:"name,omitempty" minLength:"1" maxLength:"200"`
		ConnectionFields
	}
}

func (h ssoHandlers) update(ctx context.Context, in *updateConnectionInput) (*tagged[sso.Connection], error) {
	change := in.Body.change()
	change.Name, change.Version = in.Body.Name, in.want()
	c, err := h.sso.Update(ctx, From(ctx), in.ID, change)
	if err != nil {
		return nil, err
	}
	return withTag(c, c.Version), nil
}

func (h ssoHandlers) remove(ctx context.Context, in *IDPath) (*empty, error) {
	if err := h.sso.Delete(ctx, From(ctx), in.ID); err != nil {
		return nil, err
	}
	return &empty{}, nil
}

func (h ssoHandlers) test(ctx context.Context, in *IDPath) (*bodyOf[sso.Trial], error) {
	t, err := h.sso.Test(ctx, From(ctx).Org, in.ID)
	if err != nil {
		return nil, err
	}
	return answer(t), nil
}

func (h ssoHandlers) choices(context.Context, *empty) (*bodyOf[Page[sso.Choice]], error) {
	return page(h.sso.Choices(), ""), nil
}

func (h ssoHandlers) identities(ctx context.Context, _ *empty) (*bodyOf[Page[sso.Identity]], error) {
	list, err := h.sso.Identities(ctx, From(ctx))
	if err != nil {
		return nil, err
	}
	return page(list, ""), nil
}

type linkInput struct {
	Body struct {
		Provider string `json:"provider" minLength:"1" maxLength:"100" doc:"Slug or id."`
		Next     string `json:"next,omitempty" maxLength:"500" doc:"Path to go to afterwards."`
	}
}

type linkOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      struct {
		URL string `json:"url"`
	}
}

func (h ssoHandlers) link(ctx context.Context, in *linkInput) (*linkOutput, error) {
	redirect, err := h.sso.StartLink(ctx, From(ctx), in.Body.Provider, in.Body.Next)
	if err != nil {
		return nil, ssoProblem(err)
	}
	out := &linkOutput{SetCookie: h.ssoCookie(redirect, redirect.Kind)}
	out.Body.URL = redirect.URL
	return out, nil
}

func (h ssoHandlers) unlink(ctx context.Context, in *IDPath) (*empty, error) {
	if err := h.sso.Unlink(ctx, From(ctx), in.ID); err != nil {
		return nil, err
	}
	return &empty{}, nil
}
