package archtest

import (
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

var (
	todo = regexp.MustCompile(`\b(TODO|FIXME|XXX|HACK)\b`)
	// numbered is the one form that is allowed: it names an issue.
	numbered = regexp.MustCompile(`\bTODO\(#\d+\)`)
)

// emptyWords say nothing about what a package holds.
func emptyWords() []string {
	return []string{"util", "utils", "helper", "helpers", "model", "models", "common", "misc", "shared", "base"}
}

// house checks names and habits of DESIGN 8.
func (t *tree) house(f *file) {
	if f.generated || f.area() == "archtest" {
		return
	}
	if base := path.Base(f.dir); slices.Contains(emptyWords(), base) {
		t.wrong(f, f.syntax.Package, "name", "a package called %s: name it after what it holds", base)
	}
	for _, group := range f.syntax.Comments {
		for _, c := range group.List {
			if todo.MatchString(numbered.ReplaceAllString(c.Text, "")) {
				t.wrong(f, c.Pos(), "todo", "finish it, or write TODO(#issue)")
			}
		}
	}
	for _, decl := range f.syntax.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			t.function(f, d)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if s, ok := spec.(*ast.TypeSpec); ok && (strings.HasSuffix(s.Name.Name, "Impl") || strings.HasSuffix(s.Name.Name, "Manager")) {
					t.wrong(f, s.Pos(), "name", "%s: say what it is", s.Name.Name)
				}
			}
		}
	}
	if f.test {
		t.skips(f)
	}
}

func (t *tree) function(f *file, d *ast.FuncDecl) {
	name := d.Name.Name
	if name == "init" && d.Recv == nil {
		t.wrong(f, d.Pos(), "init", "nothing happens before main: app wires by hand")
	}
	if rest, ok := strings.CutPrefix(name, "Get"); ok && rest != "" && unicode.IsUpper(rune(rest[0])) {
		t.wrong(f, d.Pos(), "name", "%s: leave out Get", name)
	}
}

// skips refuses tests that leave themselves out: they hide what was not tried.
func (t *tree) skips(f *file) {
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && (x.Name == "t" || x.Name == "b") && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, sel.Sel.Name) {
				t.wrong(f, call.Pos(), "skip", "a skipped test: install what is missing, or check what remains without it and say so")
			}
		}
		return true
	})
}
