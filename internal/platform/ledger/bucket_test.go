package ledger_test

import (
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rainmaker/internal/platform/ledger"
)

// objects is a server that speaks as much S3 as a Bucket needs.
type objects struct {
	mu   sync.Mutex
	held map[string]string // guarded by mu
	down bool              // guarded by mu
}

func (o *objects) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	name := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/audit"), "/")
	text, there := o.held[name]
	fail := func(status int, code string) {
		w.WriteHeader(status)
		_ = xml.NewEncoder(w).Encode(struct {
			XMLName xml.Name `xml:"Error"`
			Code    string
		}{Code: code})
	}
	switch {
	case o.down:
		fail(http.StatusForbidden, "AccessDenied")
	case r.Method == http.MethodPut && there && r.Header.Get("If-None-Match") == "*":
		fail(http.StatusPreconditionFailed, "PreconditionFailed")
	case r.Method == http.MethodPut:
		body, _ := io.ReadAll(r.Body)
		o.held[name] = string(body)
		w.Header().Set("ETag", `"x"`)
	case r.Method == http.MethodGet && name == "":
		type object struct {
			Key, ETag, LastModified string
			Size                    int
		}
		var list []object
		for held, text := range o.held {
			list = append(list, object{held, `"x"`, "2026-11-23T00:00:00Z", len(text)})
		}
		slices.SortFunc(list, func(a, b object) int { return strings.Compare(a.Key, b.Key) })
		_ = xml.NewEncoder(w).Encode(struct {
			XMLName  xml.Name `xml:"ListBucketResult"`
			Name     string
			Contents []object
		}{Name: "audit", Contents: list})
	case r.Method == http.MethodGet && there:
		_, _ = io.WriteString(w, text)
	default:
		fail(http.StatusNotFound, "NoSuchKey")
	}
}

// TestBucket: a checkpoint is written once, the same one again does no harm,
// another text never takes its name, and what is there is read in order.
func TestBucket(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	store := &objects{held: map[string]string{}}
	server := httptest.NewServer(store)
	defer server.Close()
	bucket := ledger.NewBucket("s3://audit?region=us-west-2&use_path_style=true&request_checksum_calculation=when_required&endpoint=" + server.URL)
	for _, put := range []struct{ name, text string }{{"2026/11/23/b.txt", "two\n"}, {"2026/11/23/a.txt", "one\n"}, {"2026/11/23/a.txt", "one\n"}} {
		if err := bucket.Put(t.Context(), put.name, put.text); err != nil {
			t.Fatalf("%s: %v", put.name, err)
		}
	}
	if err := bucket.Put(t.Context(), "2026/11/23/a.txt", "forged\n"); err == nil {
		t.Error("another text took the name")
	}
	want := map[string]string{"2026/11/23/a.txt": "one\n", "2026/11/23/b.txt": "two\n"}
	if diff := cmp.Diff(want, store.held); diff != "" {
		t.Errorf("held:\n%s", diff)
	}
	notes, err := bucket.Notes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append(ledger.SplitNotes([]byte("one\n")), ledger.SplitNotes([]byte("two\n"))...), notes); diff != "" {
		t.Errorf("notes:\n%s", diff)
	}
	store.mu.Lock()
	store.down = true
	store.mu.Unlock()
	if err := bucket.Put(t.Context(), "2026/11/23/c.txt", "three\n"); err == nil {
		t.Error("a refused write is none")
	}
	if _, err := bucket.Notes(t.Context()); err == nil {
		t.Error("a refused listing is none")
	}
}
