package custom

import "testing"

func TestPrivateFields(t *testing.T) {
	for _, tc := range []struct {
		key   string
		value any
		want  bool
	}{
		{"plan", "pro", false},
		{"home_address", "x", true},
		{"Mobile Phone", "x", true},
		{"cellar", "wine", false},
		{"contact", "ann@example.com", true},
		{"handle", "@ann", false},
		{"n", 7.0, false},
	} {
		open, hidden, err := Splitter{}.Split(map[string]any{tc.key: tc.value})
		if sealed := len(open) == 2; err != nil || sealed != tc.want || sealed != (hidden != nil) {
			t.Errorf("%q: %v is split into %s and %s, %v", tc.key, tc.value, open, hidden, err)
		}
	}
}
