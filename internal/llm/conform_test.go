package llm_test

import (
	"testing"

	"rainmaker/internal/llm"
	"rainmaker/internal/llm/llmtest"
)

func TestFakeConforms(t *testing.T) {
	llmtest.Conform(t, func(_ *testing.T, turns ...llmtest.Turn) llm.Model { return llmtest.New(turns...) })
}
