package kms_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"rainmaker/internal/platform/kms"
	"rainmaker/internal/platform/secret"
)

// scramble stands for a cipher: the fakes only must not give back what they got.
func scramble(b []byte) []byte {
	out := bytes.Clone(b)
	for i := range out {
		out[i] ^= 0x5a
	}
	return out
}

// fakeVault answers as the transit engine does.
func fakeVault(t *testing.T, asked *atomic.Int64) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		var in struct{ Plaintext, Ciphertext string }
		_ = json.NewDecoder(r.Body).Decode(&in)
		answer := map[string]string{}
		switch {
		case r.Header.Get("X-Vault-Token") != "a token":
			http.Error(w, `{"errors":["permission denied"]}`, http.StatusForbidden)
			return
		case strings.HasSuffix(r.URL.Path, "/v1/transit/encrypt/rainmaker"):
			raw, _ := base64.StdEncoding.DecodeString(in.Plaintext)
			answer["ciphertext"] = "vault:v1:" + base64.StdEncoding.EncodeToString(scramble(raw))
		case strings.HasSuffix(r.URL.Path, "/v1/transit/decrypt/rainmaker"):
			raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(in.Ciphertext, "vault:v1:"))
			if err != nil {
				http.Error(w, `{"errors":["invalid ciphertext"]}`, http.StatusBadRequest)
				return
			}
			answer["plaintext"] = base64.StdEncoding.EncodeToString(scramble(raw))
		default:
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"data": answer})
	}))
	t.Cleanup(s.Close)
	return s
}

// fakeAWS answers as AWS KMS does (protocol JSON 1.1).
func fakeAWS(t *testing.T, asked *atomic.Int64) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		var in struct {
			KeyId             string //nolint:revive // as AWS spells it
			Plaintext         []byte
			CiphertextBlob    []byte
			EncryptionContext map[string]string
		}
		body, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(body, &in)
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		refuse := func(kind string) {
			w.WriteHeader(http.StatusBadRequest)
			_ = json.NewEncoder(w).Encode(map[string]string{"__type": kind, "message": "no"})
		}
		switch {
		case !strings.Contains(r.Header.Get("Authorization"), "Credential=AKIDFAKE/"):
			refuse("UnrecognizedClientException")
		case in.EncryptionContext["app"] != "rainmaker":
			refuse("InvalidCiphertextException")
		case r.Header.Get("X-Amz-Target") == "TrentService.Encrypt" && in.KeyId == "alias/rainmaker":
			_ = json.NewEncoder(w).Encode(map[string]any{"CiphertextBlob": scramble(in.Plaintext), "KeyId": in.KeyId})
		case r.Header.Get("X-Amz-Target") == "TrentService.Decrypt":
			_ = json.NewEncoder(w).Encode(map[string]any{"Plaintext": scramble(in.CiphertextBlob)})
		default:
			refuse("NotFoundException")
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// TestServices: the secret goes through each service and comes back; what the
// service refuses is an error that names the key and not the secret.
func TestServices(t *testing.T) {
	var asked atomic.Int64
	t.Setenv("VAULT_ADDR", fakeVault(t, &asked).URL)
	t.Setenv("VAULT_TOKEN", "a token")
	t.Setenv("AWS_ENDPOINT_URL_KMS", fakeAWS(t, &asked).URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDFAKE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "x")
	t.Setenv("AWS_REGION", "us-east-1")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	for _, c := range []struct{ address, name, missing string }{
		{"hashivault://rainmaker", "hashivault://rainmaker", "hashivault://another"},
		{"awskms:///alias/rainmaker?region=us-east-1&context_app=rainmaker", "awskms:///alias/rainmaker", "awskms:///alias/another?context_app=rainmaker"},
	} {
		key, err := kms.Open(t.Context(), c.address)
		if err != nil {
			t.Fatalf("%s: %v", c.address, err)
		}
		if key.Name() != c.name {
			t.Errorf("%s is called %s", c.address, key.Name())
		}
		vault, err := secret.NewRandomVault()
		if err != nil {
			t.Fatal(err)
		}
		wrapped, err := vault.Wrap(t.Context(), key)
		if err != nil {
			t.Fatalf("%s: %v", c.address, err)
		}
		before := asked.Load()
		again, err := secret.OpenVault(t.Context(), key, wrapped)
		if err != nil {
			t.Fatalf("%s: %v", c.address, err)
		}
		want, _ := vault.Check()
		if got, _ := again.Check(); !bytes.Equal(got, want) {
			t.Errorf("%s: another secret came back", c.address)
		}
		if asked.Load() != before+1 {
			t.Errorf("%s: %d questions to open, want one", c.address, asked.Load()-before)
		}
		if _, err := again.Derive("anything", 32); err != nil || asked.Load() != before+1 {
			t.Errorf("%s is asked after the start: %v", c.address, err)
		}
		other, err := kms.Open(t.Context(), c.missing)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := vault.Wrap(t.Context(), other); err == nil || !strings.Contains(err.Error(), other.Name()) {
			t.Errorf("%s: %v, want a refusal that names the key", c.missing, err)
		}
		if err := key.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestAddresses: what is no key's address is refused before anybody is asked.
func TestAddresses(t *testing.T) {
	for _, address := range []string{"", "awskms", "awskms://", "https://kms.example", "base64key://smGbjm71Nxd1Ig5FS0wj9SlbzAIrnolCz9bQQ6uAhl4=", "file:///etc/passwd"} {
		if kms.Known(address) {
			t.Errorf("%q is known", address)
		}
		if _, err := kms.Open(t.Context(), address); err == nil {
			t.Errorf("%q was opened", address)
		}
	}
	for _, address := range []string{"awskms://x", "gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k", "hashivault://x"} {
		if !kms.Known(address) {
			t.Errorf("%q is not known", address)
		}
	}
}
