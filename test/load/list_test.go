package load

import (
	"flag"
	"slices"
	"testing"
	"time"

	"rainmaker/internal/compliance"
	"rainmaker/internal/lead"
	"rainmaker/internal/lead/leadtest"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/id"
)

// listRows is how many leads the organisation has whose lists are measured.
var listRows = flag.Int("list-rows", 1_000_000, "leads of the listed organisation")

// BenchmarkLeadList asks for pages of 50 as the program does, under row-level
// security, one client: what a person waits for in a large organisation.
func BenchmarkLeadList(b *testing.B) {
	server := StartServer(b)
	org, keys := id.New(), leadtest.NewKeyring(b)
	server.Exec(b, `insert into organizations (id, name) values ($1, 'Load')`, org)
	server.Exec(b, `insert into leads (org_id, id, first_name, last_name, company, name_key, last_name_key, company_key, status, score, email_blind, created_at, updated_at)
		select $1, gen_random_uuid(), 'Pat' || i % 5000, 'Doe' || i, 'Company ' || i % 50000, 'pat' || i % 5000 || ' doe' || i, 'doe' || i, 'company ' || i % 50000,
			(array['new', 'active', 'engaged', 'cold'])[1 + i % 4], i % 101, decode(md5(i::text), 'hex'), now() - make_interval(secs => i), now()
		from generate_series(1, $2::int) i`, org, *listRows)
	server.Exec(b, `vacuum analyze leads`)
	leads := lead.New(lead.Deps{
		DB: server.DB, Keys: keys, Clock: clock.System{},
		Compliance: compliance.New(compliance.Deps{DB: server.DB, Keys: keys, Clock: clock.System{}}),
	})
	for name, q := range map[string]struct{ filter, sort string }{
		"newest":          {`{}`, ""},
		"best-of-status":  {`{"status":"engaged"}`, "-score"},
		"by-name":         {`{}`, "name"},
		"search-rare":     {`{"q":"doe4242"}`, "-score"},
		"search-common":   {`{"q":"pat12"}`, "-score"},
		"search-all":      {`{"q":"pat"}`, "-score"},
		"search-nobody":   {`{"q":"zzz"}`, ""},
		"search-address":  {`{"q":"x@example.com"}`, ""},
		"tag-of-nobody":   {`{"tags":["x"]}`, ""},
		"company-of-many": {`{"company":"company 77"}`, ""},
	} {
		b.Run(name, func(b *testing.B) {
			filter, err := lead.ParseFilter("filter", []byte(q.filter))
			if err != nil {
				b.Fatal(err)
			}
			sort, err := lead.ParseSort("sort", q.sort)
			if err != nil {
				b.Fatal(err)
			}
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				if _, err := leads.List(b.Context(), org, lead.Query{Filter: filter, Sort: sort, Limit: 50}); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-p50")
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "ms-p95")
		})
	}
}
