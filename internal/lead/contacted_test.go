package lead_test

import (
	"context"
	"testing"
	"time"

	"rainmaker/internal/lead"
	"rainmaker/internal/lead/leadtest"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/event"
)

func TestFirstMailMakesANewLeadActive(t *testing.T) {
	t.Parallel()
	f := leadtest.New(t)
	fresh, gone := f.Lead(t, 1), f.Lead(t, 2)
	f.Tenant(t, func(ctx context.Context, tx db.Tx) error {
		return f.SetStatus(ctx, tx, f.Org, gone.ID, lead.StatusUnsubscribed, "test")
	})
	sent, err := event.New("email.sent", "campaign", time.Now(), map[string]any{
		"items": []map[string]any{{"lead_id": fresh.ID}, {"lead_id": gone.ID}},
	})
	if err != nil {
		t.Fatal(err)
	}
	f.Tenant(t, func(ctx context.Context, tx db.Tx) error {
		return f.Contacted().Handle(ctx, tx, f.Org, []event.Event{sent})
	})
	if l, err := f.Find(t.Context(), f.Org, fresh.ID); err != nil || l.Status != lead.StatusActive {
		t.Errorf("the new lead is %s, %v", l.Status, err)
	}
	if l, err := f.Find(t.Context(), f.Org, gone.ID); err != nil || l.Status != lead.StatusUnsubscribed {
		t.Errorf("who opted out is %s, %v", l.Status, err)
	}
}
