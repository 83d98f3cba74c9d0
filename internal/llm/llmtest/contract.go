package llmtest

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"rainmaker/internal/platform/sharedset"
)

// Contract returns a check of request bodies against the named schema of a
// vendor's OpenAPI 3.1 document (whose schemas are JSON Schema 2020-12). file is
// a path below the shared contracts, such as openai/openai.trim.json. When the
// contracts are not on this machine, the check passes everything; the log says so.
func Contract(t *testing.T, file, schema string) func(t *testing.T, body []byte) {
	t.Helper()
	dir, ok := sharedset.Path(t, "contracts")
	if !ok {
		return func(*testing.T, []byte) {}
	}
	raw, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		t.Fatalf("contract: %v", err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("contract %s: %v", file, err)
	}
	mend(doc)
	c := jsonschema.NewCompiler()
	c.UseLoader(jsonschema.SchemeURLLoader{})
	if err := c.AddResource("mem:contract", doc); err != nil {
		t.Fatalf("contract %s: %v", file, err)
	}
	s, err := c.Compile("mem:contract#/components/schemas/" + schema)
	if err != nil {
		t.Fatalf("contract %s, schema %s: %v", file, schema, err)
	}
	return func(t *testing.T, body []byte) {
		t.Helper()
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
		if err != nil {
			t.Errorf("request is not JSON: %v", err)
			return
		}
		if err := s.Validate(v); err != nil {
			t.Errorf("request breaks %s#%s: %v\n%s", file, schema, err, body)
		}
	}
}

// mend removes "type": null, which one vendor's document has by mistake and
// JSON Schema forbids.
func mend(v any) {
	switch v := v.(type) {
	case map[string]any:
		if typ, ok := v["type"]; ok && typ == nil {
			delete(v, "type")
		}
		for _, sub := range v {
			mend(sub)
		}
	case []any:
		for _, sub := range v {
			mend(sub)
		}
	}
}
