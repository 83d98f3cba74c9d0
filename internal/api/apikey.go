package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/auth"
	"rainmaker/internal/auth/quota"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/errs"
)

// apiKeys registers the keys of programs.
func (a *API) apiKeys() {
	tags := []string{"API keys"}
	register(a, huma.Operation{
		OperationID: "create-api-key", Method: http.MethodPost, Path: "/api-keys", DefaultStatus: http.StatusCreated,
		Summary: "Make a key for a program", Description: "The secret is shown once.", Tags: tags,
	}, a.createAPIKey)
	register(a, huma.Operation{
		OperationID: "list-api-keys", Method: http.MethodGet, Path: "/api-keys",
		Summary: "All keys", Tags: tags,
	}, a.listAPIKeys)
	register(a, huma.Operation{
		OperationID: "show-api-key", Method: http.MethodGet, Path: "/api-keys/{id}",
		Summary: "One key", Tags: tags,
	}, a.showAPIKey)
	register(a, huma.Operation{
		OperationID: "rotate-api-key", Method: http.MethodPost, Path: "/api-keys/{id}/rotate",
		Summary: "Give a key a new secret", Tags: tags,
		Description: "The secret is shown once. The old one stays good for overlap_hours, so that programs change without a gap.",
	}, a.rotateAPIKey)
	register(a, huma.Operation{
		OperationID: "revoke-api-key", Method: http.MethodDelete, Path: "/api-keys/{id}", DefaultStatus: http.StatusNoContent,
		Summary: "End a key", Tags: tags,
	}, a.revokeAPIKey)
}

type createAPIKeyInput struct {
	Body struct {
		Name             string       `json:"name" minLength:"1" maxLength:"200"`
		Role             org.Role     `json:"role" enum:"admin,manager,content_creator,analyst,api_user"`
		Scopes           []string     `json:"scopes,omitempty" maxItems:"50" doc:"Areas of the API (leads), or one way of them (leads:read, leads:write). Left out: all that the role may."`
		ExpiresAt        *time.Time   `json:"expires_at,omitempty"`
		RateLimit        *int         `json:"rate_limit,omitempty" minimum:"1" maximum:"1000" doc:"Requests a second."`
		AllowedAddresses []string     `json:"allowed_addresses,omitempty" maxItems:"50" doc:"Addresses and networks (203.0.113.0/24) that it may be used from. Left out: everywhere."`
		Limits           quota.Limits `json:"limits,omitempty" doc:"How often a day (UTC) the key may do an operation of /roles, such as create-lead; export-leads.rows counts what exports give away."`
	}
}

// createdAPIKey is the one answer with the secret.
type createdAPIKey struct {
	auth.APIKey
	Secret string `json:"secret"`
}

func (a *API) createAPIKey(ctx context.Context, in *createAPIKeyInput) (*bodyOf[createdAPIKey], error) {
	for i, scope := range in.Body.Scopes {
		name, _, _ := strings.Cut(scope, ":")
		if !slices.Contains(a.areas(), name) {
			return nil, errs.InvalidField("body.scopes["+strconv.Itoa(i)+"]", "must be one of %s, also with :read or :write", strings.Join(a.areas(), ", "))
		}
	}
	identity := From(ctx)
	key, secretText, err := a.Auth.CreateAPIKey(ctx, identity.Org, identity, auth.NewAPIKey{
		Name: in.Body.Name, Role: in.Body.Role, Scopes: in.Body.Scopes, ExpiresAt: in.Body.ExpiresAt, RateLimit: in.Body.RateLimit, Limits: in.Body.Limits,
		AllowedAddresses: in.Body.AllowedAddresses,
	})
	if err != nil {
		return nil, err
	}
	return answer(createdAPIKey{APIKey: key, Secret: secretText}), nil
}

// areas are what scopes can name: the first parts of paths.
func (a *API) areas() []string {
	var names []string
	for i := range a.ops {
		names = append(names, area(&a.ops[i]))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (a *API) listAPIKeys(ctx context.Context, _ *PageQuery) (*bodyOf[Page[auth.APIKey]], error) {
	keys, err := a.Auth.APIKeys(ctx, From(ctx).Org)
	if err != nil {
		return nil, err
	}
	return page(keys, ""), nil
}

func (a *API) showAPIKey(ctx context.Context, in *IDPath) (*bodyOf[auth.APIKey], error) {
	key, err := a.Auth.APIKey(ctx, From(ctx).Org, in.ID)
	if err != nil {
		return nil, err
	}
	return answer(key), nil
}

type rotateAPIKeyInput struct {
	IDPath
	Body *struct {
		OverlapHours *int `json:"overlap_hours,omitempty" minimum:"0" maximum:"168" doc:"How long the old secret stays good; 24 when left out."`
	}
}

func (a *API) rotateAPIKey(ctx context.Context, in *rotateAPIKeyInput) (*bodyOf[createdAPIKey], error) {
	overlap := auth.DefaultOverlap
	if in.Body != nil && in.Body.OverlapHours != nil {
		overlap = time.Duration(*in.Body.OverlapHours) * time.Hour
	}
	key, secretText, err := a.Auth.RotateAPIKey(ctx, From(ctx).Org, From(ctx), in.ID, overlap)
	if err != nil {
		return nil, err
	}
	return answer(createdAPIKey{APIKey: key, Secret: secretText}), nil
}

func (a *API) revokeAPIKey(ctx context.Context, in *IDPath) (*empty, error) {
	if err := a.Auth.RevokeAPIKey(ctx, From(ctx).Org, From(ctx), in.ID); err != nil {
		return nil, err
	}
	return &empty{}, nil
}
