// Package enrolment keeps where each person stands in a campaign.
//
// Invariants:
//   - an enrolment that is active has exactly one row in enrolment_due, with its
//     own step and time; no other enrolment has one.
//   - whoever changes both comes to the enrolment first: nobody waits in a circle.
//   - step, state and time stand in no index of enrolments, so a move stays in its
//     page; enrolment_due is what finds the due ones.
//
// Tables: enrolments, enrolment_due. Files: enrolment.go (types), store.go.
package enrolment

import (
	"time"

	"rainmaker/internal/platform/id"
)

// Enrolment is one lead in one campaign.
type Enrolment struct {
	ID         id.ID      `json:"id"`
	LeadID     id.ID      `json:"lead_id"`
	State      string     `json:"state" enum:"active,waiting,finished,stopped"`
	Step       int        `json:"step" doc:"Position of the next step, from 0."`
	NextAt     time.Time  `json:"next_at"`
	Reason     string     `json:"reason"`
	EnrolledAt time.Time  `json:"enrolled_at"`
	FinishedAt *time.Time `json:"finished_at"`
}

// Move is what an enrolment becomes.
type Move struct {
	Enrolment id.ID
	State     string // active, waiting, finished or stopped
	Step      int
	NextAt    time.Time
	Reason    string
	WasDue    time.Time // when it was due until now; zero when it was not active
}
