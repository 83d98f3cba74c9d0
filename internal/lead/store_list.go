package lead

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/lead/plain"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// clause builds a WHERE of allow-listed conditions. Each filter gets its own
// text, so that the planner sees only what is asked: "optional filter" SQL with
// a generic plan was measured 40 times slower.
type clause struct {
	sql  strings.Builder
	args []any
}

// arg adds a parameter and returns its placeholder.
func (c *clause) arg(v any) string {
	c.args = append(c.args, v)
	return "$" + strconv.Itoa(len(c.args))
}

func (c *clause) and(condition string) {
	c.sql.WriteString(" and ")
	c.sql.WriteString(condition)
}

// where starts a clause over leads for a filter. Comparisons use leakproof
// operators of plain columns only: under row-level security no other could use
// an index.
func where(org id.ID, f Filter, keys *secret.Keys) *clause {
	c := &clause{}
	c.sql.WriteString(" where leads.org_id = " + c.arg(org))
	switch len(f.Status) {
	case 0:
	case 1:
		c.and("leads.status = " + c.arg(f.Status[0]))
	default:
		c.and("leads.status = any(" + c.arg(f.Status) + ")")
	}
	if f.MinScore != nil {
		c.and("leads.score >= " + c.arg(*f.MinScore))
	}
	if f.MaxScore != nil {
		c.and("leads.score <= " + c.arg(*f.MaxScore))
	}
	if f.CampaignID != id.Nil {
		c.and("exists (select from enrolments e where e.org_id = leads.org_id and e.lead_id = leads.id and e.campaign_id = " + c.arg(f.CampaignID) + ")")
	}
	if f.ImportID != id.Nil {
		c.and("leads.import_id = " + c.arg(f.ImportID))
	}
	if !f.CreatedAfter.IsZero() {
		c.and("leads.created_at > " + c.arg(f.CreatedAfter))
	}
	if len(f.Tags) > 0 {
		c.and("leads.tags @> " + c.arg(f.Tags) + "::text[]")
	}
	if len(f.Source) > 0 {
		c.and("leads.source = any(" + c.arg(f.Source) + ")")
	}
	if len(f.Company) > 0 {
		folded := make([]string, len(f.Company))
		for i, name := range f.Company {
			folded[i] = plain.Key(plain.Line(name))
		}
		c.and("leads.company_key = any(" + c.arg(folded) + ")")
	}
	c.search(parseTerms(f.Q, keys))
	return c
}

// search adds the condition of a query text. A name search is one OR of ranges,
// each with an index of its own: for few matches the planner unites those, for
// many it walks the index of the order until the page is full. (The same as a
// union of ids took seconds when everybody matched.)
func (c *clause) search(t terms) {
	switch {
	case t.email != nil:
		c.and("leads.email_blind = " + c.arg(t.email))
	case t.domain != nil:
		c.and("leads.email_domain_blind = " + c.arg(t.domain))
	case t.prefix != "":
		from, to := c.arg(t.prefix), c.arg(t.prefix+"\U0010FFFF")
		begins := func(column string) string {
			return "(leads." + column + " >= " + from + " and leads." + column + " < " + to + ")"
		}
		some := begins("name_key") + " or " + begins("last_name_key") + " or " + begins("company_key") +
			" or leads.identity_blind = " + c.arg(t.identity)
		if t.phone != nil {
			some += " or leads.phone_blind = " + c.arg(t.phone)
		}
		c.and("(" + some + ")")
	}
}

// sortColumns maps the order of the surface to indexed columns.
func sortColumn(s Sort) string {
	switch s.Column {
	case "score":
		return "leads.score"
	case "name":
		return "leads.name_key"
	case "company":
		return "leads.company_key"
	default:
		return "leads.created_at"
	}
}

// page adds order, place and length.
func (c *clause) page(s Sort, from *cursor, limit int) error {
	column, dir, cmp := sortColumn(s), " asc", " > "
	if s.Desc {
		dir, cmp = " desc", " < "
	}
	if from != nil {
		value, err := from.value(s)
		if err != nil {
			return err
		}
		c.and("(" + column + ", leads.id)" + cmp + "(" + c.arg(value) + ", " + c.arg(from.ID) + ")")
	}
	c.sql.WriteString(" order by " + column + dir + ", leads.id" + dir + " limit " + c.arg(limit))
	return nil
}

// unprepared makes PostgreSQL plan each text for its own values: an unnamed
// statement never gets a generic plan.
const unprepared = pgx.QueryExecModeCacheDescribe

func (c *clause) query(ctx context.Context, tx db.Tx, sql string) (pgx.Rows, error) {
	return tx.Query(ctx, sql+c.sql.String(), append([]any{unprepared}, c.args...)...)
}

func listLeads(ctx context.Context, tx db.Tx, keys *secret.Keys, c *clause) ([]Lead, error) {
	rows, err := c.query(ctx, tx, "select "+leadColumns+" from leads")
	if err != nil {
		return nil, fmt.Errorf("list leads: %w", err)
	}
	out, err := pgx.CollectRows(rows, scanLead(keys))
	if err != nil {
		return nil, fmt.Errorf("list leads: %w", err)
	}
	return out, nil
}

func countLeads(ctx context.Context, tx db.Tx, c *clause) (int64, error) {
	rows, err := c.query(ctx, tx, "select count(*) from leads")
	if err != nil {
		return 0, fmt.Errorf("count leads: %w", err)
	}
	n, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[int64])
	if err != nil {
		return 0, fmt.Errorf("count leads: %w", err)
	}
	return n, nil
}

// selectIDs returns matching ids above after, in their order.
func selectIDs(ctx context.Context, tx db.Tx, c *clause, after id.ID, limit int) ([]id.ID, error) {
	if after != id.Nil {
		c.and("leads.id > " + c.arg(after))
	}
	c.sql.WriteString(" order by leads.id limit " + c.arg(limit))
	rows, err := c.query(ctx, tx, "select leads.id from leads")
	if err != nil {
		return nil, fmt.Errorf("select leads: %w", err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[id.ID])
	if err != nil {
		return nil, fmt.Errorf("select leads: %w", err)
	}
	return out, nil
}

// contactRow is a Contact still sealed.
type contactRow struct {
	Contact
	email, phone, custom, hidden []byte
}

func contacts(ctx context.Context, tx db.Tx, org id.ID, leads []id.ID, lock bool) ([]contactRow, error) {
	sql := `select id, email_sealed, email_blind, email_domain_blind, phone_sealed, phone_blind, first_name, last_name,
			company, title, region, timezone, status, score, custom, custom_sealed
		from leads where org_id = $1 and id = any($2) order by leads.id`
	if lock {
		sql += lockLead
	}
	rows, err := tx.Query(ctx, sql, org, leads)
	if err != nil {
		return nil, fmt.Errorf("contacts: %w", err)
	}
	defer rows.Close()
	out := make([]contactRow, 0, len(leads))
	for rows.Next() {
		out = append(out, contactRow{})
		c := &out[len(out)-1]
		if err := rows.Scan(&c.ID, &c.email, &c.EmailBlind, &c.EmailDomainBlind, &c.phone, &c.PhoneBlind, &c.FirstName, &c.LastName,
			&c.Company, &c.Title, &c.Region, &c.Timezone, &c.Status, &c.Score, &c.custom, &c.hidden); err != nil {
			return nil, fmt.Errorf("contacts: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("contacts: %w", err)
	}
	return out, nil
}

// blinds returns the blind indexes of one lead's addresses.
func blinds(ctx context.Context, tx db.Tx, org, lead id.ID) ([][]byte, error) {
	var email, domain, phone []byte
	err := tx.QueryRow(ctx, `select email_blind, email_domain_blind, phone_blind from leads where org_id = $1 and id = $2`, org, lead).
		Scan(&email, &domain, &phone)
	if err != nil {
		return nil, err
	}
	out := make([][]byte, 0, 3)
	for _, blind := range [][]byte{email, domain, phone} {
		if blind != nil {
			out = append(out, blind)
		}
	}
	return out, nil
}

// findByEmail returns the lead with the blind index of an e-mail.
func findByEmail(ctx context.Context, tx db.Tx, org id.ID, blind []byte) (id.ID, error) {
	var lead id.ID
	err := tx.QueryRow(ctx, `select id from leads where org_id = $1 and email_blind = $2`, org, blind).Scan(&lead)
	return lead, err
}

func explain(ctx context.Context, tx db.Tx, c *clause) (string, error) {
	rows, err := c.query(ctx, tx, "explain (costs off) select "+leadColumns+" from leads")
	if err != nil {
		return "", fmt.Errorf("explain: %w", err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return "", fmt.Errorf("explain: %w", err)
	}
	return strings.Join(lines, "\n"), nil
}
