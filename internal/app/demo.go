package app

import (
	"context"
	"fmt"

	"rainmaker/internal/auth"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/secret"
)

// SignIn is how to get into the demo's workspace.
type SignIn struct {
	Email    string
	Password secret.String
}

// demoSignIn is fixed, so that the line a person copied yesterday works today.
// Demo listens on loopback unless it is told otherwise.
func demoSignIn() SignIn {
	return SignIn{Email: "demo@example.com", Password: "rainmaker-demo-2026"}
}

// Demo makes the demo's workspace unless it is there from an earlier start.
func (a *App) Demo(ctx context.Context) (SignIn, error) {
	in := demoSignIn()
	_, err := a.services.auth.Signup(ctx, auth.Signup{
		OrganizationName: "Northwind Demo", Name: "Dana Demo", Email: in.Email, Password: in.Password.Reveal(),
	})
	if err != nil && !errs.Is(err, errs.Conflict) {
		return SignIn{}, fmt.Errorf("make the demo workspace: %w", err)
	}
	return in, nil
}
