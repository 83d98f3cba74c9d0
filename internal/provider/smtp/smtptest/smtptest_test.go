package smtptest_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"rainmaker/internal/platform/egress"
	"rainmaker/internal/provider/smtp"
	"rainmaker/internal/provider/smtp/smtptest"
)

func TestRecordAndFractions(t *testing.T) {
	var record bytes.Buffer
	s := smtptest.New(t, smtptest.Options{Record: &record, Withhold: 0.1, WithholdClose: true, Temp: 0.2})
	var want string
	answered, temporary := 0, 0
	for i := range 100 {
		c, err := smtp.Dial(t.Context(), smtp.Options{
			Host: s.Host(), Port: s.Port(), TLS: smtp.TLSNone, Reach: egress.Reach{Loopback: true}, Timeouts: smtp.Timeouts{Final: time.Second},
		})
		if err != nil {
			t.Fatal(err)
		}
		body := fmt.Sprintf("From: a@a.example\r\nMessage-ID: <%d@a.example>\r\n\r\nx\r\n", i)
		before := s.Count()
		_, err = c.Send(t.Context(), &smtp.Mail{From: "a@a.example", To: fmt.Sprintf("b%d@b.example", i), Body: []byte(body)}, nil, func(context.Context) error { return nil })
		if err == nil {
			answered++
		}
		if s.Count() > before {
			want += fmt.Sprintf("%d@a.example\tb%d@b.example\n", i, i)
		} else {
			temporary++
		}
		_ = c.Close()
	}
	if record.String() != want {
		t.Errorf("record:\n%s\nwant:\n%s", record.String(), want)
	}
	if temporary != 20 || s.Count() != 80 || answered != 72 || s.Withheld() != 8 {
		t.Errorf("%d temporary, %d accepted, %d answered, %d withheld", temporary, s.Count(), answered, s.Withheld())
	}
}
