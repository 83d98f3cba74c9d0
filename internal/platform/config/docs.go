package config

import (
	"fmt"
	"io"
	"reflect"
	"strings"
	"sync"

	"github.com/alecthomas/kong"

	"rainmaker/internal/platform/secret"
)

// Setting describes one setting.
type Setting struct {
	Key     string // in the file, such as database.url
	Flag    string // without dashes in front
	Env     string
	Default string
	Group   string
	Help    string

	index  []int // of the field in Config
	secret bool
}

// groups are the sections of docs/config.md, in order.
func groups() [][2]string {
	return [][2]string{
		{"program", "Program"},
		{"http", "HTTP"},
		{"database", "Database"},
		{"mail", "Mail"},
		{"models", "Language models"},
		{"calls", "Calls"},
		{"development", "Development"},
	}
}

// settings reads the struct once; the list is never changed.
var settings = sync.OnceValue(func() []Setting {
	var grammar struct {
		Config `embed:""`
	}
	parser, err := kong.New(&grammar, kong.DefaultEnvars("RAINMAKER"), kong.NoDefaultHelp())
	if err != nil {
		panic(fmt.Sprintf("the tags of config.Config: %v", err)) // found by any test
	}
	byTarget := map[uintptr][]int{}
	walk(reflect.ValueOf(&grammar.Config).Elem(), nil, byTarget)
	var list []Setting
	for _, f := range parser.Model.Flags {
		s := Setting{Key: keyOf(f.Name), Flag: f.Name, Default: f.Default, Help: f.Help, index: byTarget[f.Target.Addr().Pointer()]}
		if len(f.Envs) > 0 {
			s.Env = f.Envs[0]
		}
		if f.Group != nil {
			s.Group = f.Group.Key
		}
		s.secret = f.Target.Type() == reflect.TypeFor[secret.String]()
		list = append(list, s)
	}
	return list
})

// walk notes the field index of every leaf by its address.
func walk(v reflect.Value, index []int, into map[uintptr][]int) {
	for i := range v.NumField() {
		at := append(append([]int(nil), index...), i)
		if f := v.Field(i); f.Kind() == reflect.Struct {
			walk(f, at, into)
		} else {
			into[f.Addr().Pointer()] = at
		}
	}
}

// keyOf turns a flag's name into the key of the file: the group before a dot,
// underscores for dashes.
func keyOf(flag string) string {
	for _, group := range []string{"database-", "audit-", "jobs-", "trace-", "api-", "oidc-", "email-", "llm-", "openai-", "anthropic-"} {
		if rest, ok := strings.CutPrefix(flag, group); ok {
			return strings.TrimSuffix(group, "-") + "." + strings.ReplaceAll(rest, "-", "_")
		}
	}
	return strings.ReplaceAll(flag, "-", "_")
}

// Print writes the settings in force as a YAML file, secrets hidden.
func (c *Config) Print(w io.Writer) error {
	for _, s := range settings() {
		if s.Flag == "config" {
			continue
		}
		field := reflect.ValueOf(c).Elem().FieldByIndex(s.index)
		value := fmt.Sprint(field.Interface())
		switch {
		case field.IsZero() && field.Kind() == reflect.String:
			value = `""`
		case field.Kind() == reflect.String, field.Type() == reflect.TypeFor[Offset]():
			value = fmt.Sprintf("%q", value)
		}
		if _, err := fmt.Fprintf(w, "%s: %s\n", s.Key, value); err != nil {
			return fmt.Errorf("print the configuration: %w", err)
		}
	}
	return nil
}

const docsHead = `# Configuration

<!-- Written by "rainmaker config docs"; "make gen" brings it up to date. -->

Every setting is a flag, an environment variable and a key of the YAML file named by ` + "`--config`" + `. A flag beats the
environment, the environment beats the file, the file beats the default. Groups may be nested:

` + "```yaml" + `
addr: 0.0.0.0:8080
public_url: https://rainmaker.example.com
database:
  url: postgres://rainmaker:secret@db.example.com/rainmaker
` + "```" + `

` + "`rainmaker config check`" + ` judges a configuration without starting, ` + "`rainmaker config print`" + ` shows what is in force with secrets
hidden. Secrets belong into the environment or the file: a flag can be seen by every user of the machine.
`

// Docs writes docs/config.md.
func Docs(w io.Writer) error {
	var b strings.Builder
	b.WriteString(docsHead)
	for _, group := range groups() {
		fmt.Fprintf(&b, "\n## %s\n\n| key | flag | environment | default | meaning |\n|---|---|---|---|---|\n", group[1])
		for _, s := range settings() {
			if s.Group != group[0] {
				continue
			}
			def := "`" + s.Default + "`"
			if s.Default == "" {
				def = ""
			}
			key := "`" + s.Key + "`"
			if s.Flag == "config" {
				key = "" // the file cannot name itself
			}
			fmt.Fprintf(&b, "| %s | `--%s` | `%s` | %s | %s |\n", key, s.Flag, s.Env, def, s.Help)
		}
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the documentation: %w", err)
	}
	return nil
}

// Groups titles the settings in --help.
func Groups() []kong.Option {
	titles := kong.Groups{}
	for _, g := range groups() {
		titles[g[0]] = g[1]
	}
	return []kong.Option{titles}
}
