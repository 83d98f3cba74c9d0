package archtest

// Exception allows one rule to be broken in one file.
type Exception struct {
	File, Rule, Reason string
}

// Exceptions are those of this house. Each needs a reason that would convince a
// stranger.
func Exceptions() []Exception {
	return []Exception{
		{"internal/llm/transport.go", "dial", "bounds redirects and bodies of the vendors' clients; the vendor package dials"},
		{"internal/action/incarnation.go", "sql", "takes an advisory lock on a connection of its own; it sees no rows"},
		{"internal/api/api.go", "package-lines", "one file a domain and no rules: it grows with the domains, not in depth"},
		{"internal/api/problem.go", "name", "GetStatus and GetHeaders are methods that huma asks for"},
	}
}

// except takes the allowed violations out and adds exceptions that allow
// nothing.
func except(found []Violation, exceptions []Exception) []Violation {
	used := make([]bool, len(exceptions))
	var left []Violation
	for _, v := range found {
		allowed := false
		for i, e := range exceptions {
			if e.File == v.File && e.Rule == v.Rule {
				used[i], allowed = true, true
			}
		}
		if !allowed {
			left = append(left, v)
		}
	}
	for i, e := range exceptions {
		if !used[i] {
			left = append(left, Violation{e.File, 1, e.Rule, "an exception that nothing needs any more: take it out of exceptions.go"})
		}
	}
	return sorted(left)
}
