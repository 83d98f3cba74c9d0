package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// m is a JSON object.
type m map[string]any

// client speaks HTTP to the program. It holds no cookies, ever.
type client struct {
	t     *testing.T
	base  string // of the program, without a slash
	token string
	http  *http.Client
}

func newClient(t *testing.T, base string) *client {
	return &client{t: t, base: base, http: &http.Client{
		Timeout:       2 * time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is what the program said.
type answer struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	body   []byte
}

// problem is an RFC 9457 document.
type problem struct {
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Code   string `json:"code"`
	Errors []struct {
		Location string `json:"location"`
		Message  string `json:"message"`
	} `json:"errors"`
}

func (c *client) get(path string) *answer { c.t.Helper(); return c.do(http.MethodGet, path, nil) }
func (c *client) post(path string, body any) *answer {
	c.t.Helper()
	return c.do(http.MethodPost, path, body)
}

func (c *client) put(path string, body any) *answer {
	c.t.Helper()
	return c.do(http.MethodPut, path, body)
}

func (c *client) patch(path string, body any) *answer {
	c.t.Helper()
	return c.do(http.MethodPatch, path, body)
}

// do asks for a path below /api/v1. A string is sent as it is, all else as JSON.
func (c *client) do(method, path string, body any) *answer {
	c.t.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		r = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			c.t.Fatal(err)
		}
		r = bytes.NewReader(raw)
	}
	return c.send(method, path, "application/json", r)
}

func (c *client) send(method, path, contentType string, body io.Reader) *answer {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.base+"/api/v1"+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	if body != nil {
		request.Header.Set("Content-Type", contentType)
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := c.http.Do(request)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return c.read(method+" "+path, response)
}

func (c *client) read(what string, response *http.Response) *answer {
	c.t.Helper()
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatalf("%s: %v", what, err)
	}
	return &answer{c.t, what, response.StatusCode, response.Header, text}
}

// want fails the test unless the status is right.
func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: %d, want %d\n%s", a.what, a.status, status, a.body)
	}
	return a
}

// into reads the body.
func (a *answer) into(v any) {
	a.t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		a.t.Fatalf("%s: %v\n%s", a.what, err, a.body)
	}
}

// refused checks for a problem document with the status that names the location,
// and returns it.
func (a *answer) refused(status int, location string) problem {
	a.t.Helper()
	var p problem
	if a.status != status || a.header.Get("Content-Type") != "application/problem+json" {
		a.t.Errorf("%s: %d %s, want %d as a problem document\n%s", a.what, a.status, a.header.Get("Content-Type"), status, a.body)
		return p
	}
	a.into(&p)
	for _, e := range p.Errors {
		if e.Location == location && e.Message != "" {
			return p
		}
	}
	a.t.Errorf("%s: the problem does not name %q: %s", a.what, location, a.body)
	return p
}

// fetch reads a JSON object of type T.
func fetch[T any](c *client, path string) T {
	c.t.Helper()
	var v T
	c.get(path).want(http.StatusOK).into(&v)
	return v
}

// list reads every page of a list.
func list[T any](c *client, path string) []T {
	c.t.Helper()
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	out := []T{}
	for cursor := ""; ; {
		page := fetch[struct {
			Items []T     `json:"items"`
			Next  *string `json:"next_cursor"`
		}](c, path+sep+"limit=200&cursor="+cursor)
		out = append(out, page.Items...)
		if page.Next == nil {
			return out
		}
		cursor = *page.Next
	}
}

// signUp makes an organisation and signs its admin in.
func (c *client) signUp(organization, email, password string) {
	c.t.Helper()
	var in struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
		ExpiresIn    int    `json:"expires_in"`
	}
	c.post("/auth/signup", m{"organization_name": organization, "name": "Ada Ray", "email": email, "password": password}).want(http.StatusCreated).into(&in)
	if in.AccessToken == "" || in.RefreshToken == "" || in.ExpiresIn <= 0 || in.ExpiresIn > 900 {
		c.t.Fatalf("signed up with tokens %d and %d characters long, good for %d s", len(in.AccessToken), len(in.RefreshToken), in.ExpiresIn)
	}
	c.token = in.AccessToken
}

// signIn signs a person in.
func (c *client) signIn(email, password string) {
	c.t.Helper()
	var in struct {
		AccessToken string `json:"access_token"`
	}
	c.post("/auth/login", m{"email": email, "password": password}).want(http.StatusOK).into(&in)
	c.token = in.AccessToken
}

// imported is a state of an import.
type imported struct {
	ID          string            `json:"id"`
	State       string            `json:"state"`
	Error       string            `json:"error"`
	RowsTotal   int               `json:"rows_total"`
	RowsCreated int               `json:"rows_created"`
	RowsUpdated int               `json:"rows_updated"`
	RowsSkipped int               `json:"rows_skipped"`
	RowsFailed  int               `json:"rows_failed"`
	Reasons     map[string]int    `json:"reasons"`
	Mapping     map[string]string `json:"mapping"`
	Preview     []m               `json:"preview"`
	Contactable struct {
		Email map[string]int `json:"email"`
	} `json:"contactable"`
}

// sum is what must equal RowsTotal.
func (i imported) sum() int { return i.RowsCreated + i.RowsUpdated + i.RowsSkipped + i.RowsFailed }

// upload sends a file with the other fields of the form.
func (c *client) upload(name string, file io.Reader, fields map[string]string) *answer {
	c.t.Helper()
	r, w := io.Pipe()
	form := multipart.NewWriter(w)
	go func() {
		for field, value := range fields {
			if err := form.WriteField(field, value); err != nil {
				_ = w.CloseWithError(err)
				return
			}
		}
		part, err := form.CreateFormFile("file", name)
		if err == nil {
			_, err = io.Copy(part, file)
		}
		if err == nil {
			err = form.Close()
		}
		_ = w.CloseWithError(err)
	}()
	defer func() { _ = r.Close() }() // ends the writer when the answer came early
	return c.send(http.MethodPost, "/leads/import", form.FormDataContentType(), r)
}

// uploadFile sends a file of this machine.
func (c *client) uploadFile(path string, fields map[string]string) *answer {
	c.t.Helper()
	f, err := os.Open(path)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	return c.upload(filepath.Base(path), f, fields)
}

// finished waits until an import is done and checks that its counters sum up.
func (c *client) finished(a *answer) imported {
	c.t.Helper()
	var imp imported
	a.want(http.StatusAccepted).into(&imp)
	path := "/imports/" + imp.ID
	eventually(c.t, path, 60*time.Second, func() error {
		imp = fetch[imported](c, path)
		switch imp.State {
		case "done":
			return nil
		case "failed":
			return errors.Join(errPatience, errors.New(imp.Error))
		}
		return fmt.Errorf("state %s", imp.State)
	})
	if imp.sum() != imp.RowsTotal || imp.RowsTotal == 0 {
		c.t.Errorf("import: %d created + %d updated + %d skipped + %d failed are not %d", imp.RowsCreated, imp.RowsUpdated, imp.RowsSkipped, imp.RowsFailed, imp.RowsTotal)
	}
	return imp
}

// count is how many leads match the query.
func (c *client) count(query string) int {
	c.t.Helper()
	return fetch[struct {
		Total int `json:"total"`
	}](c, "/leads?limit=1&count=true&"+query).Total
}

// browser is the user agent of a person.
const browser = "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15"

// visit asks for a public address as the agent does, without any sign-in.
func (c *client) visit(method, url, agent, body string) *answer {
	c.t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	request, err := http.NewRequestWithContext(c.t.Context(), method, url, r)
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header.Set("User-Agent", agent)
	if body != "" {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := c.http.Do(request)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, url, err)
	}
	return c.read(method+" "+url, response)
}
