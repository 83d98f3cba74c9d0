// Package config is the program's configuration: one documented struct that is
// the flags, the RAINMAKER_* environment, the YAML file and docs/config.md at
// once.
//
// A flag beats the environment, the environment beats the file, the file beats
// the default. A setting has one name in three dresses: the key database.url is
// --database-url and RAINMAKER_DATABASE_URL. Complete judges the whole before
// anything starts and names every wrong key. Secrets are secret.String, so that
// printing a Config is safe.
//
// Files: config.go (the settings), validate.go (the rules), file.go (the YAML
// file), offset.go (the clock's offset), key.go (the master key), docs.go
// (listing, printing, docs/config.md).
package config

import (
	"net/url"
	"path/filepath"
	"strings"

	"golang.org/x/net/http/httpguts"

	"rainmaker/internal/platform/db/embedded"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/secret"
)

// Config holds every setting. Its tags are its documentation: `help` is what
// --help and docs/config.md say.
type Config struct {
	File string `name:"config" group:"program" placeholder:"FILE" help:"YAML file with settings. Flags and environment beat it."`
	Data string `group:"program" placeholder:"DIR" help:"Directory of the database, the master key and uploads. Default: /var/lib/rainmaker as root, else $XDG_DATA_HOME/rainmaker or ~/.local/share/rainmaker."`

	Target string `group:"program" default:"all" placeholder:"all" help:"What this process does, comma-separated: all, api (HTTP and live updates), worker (sending, imports, campaigns, events, incoming mail)."`
	Dev    bool   `group:"program" help:"Development: allows targets on loopback, the clock offset and cookies over plain http. Never on a public machine."`

	LogFormat string `group:"program" default:"text" placeholder:"text" help:"Form of the log on stderr: text or json."`
	LogLevel  string `group:"program" default:"info" placeholder:"info" help:"Least important level that is logged: debug, info, warn or error."`

	Addr      string `group:"http" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address of the web app and the API. Port 0 picks a free one."`
	PublicURL string `group:"http" placeholder:"URL" help:"Where people reach this program from outside; links in mails are built on it. Default: the address it listens on."`
	TLSCert   string `group:"http" placeholder:"FILE" help:"Certificate chain (PEM). With it the program speaks https itself."`
	TLSKey    string `group:"http" placeholder:"FILE" help:"Private key of the certificate (PEM)."`

	TrustedProxies string `group:"http" placeholder:"CIDR,..." help:"Networks of proxies in front, comma-separated; only they may name the client's address in X-Forwarded-For."`
	API            API    `embed:"" prefix:"api-" group:"http"`

	RedisURL secret.String `name:"redis-url" group:"http" placeholder:"URL" help:"Redis that counts requests for all processes together: redis://user:password@host:6379/0. Default: each process counts alone."`

	InboundSMTP string        `name:"inbound-smtp" group:"mail" placeholder:"HOST:PORT" help:"Take replies, bounces and complaints by SMTP on this address. Default: off."`
	SystemSMTP  secret.String `name:"system-smtp" group:"mail" placeholder:"URL" help:"Server for mails to users of the program (reset links, invitations, notices): smtp://user:password@host:port requires STARTTLS except on this machine, smtps://... speaks TLS at once. Default: none; an admin then hands links over, and in development they are logged."`
	SystemFrom  string        `name:"system-from" group:"mail" placeholder:"ADDRESS" help:"Sender of these mails, such as Rainmaker <noreply@example.com>. Needed with system_smtp."`
	SIP         string        `name:"sip" group:"calls" placeholder:"HOST:PORT" help:"Take calls by SIP on this address. Not built into this version: setting it is refused."`

	MasterKey    secret.String `group:"program" placeholder:"BASE64" help:"32 random bytes in base64: the key-encryption key, which wraps the secret that all else is sealed under. Losing it loses that data. Default: DATA/master.key, made at the first start. Give it as environment variable rather than as flag."`
	MasterKeyURL string        `name:"master-key-url" group:"program" placeholder:"URL" help:"Key-encryption key elsewhere, instead of master_key: file:///path, awskms:///KEY?region=REGION, gcpkms://projects/P/locations/L/keyRings/R/cryptoKeys/K, or hashivault://KEY (transit engine). Credentials come from the environment as AWS, Google and Vault take them."`

	// Version of the program; not a setting.
	Version string `kong:"-" json:"-"`

	Database  Database  `embed:"" prefix:"database-" group:"database"`
	Audit     Audit     `embed:"" prefix:"audit-" group:"program"`
	Jobs      Jobs      `embed:"" prefix:"jobs-" group:"program"`
	Trace     Trace     `embed:"" prefix:"trace-" group:"program"`
	OIDC      OIDC      `embed:"" prefix:"oidc-" group:"http"`
	Email     Email     `embed:"" prefix:"email-" group:"mail"`
	LLM       LLM       `embed:"" prefix:"llm-" group:"models"`
	OpenAI    OpenAI    `embed:"" prefix:"openai-" group:"models"`
	Anthropic Anthropic `embed:"" prefix:"anthropic-" group:"models"`

	DevClockOffset   Offset `group:"development" placeholder:"+11d" help:"Shift the program's clock, such as +11d or -2h30m. Only with demo or --dev."`
	DevAllowLoopback bool   `group:"development" help:"Let URLs and mail hosts that users enter reach this machine. Only with demo or --dev."`
}

// Database says where rows live.
type Database struct {
	URL      secret.String `placeholder:"URL" help:"PostgreSQL 15 or newer, as the owner of the database: postgres://user:password@host/name. Default: the program runs its own server in the data directory."`
	MaxConns int           `default:"24" placeholder:"24" help:"Connections this process may open."`
	BinDir   string        `placeholder:"DIR" help:"Directory of initdb and postgres for the program's own server. Default: the newest found, else downloaded."`
}

// API bounds what one identity may ask.
type API struct {
	RatePerSecond int `default:"50" placeholder:"50" help:"Requests one user or API key may make a second."`
	RateBurst     int `default:"200" placeholder:"200" help:"Requests it may make at once after a pause."`

	OrgRatePerSecond int `placeholder:"N" help:"Requests one organisation may make a second. Default: four times those of one user."`
	OrgRateBurst     int `placeholder:"N" help:"Requests it may make at once after a pause. Default: four times those of one user."`
}

// Audit is the protection of the record of who did what.
type Audit struct {
	CheckpointURL string `placeholder:"URL" help:"Where signed checkpoints of the audit log are copied to besides DATA/checkpoints: s3://BUCKET?region=REGION (or with endpoint=https://HOST&use_path_style=true for what speaks S3), best with object lock, or file:///directory. Credentials come from the environment as AWS takes them."`
}

// CheckpointPlace is CheckpointURL taken apart: a directory, or the address of a
// bucket; both empty for none.
func (a Audit) CheckpointPlace() (dir, bucket string, err error) {
	if a.CheckpointURL == "" {
		return "", "", nil
	}
	u, err := url.Parse(a.CheckpointURL)
	switch {
	case err == nil && u.Scheme == "file" && u.Host == "" && filepath.IsAbs(u.Path):
		return filepath.Clean(u.Path), "", nil
	case err == nil && u.Scheme == "s3" && u.Host != "" && u.User == nil && (u.Path == "" || u.Path == "/"):
		return "", a.CheckpointURL, nil
	}
	return "", "", errs.InvalidField("audit.checkpoint_url", checkpointForm)
}

const checkpointForm = "must be s3:// and a bucket, or file:/// and an absolute directory"

// OIDC is an identity provider that everybody of this installation may use.
// Those of one organisation are set up by its admins.
type OIDC struct {
	Name         string        `default:"google" placeholder:"google" help:"Name of the identity provider in addresses (/auth/oidc/NAME/start): small letters, digits and hyphens."`
	Issuer       string        `placeholder:"URL" help:"Issuer of an OpenID Connect provider that all people of this installation may link and sign in with, such as https://accounts.google.com. Default: none."`
	ClientID     string        `placeholder:"ID" help:"Client id that the provider gave."`
	ClientSecret secret.String `placeholder:"SECRET" help:"Client secret that the provider gave."`
}

// Label is the name as people read it.
func (o OIDC) Label() string { return strings.ToUpper(o.Name[:1]) + o.Name[1:] }

// Jobs are imports, exports and the like.
type Jobs struct {
	Workers int `default:"16" placeholder:"16" help:"Jobs this process runs at once."`
}

// Trace says where traces of requests, jobs and mail go.
type Trace struct {
	URL     string        `placeholder:"URL" help:"Collector of traces that speaks OTLP over HTTP, such as http://127.0.0.1:4318. Traces hold ids, counts, times and the text of our own SQL, never what people typed. Default: none are made."`
	Headers secret.String `placeholder:"NAME=VALUE,..." help:"Headers that the collector asks for, comma-separated."`
	Sample  float64       `default:"0.1" placeholder:"0.1" help:"Share of traces that are kept, 0 to 1."`
}

// HeaderMap reads Headers.
func (t Trace) HeaderMap() (map[string]string, error) {
	headers := map[string]string{}
	for pair := range strings.SplitSeq(t.Headers.Reveal(), ",") {
		if pair = strings.TrimSpace(pair); pair == "" {
			continue
		}
		name, value, ok := strings.Cut(pair, "=")
		if !ok || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return nil, errs.InvalidField("trace.headers", traceHeadersForm)
		}
		headers[name] = value
	}
	return headers, nil
}

const traceHeadersForm = "want NAME=VALUE, comma-separated"

// Email are the settings of mail for all organisations.
type Email struct {
	PriceMicros int64 `default:"100" placeholder:"100" help:"What one mail costs, in millionths of a US dollar; budgets count with it. 100 is $0.10 a thousand."`
}

// Names of LLM.Provider.
const (
	ProviderAuto      = "auto"
	ProviderOffline   = "offline"
	ProviderOpenAI    = "openai"
	ProviderAnthropic = "anthropic"
)

// LLM chooses who writes.
type LLM struct {
	Provider     string `default:"auto" placeholder:"auto" help:"Who writes and sorts: offline (templates and rules, no model), openai (or any server with its protocol), anthropic, or auto: the one of the two whose key or base URL is set here, else offline."`
	TokensPerDay int64  `default:"5000000" placeholder:"5000000" help:"Tokens one organisation may use a day."`
}

// OpenAI reaches OpenAI and servers that speak its protocol.
type OpenAI struct {
	BaseURL string        `placeholder:"URL" help:"Base URL of the API. Default: https://api.openai.com/v1."`
	APIKey  secret.String `placeholder:"KEY" help:"Key of the API. Where llm.provider is openai, OPENAI_API_KEY works too."`
	Model   string        `placeholder:"NAME" help:"Model to ask. Default: the newest small one known to this version."`
}

// Anthropic reaches Anthropic.
type Anthropic struct {
	BaseURL string        `placeholder:"URL" help:"Base URL of the API. Default: https://api.anthropic.com."`
	APIKey  secret.String `placeholder:"KEY" help:"Key of the API. Where llm.provider is anthropic, ANTHROPIC_API_KEY works too."`
	Model   string        `placeholder:"NAME" help:"Model to ask. Default: the newest small one known to this version."`
}

// complete fills in what depends on other settings or on the machine. lookup is
// os.LookupEnv.
func (c *Config) complete(lookup func(string) (string, bool)) error {
	if c.Data == "" {
		dir, err := embedded.DefaultDir()
		if err != nil {
			return errs.Wrap(errs.Invalid, err, "data: no home directory to put it in: give --data")
		}
		c.Data = dir
	}
	if abs, err := filepath.Abs(c.Data); err == nil {
		c.Data = abs
	}
	if c.LLM.Provider == ProviderAuto {
		c.LLM.Provider = ProviderOffline
		switch {
		case c.OpenAI.APIKey != "" || c.OpenAI.BaseURL != "":
			c.LLM.Provider = ProviderOpenAI
		case c.Anthropic.APIKey != "" || c.Anthropic.BaseURL != "":
			c.LLM.Provider = ProviderAnthropic
		}
	}
	// The vendors' usual names lie about in many a developer's shell: they must
	// not start to cost money by themselves, so the provider must be named.
	usual := func(provider string, key *secret.String, name string) {
		if v, ok := lookup(name); ok && c.LLM.Provider == provider && *key == "" {
			*key = secret.String(v)
		}
	}
	usual(ProviderOpenAI, &c.OpenAI.APIKey, "OPENAI_API_KEY")
	usual(ProviderAnthropic, &c.Anthropic.APIKey, "ANTHROPIC_API_KEY")
	return nil
}
