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
	for name, q := range map[string]struct {
		filter, sort string
		count        bool
	}{
		"count-all":       {`{}`, "", true},
		"count-status":    {`{"status":"new"}`, "", true},
		"count-score":     {`{"min_score":25}`, "", true},
		"count-prefix":    {`{"q":"pat1"}`, "", true},
		"status-by-name":  {`{"status":"engaged"}`, "name", false},
		"few-by-name":     {`{"status":"engaged","min_score":99}`, "name", false},
		"few-by-date":     {`{"status":"engaged","min_score":99}`, "-created_at", false},
		"score-by-name":   {`{"min_score":70}`, "name", false},
		"newest":          {`{}`, "", false},
		"best-of-status":  {`{"status":"engaged"}`, "-score", false},
		"by-name":         {`{}`, "name", false},
		"search-rare":     {`{"q":"doe4242"}`, "-score", false},
		"search-common":   {`{"q":"pat12"}`, "-score", false},
		"search-all":      {`{"q":"pat"}`, "-score", false},
		"search-nobody":   {`{"q":"zzz"}`, "", false},
		"search-address":  {`{"q":"x@example.com"}`, "", false},
		"tag-of-nobody":   {`{"tags":["x"]}`, "", false},
		"company-of-many": {`{"company":"company 77"}`, "", false},
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
				if _, err := leads.List(b.Context(), org, lead.Query{Filter: filter, Sort: sort, Limit: 50, Count: q.count}); err != nil {
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
