package apitest

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"rainmaker/internal/org"
	"rainmaker/internal/platform/id"
)

// Client talks to the API as one identity. Paths are below /api/v1 unless they
// start with "//" ("//healthz").
type Client struct {
	t      testing.TB
	server *Server
	HTTP   *http.Client
	Header http.Header

	Org, User       id.ID
	Email           string
	Access, Refresh string
}

// Client returns a client that is not signed in.
func (s *Server) Client(t testing.TB) *Client {
	return &Client{t: t, server: s, HTTP: s.Server.Client(), Header: http.Header{}}
}

// With returns a copy of the client that sends one more header; an empty value
// removes it.
func (c *Client) With(name, value string) *Client {
	copied := *c
	copied.Header = maps.Clone(c.Header)
	if value == "" {
		copied.Header.Del(name)
	} else {
		copied.Header.Set(name, value)
	}
	return &copied
}

// For returns a copy of the client that reports to another test.
func (c *Client) For(t testing.TB) *Client {
	copied := *c
	copied.t = t
	return &copied
}

// As returns a client of the same organisation with another role, by an API
// key that this client makes.
func (c *Client) As(t testing.TB, role org.Role) *Client {
	t.Helper()
	var key struct {
		KeyID  string `json:"key_id"`
		Secret string `json:"secret"`
	}
	c.Post("/api-keys", M{"name": string(role), "role": role}).Want(http.StatusCreated).Into(&key)
	other := c.With("Authorization", "ApiKey "+key.KeyID+":"+key.Secret)
	other.t, other.User, other.Email = t, id.Nil, ""
	return other
}

// Get asks.
func (c *Client) Get(path string) *Response { c.t.Helper(); return c.Do(http.MethodGet, path, nil) }

// Delete deletes.
func (c *Client) Delete(path string) *Response {
	c.t.Helper()
	return c.Do(http.MethodDelete, path, nil)
}

// Post sends body as JSON; a string or bytes are sent as they are.
func (c *Client) Post(path string, body any) *Response {
	c.t.Helper()
	return c.Do(http.MethodPost, path, body)
}

// Put is Post with PUT.
func (c *Client) Put(path string, body any) *Response {
	c.t.Helper()
	return c.Do(http.MethodPut, path, body)
}

// Patch is Post with PATCH.
func (c *Client) Patch(path string, body any) *Response {
	c.t.Helper()
	return c.Do(http.MethodPatch, path, body)
}

// Upload sends a file and fields as a form.
func (c *Client) Upload(path, fileName string, content []byte, fields map[string]string) *Response {
	c.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range fields {
		if err := form.WriteField(name, value); err != nil {
			c.t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("file", fileName)
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := part.Write(content); err != nil {
		c.t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		c.t.Fatal(err)
	}
	return c.With("Content-Type", form.FormDataContentType()).Do(http.MethodPost, path, body.Bytes())
}

// Do sends one request.
func (c *Client) Do(method, path string, body any) *Response {
	c.t.Helper()
	url := c.server.URL + "/api/v1" + path
	if rest, root := strings.CutPrefix(path, "//"); root {
		url = c.server.URL + "/" + rest
	}
	raw := encode(c.t, body)
	var reader io.Reader
	if raw != nil {
		reader = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, url, reader)
	if err != nil {
		c.t.Fatal(err)
	}
	if raw != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	maps.Copy(req.Header, c.Header)
	res, err := c.HTTP.Do(req)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	r := &Response{t: c.t, Asked: method + " " + path, Status: res.StatusCode, Header: res.Header, Body: answer}
	c.server.schemas.check(c.t, method, req.URL.Path, r)
	return r
}

// Response is an answer.
type Response struct {
	t      testing.TB
	Asked  string
	Status int
	Header http.Header
	Body   []byte
}

// Want fails the test on another status.
func (r *Response) Want(status int) *Response {
	r.t.Helper()
	if r.Status != status {
		r.t.Fatalf("%s: status %d, want %d\n%s", r.Asked, r.Status, status, r.Body)
	}
	return r
}

// Into reads the JSON of the answer.
func (r *Response) Into(v any) *Response {
	r.t.Helper()
	if err := json.Unmarshal(r.Body, v); err != nil {
		r.t.Fatalf("%s: %v\n%s", r.Asked, err, r.Body)
	}
	return r
}

// Problem is what tests look at in a problem document.
type Problem struct {
	Status    int    `json:"status"`
	Detail    string `json:"detail"`
	Code      string `json:"code"`
	RequestID string `json:"request_id"`
	Errors    []struct {
		Location string `json:"location"`
		Message  string `json:"message"`
	} `json:"errors"`
}

// Problem reads a problem document and fails the test on anything else.
func (r *Response) Problem(status int) Problem {
	r.t.Helper()
	r.Want(status)
	if kind := r.Header.Get("Content-Type"); kind != "application/problem+json" {
		r.t.Fatalf("%s: content type %q\n%s", r.Asked, kind, r.Body)
	}
	var p Problem
	r.Into(&p)
	if p.Status != status || p.Code == "" {
		r.t.Fatalf("%s: bad problem document\n%s", r.Asked, r.Body)
	}
	return p
}

// WantField fails the test unless the answer is a 422 that names the field.
func (r *Response) WantField(location string) *Response {
	r.t.Helper()
	p := r.Problem(http.StatusUnprocessableEntity)
	for _, e := range p.Errors {
		if e.Location == location {
			return r
		}
	}
	r.t.Fatalf("%s: no error at %s\n%s", r.Asked, location, r.Body)
	return r
}
