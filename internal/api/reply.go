package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/conversation"
	"rainmaker/internal/platform/id"
)

// replies registers the inbox of sorted answers, and the kill switch.
func (a *API) replies(service *conversation.Service) {
	register(a, huma.Operation{
		OperationID: "list-replies", Method: http.MethodGet, Path: "/replies", Tags: []string{"Replies"},
		Summary: "What people answered, and how it was understood, the newest first",
	}, func(ctx context.Context, in *listRepliesInput) (*bodyOf[Page[conversation.Reply]], error) {
		var before id.ID
		if err := decodeCursor(in.Cursor, &before); err != nil {
			return nil, err
		}
		list, err := service.Replies(ctx, From(ctx).Org, conversation.Intent(in.Intent), before, in.Limit+1)
		if err != nil {
			return nil, err
		}
		next := ""
		if len(list) > in.Limit {
			list = list[:in.Limit]
			next = encodeCursor(list[in.Limit-1].ID)
		}
		return page(list, next), nil
	})
	register(a, huma.Operation{
		OperationID: "show-reply", Method: http.MethodGet, Path: "/replies/{id}", Tags: []string{"Replies"}, Summary: "One answer",
	}, func(ctx context.Context, in *IDPath) (*bodyOf[conversation.Reply], error) {
		found, err := service.Reply(ctx, From(ctx).Org, in.ID)
		if err != nil {
			return nil, err
		}
		return answer(found), nil
	})
	register(a, huma.Operation{
		OperationID: "correct-reply", Method: http.MethodPost, Path: "/replies/{id}/correct", Tags: []string{"Replies"},
		Summary: "Sort an answer otherwise than the rules or the model did; what was ended stays ended, an opt-out stays one",
	}, func(ctx context.Context, in *correctReplyInput) (*bodyOf[conversation.Reply], error) {
		who := From(ctx)
		corrected, err := service.Correct(ctx, who.Org, in.ID, conversation.Intent(in.Body.Intent), who.Actor())
		if err != nil {
			return nil, err
		}
		return answer(corrected), nil
	})
	tags := []string{"Organization"}
	register(a, huma.Operation{
		OperationID: "pause-all", Method: http.MethodPost, Path: "/pause-all", DefaultStatus: http.StatusNoContent,
		Summary: "The kill switch: nothing leaves until resume-all", Tags: tags,
	}, func(ctx context.Context, _ *empty) (*empty, error) {
		_, err := a.Org.PauseAll(ctx, From(ctx).Org, From(ctx).Actor())
		return &empty{}, err
	})
	register(a, huma.Operation{
		OperationID: "resume-all", Method: http.MethodPost, Path: "/resume-all", DefaultStatus: http.StatusNoContent,
		Summary: "Let everything go on", Tags: tags,
	}, func(ctx context.Context, _ *empty) (*empty, error) {
		_, err := a.Org.ResumeAll(ctx, From(ctx).Org, From(ctx).Actor())
		return &empty{}, err
	})
}

type listRepliesInput struct {
	PageQuery
	Intent string `query:"intent" enum:"interested,question,not_now,not_interested,wrong_person,out_of_office,opt_out,other"`
}

type correctReplyInput struct {
	IDPath
	Body struct {
		Intent string `json:"intent" enum:"interested,question,not_now,not_interested,wrong_person,out_of_office,opt_out,other"`
	}
}
