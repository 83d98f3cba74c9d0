package config_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"

	"rainmaker/internal/platform/config"
	"rainmaker/internal/platform/errs"
)

// parse reads args, the environment and the file as every command does.
func parse(t *testing.T, args ...string) (config.Config, error) {
	t.Helper()
	var grammar struct {
		config.Config `embed:""`
	}
	parser, err := kong.New(&grammar, config.Options()...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(args); err != nil {
		return grammar.Config, err
	}
	err = grammar.Complete()
	return grammar.Config, err
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rainmaker.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFileThenEnvironmentThenFlag(t *testing.T) {
	file := write(t, "addr: 127.0.0.1:1\ndatabase:\n  max_conns: 11\nlog-level: warn\nopenai.base_url: http://127.0.0.1:9/v1\ndev: true\nsip:\n")
	c, err := parse(t, "--config", file)
	if err != nil {
		t.Fatal(err)
	}
	if c.Addr != "127.0.0.1:1" || c.Database.MaxConns != 11 || c.LogLevel != "warn" || !c.Dev || c.LogFormat != "text" {
		t.Errorf("from the file: %+v", c)
	}
	if c.LLM.Provider != config.ProviderOpenAI {
		t.Errorf("provider = %q: a base URL chooses it", c.LLM.Provider)
	}
	t.Setenv("RAINMAKER_CONFIG", file)
	t.Setenv("RAINMAKER_ADDR", "127.0.0.1:2")
	t.Setenv("RAINMAKER_DATABASE_MAX_CONNS", "12")
	c, err = parse(t, "--database-max-conns=13")
	if err != nil {
		t.Fatal(err)
	}
	if c.Addr != "127.0.0.1:2" || c.Database.MaxConns != 13 || c.LogLevel != "warn" {
		t.Errorf("file < environment < flag: %+v", c)
	}
}

func TestErrorsNameTheKey(t *testing.T) {
	for _, tc := range []struct {
		name string
		file string
		args []string
		want []string
	}{
		{"misspelt key", "adr: x", nil, []string{"adr", "did you mean addr?"}},
		{"misspelt nested key", "database: {ulr: x}", nil, []string{"database.ulr", "did you mean database.url?"}},
		{"twice", "database: {url: x}\ndatabase_url: y", nil, []string{"database.url", "twice"}},
		{"not YAML", "addr: [", nil, []string{"is not YAML"}},
		{
			"everything at once", "",
			[]string{"--addr=nowhere", "--target=all,cook", "--log-format=xml", "--tls-cert=a.pem", "--jobs-workers=0"},
			[]string{"addr:", "target:", `"cook"`, "log_format:", "tls_cert:", "jobs.workers:"},
		},
		{"calls", "", []string{"--sip=:5060"}, []string{"sip: calls are not built into this version"}},
		{"clock offset outside dev", "", []string{"--dev-clock-offset=+11d"}, []string{"dev_clock_offset: only with demo or --dev"}},
		{"loopback outside dev", "", []string{"--dev-allow-loopback"}, []string{"dev_allow_loopback: only with demo or --dev"}},
		{"bad offset", "", []string{"--dev", "--dev-clock-offset=soon"}, []string{"--dev-clock-offset", "+11d"}},
		{"no key", "", []string{"--llm-provider=openai"}, []string{"openai.api_key:"}},
		{"public url", "", []string{"--public-url=ftp://x"}, []string{"public_url:"}},
		{"number", "", []string{"--database-max-conns=many"}, []string{"--database-max-conns"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := parse(t, append(tc.args, "--config="+write(t, tc.file))...)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

func TestVendorsUsualKeyNamesNeedANamedProvider(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "sk-test")
	c, err := parse(t)
	if err != nil || c.LLM.Provider != config.ProviderOffline || c.OpenAI.APIKey != "" {
		t.Fatalf("provider %q, %v: a key lying about must not cost money", c.LLM.Provider, err)
	}
	c, err = parse(t, "--llm-provider=openai")
	if err != nil || c.OpenAI.APIKey.Reveal() != "sk-test" {
		t.Fatalf("the named provider did not take its usual key: %v", err)
	}
}

func TestPrintHidesSecretsAndReadsBack(t *testing.T) {
	const password = "hunter2"
	file := write(t, "database: {url: 'postgres://u:"+password+"@h/d'}\ndev: true\ndev_clock_offset: +1d2h\nopenai: {api_key: "+password+"}\npublic_url: https://x.example\n")
	c, err := parse(t, "--config", file)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := c.Print(&out); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), password) {
		t.Fatalf("the secret is shown:\n%s", out.String())
	}
	open := strings.NewReplacer(`database.url: "[secret]"`, `database.url: postgres://u@h/d`).Replace(out.String())
	again, err := parse(t, "--config", write(t, open))
	if err != nil {
		t.Fatalf("%v in\n%s", err, open)
	}
	again.File, again.Database.URL, again.OpenAI.APIKey = c.File, c.Database.URL, c.OpenAI.APIKey
	if diff := cmp.Diff(c, again); diff != "" {
		t.Error(diff)
	}
}

func TestOffset(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"+11d": 11 * 24 * time.Hour, "11d": 11 * 24 * time.Hour, "-2h30m": -150 * time.Minute, "+1d12h": 36 * time.Hour, "": 0, "90s": 90 * time.Second,
	} {
		var o config.Offset
		if err := o.UnmarshalText([]byte(text)); err != nil || time.Duration(o) != want {
			t.Errorf("%q = %v, %v", text, time.Duration(o), err)
		}
		var back config.Offset
		if err := back.UnmarshalText([]byte(o.String())); err != nil || back != o {
			t.Errorf("%q written as %q reads as %v, %v", text, o, back, err)
		}
	}
	for _, text := range []string{"d", "+", "1d-2h", "--1h", "11", "1w", "999999d"} {
		var o config.Offset
		if err := o.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q accepted as %v", text, time.Duration(o))
		}
	}
}

func TestMasterKey(t *testing.T) {
	c := config.Config{Data: filepath.Join(t.TempDir(), "new", "data")}
	key, made, err := c.LoadMasterKey()
	if err != nil || !made || len(key) != 32 {
		t.Fatalf("%d bytes, made %v, %v", len(key), made, err)
	}
	again, made, err := c.LoadMasterKey()
	if err != nil || made || !bytes.Equal(key, again) {
		t.Fatalf("second start: made %v, %v", made, err)
	}
	path := filepath.Join(c.Data, "master.key")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	var e *errs.Error
	if _, _, err := c.LoadMasterKey(); !errors.As(err, &e) || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key for everybody to read: %v", err)
	}
	c.MasterKeyURL = "file://" + filepath.Join(t.TempDir(), "elsewhere.key")
	if _, made, err := c.LoadMasterKey(); err == nil || made {
		t.Errorf("a key that is not where it was said to be: made %v, %v", made, err)
	}
	next := bytes.Repeat([]byte{5}, 32)
	if err := config.ReplaceMasterKey(c.MasterKeyFile(), next); err != nil {
		t.Fatal(err)
	}
	if got, made, err := c.LoadMasterKey(); err != nil || made || !bytes.Equal(got, next) {
		t.Errorf("from a file elsewhere: made %v, %v", made, err)
	}
	c.MasterKeyURL = "awskms:///alias/x"
	if _, _, err := c.LoadMasterKey(); err == nil || c.MasterKeyFile() != "" {
		t.Error("a key in a service was loaded")
	}
	c.MasterKeyURL = ""
	c.MasterKey = "AAAA"
	if _, _, err := c.LoadMasterKey(); err == nil {
		t.Error("a short key was taken")
	}
	given := bytes.Repeat([]byte{9}, 32)
	t.Setenv("RAINMAKER_MASTER_KEY", base64.StdEncoding.EncodeToString(given))
	fromEnv, err := parse(t)
	if err != nil {
		t.Fatal(err)
	}
	if got, made, err := fromEnv.LoadMasterKey(); err != nil || made || !bytes.Equal(got, given) {
		t.Errorf("from the environment: made %v, %v", made, err)
	}
}

func TestUnknownEnvironment(t *testing.T) {
	got := config.Unknown([]string{"RAINMAKER_ADDR=x", "RAINMAKER_ADRR=x", "PATH=/", "RAINMAKER_TEST_COUNT_FILE=f", "RAINMAKER_TWILIO_BASE_URL=u"})
	if diff := cmp.Diff([]string{"RAINMAKER_ADRR", "RAINMAKER_TWILIO_BASE_URL"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestDocsAreUpToDate(t *testing.T) {
	var want bytes.Buffer
	if err := config.Docs(&want); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../../docs/config.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), string(got)); diff != "" {
		t.Errorf("docs/config.md is out of date, run make gen: %s", diff)
	}
}
