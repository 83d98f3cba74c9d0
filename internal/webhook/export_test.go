package webhook

import (
	"context"

	"rainmaker/internal/platform/id"
)

// ClaimAndDie takes deliveries as a process does that is killed before it sends
// them.
func (s *Service) ClaimAndDie(ctx context.Context, org, endpoint id.ID) (int, error) {
	_, rows, err := s.claim(ctx, place{org, endpoint})
	return len(rows), err
}
