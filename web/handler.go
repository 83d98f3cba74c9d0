package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

const (
	indexName = "index.html"
	// nonceMark and preloadMark are written into index.html by the build.
	nonceMark   = "__CSP_NONCE__"
	preloadMark = `"__PRELOAD__"`

	// notBuilt is the whole page of a binary without the app.
	notBuilt = "<!doctype html><html lang=\"en\"><title>Rainmaker</title><p>UI not built, run make web</p></html>\n"

	// forever is for names that carry the hash of their content.
	forever = "public, max-age=31536000, immutable"
	hour    = "public, max-age=3600"
)

// ours are the address spaces of the server itself: an unknown address there is
// 404 and never the app.
var ours = []string{"/api", "/t", "/u", "/webhooks", "/.well-known", "/healthz", "/readyz", "/metrics", "/debug"}

// Options of the handler; the zero value is fine.
type Options struct {
	// ConnectSrc are further origins the app may talk to, in CSP syntax.
	ConnectSrc []string
	// Preload returns what GET /api/v1/auth/me would answer to the request, or nil
	// when nobody is signed in; it is put into the page and spares the app its
	// first question. Without Preload the app asks.
	Preload func(*http.Request) any
}

// Handler serves the app.
func Handler(opts Options) http.Handler {
	h, err := newHandler(built(), opts)
	if err != nil {
		panic(fmt.Errorf("read embedded web app: %w", err)) // memory, not a disk
	}
	return h
}

// file is one served file with its compressed copies.
type file struct {
	mime  string
	cache string
	sizes map[string]int64 // by encoding; "" is the file itself
}

type handler struct {
	opts  Options
	tree  fs.FS
	files map[string]*file // by path without the leading slash
	index []byte           // nil when the app is not built
}

func newHandler(tree fs.FS, opts Options) (*handler, error) {
	h := &handler{opts: opts, tree: tree, files: map[string]*file{}}
	index, err := fs.ReadFile(tree, indexName)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return h, nil
	case err != nil:
		return nil, err
	}
	h.index = index
	return h, fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !served(name) || strings.HasPrefix(name, indexName) {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		encoding := encodingOf(name)
		original := strings.TrimSuffix(name, suffixes[encoding])
		f := h.files[original]
		if f == nil {
			f = &file{mime: mimeOf(original), cache: hour, sizes: map[string]int64{}}
			if strings.HasPrefix(original, "assets/") {
				f.cache = forever
			}
			h.files[original] = f
		}
		f.sizes[encoding] = info.Size()
		return nil
	})
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	harden(w.Header())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if f := h.files[name]; f != nil && f.sizes[""] > 0 {
		h.serveFile(w, r, name, f)
		return
	}
	if reserved("/"+name) || path.Ext(name) != "" && name != indexName || strings.HasPrefix(name+"/", "assets/") {
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	h.serveApp(w, r)
}

func (h *handler) serveFile(w http.ResponseWriter, r *http.Request, name string, f *file) {
	encoding := choose(r.Header.Get("Accept-Encoding"), f.sizes)
	content, err := h.tree.Open(name + suffixes[encoding])
	if err != nil {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	defer content.Close() // read only
	head := w.Header()
	head.Set("Content-Type", f.mime)
	head.Set("Cache-Control", f.cache)
	head.Set("Content-Length", strconv.FormatInt(f.sizes[encoding], 10))
	if len(f.sizes) > 1 {
		head.Set("Vary", "Accept-Encoding")
	}
	if encoding != "" {
		head.Set("Content-Encoding", encoding)
	}
	if r.Method == http.MethodGet {
		io.Copy(w, content) //nolint:errcheck // the browser went away
	}
}

func (h *handler) serveApp(w http.ResponseWriter, r *http.Request) {
	nonce := newNonce()
	page := []byte(notBuilt)
	if h.index != nil {
		page = bytes.ReplaceAll(h.index, []byte(nonceMark), []byte(nonce))
		if h.opts.Preload != nil {
			page = withPreload(page, h.opts.Preload(r))
		}
	}
	head := w.Header()
	head.Set("Content-Type", "text/html; charset=utf-8")
	head.Set("Cache-Control", "no-store")
	head.Set("Content-Security-Policy", policy(r.Host, nonce, h.opts.ConnectSrc))
	head.Set("Content-Length", strconv.Itoa(len(page)))
	if r.Method == http.MethodGet {
		w.Write(page) //nolint:errcheck // the browser went away
	}
}

// withPreload puts data into the page. JSON as encoding/json writes it has no
// "<", so it cannot end the element. What cannot be encoded is left out: the app
// then asks for it.
func withPreload(page []byte, data any) []byte {
	raw, err := json.Marshal(map[string]any{"me": data})
	if err != nil {
		return page
	}
	return bytes.Replace(page, []byte(preloadMark), raw, 1)
}

func reserved(path string) bool {
	for _, prefix := range ours {
		if path == prefix || strings.HasPrefix(path, prefix+"/") {
			return true
		}
	}
	// Nothing of the app begins with a dot; who asks for /.git looks for a leak.
	return strings.Contains(path, "/.")
}

// suffixes of the compressed copies by encoding, as the build writes them.
var suffixes = map[string]string{"": "", "br": ".br", "gzip": ".gz"}

func encodingOf(name string) string {
	switch path.Ext(name) {
	case ".br":
		return "br"
	case ".gz":
		return "gzip"
	}
	return ""
}

// choose takes the smallest copy that the client accepts.
func choose(accept string, sizes map[string]int64) string {
	best := ""
	for _, part := range strings.Split(accept, ",") {
		encoding, params, _ := strings.Cut(strings.ToLower(strings.TrimSpace(part)), ";")
		encoding = strings.TrimSpace(encoding)
		size, have := sizes[encoding]
		if !have || refused(params) {
			continue
		}
		if size < sizes[best] {
			best = encoding
		}
	}
	return best
}

// refused reports a quality of zero, which RFC 9110 section 12.4.2 defines as
// not acceptable.
func refused(params string) bool {
	value, ok := strings.CutPrefix(strings.TrimSpace(params), "q=")
	if !ok {
		return false
	}
	quality, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	return err == nil && quality == 0
}

// mimeOf names the type without asking the machine's own tables, which differ.
func mimeOf(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".webmanifest":
		return "application/manifest+json"
	}
	if known := mime.TypeByExtension(path.Ext(name)); known != "" {
		return known
	}
	return "application/octet-stream"
}
