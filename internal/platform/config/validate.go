package config

import (
	"crypto/tls"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/kms"
	"rainmaker/internal/platform/limit"
	"rainmaker/internal/platform/secret"
)

// Targets are the names --target knows.
func Targets() []string { return []string{"all", "api", "worker"} }

// maxConns is above what one process can use; more is a slip of the finger.
const maxConns = 1000

// Complete fills in defaults that depend on the machine and on other settings,
// and judges the whole. The error is Invalid and names every wrong key.
func (c *Config) Complete() error {
	if err := c.complete(os.LookupEnv); err != nil {
		return err
	}
	return c.validate()
}

// validate judges a completed configuration. It is not exported because kong
// calls a method Validate before the configuration is complete.
func (c *Config) validate() error {
	var v verdict
	v.program(c)
	v.http(c)
	v.services(c)
	if _, _, err := c.Audit.CheckpointPlace(); err != nil {
		v.wrong("audit.checkpoint_url", checkpointForm)
	}
	v.trace(c)
	if len(v) == 0 {
		return nil
	}
	lines := make([]string, len(v))
	for i, f := range v {
		lines[i] = f.Location + ": " + f.Message
	}
	return &errs.Error{Kind: errs.Invalid, Message: strings.Join(lines, "; "), Fields: v}
}

// Proxies reads TrustedProxies.
func (c *Config) Proxies() ([]netip.Prefix, error) {
	var list []netip.Prefix
	for text := range strings.SplitSeq(c.TrustedProxies, ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		network, err := netip.ParsePrefix(text)
		if one, oneErr := netip.ParseAddr(text); oneErr == nil {
			network, err = netip.PrefixFrom(one, one.BitLen()), nil
		}
		if err != nil {
			return nil, errs.InvalidField("trusted_proxies", "%q is no network", text)
		}
		list = append(list, network)
	}
	return list, nil
}

// verdict collects what is wrong.
type verdict []errs.Field

func (v *verdict) wrong(key, message string) {
	*v = append(*v, errs.Field{Location: key, Message: message})
}

func (v *verdict) oneOf(key, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		v.wrong(key, strconv.Quote(value)+" is not one of "+strings.Join(allowed, ", "))
	}
}

func (v *verdict) program(c *Config) {
	for _, t := range strings.Split(c.Target, ",") {
		v.oneOf("target", strings.TrimSpace(t), Targets()...)
	}
	v.oneOf("log_format", c.LogFormat, "text", "json")
	v.oneOf("log_level", c.LogLevel, "debug", "info", "warn", "error")
	if c.MasterKey != "" {
		if _, err := secret.ParseMasterKey(c.MasterKey.Reveal()); err != nil {
			v.wrong("master_key", "want 32 bytes in base64 (openssl rand -base64 32)")
		}
	}
	switch path, isFile := strings.CutPrefix(c.MasterKeyURL, "file://"); {
	case c.MasterKeyURL == "":
	case c.MasterKey != "":
		v.wrong("master_key_url", "there is one key-encryption key: leave master_key or master_key_url out")
	case isFile && !filepath.IsAbs(path), !isFile && !kms.Known(c.MasterKeyURL):
		v.wrong("master_key_url", "want file:///path, awskms:///..., gcpkms://... or hashivault://...")
	}
	if c.Jobs.Workers < 1 || c.Jobs.Workers > maxConns {
		v.wrong("jobs.workers", "want 1 to 1000")
	}
	if c.SIP != "" {
		v.wrong("sip", "calls are not built into this version: leave it out")
	}
	if c.DevClockOffset != 0 && !c.Dev {
		v.wrong("dev_clock_offset", "only with demo or --dev")
	}
	if c.DevAllowLoopback && !c.Dev {
		v.wrong("dev_allow_loopback", "only with demo or --dev")
	}
}

func (v *verdict) http(c *Config) {
	v.address("addr", c.Addr)
	if c.InboundSMTP != "" {
		v.address("inbound_smtp", c.InboundSMTP)
	}
	v.url("public_url", c.PublicURL)
	v.systemMail(c)
	if _, err := c.Proxies(); err != nil {
		v.wrong("trusted_proxies", "want networks such as 10.0.0.0/8,127.0.0.1/32")
	}
	if c.API.RatePerSecond < 1 || c.API.RateBurst < c.API.RatePerSecond {
		v.wrong("api.rate_per_second", "want 1 or more, and api.rate_burst no less than it")
	}
	if c.API.OrgRatePerSecond < 0 || c.API.OrgRateBurst < c.API.OrgRatePerSecond {
		v.wrong("api.org_rate_per_second", "want 0 or more, and api.org_rate_burst no less than it")
	}
	if c.RedisURL != "" {
		if r, err := limit.OpenRedis(c.RedisURL); err != nil {
			v.wrong("redis_url", "want redis://user:password@host:port/database")
		} else {
			_ = r.Close() // it never connected
		}
	}
	v.oidc(c)
	switch {
	case (c.TLSCert == "") != (c.TLSKey == ""):
		v.wrong("tls_cert", "tls_cert and tls_key come together")
	case c.TLSCert != "":
		if _, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey); err != nil {
			v.wrong("tls_cert", err.Error())
		}
	}
}

// providerName is a part of a path and must not look like an id.
var providerName = regexp.MustCompile(`^[a-z][a-z0-9-]{1,30}$`)

func (v *verdict) oidc(c *Config) {
	if c.OIDC.Issuer == "" && c.OIDC.ClientID == "" && c.OIDC.ClientSecret == "" {
		return
	}
	v.url("oidc.issuer", c.OIDC.Issuer)
	if strings.HasPrefix(c.OIDC.Issuer, "http://") && !c.Dev {
		v.wrong("oidc.issuer", "want an https URL")
	}
	if c.OIDC.Issuer == "" || c.OIDC.ClientID == "" || c.OIDC.ClientSecret == "" {
		v.wrong("oidc.issuer", "oidc.issuer, oidc.client_id and oidc.client_secret come together")
	}
	if !providerName.MatchString(c.OIDC.Name) {
		v.wrong("oidc.name", "want 2 to 31 small letters, digits and hyphens, a letter first")
	}
}

func (v *verdict) services(c *Config) {
	if c.Database.URL != "" {
		if _, err := pgx.ParseConfig(c.Database.URL.Reveal()); err != nil {
			// The parser's message may quote the password.
			v.wrong("database.url", "want postgres://user:password@host/name")
		}
	}
	// Each process needs its listeners and locks besides the pool's work.
	if c.Database.MaxConns < 4 || c.Database.MaxConns > maxConns {
		v.wrong("database.max_conns", "want 4 to 1000")
	}
	if c.Email.PriceMicros < 0 {
		v.wrong("email.price_micros", "want 0 or more")
	}
	v.oneOf("llm.provider", c.LLM.Provider, ProviderAuto, ProviderOffline, ProviderOpenAI, ProviderAnthropic)
	if c.LLM.TokensPerDay < 1 {
		v.wrong("llm.tokens_per_day", "want 1 or more")
	}
	v.url("openai.base_url", c.OpenAI.BaseURL)
	v.url("anthropic.base_url", c.Anthropic.BaseURL)
	// Another server with OpenAI's protocol may need no key; the vendors do.
	if c.LLM.Provider == ProviderOpenAI && c.OpenAI.APIKey == "" && c.OpenAI.BaseURL == "" {
		v.wrong("openai.api_key", "llm.provider is openai: give the key, or openai.base_url of a server without one")
	}
	if c.LLM.Provider == ProviderAnthropic && c.Anthropic.APIKey == "" && c.Anthropic.BaseURL == "" {
		v.wrong("anthropic.api_key", "llm.provider is anthropic: give the key")
	}
}

// systemMail judges the form; the provider reads it once more.
func (v *verdict) systemMail(c *Config) {
	if c.SystemSMTP == "" {
		if c.SystemFrom != "" {
			v.wrong("system_from", "only with system_smtp")
		}
		return
	}
	u, err := url.Parse(c.SystemSMTP.Reveal())
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		v.wrong("system_smtp", "want smtp://user:password@host:port or smtps://user:password@host:port")
	}
	if _, err := mail.ParseAddress(c.SystemFrom); err != nil {
		v.wrong("system_from", "want an address such as Rainmaker <noreply@example.com>")
	}
}

func (v *verdict) trace(c *Config) {
	v.url("trace.url", c.Trace.URL)
	if _, err := c.Trace.HeaderMap(); err != nil {
		v.wrong("trace.headers", traceHeadersForm)
	}
	if !(c.Trace.Sample >= 0 && c.Trace.Sample <= 1) { // not a number is neither
		v.wrong("trace.sample", "want 0 to 1")
	}
}

func (v *verdict) address(key, value string) {
	_, port, err := net.SplitHostPort(value)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		v.wrong(key, strconv.Quote(value)+" is no address: want HOST:PORT")
	}
}

func (v *verdict) url(key, value string) {
	if value == "" {
		return
	}
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		v.wrong(key, "want a plain http or https URL")
	}
}
