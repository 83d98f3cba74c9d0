package sample_test

import (
	"testing"

	"rainmaker/internal/lead"
	"rainmaker/internal/lead/leadtest"
	"rainmaker/internal/lead/sample"
	"rainmaker/internal/org"
)

func TestSampleComesAndGoesWithoutTouchingOthers(t *testing.T) {
	t.Parallel()
	f := leadtest.New(t)
	own := f.With(t, lead.Draft{Email: "ann@own.example", Source: sample.Source}) // by chance of the same source
	list := sample.New(f.Service)
	actor := org.SystemActor("test")
	added, err := list.Add(t.Context(), f.Org, actor)
	if err != nil || added < 10 {
		t.Fatalf("added %d: %v", added, err)
	}
	if again, err := list.Add(t.Context(), f.Org, actor); err != nil || again != 0 {
		t.Errorf("a second time added %d: %v", again, err)
	}
	gone, err := list.Remove(t.Context(), f.Org, actor)
	if err != nil || gone != added {
		t.Errorf("removed %d of %d: %v", gone, added, err)
	}
	if again, err := list.Remove(t.Context(), f.Org, actor); err != nil || again != 0 {
		t.Errorf("a second time removed %d: %v", again, err)
	}
	if _, err := f.Find(t.Context(), f.Org, own.ID); err != nil {
		t.Errorf("somebody's own lead is gone: %v", err)
	}
}
