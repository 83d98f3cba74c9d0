package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"rainmaker/internal/api/apitest"
	"rainmaker/internal/auth"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/id"
)

// TestTenants takes every operation of the OpenAPI document and every identity
// of one organisation, puts another organisation's ids wherever an id can stand,
// and sees neither an answer that differs from that for a random id, nor one
// byte of the other's, nor a changed row.
func TestTenants(t *testing.T) {
	s := apitest.Start(t)
	mine, theirs := s.Fill(t), s.Fill(t)
	doc, err := s.Document()
	if err != nil {
		t.Fatal(err)
	}
	cursors := cursorsOf(doc, theirs)
	before := rowsOf(t, theirs.Org)
	var attempts atomic.Int64
	t.Run("identities", func(t *testing.T) {
		for _, who := range mine.Staff() {
			t.Run(who.Name, func(t *testing.T) {
				t.Parallel()
				p := &prober{t: t, doc: doc, mine: mine, theirs: theirs, who: who, c: who.Client.For(t), cursors: cursors}
				for _, op := range doc.Operations {
					p.try(op)
				}
				attempts.Add(int64(p.attempts))
			})
		}
	})
	t.Logf("%d attempts over %d operations", attempts.Load(), len(doc.Operations))
	if diff := cmp.Diff(before, rowsOf(t, theirs.Org)); diff != "" {
		t.Errorf("rows of the other organisation changed:\n%s", diff)
	}
	pointing(t, mine.Org, theirs)
}

// TestEveryOperationIsServedInTests: the document of the program has no
// operation that the tests above do not see.
func TestEveryOperationIsServedInTests(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "openapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	program, err := apitest.ReadDocument(raw)
	if err != nil {
		t.Fatal(err)
	}
	tested, err := apitest.Start(t).Document()
	if err != nil {
		t.Fatal(err)
	}
	served := map[string]bool{}
	for _, op := range tested.Operations {
		served[op.ID] = true
	}
	for _, op := range program.Operations {
		if !served[op.ID] {
			t.Errorf("%s %s (%s) is not served in tests: give apitest its service in internal/api/apitest/wire.go", op.Method, op.Path, op.ID)
		}
	}
}

// TestOwnThingsAreThere is the control of TestTenants: what is refused to
// strangers is there for its owner, with the same paths and bodies.
func TestOwnThingsAreThere(t *testing.T) {
	s := apitest.Start(t)
	w := s.Fill(t)
	doc, err := s.Document()
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range doc.Operations {
		if op.Public || len(op.PathParams()) == 0 && len(idPlaces(doc, op)) == 0 {
			continue
		}
		r := send(w.Client, op, own(w, op), nil, w.Example(op))
		switch r.Status {
		case http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusUnauthorized, http.StatusForbidden, http.StatusUnsupportedMediaType, http.StatusBadRequest:
			t.Errorf("%s answers %d to its owner, so the test of tenants says nothing about it: give it a body in examples (internal/api/apitest/world.go)\n%s", op.ID, r.Status, r.Body)
		}
		if op.Method == http.MethodDelete {
			w.Forget()
		}
	}
}

// TestReplaysStayAtHome: the same Idempotency-Key and body of another
// organisation get an answer of their own.
func TestReplaysStayAtHome(t *testing.T) {
	s := apitest.Start(t)
	mine, theirs := s.SignUp(t), s.Fill(t)
	note := apitest.M{"email": apitest.Email(), "first_name": theirs.Mark}
	key := id.New().String()
	first := theirs.With("Idempotency-Key", key).Post("/leads", note).Want(http.StatusCreated)
	second := mine.With("Idempotency-Key", key).Post("/leads", note).Want(http.StatusCreated)
	var a, b struct{ ID string }
	first.Into(&a)
	second.Into(&b)
	if second.Header.Get("Idempotent-Replayed") != "" || a.ID == b.ID {
		t.Errorf("the answer of another organisation was replayed: %s", second.Body)
	}
}

// prober is one identity at work.
type prober struct {
	t            *testing.T
	doc          *apitest.Document
	mine, theirs *apitest.World
	who          apitest.Staff
	c            *apitest.Client
	cursors      map[string]string
	attempts     int
}

// try puts foreign ids into every place of an operation.
func (p *prober) try(op apitest.Operation) {
	if op.Public {
		p.public(op)
		return
	}
	p.paths(op)
	p.places(op)
	p.plain(op)
}

// ask sends a request and looks for anything that is not ours.
func (p *prober) ask(op apitest.Operation, path map[string]string, query url.Values, body any, headers ...string) *apitest.Response {
	p.t.Helper()
	p.attempts++
	c := p.c
	if len(headers) == 2 {
		c = c.With(headers[0], headers[1])
	}
	r := send(c, op, path, query, body)
	asked, _ := json.Marshal([]any{path, query, body, headers})
	var shown strings.Builder
	_ = r.Header.Write(&shown) // a builder takes everything
	shown.Write(r.Body)
	if found := p.theirs.Holds(shown.String(), string(asked)); len(found) > 0 {
		p.t.Errorf("%s as %s shows %v of another organisation\n%s", op.ID, p.who.Name, found, r.Body)
	}
	if r.Status >= http.StatusInternalServerError {
		p.t.Errorf("%s as %s answers %d to %s", op.ID, p.who.Name, r.Status, asked)
	}
	switch {
	case op.Public:
	case p.who.Role == "" && r.Status != http.StatusUnauthorized:
		p.t.Errorf("%s without sign-in answers %d", op.ID, r.Status)
	case p.who.Role != "" && !auth.Allowed(p.who.Role, op.ID) && r.Status != http.StatusForbidden:
		p.t.Errorf("%s as %s answers %d, want 403", op.ID, p.who.Name, r.Status)
	}
	return r
}

func (p *prober) allowed(op apitest.Operation) bool {
	return op.Public || p.who.Role != "" && auth.Allowed(p.who.Role, op.ID)
}

// paths tries the parameters of the path.
func (p *prober) paths(op apitest.Operation) {
	for _, param := range op.PathParams() {
		with := func(value string) *apitest.Response {
			path := own(p.mine, op)
			path[param] = value
			return p.ask(op, path, nil, p.mine.Example(op))
		}
		random := with(id.New().String())
		if p.allowed(op) && random.Status != http.StatusNotFound {
			p.t.Errorf("%s as %s answers %d to a random id at %s, want 404\n%s", op.ID, p.who.Name, random.Status, param, random.Body)
		}
		foreign := []string{p.theirs.ID(param), strings.ToUpper(p.theirs.ID(param))}
		if p.who.Role == org.Admin {
			foreign = append(foreign, slices.Collect(maps.Values(p.theirs.IDs()))...)
			foreign = append(foreign, p.theirs.Org.String())
		}
		for _, value := range foreign {
			if r := with(value); shape(r) != shape(random) {
				p.t.Errorf("%s as %s: another's id at %s answers differently from a random one:\n%s\n%s", op.ID, p.who.Name, param, shape(r), shape(random))
			}
		}
		r := send(p.c, op, mapWith(own(p.mine, op), param, p.theirs.ID(param)), nil, p.mine.Example(op))
		if shape(r) != shape(random) {
			p.t.Errorf("%s as %s: asked again, another's id answers %s", op.ID, p.who.Name, shape(r))
		}
		for _, value := range []string{"7", "null", "%00", "..%2f", p.theirs.ID(param) + "," + p.mine.ID(param), "{" + p.theirs.ID(param) + "}"} {
			r := with(value)
			if p.allowed(op) && r.Status != http.StatusUnprocessableEntity && r.Status != http.StatusNotFound && r.Status != http.StatusBadRequest {
				p.t.Errorf("%s as %s answers %d to %q at %s", op.ID, p.who.Name, r.Status, value, param)
			}
		}
		r = p.ask(op, mapWith(own(p.mine, op), param, p.theirs.ID(param)), nil, p.mine.Example(op), "If-Match", `"1"`)
		if p.allowed(op) && r.Status != http.StatusNotFound {
			p.t.Errorf("%s as %s answers %d to another's id with its ETag", op.ID, p.who.Name, r.Status)
		}
	}
}

// places tries the ids of query and body.
func (p *prober) places(op apitest.Operation) {
	for _, at := range idPlaces(p.doc, op) {
		with := func(value string) *apitest.Response {
			query, sent := at.set(p.doc, op, p.mine.Example(op), value)
			return p.ask(op, own(p.mine, op), query, sent)
		}
		foreign := slices.Collect(maps.Values(p.theirs.IDs()))
		if !p.allowed(op) {
			foreign = foreign[:1]
		}
		for _, value := range append(foreign, p.theirs.Org.String()) {
			random, r := with(id.New().String()), with(value)
			// The identities ask beside each other and share what they change.
			for range 3 {
				if shape(r) == shape(random) {
					break
				}
				random, r = with(id.New().String()), with(value)
			}
			if shape(r) != shape(random) {
				p.t.Errorf("%s as %s: another's id at %s answers differently from a random one:\n%s\n%s", op.ID, p.who.Name, at.name, shape(r), shape(random))
			}
		}
		with(strings.ToUpper(foreign[0]))
		if at.query == "" {
			for _, value := range []any{nil, []any{foreign[0]}, apitest.M{"id": foreign[0]}, []any{}, 7} {
				_, sent := at.set(p.doc, op, p.mine.Example(op), value)
				p.ask(op, own(p.mine, op), nil, sent)
			}
		}
		if r := with("not-an-id"); p.allowed(op) && at.uuid && r.Status < 400 {
			p.t.Errorf("%s as %s answers %d to no id at all at %s", op.ID, p.who.Name, r.Status, at.name)
		}
	}
}

// plain asks what there is to see, with the words, cursors and keys of the other.
func (p *prober) plain(op apitest.Operation) {
	if !op.Reading() {
		return
	}
	p.ask(op, own(p.mine, op), nil, nil)
	for _, param := range op.Params {
		if param.In != "query" {
			continue
		}
		switch {
		case param.Name == "cursor":
			for _, cursor := range p.cursors {
				p.ask(op, own(p.mine, op), url.Values{"cursor": {cursor}, "limit": {"1"}}, nil)
			}
		case apitest.TypeOf(param.Schema) == "string" && param.Schema["enum"] == nil:
			p.ask(op, own(p.mine, op), url.Values{param.Name: {p.theirs.Mark}}, nil)
			p.ask(op, own(p.mine, op), url.Values{param.Name: {"user:" + p.theirs.User.String()}}, nil)
		}
	}
}

// public operations take ids in their bodies at most.
func (p *prober) public(op apitest.Operation) {
	if len(op.PathParams()) > 0 {
		return // names an installation-wide thing: a provider, a token
	}
	for _, at := range idPlaces(p.doc, op) {
		with := func(value string) *apitest.Response {
			query, sent := at.set(p.doc, op, p.mine.Example(op), value)
			return p.ask(op, nil, query, sent)
		}
		if random, r := with(id.New().String()), with(p.theirs.Org.String()); shape(r) != shape(random) {
			p.t.Errorf("%s: another's id at %s answers differently from a random one:\n%s\n%s", op.ID, at.name, shape(r), shape(random))
		}
	}
}

// idPlace is where an operation takes an id.
type idPlace struct {
	name  string
	query string        // of the query, or
	body  apitest.Place // of the body
	inner string        // a key inside, of free-form filters
	uuid  bool          // the document says so
}

// idLike tells ids by their format and name. external_id and client_id are names
// in somebody else's system: any text.
func idLike(name string, s apitest.Schema) bool {
	return s["format"] == "uuid" || name == "id" || strings.HasSuffix(name, "_id") && name != "external_id" && name != "client_id"
}

// idPlaces lists them, from the document.
func idPlaces(doc *apitest.Document, op apitest.Operation) []idPlace {
	var out []idPlace
	for _, param := range op.Params {
		if param.In == "query" && idLike(param.Name, doc.Resolve(param.Schema)) {
			out = append(out, idPlace{name: "query." + param.Name, query: param.Name, uuid: param.Schema["format"] == "uuid"})
		}
	}
	doc.Walk(op.Body, func(at apitest.Place, s apitest.Schema) {
		name := at[len(at)-1]
		switch {
		case apitest.TypeOf(s) == "string" && idLike(name, s),
			name == "[]" && strings.HasSuffix(at[len(at)-2], "ids") && apitest.TypeOf(s) == "string":
			out = append(out, idPlace{name: "body." + at.String(), body: at, uuid: s["format"] == "uuid"})
		case name == "filter" && len(apitest.Properties(s)) == 0:
			for _, key := range []string{"campaign_id", "import_id"} {
				out = append(out, idPlace{name: "body." + at.String() + "." + key, body: at, inner: key})
			}
		}
	})
	return out
}

func (at idPlace) set(doc *apitest.Document, op apitest.Operation, example any, value any) (url.Values, any) {
	switch {
	case at.query != "":
		return url.Values{at.query: {fmt.Sprint(value)}}, example
	case at.inner != "":
		return nil, doc.Put(op.Body, example, at.body, apitest.M{at.inner: value})
	}
	return nil, doc.Put(op.Body, example, at.body, value)
}

// own are the world's own ids for the path of an operation.
func own(w *apitest.World, op apitest.Operation) map[string]string {
	path := map[string]string{}
	for _, param := range op.PathParams() {
		path[param] = w.ID(param)
	}
	return path
}

func mapWith(m map[string]string, key, value string) map[string]string {
	m = maps.Clone(m)
	m[key] = value
	return m
}

// send calls an operation; path holds the values of its parameters by
// Operation.PathParams.
func send(c *apitest.Client, op apitest.Operation, path map[string]string, query url.Values, body any) *apitest.Response {
	target, done := "", 0
	for _, param := range op.PathParams() {
		target += param[done:strings.LastIndexByte(param, '{')] + path[param]
		done = len(param)
	}
	target += op.Path[done:]
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	if op.BodyType == "multipart/form-data" {
		return c.Upload(target, "people.csv", []byte("email\n"+apitest.Email()+"\n"), nil)
	}
	return c.Do(op.Method, target, body)
}

var (
	anyID    = regexp.MustCompile(`(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	anyTime  = regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+Z`)
	anyCount = regexp.MustCompile(`"version":\d+`)
	anyToken = regexp.MustCompile(`[A-Za-z0-9_-]{20,}`)
)

// shape is an answer without what differs from one time to the next.
func shape(r *apitest.Response) string {
	text := anyTime.ReplaceAllString(anyID.ReplaceAllString(string(r.Body), "<id>"), "<time>")
	text = anyCount.ReplaceAllString(text, `"version":<n>`)
	return fmt.Sprint(r.Status, " ", anyToken.ReplaceAllString(text, "<token>"))
}

// cursorsOf are the first cursors of every list.
func cursorsOf(doc *apitest.Document, w *apitest.World) map[string]string {
	out := map[string]string{}
	w.Post("/leads", apitest.M{"email": apitest.Email(), "last_name": w.Mark})
	for _, op := range doc.Operations {
		if !op.Reading() || !slices.ContainsFunc(op.Params, func(p apitest.Param) bool { return p.Name == "cursor" }) {
			continue
		}
		var list struct {
			Next *string `json:"next_cursor"`
		}
		if r := send(w.Client, op, own(w, op), url.Values{"limit": {"1"}}, nil); r.Status == http.StatusOK {
			r.Into(&list)
		}
		if list.Next != nil {
			out[op.ID] = *list.Next
		}
	}
	return out
}

// admin is a superuser's connection.
func admin(t *testing.T) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dbtest.Admin(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// tenantTables are all tables with an org_id, and the columns that hold ids.
func tenantTables(t *testing.T, conn *pgx.Conn) map[string][]string {
	t.Helper()
	rows, err := conn.Query(t.Context(), `select c.relname::text, a.attname::text from pg_class c
		join pg_attribute a on a.attrelid = c.oid and a.atttypid in ('uuid'::regtype, 'uuid[]'::regtype) and not a.attisdropped
		where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
			and exists (select from pg_attribute o where o.attrelid = c.oid and o.attname = 'org_id' and not o.attisdropped)`)
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string][]string{}
	var table, column string
	if _, err := pgx.ForEachRow(rows, []any{&table, &column}, func() error {
		tables[table] = append(tables[table], column)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return tables
}

// rowsOf are checksums of what an organisation has in each table.
func rowsOf(t *testing.T, tenant id.ID) map[string]string {
	t.Helper()
	conn := admin(t)
	sums := map[string]string{}
	for table := range tenantTables(t, conn) {
		var sum string
		err := conn.QueryRow(t.Context(), `select count(*) || ':' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '')
			from `+pgx.Identifier{table}.Sanitize()+` t where org_id = $1`, tenant).Scan(&sum)
		if err != nil {
			t.Fatal(err)
		}
		sums[table] = sum
	}
	var own string
	if err := conn.QueryRow(t.Context(), `select md5(o::text) from organizations o where id = $1`, tenant).Scan(&own); err != nil {
		t.Fatal(err)
	}
	sums["organizations"] = own
	return sums
}

// pointing fails the test when a row of one organisation names a thing of the
// other. What is only written down as asked for (stored answers of requests) has
// no such column.
func pointing(t *testing.T, tenant id.ID, theirs *apitest.World) {
	t.Helper()
	conn := admin(t)
	foreign := slices.Collect(maps.Values(theirs.IDs()))
	for table, columns := range tenantTables(t, conn) {
		for _, column := range columns {
			var n int
			err := conn.QueryRow(t.Context(), `select count(*) from `+pgx.Identifier{table}.Sanitize()+` t
				where org_id = $1 and exists (select from unnest($2::text[]) f where t.`+pgx.Identifier{column}.Sanitize()+`::text like '%' || f || '%')`,
				tenant, foreign).Scan(&n)
			if err != nil {
				t.Fatal(err)
			}
			if n > 0 {
				t.Errorf("%d rows of %s name a thing of another organisation in %s", n, table, column)
			}
		}
	}
}
