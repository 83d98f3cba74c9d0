package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/app"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/config"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/embedded"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/ledger"
)

// call runs one command to its end.
func call(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(t.Context(), args, &terminal{out: &out, err: &err})
	return code, out.String(), err.String()
}

func TestExitCodes(t *testing.T) {
	taken := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(taken, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		args []string
		code int
		want string // on stderr for failures, on stdout for success
	}{
		{nil, exitDone, "serve"},
		{[]string{"--help"}, exitDone, "demo"},
		{[]string{"version"}, exitDone, "rainmaker"},
		{[]string{"config", "check"}, exitDone, "good"},
		{[]string{"config", "print"}, exitDone, "addr: \"127.0.0.1:8080\""},
		{[]string{"config", "docs"}, exitDone, "# Configuration"},
		{[]string{"fly"}, exitUsage, "fly"},
		{[]string{"serve", "--wings"}, exitUsage, "--wings"},
		{[]string{"serve", "--addr", "nowhere"}, exitUsage, "addr:"},
		{[]string{"serve", "--sip", ":5060"}, exitUsage, "not built into this version"},
		{[]string{"serve", "--dev-allow-loopback"}, exitUsage, "dev_allow_loopback"},
		{[]string{"config", "check", "--config", "/no/such/file.yaml"}, exitUsage, "config file"},
		{[]string{"migrate", "--data", taken}, exitFailed, "file"},
		{[]string{"migrate", "--data", t.TempDir(), "--database-url", "postgres://nobody:x@127.0.0.1:1/none", "--log-level=error"}, exitFailed, "--database-url"},
	} {
		t.Run(strings.Join(tc.args, " "), func(t *testing.T) {
			code, stdout, stderr := call(t, tc.args...)
			if code != tc.code {
				t.Errorf("exit %d, want %d: %s", code, tc.code, stderr)
			}
			said := stdout
			if tc.code != exitDone {
				said = stderr
				if strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "rainmaker: ") {
					t.Errorf("not one line: %q", stderr)
				}
				if stdout != "" {
					t.Errorf("a failure on stdout: %q", stdout)
				}
			}
			if !strings.Contains(said, tc.want) {
				t.Errorf("%q does not say %q", said, tc.want)
			}
		})
	}
}

func TestVersionAsJSON(t *testing.T) {
	_, stdout, _ := call(t, "version", "--json")
	var v map[string]string
	if err := json.Unmarshal([]byte(stdout), &v); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"version", "commit", "go"} {
		if v[key] == "" {
			t.Errorf("no %s in %s", key, stdout)
		}
	}
}

// firstLine hands over what is written first and swallows the rest.
type firstLine struct {
	lines chan string
	text  bytes.Buffer
}

func (f *firstLine) Write(p []byte) (int, error) {
	f.text.Write(p)
	if line, _, whole := strings.Cut(f.text.String(), "\n"); whole {
		select {
		case f.lines <- line:
		default:
		}
	}
	return len(p), nil
}

// The first line on stdout is a promise that scripts rely on. The data of that
// program is then there for the next command.
func TestServeThenImport(t *testing.T) {
	data := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &firstLine{lines: make(chan string, 1)}
	var errOut bytes.Buffer
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{"serve", "--addr=127.0.0.1:0", "--data", data, "--log-level=error"}, &terminal{out: out, err: &errOut})
	}()
	var base string
	select {
	case line := <-out.lines:
		var ok bool
		if base, ok = strings.CutPrefix(line, "listening on "); !ok || !strings.HasPrefix(base, "http://127.0.0.1:") {
			t.Fatalf("first line %q", line)
		}
	case c := <-code:
		t.Fatalf("exit %d: %s", c, errOut.String())
	case <-time.After(time.Minute):
		t.Fatal("no first line within a minute")
	}
	org := signUp(t, base)
	// The program is running: verifying joins it.
	if code, stdout, stderr := call(t, "audit", "verify", "--data", data); code != exitDone || !strings.Contains(stdout, "as they were written") {
		t.Errorf("audit verify beside the program: exit %d: %s%s", code, stdout, stderr)
	}
	cancel()
	if c := <-code; c != exitDone {
		t.Fatalf("exit %d after a gentle stop: %s", c, errOut.String())
	}

	file := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(file, []byte("E-Mail,First Name\nann@example.com,Ann\nbob@example.com,Bob\nnot an address,Cy\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{file, "--org", org, "--dry-run"}, exitDone, "3 rows: 2 created"},
		{[]string{file, "--org", org}, exitDone, "3 rows: 2 created"},
		{[]string{file, "--org", org}, exitDone, "3 rows: 0 created"},
		{[]string{file, "--org", "me"}, exitUsage, "--org"},
		{[]string{file, "--org", "019f0000-0000-7000-8000-000000000000"}, exitFailed, "--org"},
		{[]string{file + ".gone", "--org", org}, exitFailed, "cannot read the file"},
	} {
		code, stdout, stderr := call(t, append([]string{"import", "leads", "--data", data}, tc.args...)...)
		if code != tc.code || !strings.Contains(stdout+stderr, tc.want) {
			t.Errorf("%v: exit %d, want %d and %q: %s%s", tc.args, code, tc.code, tc.want, stdout, stderr)
		}
	}
}

// TestAuditVerify: exit 0 for a record as it was written, 1 for one that a
// superuser changed, 2 for a checkpoint file that is not there.
func TestAuditVerify(t *testing.T) {
	data := t.TempDir()
	audit := func(args ...string) (int, string, string) {
		return call(t, append([]string{"audit", "verify", "--data", data, "--log-level=error"}, args...)...)
	}
	org := id.New()
	asProgram(t, data, func(a *app.Installation) {
		err := a.DB.InTenant(t.Context(), org, func(tx db.Tx) error {
			for n := range 3 {
				e := ledger.Entry{Org: org, ID: id.New(), At: time.Now(), Actor: "user:x", Action: "thing.changed", Target: fmt.Sprint("thing:", n), Data: "{}"}
				if err := ledger.Append(t.Context(), tx, e); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		sealer, err := ledger.NewSealer(ledger.Deps{
			DB: a.DB, Book: a.Book, Clock: clock.System{}, Logger: slog.New(slog.DiscardHandler), Stores: []ledger.Store{ledger.Dir(filepath.Join(data, "checkpoints"))},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := sealer.Checkpoint(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	if code, stdout, stderr := audit(); code != exitDone || !strings.HasPrefix(stdout, "3 rows of 1 organisations are as they were written; held against 1 checkpoints") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	if code, stdout, stderr := audit("--checkpoint", filepath.Join(data, "checkpoints")); code != exitDone {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	if code, _, stderr := audit("--checkpoint", filepath.Join(data, "nothing")); code != exitUsage {
		t.Errorf("no such checkpoint: exit %d: %s", code, stderr)
	}
	// Copies are asked without being named: one that fits nothing is a finding.
	copies := t.TempDir()
	if err := os.WriteFile(filepath.Join(copies, "forged.txt"), []byte("a note\n\n— nobody AAAA\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := audit("--audit-checkpoint-url", "file://"+copies); code == exitDone {
		t.Errorf("a forged copy: exit %d: %s%s", code, stdout, stderr)
	}
	if code, stdout, _ := call(t, "audit", "key", "--data", data, "--log-level=error"); code != exitDone || !strings.HasPrefix(stdout, "rainmaker-audit-") {
		t.Errorf("key: exit %d: %s", code, stdout)
	}
	server, err := embedded.Start(t.Context(), embedded.Config{Dir: data})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), server.URL(""))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), `update audit_log set actor = 'user:y' where seq = 2`); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(conn.Close(t.Context()), server.Stop(t.Context())); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := audit()
	if code != exitFailed || !strings.Contains(stdout, "row 1 (entry ") || !strings.Contains(stdout, "changed") || strings.Count(stderr, "\n") != 1 {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
}

// asProgram opens the installation the way commands do.
func asProgram(t *testing.T, data string, do func(*app.Installation)) {
	t.Helper()
	in, err := app.Open(t.Context(), config.Config{Data: data, Database: config.Database{MaxConns: 4}}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	do(in)
	if err := in.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// signUp makes an organisation over HTTP and returns its id.
func signUp(t *testing.T, base string) string {
	t.Helper()
	body := `{"organization_name": "Acme", "name": "Ann", "email": "ann@example.com", "password": "correct horse battery"}`
	res, err := http.Post(base+"/api/v1/auth/signup", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer struct {
		Organization struct {
			ID string `json:"id"`
		} `json:"organization"`
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || res.StatusCode != http.StatusCreated {
		t.Fatalf("sign up: %s, %v", res.Status, err)
	}
	return answer.Organization.ID
}

func TestReasons(t *testing.T) {
	if got := reasons(map[string]int{"b": 1, "a": 1, "c": 9}); got != " (c: 9, a: 1, b: 1)" {
		t.Errorf("got %q", got)
	}
}

func TestMigrateTwice(t *testing.T) {
	data := t.TempDir()
	for range 2 {
		if code, stdout, stderr := call(t, "migrate", "--data", data, "--log-level=error"); code != exitDone || !strings.Contains(stdout, "up to date") {
			t.Fatalf("exit %d: %s%s", code, stdout, stderr)
		}
	}
	if code, stdout, stderr := call(t, "keys", "rotate", "--data", data, "--log-level=error"); code != exitDone || !strings.Contains(stdout, "made key") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
}

// TestKeysBesideTheProgram: keys change while something else holds the data
// directory.
func TestKeysBesideTheProgram(t *testing.T) {
	data := t.TempDir()
	if code, stdout, stderr := call(t, "migrate", "--data", data, "--log-level=error"); code != exitDone {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	server, err := embedded.Start(t.Context(), embedded.Config{Dir: data})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop(context.Background()) })
	file := filepath.Join(data, "master.key")
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"rotate"}, exitDone, "made key"},
		{[]string{"list"}, exitDone, "local:"},
		{[]string{"rotate-master"}, exitDone, "holds a new key"},
		{[]string{"retire-master"}, exitDone, "opens this installation no more"},
		{[]string{"retire-master"}, exitDone, "no other key"},
		{[]string{"rotate-master", "--to", "ftp://x"}, exitFailed, ""},
		{[]string{"rotate-org", "--all"}, exitDone, "begun for 0 organisations"},
		{[]string{"rotate-org"}, exitUsage, ""},
		{[]string{"rotate-org", "nobody"}, exitUsage, ""},
	} {
		args := append(append([]string{"keys"}, c.args...), "--data", data, "--log-level=error")
		if code, stdout, stderr := call(t, args...); code != c.code || !strings.Contains(stdout, c.want) {
			t.Errorf("%v: exit %d, want %d: %s%s", c.args, code, c.code, stdout, stderr)
		}
	}
	after, err := os.ReadFile(file)
	if err != nil || string(after) == string(before) {
		t.Errorf("the master key is the same: %v", err)
	}
	if err := os.WriteFile(file, before, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := call(t, "keys", "list", "--data", data, "--log-level=error"); code != exitFailed || !strings.Contains(stderr, "another master key") {
		t.Errorf("the retired key: exit %d: %s", code, stderr)
	}
}
