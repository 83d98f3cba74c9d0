package e2e

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// mostMemory is what the program may take for a hostile upload beyond what it
// had.
const mostMemory = 128 << 20

// TestBadInput: what is wrong is named, and nothing is changed by it.
func TestBadInput(t *testing.T) {
	t.Parallel()
	data := dataDir(t)
	p := start(t, data, "serve", "--addr", "127.0.0.1:0", "--dev")
	c := newClient(t, p.url)
	c.signUp("Careful Inc", "cara@careful.example", "a long way to go")
	c.post("/leads", m{"email": "keep@people.example", "first_name": "Kim"}).want(http.StatusCreated)

	nothingChanged := func(t *testing.T) {
		t.Helper()
		for path, want := range map[string]int{"/leads": 1, "/imports": 0, "/campaigns": 0, "/mailboxes": 0, "/suppressions": 0} {
			if got := len(list[m](c, path)); got != want {
				t.Errorf("%s holds %d after refused input, want %d", path, got, want)
			}
		}
	}
	c.badBodies()
	nothingChanged(t)
	c.badFiles()
	nothingChanged(t)
	c.badWorkbooks(p)
	nothingChanged(t)
	c.hugeField(p)
	nothingChanged(t)
	c.badRows()
	c.strangers()
	p.terminate()
}

// badBodies sends JSON that must not be taken.
func (c *client) badBodies() {
	c.t.Helper()
	mailbox := func(change m) m {
		box := m{"from_name": "Ada", "from_address": "ada@sender.example", "smtp": m{"host": "127.0.0.1", "port": 2525, "tls": "none"}}
		for k, v := range change {
			box[k] = v
		}
		return box
	}
	campaign := func(variant m) m {
		return m{"name": "x", "type": "email_sequence", "steps": []m{{"channel": "email", "delay": "0s", "variants": []m{variant}}}}
	}
	const split = "Hello\r\nBcc: victim@evil.example"
	for _, bad := range []struct {
		method, path string
		body         any
		location     string
	}{
		// Fields nobody knows.
		{"POST", "/leads", m{"email": "a@people.example", "emial": "x"}, "body.emial"},
		{"POST", "/campaigns", m{"name": "x", "type": "email_sequence", "stepz": []m{}}, "body.stepz"},
		{"POST", "/campaigns", m{"name": "x", "type": "email_sequence", "steps": []m{{"channel": "email", "delai": "1s", "variants": []m{}}}}, "body.steps[0].delai"},
		{"POST", "/campaigns", m{"name": "x", "type": "email_sequence", "audience": m{"filter": m{"colour": "red"}}}, "body.audience.filter.colour"},
		{"POST", "/mailboxes", mailbox(m{"smpt": m{}}), "body.smpt"},
		{"PATCH", "/organization", m{"nmae": "x"}, "body.nmae"},
		{"PUT", "/suppressions", m{"values": []string{"a@people.example"}, "reasons": "x"}, "body.reasons"},
		{"POST", "/auth/signup", m{"organization_name": "x", "name": "x", "email": "x@x.example", "password": "a long way to go", "role": "admin"}, "body.role"},
		// Addresses that are none.
		{"POST", "/leads", m{"email": "not an address"}, "body.email"},
		{"POST", "/leads", m{"email": "a@b@c.example"}, "body.email"},
		{"POST", "/leads", m{"email": "x@people.example\r\nBcc: y@evil.example"}, "body.email"},
		{"POST", "/leads", m{"phone": "call me"}, "body.phone"},
		{"POST", "/mailboxes", mailbox(m{"from_address": "ada"}), "body.from_address"},
		{"POST", "/mailboxes", mailbox(m{"from_address": "ada@sender.example\r\nX: y"}), "body.from_address"},
		{"POST", "/mailboxes", mailbox(m{"reply_to": "nobody"}), "body.reply_to"},
		{"PUT", "/suppressions", m{"values": []string{"ok@people.example", "no address"}}, "body.values[1]"},
		{"POST", "/auth/signup", m{"organization_name": "x", "name": "x", "email": "x", "password": "a long way to go"}, "body.email"},
		// Line breaks in names and subjects.
		{"POST", "/leads", m{"email": "crlf@people.example", "first_name": split}, "body.first_name"},
		{"POST", "/leads", m{"email": "crlf@people.example", "company": split}, "body.company"},
		{"POST", "/mailboxes", mailbox(m{"from_name": split}), "body.from_name"},
		{"POST", "/campaigns", m{"name": split, "type": "email_sequence"}, "body.name"},
		{"POST", "/campaigns", campaign(m{"subject": split, "body": "hello"}), "body.steps[0].variants[0].subject"},
		{"POST", "/campaigns", campaign(m{"subject": "{{first_name | a\r\nBcc: b}}", "body": "hello"}), "body.steps[0].variants[0].subject"},
		{"POST", "/campaigns", campaign(m{"subject": "x", "body": "{{#if x}}"}), "body.steps[0].variants[0].body"},
		{"PATCH", "/organization", m{"name": split}, "body.name"},
		{"PATCH", "/organization", m{"postal_address": m{"line1": split, "city": "x", "region": "CA", "postal_code": "1", "country": "US"}}, "body.postal_address.line1"},
		{"POST", "/auth/signup", m{"organization_name": split, "name": "x", "email": "new@x.example", "password": "a long way to go"}, "body.organization_name"},
		// Values out of range.
		{"POST", "/campaigns", m{"name": "x", "type": "email_sequence", "steps": []m{{"channel": "email", "delay": "-1s", "variants": []m{{"subject": "x", "body": "x"}}}}}, "body.steps[0].delay"},
		{"POST", "/campaigns", m{"name": "x", "type": "email_sequence", "schedule": m{"from": "25:00", "to": "26:00"}}, "body.schedule.from"},
		{"POST", "/mailboxes", mailbox(m{"smtp": m{"host": "127.0.0.1", "port": 70000, "tls": "none"}}), "body.smtp.port"},
		{"POST", "/leads", m{"email": "nul@people.example", "first_name": "a\x00b"}, "body"},
	} {
		c.do(bad.method, bad.path, bad.body).refused(http.StatusUnprocessableEntity, bad.location)
	}
	for _, text := range []string{`{"email": `, `not json`, ``} {
		if a := c.post("/leads", text); a.status/100 != 4 || a.header.Get("Content-Type") != "application/problem+json" {
			c.t.Errorf("%q: %d %s", text, a.status, a.body)
		}
	}
	var organization struct {
		Name string `json:"name"`
	}
	c.get("/organization").want(http.StatusOK).into(&organization)
	if organization.Name != "Careful Inc" {
		c.t.Errorf("the organisation is called %q now", organization.Name)
	}
}

// badFiles uploads what is no table.
func (c *client) badFiles() {
	c.t.Helper()
	for name, content := range map[string]string{
		"empty":                "",
		"only a header":        "email,first name\n",
		"binary":               "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\xff\xfe\xfd\x00",
		"a picture":            "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
		"an old workbook":      "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and so on",
		"a quote without end":  "email,first name\na@people.example,\"Ann\n" + strings.Repeat("b@people.example,Bob\n", 4000),
		"nobody to be found":   "colour,size\nred,4\nblue,5\n",
		"too many columns":     strings.Repeat("a,", 300) + "email\n" + strings.Repeat("1,", 300) + "a@people.example\n",
		"a broken zip":         "PK\x03\x04 and so on",
		"a row without an end": "email\n" + strings.Repeat("x", 2<<20) + "\n",
	} {
		c.t.Logf("file: %s", name)
		c.upload("people.csv", strings.NewReader(content), nil).refused(http.StatusUnprocessableEntity, "body.file")
	}
	ok := "email,first name\na@people.example,Ann\n"
	c.upload("people.csv", strings.NewReader(ok), map[string]string{"mapping": `{"email": "shoe_size"}`}).refused(http.StatusUnprocessableEntity, "body.mapping.email")
	c.upload("people.csv", strings.NewReader(ok), map[string]string{"mapping": `{"no such column": "email"}`}).refused(http.StatusUnprocessableEntity, "body.mapping.no such column")
	c.upload("people.csv", strings.NewReader(ok), map[string]string{"mapping": `{`}).refused(http.StatusUnprocessableEntity, "body.mapping")
	c.upload("people.csv", strings.NewReader(ok), map[string]string{"dryrun": "true"}).refused(http.StatusUnprocessableEntity, "body.dryrun")
}

// badWorkbooks uploads workbooks made to unpack into more than there is.
func (c *client) badWorkbooks(p *program) {
	c.t.Helper()
	header := sheetHead + sheetRow(1, "email", "first name")
	filler := []byte(strings.Repeat(" ", 1<<20))
	laughs := `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">` +
		`<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>` +
		strings.TrimPrefix(header, `<?xml version="1.0"?>`) + sheetRow(2, "a@people.example", "&d;") + sheetFoot
	for name, file := range map[string][]byte{
		"4 GB of blanks":        bomb(c.t, header, filler, 4<<30-1<<21, false),
		"2 GB in one cell":      bomb(c.t, header+`<row r="2"><c r="A2" t="inlineStr"><is><t>`, bytes.ReplaceAll(filler, []byte(" "), []byte("x")), 2<<30, false),
		"2 GB called 1000":      bomb(c.t, header, filler, 2<<30, true),
		"entities in entities":  plainWorkbook(c.t, laughs),
		"a sheet that ends":     plainWorkbook(c.t, header+`<row r="2"><c r="A2"`),
		"no sheet":              workbook(c.t, func(*zip.Writer) error { return nil }),
		"a cell at column XFD9": plainWorkbook(c.t, header+`<row r="2"><c r="XFD2" t="inlineStr"><is><t>x</t></is></c></row>`+sheetFoot),
	} {
		before, stop := p.memory(), p.watchMemory()
		began := time.Now()
		c.upload("people.xlsx", bytes.NewReader(file), nil).refused(http.StatusUnprocessableEntity, "body.file")
		most := stop()
		c.t.Logf("workbook: %s: %d KB, refused after %v, memory %d MB -> %d MB", name, len(file)>>10, time.Since(began).Round(time.Millisecond), before>>20, most>>20)
		if most-before > mostMemory {
			c.t.Errorf("workbook: %s: the program grew from %d to %d MB", name, before>>20, most>>20)
		}
	}
}

// endless is n bytes of a quoted field.
type endless struct{ left int }

// Read implements io.Reader.
func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.left)
	for i := range p[:n] {
		p[i] = 'x'
	}
	e.left -= n
	return n, nil
}

// hugeField uploads 200 MB of one quoted field, which never ends, and then one
// that does.
func (c *client) hugeField(p *program) {
	c.t.Helper()
	for name, tail := range map[string]string{"without an end": "", "with an end": "\",Ann\nb@people.example,Bob\n"} {
		before, stop := p.memory(), p.watchMemory()
		began := time.Now()
		file := io.MultiReader(strings.NewReader("email,first name\n\""), &endless{200 << 20}, strings.NewReader(tail))
		said := c.upload("people.csv", file, nil).refused(http.StatusUnprocessableEntity, "body.file")
		most := stop()
		c.t.Logf("200 MB of one quoted field %s: %v, memory %d MB -> %d MB: %+v", name, time.Since(began).Round(time.Millisecond), before>>20, most>>20, said.Errors)
		if most-before > mostMemory {
			c.t.Errorf("the program grew from %d to %d MB over 200 MB of one field", before>>20, most>>20)
		}
		if len(said.Errors) > 0 && !strings.Contains(said.Errors[0].Message, "row 2") {
			c.t.Errorf("the row is not named: %+v", said.Errors)
		}
	}
}

// badRows imports a file with some rows that cannot be: the others are taken,
// these are listed.
func (c *client) badRows() {
	c.t.Helper()
	const file = "email,phone,first name\n" +
		"good@people.example,,Good\n" +
		"bad at people.example,,Bad\n" +
		",,\n" +
		"only,half\n" +
		"also@people.example,,\"Line\r\nBcc: x@evil.example\"\n" +
		"keep@people.example,,Twice\n"
	done := c.finished(c.upload("people.csv", strings.NewReader(file), nil))
	rows := readCSV(c.t, string(c.get("/imports/"+done.ID+"/errors.csv").want(http.StatusOK).body))
	if done.RowsCreated != 2 || done.RowsFailed != len(rows)-1 || done.RowsSkipped < 1 {
		c.t.Errorf("import: %+v; errors.csv: %q", done, rows)
	}
	for _, row := range rows[1:] {
		// What is wrong with a whole row is wrong with none of its columns.
		if len(row) != 4 || row[0] == "" || row[1] == "" && !strings.HasPrefix(row[2], "the row ") || row[2] == "" || row[3] == "" {
			c.t.Errorf("errors.csv does not name row, column, reason and the raw row: %q", row)
		}
	}
	for _, l := range list[struct {
		FirstName string `json:"first_name"`
	}](c, "/leads") {
		if strings.ContainsAny(l.FirstName, "\r\n") {
			c.t.Errorf("a line break got into a name: %q", l.FirstName)
		}
	}
}

// strangers: without a sign-in 401, of another organisation 404 with the same
// body as for what is not there.
func (c *client) strangers() {
	c.t.Helper()
	mine := list[struct{ ID string }](c, "/leads")[0].ID
	nobody := newClient(c.t, c.base)
	nobody.get("/leads/" + mine).want(http.StatusUnauthorized)
	other := newClient(c.t, c.base)
	other.signUp("Other Inc", "other@other.example", "a long way to go")
	without := func(a *answer) string {
		var p problem
		a.want(http.StatusNotFound).into(&p)
		return p.Code + p.Detail
	}
	if theirs, none := without(other.get("/leads/"+mine)), without(other.get("/leads/0199a0c0-0000-7000-8000-000000000000")); theirs != none {
		c.t.Errorf("not yours says %q, not there says %q", theirs, none)
	}
}
