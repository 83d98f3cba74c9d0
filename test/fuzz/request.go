package fuzz

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"rainmaker/internal/api/apitest"
	"rainmaker/internal/platform/id"
)

// request is one thing to ask.
type request struct {
	op       apitest.Operation
	method   string
	path     string // with /api/v1, before the query
	query    string
	header   http.Header
	body     []byte
	listed   bool // the document has this method at this path
	signedIn bool // with a proof that was good
	raw      bool // is hardly HTTP: net/http may refuse it
	mayFail  bool // the client itself may refuse to send it
}

func (q request) name() string { return q.method + " " + q.op.Path }

// String is the request line with its headers, without the proof.
func (q request) String() string {
	header := q.header.Clone()
	header.Del("Authorization")
	return fmt.Sprintf("%s %.300s?%.300s %.300v", q.method, q.path, q.query, header)
}

func (q request) build(base string) (*http.Request, error) {
	target := base + q.path
	if q.query != "" {
		target += "?" + q.query
	}
	r, err := http.NewRequest(q.method, target, bytes.NewReader(q.body))
	if err != nil {
		return nil, err
	}
	r.Header = q.header
	return r, nil
}

// slow operations hash a password each time, or start long work.
func slow(op apitest.Operation) bool {
	return op.Public && op.Body != nil || op.BodyType == "multipart/form-data" || strings.Contains(op.Path, "password")
}

// request makes the i-th one.
func (f *Fuzzer) request(i int) request {
	op := pick(f, f.doc.Operations)
	for slow(op) && !f.chance(10) {
		op = pick(f, f.doc.Operations)
	}
	if op.ID == "logout" && !f.chance(10) {
		op = f.doc.Operations[i%len(f.doc.Operations)]
	}
	q := request{op: op, method: op.Method, header: http.Header{}, listed: true, signedIn: true}
	q.path = "/api/v1" + f.fill(op)
	q.query = f.queryOf(op)
	f.proof(&q)
	f.headers(&q)
	if op.Body != nil && !f.chance(3) || f.chance(2) {
		f.bodyOf(&q)
	}
	if f.chance(3) {
		q.method = pick(f, []string{"PATCH", "PUT", "DELETE", "POST", "GET", "HEAD", "OPTIONS", "TRACE", "FOO", "get"})
		q.listed = false
		for _, other := range f.doc.Operations { // the path may have it under another name
			if other.Path == op.Path && other.Method == q.method {
				q.op, q.listed = other, true
			}
		}
	}
	if f.chance(1) {
		q.path += pick(f, []string{"/", "//", "/x", "/..", "%2f", "/%00", ";a=b", "/" + strings.Repeat("a", 4000)})
		q.listed = false
	}
	return q
}

// fill puts something into the parameters of a path.
func (f *Fuzzer) fill(op apitest.Operation) string {
	target, done := "", 0
	for _, param := range op.PathParams() {
		target += param[done:strings.LastIndexByte(param, '{')]
		done = len(param)
		switch known := f.IDs[param]; {
		case len(known) > 0 && f.chance(75):
			target += pick(f, known)
		case f.chance(50):
			target += id.New().String()
		default:
			text, _ := pick(f, strange()).(string)
			if len(text) > 300 {
				text = text[:300]
			}
			target += url.PathEscape("x" + text)
		}
	}
	return target + op.Path[done:]
}

func (f *Fuzzer) queryOf(op apitest.Operation) string {
	values := url.Values{}
	for _, param := range op.Params {
		if param.In != "query" || !param.Required && !f.chance(35) {
			continue
		}
		v := f.value(param.Name, param.Schema, 0)
		if f.chance(25) {
			v = pick(f, strange())
		}
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				values.Add(param.Name, fmt.Sprint(item))
			}
		case float64:
			values.Set(param.Name, fmt.Sprintf("%.0f", v))
		default:
			text := fmt.Sprint(v)
			values.Set(param.Name, text[:min(len(text), 3000)])
		}
	}
	if f.chance(4) {
		values.Set(pick(f, foreign()), "1")
	}
	text := values.Encode()
	if f.chance(3) {
		text += pick(f, []string{"&", "&&=", "&limit=1&limit=2", "&%zz", "&a=%ff", "&a=%00", ";a", "&cursor=" + strings.Repeat("A", 5000), "&cursor=eyJhIjoxfQ"})
	}
	return text
}

// proof says who asks: the admin nearly always.
func (f *Fuzzer) proof(q *request) {
	if q.op.Public && f.chance(80) {
		q.signedIn = false
		return
	}
	if f.chance(93) {
		q.header.Set("Authorization", "Bearer "+f.access)
		return
	}
	q.signedIn = false
	switch f.rng.IntN(5) {
	case 0:
	case 1:
		q.header.Set("Authorization", "ApiKey rmk_x:rms_y")
	case 2:
		q.header.Set("Authorization", "Bearer "+f.access[:len(f.access)-4]+"AAAA")
	case 3:
		q.header.Set("Cookie", "rainmaker="+strings.Repeat("x", f.rng.IntN(5000)))
	case 4:
		q.header.Set("X-Rainmaker-Key", "rmk_x")
		q.header.Set("X-Rainmaker-Timestamp", pick(f, []string{"0", "99999999999999999999", "x", ""}))
		q.header.Set("X-Rainmaker-Signature", pick(f, []string{"v1=", "v1=zz", "v2=00", "v1=" + strings.Repeat("0", 64)}))
	}
}

func (f *Fuzzer) headers(q *request) {
	if f.chance(10) {
		q.header.Set("If-Match", pick(f, []string{`"1"`, `"2"`, "*", "1", `W/"1"`, `"x"`, `""`, strings.Repeat("a", 9000), `"99999999999999999999"`}))
	}
	if f.chance(10) {
		q.header.Set("Idempotency-Key", pick(f, []string{"a", "b", "c", id.New().String(), strings.Repeat("k", 255), strings.Repeat("k", 256), " ", "é"}))
	}
	if f.chance(5) {
		q.header.Set("Accept", pick(f, []string{"text/html", "application/cbor", "*/*;q=0", "application/json;q=x", ""}))
	}
	if f.chance(3) {
		q.header.Set(pick(f, []string{"X-Request-Id", "X-Forwarded-For", "Origin", "Range", "Content-Encoding", "Accept-Encoding", "X-Forwarded-Host", "Upgrade", "Rainmaker-Version"}),
			pick(f, []string{"x", "127.0.0.1", "https://evil.example", "bytes=0-1", "gzip", "websocket", strings.Repeat("h", 3000)}))
	}
	if f.rng.IntN(500) == 0 {
		q.header.Set("X-Huge", strings.Repeat("h", 2<<20))
		q.raw, q.mayFail = true, true // the server closes before it has read all
	}
}

func (f *Fuzzer) bodyOf(q *request) {
	if q.op.BodyType == "multipart/form-data" {
		f.form(q)
		return
	}
	q.header.Set("Content-Type", "application/json")
	var v any
	if f.Example != nil && f.chance(40) {
		v = plain(f.Example(q.op))
	}
	if v == nil {
		v = f.value("", q.op.Body, 0)
	}
	if f.chance(35) {
		v = f.spoil(v)
	}
	var out bytes.Buffer
	encode(&out, v)
	text := out.Bytes()
	if f.chance(12) {
		text = f.mangle(text)
	}
	if f.chance(4) {
		q.header.Set("Content-Type", pick(f, []string{"text/plain", "application/xml", "application/json; charset=utf-16", "application/cbor", "", "x", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/merge-patch+json"}))
	}
	q.body = text
}

// plain makes maps and lists of what an example is made of.
func plain(v any) any {
	text, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	var out any
	_ = json.Unmarshal(text, &out) // it was just written
	return out
}

// mangle breaks JSON as text.
func (f *Fuzzer) mangle(text []byte) []byte {
	switch f.rng.IntN(12) {
	case 0:
		return text[:f.rng.IntN(len(text)+1)]
	case 1:
		return append(text, "trailing"...)
	case 2:
		return append([]byte("\xef\xbb\xbf"), text...)
	case 3:
		return bytes.Replace(text, []byte("{"), []byte(`{"name":"a","name":"b",`), 1)
	case 4:
		return bytes.ReplaceAll(text, []byte("a"), []byte("\xff"))
	case 5:
		return bytes.ReplaceAll(text, []byte("e"), []byte(`\u0000`))
	case 6:
		return bytes.ReplaceAll(text, []byte("t"), []byte(`\ud800`))
	case 7:
		return []byte(strings.Repeat("[", 100_000))
	case 8:
		return append(bytes.Repeat([]byte(" "), 2<<20), text...)
	case 9:
		return []byte(pick(f, []string{"", "null", "[]", "1", `"x"`, "{", "}", "{}", "\x00", "<a/>", "a=b"}))
	case 10:
		return bytes.Replace(text, []byte(":"), []byte(": 1e999,\"x\":"), 1)
	}
	if len(text) > 0 {
		text[f.rng.IntN(len(text))] ^= byte(1 + f.rng.IntN(255))
	}
	return text
}

func (f *Fuzzer) form(q *request) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	properties := apitest.Properties(q.op.Body)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if name != "file" && f.chance(40) {
			_ = form.WriteField(name, fmt.Sprint(f.value(name, properties[name], 0))) // a buffer takes everything
		}
	}
	if f.chance(90) {
		part, err := form.CreateFormFile("file", pick(f, []string{"a.csv", "b.xlsx", "../../x", "", "é.csv", "a.exe"}))
		if err == nil {
			_, _ = part.Write([]byte(pick(f, []string{
				"", "email\n", "email,first_name\na@b.co,Ann\n", "email\n\"never closed", "\xff\xfee\x00", "a,b\n1\n1,2,3\n", "PK\x03\x04junk",
				"email\n" + strings.Repeat("x@example.com\n", 50), strings.Repeat(",", 500) + "\n", "\x00\x00", "=1+1,@x\n",
			})))
		}
	}
	_ = form.Close()
	q.body = body.Bytes()
	q.header.Set("Content-Type", form.FormDataContentType())
	if f.chance(10) {
		q.body = q.body[:f.rng.IntN(len(q.body))]
	}
	if f.chance(5) {
		q.header.Set("Content-Type", pick(f, []string{"multipart/form-data", "multipart/form-data; boundary=", "application/json"}))
	}
}
