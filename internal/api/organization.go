package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/org"
	"rainmaker/internal/platform/money"
)

// organization registers the tenant itself.
func (a *API) organization() {
	tags := []string{"Organization"}
	register(a, huma.Operation{
		OperationID: "show-organization", Method: http.MethodGet, Path: "/organization",
		Summary: "The organisation", Tags: tags,
	}, a.showOrganization)
	register(a, huma.Operation{
		OperationID: "update-organization", Method: http.MethodPatch, Path: "/organization",
		Summary: "Change the organisation", Tags: tags,
		Description: "Fields that are left out stay. settings are merged key by key; null removes a key.",
	}, a.updateOrganization)
}

func (a *API) showOrganization(ctx context.Context, _ *empty) (*tagged[org.Organization], error) {
	o, err := a.Org.Organization(ctx, From(ctx).Org)
	if err != nil {
		return nil, err
	}
	return withTag(o, o.Version), nil
}

type updateOrganizationInput struct {
	MatchHeader
	Body struct {
		Name          *string                    `json:"name,omitempty" minLength:"1" maxLength:"200"`
		PostalAddress *org.PostalAddress         `json:"postal_address,omitempty"`
		Timezone      *string                    `json:"timezone,omitempty" maxLength:"64" doc:"IANA name."`
		RevenueGoal   Optional[money.Money]      `json:"revenue_goal,omitempty" doc:"Null removes it."`
		Settings      map[string]json.RawMessage `json:"settings,omitempty"`
		RequireMFA    *bool                      `json:"require_mfa,omitempty" doc:"Members without a second factor can do nothing but set one up. Identity providers must say that they asked for one."`
	}
}

func (a *API) updateOrganization(ctx context.Context, in *updateOrganizationInput) (*tagged[org.Organization], error) {
	u := org.Update{
		Name: in.Body.Name, PostalAddress: in.Body.PostalAddress, Timezone: in.Body.Timezone,
		ClearRevenueGoal: in.Body.RevenueGoal.Null, Version: in.want(), RequireMFA: in.Body.RequireMFA,
	}
	if in.Body.RevenueGoal.Sent && !in.Body.RevenueGoal.Null {
		u.RevenueGoal = &in.Body.RevenueGoal.Value
	}
	if in.Body.Settings != nil {
		var err error
		if u.Settings, err = json.Marshal(in.Body.Settings); err != nil {
			return nil, err
		}
	}
	if in.Body.RequireMFA != nil && *in.Body.RequireMFA {
		if err := a.Auth.MayRequireFactor(ctx, From(ctx)); err != nil {
			return nil, err
		}
	}
	o, err := a.Org.Update(ctx, From(ctx).Org, From(ctx).Actor(), u)
	if err != nil {
		return nil, err
	}
	if in.Body.RequireMFA != nil {
		a.Auth.MembersChanged() // sessions are worth something else from now on
	}
	return withTag(o, o.Version), nil
}
