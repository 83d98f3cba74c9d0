package lead_test

import "rainmaker/internal/platform/clock"

func clockNow() clock.Clock { return clock.System{} }
