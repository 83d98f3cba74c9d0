package canary

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"rainmaker/internal/cli"
)

// asProgram makes the test binary the program itself: one build less, and the
// same code in a process of its own.
const asProgram = "CANARY_IS_THE_PROGRAM"

// patience bounds every wait, on a machine that does much else besides.
const patience = 60 * time.Second

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(cli.Run(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// object is a JSON object.
type object = map[string]any

// program is one life of the program.
type program struct {
	t    *testing.T
	url  string
	data string
	log  string // file of its output
	env  []string
	cmd  *exec.Cmd
	over sync.Once

	mu     sync.Mutex
	traced bytes.Buffer // what it exported
}

// collect takes traces as a collector does, all of them.
func (p *program) collect() *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		_, _ = io.Copy(&p.traced, r.Body)
	}))
	p.t.Cleanup(server.Close)
	return server
}

// traces is what has been collected.
func (p *program) traces() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return bytes.Clone(p.traced.Bytes())
}

// start runs `rainmaker serve` and waits until it listens.
func start(t *testing.T, env []string, args ...string) *program {
	t.Helper()
	dir, err := os.MkdirTemp("", "canary-") // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { // as root PostgreSQL runs as somebody else
		t.Fatal(err)
	}
	p := &program{t: t, data: filepath.Join(dir, "data"), log: filepath.Join(dir, "log")}
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "RAINMAKER_") {
			p.env = append(p.env, kv)
		}
	}
	p.env = append(append(p.env, asProgram+"=1", "RAINMAKER_DEV_ALLOW_LOOPBACK=1",
		"RAINMAKER_TRACE_URL="+p.collect().URL, "RAINMAKER_TRACE_SAMPLE=1"), env...)
	log, err := os.Create(p.log)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	p.cmd = p.command(append([]string{"serve", "--addr", "127.0.0.1:0", "--dev", "--log-level", "debug", "--data", p.data}, args...)...)
	p.cmd.Stderr = log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.stop)
	line, err := bufio.NewReader(out).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !ok {
		text, _ := os.ReadFile(p.log)
		t.Fatalf("the program did not start: %q %v\n%s", line, err, text)
	}
	p.url = url
	return p
}

// command is another call of the program with the same environment.
func (p *program) command(args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	c := exec.Command(self, args...)
	c.Env = p.env
	return c
}

// stop ends the program gently, and hard when that takes long.
func (p *program) stop() {
	p.over.Do(func() {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		hard := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() })
		_ = p.cmd.Wait()
		hard.Stop()
	})
}

// heard is everything that the program said over HTTP, for the search.
type heard struct {
	mu       sync.Mutex
	refusals bytes.Buffer
	masked   bytes.Buffer // to a client without leave for addresses
	frames   bytes.Buffer
	sent     map[string]string // field of an operation -> a text that was sent in it
}

// client is one person or key that speaks to the program.
type client struct {
	t      *testing.T
	base   string
	token  string
	masked bool
	heard  *heard
}

// answer is what came back.
type answer struct {
	t      *testing.T
	what   string
	status int
	body   []byte
}

func (c *client) get(path string) *answer { c.t.Helper(); return c.do(http.MethodGet, path, nil) }

func (c *client) post(path string, body any) *answer {
	c.t.Helper()
	return c.do(http.MethodPost, path, body)
}

// do sends a body as JSON; a string is sent as it is.
func (c *client) do(method, path string, body any) *answer {
	c.t.Helper()
	raw, isText := body.(string)
	if body != nil && !isText {
		text, err := json.Marshal(body)
		if err != nil {
			c.t.Fatal(err)
		}
		raw = string(text)
	}
	var r io.Reader
	if body != nil {
		r = strings.NewReader(raw)
		c.heard.note(method, path, raw)
	}
	return c.send(method, path, "application/json", r, nil)
}

// upload sends an import.
func (c *client) upload(name, file string, fields map[string]string) *answer {
	c.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	all := object{"file": file}
	for k, v := range fields {
		_ = w.WriteField(k, v)
		all[k] = v
	}
	part, _ := w.CreateFormFile("file", name)
	_, _ = io.WriteString(part, file)
	_ = w.Close()
	text, _ := json.Marshal(all)
	c.heard.note(http.MethodPost, "/leads/import", string(text))
	return c.send(http.MethodPost, "/leads/import", w.FormDataContentType(), &body, nil)
}

func (c *client) send(method, path, contentType string, body io.Reader, header http.Header) *answer {
	c.t.Helper()
	url := c.base + "/api/v1" + path
	if strings.HasPrefix(path, "http") {
		url = path
	}
	request, err := http.NewRequestWithContext(c.t.Context(), method, url, body)
	if err != nil {
		c.t.Fatal(err)
	}
	for k, v := range header {
		request.Header[k] = v
	}
	if body != nil {
		request.Header.Set("Content-Type", contentType)
	}
	if c.token != "" {
		request.Header.Set("Authorization", c.token)
	}
	response, err := http.DefaultTransport.RoundTrip(request) // no redirects
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	c.heard.mu.Lock()
	defer c.heard.mu.Unlock()
	if response.StatusCode >= 400 {
		_ = response.Header.Write(&c.heard.refusals)
		c.heard.refusals.Write(append(text, '\n'))
	}
	if c.masked {
		c.heard.masked.Write(append(text, '\n'))
	}
	return &answer{c.t, method + " " + path, response.StatusCode, text}
}

// note remembers which field took which text.
func (h *heard) note(method, path, body string) {
	var v any
	if json.Unmarshal([]byte(body), &v) != nil {
		return
	}
	path, _, _ = strings.Cut(path, "?")
	h.mu.Lock()
	defer h.mu.Unlock()
	flatten(method+" /api/v1"+path+" ", v, h.sent)
}

// flatten names every text in v by its place, without indexes.
func flatten(place string, v any, into map[string]string) {
	switch v := v.(type) {
	case string:
		into[place] += "\n" + v
	case []any:
		for _, e := range v {
			flatten(place+"[]", e, into)
		}
	case object:
		for k, e := range v {
			flatten(place+"."+k, e, into)
		}
	}
}

// want fails unless the answer has one of the statuses.
func (a *answer) want(statuses ...int) *answer {
	a.t.Helper()
	for _, s := range statuses {
		if a.status == s {
			return a
		}
	}
	a.t.Fatalf("%s: %d, want %v: %s", a.what, a.status, statuses, a.body)
	return nil
}

// refused fails when a bad request was taken.
func (a *answer) refused() {
	a.t.Helper()
	if a.status < 400 || a.status >= 500 {
		a.t.Errorf("%s: %d, want a refusal: %s", a.what, a.status, a.body)
	}
}

// text is one member of the answer, by its path.
func (a *answer) text(path ...string) string {
	a.t.Helper()
	var v any
	if err := json.Unmarshal(a.body, &v); err != nil {
		a.t.Fatalf("%s: %v: %s", a.what, err, a.body)
	}
	for _, key := range path {
		o, _ := v.(object)
		v = o[key]
	}
	s, ok := v.(string)
	if !ok {
		a.t.Fatalf("%s: no %v: %s", a.what, path, a.body)
	}
	return s
}

// listen collects the frames of the live updates until the test ends.
func (c *client) listen() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(c.base, "http")+"/api/v1/ws?after=0",
		&websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {c.token}}})
	if err != nil {
		c.t.Fatal(err)
	}
	conn.SetReadLimit(1 << 20)
	c.t.Cleanup(func() { _ = conn.CloseNow() })
	go func() {
		for {
			_, text, err := conn.Read(context.Background())
			if err != nil {
				return
			}
			c.heard.mu.Lock()
			c.heard.frames.Write(append(text, '\n'))
			c.heard.mu.Unlock()
		}
	}()
}

// eventually polls until check is content.
func eventually(t *testing.T, what string, check func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !check(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}
