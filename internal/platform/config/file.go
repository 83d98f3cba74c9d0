package config

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v4"

	"rainmaker/internal/platform/errs"
)

// Options returns what a kong parser needs so that any command with an embedded
// Config reads the environment and the file too.
func Options() []kong.Option {
	return []kong.Option{kong.DefaultEnvars("RAINMAKER"), kong.Resolvers(&file{})}
}

// file gives kong the settings of the YAML file. It reads the file once the
// command line is known, because --config names it.
type file struct {
	loaded bool
	values map[string]string // by flag name
}

// Validate implements kong.Resolver; Resolve has judged the file already.
func (f *file) Validate(*kong.Application) error { return nil }

// Resolve implements kong.Resolver. nil means "not in the file".
func (f *file) Resolve(ctx *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if flag.Name == "config" || !isSetting(flag.Name) {
		return nil, nil
	}
	if !f.loaded {
		values, err := readFile(filePath(ctx))
		if err != nil {
			return nil, err
		}
		f.loaded, f.values = true, values
	}
	for _, env := range flag.Envs {
		if _, ok := os.LookupEnv(env); ok {
			return nil, nil // the environment beats the file
		}
	}
	if v, ok := f.values[flag.Name]; ok {
		return v, nil
	}
	return nil, nil
}

func filePath(ctx *kong.Context) string {
	for _, p := range ctx.Path {
		if p.Flag != nil && p.Flag.Name == "config" {
			if s, ok := ctx.FlagValue(p.Flag).(string); ok {
				return s
			}
		}
	}
	return os.Getenv("RAINMAKER_CONFIG")
}

// readFile returns the file's settings by flag name. Groups may be nested maps
// or dotted, dashed or underscored names: database: {url: ...} is database.url
// is database_url.
func readFile(path string) (map[string]string, error) {
	values := map[string]string{}
	if path == "" {
		return values, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, errs.Wrap(errs.Invalid, err, "config file")
	}
	var doc map[string]any
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, errs.Wrap(errs.Invalid, err, "config file %s is not YAML", path)
	}
	if err := flatten(values, "", doc); err != nil {
		return nil, fmt.Errorf("config file %s: %w", path, err)
	}
	return values, nil
}

func flatten(into map[string]string, prefix string, doc map[string]any) error {
	for key, value := range doc {
		name := prefix + strings.NewReplacer("_", "-", ".", "-").Replace(key)
		if group, ok := value.(map[string]any); ok {
			if err := flatten(into, name+"-", group); err != nil {
				return err
			}
			continue
		}
		if !isSetting(name) || name == "config" {
			return errs.InvalidField(keyOf(name), "no such setting%s", suggest(name))
		}
		if _, twice := into[name]; twice {
			return errs.InvalidField(keyOf(name), "given twice")
		}
		switch v := value.(type) {
		case nil:
			continue // "key:" with nothing behind it keeps the default
		case string:
			into[name] = v
		case bool:
			into[name] = strconv.FormatBool(v)
		case int, int64, uint64, float64:
			into[name] = fmt.Sprint(v)
		case []any: // a list is the comma-separated form
			parts := make([]string, len(v))
			for i, p := range v {
				parts[i] = fmt.Sprint(p)
			}
			into[name] = strings.Join(parts, ",")
		default:
			return errs.InvalidField(keyOf(name), "want a plain value")
		}
	}
	return nil
}

func isSetting(flag string) bool {
	return slices.ContainsFunc(settings(), func(s Setting) bool { return s.Flag == flag })
}

// suggest names a setting that the unknown one was probably meant to be.
func suggest(name string) string {
	best, distance := "", 4
	for _, s := range settings() {
		if d := editDistance(name, s.Flag); d < distance {
			best, distance = s.Key, d
		}
	}
	if best == "" {
		return " (rainmaker config docs lists them)"
	}
	return "; did you mean " + best + "?"
}

// editDistance is Levenshtein's.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// Unknown returns the RAINMAKER_* names of an environment that no setting
// reads: misspelt, or of another version.
func Unknown(environ []string) []string {
	var unknown []string
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "RAINMAKER_") || strings.HasPrefix(name, "RAINMAKER_TEST_") {
			continue
		}
		if !slices.ContainsFunc(settings(), func(s Setting) bool { return s.Env == name }) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return unknown
}
