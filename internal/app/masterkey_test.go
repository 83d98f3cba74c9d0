package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/app"
	"rainmaker/internal/platform/config"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/embedded"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/secret"
)

// keyring tries master keys on one database.
type keyring struct {
	t   *testing.T
	url string
}

func newKeyring(t *testing.T) keyring {
	server, err := embedded.Start(t.Context(), embedded.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop(context.Background()) })
	return keyring{t, server.URL("")}
}

func (k keyring) with(change func(*config.Config)) config.Config {
	c := config.Config{Data: k.t.TempDir(), Database: config.Database{URL: secret.String(k.url), MaxConns: 4}}
	change(&c)
	return c
}

func (k keyring) master(b byte) config.Config {
	return k.with(func(c *config.Config) { c.MasterKey = secret.String(base64.StdEncoding.EncodeToString(key32(b))) })
}

func key32(b byte) []byte { return bytes.Repeat([]byte{b}, secret.MasterKeySize) }

// open opens the installation and returns what it derives.
func (k keyring) open(c config.Config) (*app.Installation, string) {
	k.t.Helper()
	in, err := app.Open(k.t.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		k.t.Fatalf("open: %v", err)
	}
	k.t.Cleanup(func() { _ = in.Close(context.Background()) })
	derived, err := in.Vault.Derive("anything", 16)
	if err != nil {
		k.t.Fatal(err)
	}
	return in, hex.EncodeToString(derived)
}

func (k keyring) refused(c config.Config, why string) {
	k.t.Helper()
	in, err := app.Open(k.t.Context(), c, slog.New(slog.DiscardHandler))
	if err == nil {
		_ = in.Close(context.Background())
	}
	if !errs.Is(err, errs.Conflict) {
		k.t.Errorf("%s: %v, want a refusal", why, err)
	}
}

// TestRotateMaster: a new key beside the old one, processes that were started
// with either, then the new one alone; what is derived never changes.
func TestRotateMaster(t *testing.T) {
	k, log := newKeyring(t), slog.New(slog.DiscardHandler)
	running, want := k.open(k.master(1))
	k.refused(k.master(9), "a stranger's key")

	file := filepath.Join(t.TempDir(), "next.key")
	if err := os.WriteFile(file, []byte(base64.StdEncoding.EncodeToString(key32(2))+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	next := k.with(func(c *config.Config) { c.MasterKeyURL = "file://" + file })
	k.refused(next, "the next key before its time")
	if _, err := app.RotateMaster(t.Context(), k.master(1), next.MasterKeyURL, log); err != nil {
		t.Fatal(err)
	}
	for _, c := range []config.Config{k.master(1), next} {
		if _, got := k.open(c); got != want {
			t.Error("while the key is changed, something else is derived")
		}
	}
	lines, err := app.MasterKeys(t.Context(), next, log)
	if err != nil || len(lines) != 2 {
		t.Errorf("keys: %q, %v, want two", lines, err)
	}
	gone, err := app.RetireMaster(t.Context(), next, log)
	if err != nil || len(gone) != 1 || !strings.HasPrefix(gone[0], "local:") {
		t.Errorf("retired %q, %v, want the first key", gone, err)
	}
	k.refused(k.master(1), "a retired key")
	if _, got := k.open(next); got != want {
		t.Error("after the change, something else is derived")
	}
	// A process that was started before goes on.
	if err := running.DB.Ping(t.Context()); err != nil {
		t.Errorf("the running process: %v", err)
	}

	// Without a place to go to, a new key takes the place of the old one.
	made, err := app.RotateMaster(t.Context(), next, "", log)
	if err != nil || made.File != file || made.Value != "" {
		t.Fatalf("new key in the file: %+v, %v", made, err)
	}
	text, err := os.ReadFile(file)
	if err != nil || strings.HasPrefix(string(text), base64.StdEncoding.EncodeToString(key32(2))) {
		t.Errorf("the file still holds the old key: %v", err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the new key can be read by others: %v", err)
	}
	if _, got := k.open(next); got != want {
		t.Error("with the new file, something else is derived")
	}
	if _, got := k.open(k.master(2)); got != want {
		t.Error("the old key opens no more before it is retired")
	}
}

// TestFirstKeyBecomesTheSecret: an installation of a version that derived all
// from the master key itself keeps every value, and can then change the key.
func TestFirstKeyBecomesTheSecret(t *testing.T) {
	k, log := newKeyring(t), slog.New(slog.DiscardHandler)
	vault, err := secret.NewVault(key32(1))
	if err != nil {
		t.Fatal(err)
	}
	want, err := vault.Derive("anything", 16)
	if err != nil {
		t.Fatal(err)
	}
	check, err := vault.Check()
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(t.Context(), db.Config{URL: k.url, LoginRole: db.AppRole + "_" + hex.EncodeToString(check[:6]), AppPassword: "x"}); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), k.url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(t.Context(), `insert into installation (key_check) values ($1)`, check); err != nil {
		t.Fatal(err)
	}
	k.refused(k.master(2), "another key")
	if _, got := k.open(k.master(1)); got != hex.EncodeToString(want) {
		t.Error("the upgrade changed what is derived")
	}
	var n int
	if err := conn.QueryRow(t.Context(), `select count(*) from installation_keys`).Scan(&n); err != nil || n != 1 {
		t.Errorf("%d wrapped secrets, %v, want one", n, err)
	}

	// To a service, and back into a setting.
	vaultServer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Plaintext, Ciphertext string }
		_ = json.NewDecoder(r.Body).Decode(&in)
		w.Header().Set("Content-Type", "application/json")
		if strings.Contains(r.URL.Path, "/transit/encrypt/") {
			_ = json.NewEncoder(w).Encode(map[string]any{"data": map[string]string{"ciphertext": "vault:v1:" + reverse(in.Plaintext)}})
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"data": map[string]string{"plaintext": reverse(strings.TrimPrefix(in.Ciphertext, "vault:v1:"))}})
	}))
	t.Cleanup(vaultServer.Close)
	t.Setenv("VAULT_ADDR", vaultServer.URL)
	t.Setenv("VAULT_TOKEN", "x")
	service := k.with(func(c *config.Config) { c.MasterKeyURL = "hashivault://rainmaker" })
	k.refused(service, "a service before its time")
	if _, err := app.RotateMaster(t.Context(), k.master(1), service.MasterKeyURL, log); err != nil {
		t.Fatal(err)
	}
	if _, err := app.RetireMaster(t.Context(), service, log); err != nil {
		t.Fatal(err)
	}
	k.refused(k.master(1), "the first key")
	if _, got := k.open(service); got != hex.EncodeToString(want) {
		t.Error("with the key in a service, something else is derived")
	}
	if _, err := os.Stat(filepath.Join(service.Data, "master.key")); err == nil {
		t.Error("a master key was made although a service keeps it")
	}
	if _, err := app.RotateMaster(t.Context(), service, "", log); !errs.Is(err, errs.Invalid) {
		t.Errorf("a new key nowhere: %v", err)
	}
}

func reverse(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}
