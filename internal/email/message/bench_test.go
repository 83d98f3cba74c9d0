package message_test

import (
	"strings"
	"testing"

	"rainmaker/internal/email/message"
	"rainmaker/internal/platform/id"
)

// BenchmarkCompose is a mail as campaigns send it: four merge fields, two
// tracked links, open pixel, so four tokens, about 5 kB.
func BenchmarkCompose(b *testing.B) {
	body := "Hi {{first_name | there}},\n\nI saw that {{company}} is growing in {{region | your region}}.\n\n" +
		strings.Repeat("Most teams of your size spend a third of the week on work that no customer ever sees, and nobody likes it. ", 5) + "\n\n" +
		"- See how others do it: https://example.com/customers?utm_source=mail\n- Or [book fifteen minutes](https://example.com/book)\n\n" +
		strings.Repeat("It takes a quarter of an hour and you keep the numbers whatever you decide afterwards. ", 4) + "\n\nBest\n{{sender_name}}"
	ascii := map[string]string{"first_name": "Grace", "company": "Navy & Co", "region": "Virginia"}
	utf8 := map[string]string{"first_name": "Zoë", "company": "Müller", "region": "Zürich"}
	for _, bm := range []struct {
		name   string
		values map[string]string
		dkim   string
	}{{"7bit", ascii, ""}, {"qp", utf8, ""}, {"ed25519", ascii, "ed25519"}, {"rsa2048", ascii, "rsa"}} {
		b.Run(bm.name, func(b *testing.B) {
			d := draft(b, "A question about {{company}}", body)
			if bm.dkim != "" {
				var err error
				if d.DKIM, err = message.NewDKIM("example.com", "s1", dkimKeys(b)[bm.dkim]); err != nil {
					b.Fatal(err)
				}
			}
			m := compile(b, d)
			s := signer(b)
			org, link := id.New(), id.New()
			r := recipient(b, bm.values)
			r.TrackLink = func(string) string {
				return "https://rm.example.com/t/c/" + s.Sign(message.KindClick, org, r.Action, link)
			}
			var out []byte
			b.ReportAllocs()
			for b.Loop() {
				r.UnsubscribeURL = "https://rm.example.com/u/" + s.Sign(message.KindUnsubscribe, org, r.Action, id.Nil)
				r.OpenPixelURL = "https://rm.example.com/t/o/" + s.Sign(message.KindOpen, org, r.Action, id.Nil)
				var err error
				if out, err = m.Compose(out[:0], r); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(out)), "bytes/mail")
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N), "us/op")
		})
	}
}
