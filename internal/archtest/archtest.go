// Package archtest holds the laws of the house (DESIGN 3, 8 and 9) as one fast
// test: which package may import which, where SQL, incoming HTTP and outgoing
// connections live, how large things may grow, how they are called.
//
// It reads the source without compiling it, so it also judges a tree that does
// not build. A violation that is truly right is listed in exceptions.go with its
// reason; an exception that nothing needs any more is a violation itself.
//
// Files: archtest.go (reading the tree), direction.go (law 1), door.go (laws 2
// and 3), budget.go (section 9), house.go (names and habits of section 8),
// exceptions.go.
package archtest

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// module is the path of go.mod.
const module = "rainmaker"

// Violation is one broken law.
type Violation struct {
	File string // below the root, with slashes
	Line int
	Rule string // such as "import" or "file-lines"
	What string
}

// String writes the violation the way compilers do.
func (v Violation) String() string {
	return fmt.Sprintf("%s:%d: %s: %s", v.File, v.Line, v.Rule, v.What)
}

// file is one parsed source file.
type file struct {
	path      string // below the root, with slashes
	dir       string
	test      bool
	generated bool
	lines     int
	syntax    *ast.File
	imports   map[string]string // local name -> import path
}

// name is the file's own name.
func (f *file) name() string { return path.Base(f.path) }

// area is the folder below internal that the file belongs to, such as "lead" or
// "platform"; "" outside internal.
func (f *file) area() string {
	rest, ok := strings.CutPrefix(f.dir, "internal/")
	if !ok {
		return ""
	}
	area, _, _ := strings.Cut(rest, "/")
	return area
}

// tree is all source below a root.
type tree struct {
	set   *token.FileSet
	files []*file
	found []Violation
}

func (t *tree) wrong(f *file, at token.Pos, rule, format string, args ...any) {
	line := 1
	if at.IsValid() {
		line = t.set.Position(at).Line
	}
	t.found = append(t.found, Violation{f.path, line, rule, fmt.Sprintf(format, args...)})
}

// Check returns the violations of the tree at root, minus the exceptions.
func Check(root string, exceptions []Exception) ([]Violation, error) {
	t, err := read(root)
	if err != nil {
		return nil, err
	}
	for _, f := range t.files {
		t.direction(f)
		t.doors(f)
		t.size(f)
		t.house(f)
	}
	t.packages()
	return except(t.found, exceptions), nil
}

// read parses cmd, internal, test and web; testdata and node_modules are not
// ours to judge.
func read(root string) (*tree, error) {
	t := &tree{set: token.NewFileSet()}
	for _, top := range []string{"cmd", "internal", "test", "web"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(name string, d fs.DirEntry, err error) error {
			switch {
			case os.IsNotExist(err):
				return nil
			case err != nil:
				return err
			case d.IsDir() && (d.Name() == "testdata" || d.Name() == "node_modules" || d.Name() == "dist" || d.Name() == "src"):
				return fs.SkipDir
			case d.IsDir() || !strings.HasSuffix(name, ".go"):
				return nil
			}
			rel, err := filepath.Rel(root, name)
			if err != nil {
				return err
			}
			return t.add(name, filepath.ToSlash(rel))
		})
		if err != nil {
			return nil, fmt.Errorf("read the source: %w", err)
		}
	}
	return t, nil
}

func (t *tree) add(name, rel string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	syntax, err := parser.ParseFile(t.set, rel, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	f := &file{
		path: rel, dir: path.Dir(rel), test: strings.HasSuffix(rel, "_test.go"), generated: ast.IsGenerated(syntax),
		lines: bytes.Count(text, []byte("\n")), syntax: syntax, imports: map[string]string{},
	}
	for _, i := range syntax.Imports {
		target, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return err
		}
		f.imports[localName(i, target)] = target
	}
	t.files = append(t.files, f)
	return nil
}

// localName guesses the name under which a package is used: right for the
// standard library and for ours, which is all the rules ask about.
func localName(i *ast.ImportSpec, target string) string {
	if i.Name != nil {
		return i.Name.Name
	}
	base := path.Base(target)
	if len(base) > 1 && base[0] == 'v' && base[1] >= '0' && base[1] <= '9' {
		base = path.Base(path.Dir(target))
	}
	return base
}

// uses calls visit for every pkg.Name of the file whose pkg is the import path.
func (f *file) uses(target string, visit func(name string, at token.Pos)) {
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && f.imports[x.Name] == target {
			visit(sel.Sel.Name, sel.Pos())
		}
		return true
	})
}

func (v Violation) before(w Violation) int {
	return cmp.Or(cmp.Compare(v.File, w.File), cmp.Compare(v.Line, w.Line), cmp.Compare(v.Rule, w.Rule))
}

func sorted(vs []Violation) []Violation {
	slices.SortFunc(vs, Violation.before)
	return vs
}
