package task_test

import (
	"context"
	"testing"

	"rainmaker/internal/lead/leadtest"
	"rainmaker/internal/lead/task"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

func TestTasks(t *testing.T) {
	t.Parallel()
	f := leadtest.New(t)
	tasks := task.New(f.Service)
	l := f.Lead(t, 1)
	made, err := tasks.Add(t.Context(), f.Org, task.Task{LeadID: l.ID, Title: "Call", Body: "ask for Bob"})
	if err != nil {
		t.Fatal(err)
	}
	history, err := f.Interactions(t.Context(), f.Org, l.ID, "", 5)
	if err != nil || len(history.Items) != 1 || history.Items[0].Type != "task.created" {
		t.Errorf("history %+v, %v", history, err)
	}
	if err := tasks.Finish(t.Context(), f.Org, made.ID, true); err != nil {
		t.Fatal(err)
	}
	list, err := tasks.List(t.Context(), f.Org, l.ID)
	if err != nil || len(list) != 1 || list[0].DoneAt == nil || list[0].Body != "ask for Bob" {
		t.Errorf("tasks %+v, %v", list, err)
	}
	if open, err := tasks.List(t.Context(), f.Org, id.Nil); err != nil || len(open) != 0 {
		t.Errorf("open tasks %+v, %v", open, err)
	}
}

func TestTasksOfNobody(t *testing.T) {
	t.Parallel()
	f := leadtest.New(t)
	tasks := task.New(f.Service)
	_, add := tasks.Add(t.Context(), f.Org, task.Task{LeadID: id.New(), Title: "Call"})
	_, list := tasks.List(t.Context(), f.Org, id.New())
	finish := tasks.Finish(t.Context(), f.Org, id.New(), true)
	for what, err := range map[string]error{"add": add, "list": list, "finish": finish} {
		if !errs.Is(err, errs.NotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, untitled := tasks.Add(t.Context(), f.Org, task.Task{LeadID: f.Lead(t, 1).ID, Title: " \n"})
	if !errs.Is(untitled, errs.Invalid) {
		t.Errorf("no title: %v", untitled)
	}
}

func TestTasksGoWithTheirLead(t *testing.T) {
	t.Parallel()
	f := leadtest.New(t)
	l := f.Lead(t, 1)
	if _, err := task.New(f.Service).Add(t.Context(), f.Org, task.Task{LeadID: l.ID, Title: "Call"}); err != nil {
		t.Fatal(err)
	}
	if err := f.Delete(t.Context(), f.Org, l.ID, 0); err != nil {
		t.Fatal(err)
	}
	var left int
	f.Tenant(t, func(ctx context.Context, tx db.Tx) error {
		return tx.QueryRow(ctx, `select (select count(*) from interactions) + (select count(*) from tasks)`).Scan(&left)
	})
	if left != 0 {
		t.Errorf("%d rows about a deleted lead", left)
	}
}
