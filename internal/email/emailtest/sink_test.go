package emailtest_test

import (
	"strconv"
	"strings"
	"testing"

	"rainmaker/internal/email"
	"rainmaker/internal/email/emailtest"
)

// reply reads "550 5.1.1 text" as the error of a phase.
func reply(phase, line string) error {
	fields := strings.SplitN(line, " ", 3)
	if len(fields) != 3 {
		return nil
	}
	code, _ := strconv.Atoi(fields[0])
	return &email.SendError{Phase: phase, Code: code, Enhanced: fields[1], Text: fields[2], Temporary: code/100 == 4}
}

func TestSinkConforms(t *testing.T) {
	t.Parallel()
	emailtest.Conform(t, func(_ *testing.T, b emailtest.Behaviour) emailtest.Rig {
		sink := &emailtest.Sink{
			Before: func(account email.Account, env email.Envelope) error {
				switch {
				case b.Unreachable:
					return &email.SendError{Phase: "dial", Text: "connection refused", Temporary: true}
				case b.Password != "" && account.Password.Reveal() != b.Password:
					return &email.SendError{Phase: "auth", Code: 535, Enhanced: "5.7.8", Text: "no"}
				}
				return reply("rcpt", b.Reject[env.To])
			},
			After: func(email.Envelope) error {
				if b.Silent {
					return &email.SendError{Phase: "dot", Text: "no answer", Doubtful: true}
				}
				return reply("dot", b.Final)
			},
		}
		return emailtest.Rig{Transport: sink, Delivered: sink.Mails}
	})
}
