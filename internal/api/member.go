package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/auth"
	"rainmaker/internal/org"
)

// members registers who belongs to the organisation.
func (a *API) members() {
	tags := []string{"Members"}
	register(a, huma.Operation{
		OperationID: "list-members", Method: http.MethodGet, Path: "/members",
		Summary: "Everybody in the organisation", Tags: tags,
	}, a.listMembers)
	register(a, huma.Operation{
		OperationID: "add-member", Method: http.MethodPost, Path: "/members", DefaultStatus: http.StatusCreated,
		Summary: "Invite somebody", Tags: tags,
		Description: "The answer holds the invitation's token, once: hand it to the person, who sends it to /auth/accept within a week. Where mail is set up, the person gets a link to /invitation#... as well.",
	}, a.addMember)
	register(a, huma.Operation{
		OperationID: "update-member", Method: http.MethodPatch, Path: "/members/{id}",
		Summary: "Change a role", Description: "Ends the member's sessions.", Tags: tags,
	}, a.updateMember)
	register(a, huma.Operation{
		OperationID: "remove-member", Method: http.MethodDelete, Path: "/members/{id}", DefaultStatus: http.StatusNoContent,
		Summary: "Remove somebody", Description: "Ends the member's sessions.", Tags: tags,
	}, a.removeMember)
	register(a, huma.Operation{
		OperationID: "end-member-sessions", Method: http.MethodDelete, Path: "/members/{id}/sessions", DefaultStatus: http.StatusNoContent,
		Summary: "End every session of a member in this organisation", Tags: tags,
		Description: "The member signs in again; to keep somebody out, remove them.",
	}, a.endMemberSessions)
	register(a, huma.Operation{
		OperationID: "make-reset-link", Method: http.MethodPost, Path: "/members/{id}/reset-link", DefaultStatus: http.StatusCreated,
		Summary: "Make a link that sets a member's password", Tags: tags,
		Description: "For places without mail: hand the link to the person. It is shown once, good once, for ten minutes, and asks for the person's second factor. " +
			"409 for somebody who has no password here or belongs to another organisation too.",
	}, a.makeResetLink)
}

// by is who changes members.
func by(ctx context.Context) org.By {
	identity := From(ctx)
	return org.By{Actor: identity.Actor(), Role: identity.Role}
}

func (a *API) listMembers(ctx context.Context, _ *PageQuery) (*bodyOf[Page[org.Member]], error) {
	// An organisation has few members: they fit one page.
	members, err := a.Org.Members(ctx, From(ctx).Org)
	if err != nil {
		return nil, err
	}
	return page(members, ""), nil
}

type addMemberInput struct {
	Body struct {
		Email string   `json:"email" minLength:"3" maxLength:"320"`
		Role  org.Role `json:"role" enum:"admin,manager,content_creator,analyst,api_user"`
	}
}

type invited struct {
	org.Member
	Invitation org.Invitation `json:"invitation"`
}

func (a *API) addMember(ctx context.Context, in *addMemberInput) (*bodyOf[invited], error) {
	member, invitation, err := a.Org.Invite(ctx, From(ctx).Org, by(ctx), in.Body.Email, in.Body.Role)
	if err != nil {
		return nil, err
	}
	if err := a.Auth.MailInvitation(ctx, From(ctx).Org, member.ID, invitation.Token); err != nil {
		return nil, err
	}
	return answer(invited{Member: member, Invitation: invitation}), nil
}

func (a *API) endMemberSessions(ctx context.Context, in *IDPath) (*empty, error) {
	if err := a.Org.EndSessions(ctx, From(ctx).Org, by(ctx), in.ID); err != nil {
		return nil, err
	}
	a.Auth.MembersChanged()
	return &empty{}, nil
}

func (a *API) makeResetLink(ctx context.Context, in *IDPath) (*bodyOf[auth.ResetLink], error) {
	link, err := a.Auth.MemberResetLink(ctx, From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return answer(link), nil
}

type updateMemberInput struct {
	IDPath
	MatchHeader
	Body struct {
		Role org.Role `json:"role" enum:"admin,manager,content_creator,analyst,api_user"`
	}
}

func (a *API) updateMember(ctx context.Context, in *updateMemberInput) (*tagged[org.Member], error) {
	member, err := a.Org.SetRole(ctx, From(ctx).Org, by(ctx), in.ID, in.Body.Role, in.want())
	if err != nil {
		return nil, err
	}
	a.Auth.MembersChanged()
	return withTag(member, member.Version), nil
}

func (a *API) removeMember(ctx context.Context, in *IDPath) (*empty, error) {
	if err := a.Org.RemoveMember(ctx, From(ctx).Org, by(ctx), in.ID); err != nil {
		return nil, err
	}
	a.Auth.MembersChanged()
	return &empty{}, nil
}
