// Package when decides whether a step of a sequence applies to a person. It is
// pure.
package when

import (
	"fmt"
	"slices"
	"strings"

	"rainmaker/internal/lead"
	"rainmaker/internal/platform/errs"
)

// Condition decides whether a step applies to a person when it is due; a step
// that does not is passed over. It knows only what the person or the
// organisation said: opens and clicks are proof of nobody and cannot be asked.
//
// Either one comparison (Field, Op, Value) or a combination (All, Any, Not).
type Condition struct {
	Field string      `json:"field,omitempty" doc:"status, score, a name, company, title, region, timezone or custom.<key>"`
	Op    string      `json:"op,omitempty" enum:"is,is_not,contains,at_least,below,exists"`
	Value any         `json:"value,omitempty"`
	All   []Condition `json:"all,omitempty" maxItems:"20"`
	Any   []Condition `json:"any,omitempty" maxItems:"20"`
	Not   *Condition  `json:"not,omitempty"`
}

// maxConditionDepth bounds nesting.
const maxConditionDepth = 5

var conditionFields = []string{"status", "score", "first_name", "last_name", "company", "title", "region", "timezone"}

// Validate names what is wrong below location; depth is 1 at the top.
func (c *Condition) Validate(location string, depth int) error {
	if depth > maxConditionDepth {
		return errs.InvalidField(location, "is nested more than %d deep", maxConditionDepth)
	}
	parts := 0
	for _, set := range []bool{c.Field != "" || c.Op != "", len(c.All) > 0, len(c.Any) > 0, c.Not != nil} {
		if set {
			parts++
		}
	}
	if parts != 1 {
		return errs.InvalidField(location, "want exactly one of field and op, all, any, not")
	}
	for name, list := range map[string][]Condition{"all": c.All, "any": c.Any} {
		for i := range list {
			if err := list[i].Validate(fmt.Sprintf("%s.%s[%d]", location, name, i), depth+1); err != nil {
				return err
			}
		}
	}
	if c.Not != nil {
		return c.Not.Validate(location+".not", depth+1)
	}
	if c.Field == "" && c.Op == "" {
		return nil
	}
	if !slices.Contains(conditionFields, c.Field) && !strings.HasPrefix(c.Field, "custom.") {
		return errs.InvalidField(location+".field", "%q cannot be asked; want one of %s or custom.<key>", c.Field, strings.Join(conditionFields, ", "))
	}
	switch c.Op {
	case "exists":
	case "is", "is_not", "contains":
		if _, ok := c.Value.(string); !ok {
			return errs.InvalidField(location+".value", "must be a text")
		}
	case "at_least", "below":
		if _, ok := c.Value.(float64); !ok {
			return errs.InvalidField(location+".value", "must be a number")
		}
	default:
		return errs.InvalidField(location+".op", "want is, is_not, contains, at_least, below or exists")
	}
	return nil
}

// Holds reports whether the condition is true of a person.
func (c *Condition) Holds(person *lead.Contact) bool {
	switch {
	case len(c.All) > 0:
		return !slices.ContainsFunc(c.All, func(part Condition) bool { return !part.Holds(person) })
	case len(c.Any) > 0:
		return slices.ContainsFunc(c.Any, func(part Condition) bool { return part.Holds(person) })
	case c.Not != nil:
		return !c.Not.Holds(person)
	}
	if c.Field == "score" {
		return compareNumber(c.Op, float64(person.Score), c.Value)
	}
	return compareText(c.Op, c.text(person), c.Value)
}

func (c *Condition) text(person *lead.Contact) string {
	if c.Field == "status" {
		return string(person.Status)
	}
	return person.Field(c.Field)
}

func compareNumber(op string, have float64, value any) bool {
	want, _ := value.(float64)
	switch op {
	case "at_least":
		return have >= want
	case "below":
		return have < want
	case "exists":
		return true
	}
	return false
}

func compareText(op, have string, value any) bool {
	want, _ := value.(string)
	switch op {
	case "is":
		return strings.EqualFold(have, want)
	case "is_not":
		return !strings.EqualFold(have, want)
	case "contains":
		return strings.Contains(strings.ToLower(have), strings.ToLower(want))
	case "exists":
		return have != ""
	}
	var number float64
	if _, err := fmt.Sscan(have, &number); err != nil {
		return false
	}
	return compareNumber(op, number, value)
}
