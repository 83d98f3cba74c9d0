package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"rainmaker/internal/platform/errs"
)

// validator checks JSON against a compiled schema.
type validator struct{ schema *jsonschema.Schema }

// compile reads a JSON Schema that we wrote. It must not refer to other
// documents.
func compile(raw json.RawMessage) (*validator, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, errs.InvalidField("schema", "is not JSON")
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(jsonschema.SchemeURLLoader{}) // no loader: nothing is read from disk or net
	if err := c.AddResource("mem:schema", doc); err != nil {
		return nil, errs.Wrap(errs.Invalid, err, "schema cannot be used")
	}
	s, err := c.Compile("mem:schema")
	if err != nil {
		return nil, errs.Wrap(errs.Invalid, err, "schema cannot be used")
	}
	return &validator{s}, nil
}

func (v *validator) check(raw []byte) error {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	if err := v.schema.Validate(doc); err != nil {
		return err
	}
	return nil
}

// maxComplaint bounds how much of a validation error is shown to the model, in
// bytes.
const maxComplaint = 600

// CompleteJSON asks for an answer of r.Schema, validates it and decodes it into
// out. An answer that does not fit gets one repair turn, in which the model sees
// its answer and what is wrong with it; then it is a failure of code
// llm_bad_answer. complete is how the question is asked: Service.Complete with
// its organisation, or Complete with a model.
func CompleteJSON(ctx context.Context, r Request, out any, complete func(context.Context, Request) (Answer, error)) (Answer, error) {
	if r.Schema == nil {
		return Answer{}, errs.InvalidField("schema", "is missing")
	}
	v, err := compile(r.Schema.JSON)
	if err != nil {
		return Answer{}, err
	}
	a, err := complete(ctx, r)
	if err != nil {
		return Answer{}, err
	}
	wrong := decode(a, v, out)
	if wrong == nil {
		return a, nil
	}
	if a.Stop == StopRefused {
		return Answer{}, BadAnswer("the model declined: %v", wrong)
	}
	complaint := wrong.Error()
	if len(complaint) > maxComplaint {
		complaint = strings.ToValidUTF8(complaint[:maxComplaint], "")
	}
	repair := r
	repair.Messages = append(append([]Message(nil), r.Messages...),
		Message{Role: Assistant, Text: firstBytes(a.Text, 8<<10)},
		Message{Role: User, Text: "That answer cannot be used: " + complaint + "\nReply again with one JSON value of the schema and nothing else."})
	a, err = complete(ctx, repair)
	if err != nil {
		return Answer{}, err
	}
	if wrong := decode(a, v, out); wrong != nil {
		return Answer{}, BadAnswer("after the repair turn: %v", wrong)
	}
	return a, nil
}

// decode reads the one JSON value of an answer. A code fence around it is
// forgiven, words are not.
func decode(a Answer, v *validator, out any) error {
	text := strings.TrimSpace(a.Text)
	if rest, ok := strings.CutPrefix(text, "```"); ok {
		rest = strings.TrimPrefix(rest, "json")
		text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "```"))
	}
	if text == "" {
		return errors.New("the answer is empty")
	}
	if err := v.check([]byte(text)); err != nil {
		return err
	}
	d := json.NewDecoder(strings.NewReader(text))
	if err := d.Decode(out); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value")
	}
	return nil
}

// firstBytes returns at most n bytes of s, cut between characters; never empty,
// because vendors refuse empty turns.
func firstBytes(s string, n int) string {
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	if strings.TrimSpace(s) == "" {
		return "(empty)"
	}
	return s
}

// WireSchema returns a schema as vendors take it: without the keywords that
// their constrained decoding refuses (lengths, ranges, patterns). The answer is
// still validated against the full schema.
func WireSchema(raw json.RawMessage) (map[string]any, error) {
	var doc map[string]any
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, errs.InvalidField("schema", "is not a JSON object")
	}
	return plain(doc).(map[string]any), nil
}

func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, sub := range v {
			switch k {
			case "minLength", "maxLength", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
				"multipleOf", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "$schema":
				// A property may bear such a name; then its value is a schema.
				if _, isSchema := sub.(map[string]any); !isSchema {
					delete(v, k)
					continue
				}
			}
			v[k] = plain(sub)
		}
		return v
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
		return v
	}
	return v
}
