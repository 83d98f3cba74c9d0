// Pictures makes the pictures of the README from the running program: it signs
// in to a demo with headless Chromium, over the browser's own debugging
// protocol, and saves one picture a page. scripts/pictures.sh starts the demo.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/coder/websocket"
)

const (
	width, height = 1440, 900
	patience      = 5 * time.Minute
	pollEvery     = 250 * time.Millisecond
	maxAnswer     = 32 << 20 // a picture as base64
)

// shot is one picture: the page, an expression that is true when it shows what
// it should, and what is clicked before the picture, if anything.
type shot struct{ name, path, shows, click string }

// whole is true when the frame around every page is there and fed by the server.
const whole = `document.querySelector("[aria-busy=true]") === null && document.fonts.status === "loaded" &&
	document.body.innerText.includes("Pause everything") && document.body.innerText.includes("Live: ")`

func main() {
	url := flag.String("url", "", "address of the demo")
	email := flag.String("email", "", "who signs in")
	password := flag.String("password", "", "their password")
	out := flag.String("out", "docs/images", "folder of the pictures")
	replies := flag.Int("replies", 40, "how many answers the workspace must have first")
	browser := flag.String("browser", "chromium", "the browser's program")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := run(ctx, *browser, strings.TrimSuffix(*url, "/"), *email, *password, *out, *replies); err != nil {
		fmt.Fprintln(os.Stderr, "pictures:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, browser, url, email, password, out string, replies int) error {
	page, stop, err := open(ctx, browser)
	if err != nil {
		return err
	}
	defer stop()
	if err := page.goTo(ctx, url+"/signin", "document.readyState === 'complete'"); err != nil {
		return err
	}
	// The cookie is HttpOnly: the page itself has to ask for it.
	credentials, err := json.Marshal(map[string]string{"email": email, "password": password})
	if err != nil {
		return err
	}
	signIn := fmt.Sprintf(`fetch("/api/v1/auth/login", {method: "POST", headers: {"Content-Type": "application/json"}, body: %q}).then(r => r.ok)`, credentials)
	if err := page.until(ctx, signIn); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	alive := fmt.Sprintf(`fetch("/api/v1/analytics?metrics=replies").then(r => r.json()).then(a => a.totals.replies >= %d)`, replies)
	if err := page.until(ctx, alive); err != nil {
		return fmt.Errorf("wait for %d answers: %w", replies, err)
	}
	var campaign string
	if err := page.evaluate(ctx, `fetch("/api/v1/campaigns").then(r => r.json()).then(a => a.items[0].id)`, &campaign); err != nil {
		return fmt.Errorf("find the campaign: %w", err)
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	for _, s := range []shot{
		{"dashboard", "/", `document.querySelector("main h1") !== null`, ""},
		{"campaign", "/campaigns/" + campaign, `document.querySelector("main h1") !== null`, ""},
		{"replies", "/replies", `document.querySelectorAll("main li").length > 5`, "main li a, main li button"},
	} {
		if err := page.goTo(ctx, url+s.path, "("+s.shows+") && "+whole); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if s.click != "" {
			if err := page.until(ctx, fmt.Sprintf(`document.querySelector(%q).click() || true`, s.click)); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			if err := page.until(ctx, `!document.body.innerText.includes("Choose a reply") && `+whole); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
		if err := page.save(ctx, filepath.Join(out, s.name+".png")); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

// tab is one page of the browser, spoken to over its debugging socket.
type tab struct {
	socket *websocket.Conn
	last   int
}

// open starts the browser with an empty profile and returns its first page.
func open(ctx context.Context, browser string) (*tab, func(), error) {
	profile, err := os.MkdirTemp("", "rainmaker-pictures-")
	if err != nil {
		return nil, nil, err
	}
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
		"--remote-debugging-port=0", "--user-data-dir="+profile, "about:blank")
	if err := cmd.Start(); err != nil {
		_ = os.RemoveAll(profile)
		return nil, nil, fmt.Errorf("start the browser (apt-get install chromium): %w", err)
	}
	stop := func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = os.RemoveAll(profile)
	}
	socket, err := dial(ctx, filepath.Join(profile, "DevToolsActivePort"))
	if err != nil {
		stop()
		return nil, nil, fmt.Errorf("reach the browser: %w", err)
	}
	t := &tab{socket: socket}
	err = t.call(ctx, "Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}, nil)
	if err != nil {
		stop()
		return nil, nil, err
	}
	return t, stop, nil
}

// dial waits for the file in which the browser writes its port, and opens the
// socket of its page.
func dial(ctx context.Context, portFile string) (*websocket.Conn, error) {
	var port string
	err := poll(ctx, func() (bool, error) {
		text, err := os.ReadFile(portFile)
		if err != nil {
			return false, nil //nolint:nilerr // not yet there
		}
		port, _, _ = strings.Cut(string(text), "\n")
		return port != "", nil
	})
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:"+port+"/json", nil)
	if err != nil {
		return nil, err
	}
	response, err := (&http.Client{Timeout: 10 * time.Second}).Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	var pages []struct {
		Type   string `json:"type"`
		Socket string `json:"webSocketDebuggerUrl"`
	}
	if err := json.NewDecoder(response.Body).Decode(&pages); err != nil {
		return nil, err
	}
	for _, page := range pages {
		if page.Type == "page" {
			socket, _, err := websocket.Dial(ctx, page.Socket, nil) //nolint:bodyclose // the library closes it
			if err != nil {
				return nil, err
			}
			socket.SetReadLimit(maxAnswer)
			return socket, nil
		}
	}
	return nil, errors.New("it has no page")
}

// call runs one command of the protocol; events that come meanwhile are
// dropped.
func (t *tab) call(ctx context.Context, method string, params, result any) error {
	t.last++
	request, err := json.Marshal(map[string]any{"id": t.last, "method": method, "params": params})
	if err != nil {
		return err
	}
	if err := t.socket.Write(ctx, websocket.MessageText, request); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	for {
		_, message, err := t.socket.Read(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", method, err)
		}
		var answer struct {
			ID     int             `json:"id"`
			Result json.RawMessage `json:"result"`
			Error  *struct {
				Message string `json:"message"`
			} `json:"error"`
		}
		if err := json.Unmarshal(message, &answer); err != nil {
			return fmt.Errorf("%s: %w", method, err)
		}
		switch {
		case answer.ID != t.last:
		case answer.Error != nil:
			return fmt.Errorf("%s: %s", method, answer.Error.Message)
		case result == nil:
			return nil
		default:
			return json.Unmarshal(answer.Result, result)
		}
	}
}

// evaluate runs an expression in the page, awaits it, and reads its value.
func (t *tab) evaluate(ctx context.Context, expression string, value any) error {
	var answer struct {
		Result struct {
			Value json.RawMessage `json:"value"`
		} `json:"result"`
		Exception *struct {
			Text string `json:"text"`
		} `json:"exceptionDetails"`
	}
	params := map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true}
	if err := t.call(ctx, "Runtime.evaluate", params, &answer); err != nil {
		return err
	}
	if answer.Exception != nil {
		return errors.New(answer.Exception.Text)
	}
	return json.Unmarshal(answer.Result.Value, value)
}

// until waits for an expression to be true; one that throws is not.
func (t *tab) until(ctx context.Context, expression string) error {
	var last error
	err := poll(ctx, func() (bool, error) {
		var holds bool
		last = t.evaluate(ctx, expression, &holds)
		return last == nil && holds, nil
	})
	return errors.Join(err, last)
}

// goTo opens an address and waits until it shows what it should.
func (t *tab) goTo(ctx context.Context, url, shows string) error {
	if err := t.call(ctx, "Page.navigate", map[string]any{"url": url}, nil); err != nil {
		return err
	}
	return t.until(ctx, "location.href.startsWith("+fmt.Sprintf("%q", url)+") && "+shows)
}

// save writes what the page shows.
func (t *tab) save(ctx context.Context, path string) error {
	var picture struct {
		Data string `json:"data"`
	}
	if err := t.call(ctx, "Page.captureScreenshot", map[string]any{"format": "png"}, &picture); err != nil {
		return err
	}
	raw, err := base64.StdEncoding.DecodeString(picture.Data)
	if err != nil {
		return err
	}
	return os.WriteFile(path, raw, 0o644)
}

// poll asks until the answer is yes or ctx ends.
func poll(ctx context.Context, ask func() (bool, error)) error {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for {
		yes, err := ask()
		if yes || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}
