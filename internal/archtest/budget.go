package archtest

import (
	"go/ast"
	"path"
	"slices"
	"strings"
)

// The budgets of DESIGN 9, in lines, folders and methods.
const (
	maxFile      = 800
	maxFunction  = 120
	maxPackage   = 3000
	maxDepth     = 3 // folders below internal
	maxInterface = 3
)

// size checks what can be judged in one file.
func (t *tree) size(f *file) {
	if f.generated {
		return
	}
	if f.lines > maxFile {
		t.wrong(f, f.syntax.Package, "file-lines", "%d lines, the budget is %d", f.lines, maxFile)
	}
	if rest, ok := strings.CutPrefix(f.dir, "internal/"); ok && strings.Count(rest, "/") >= maxDepth {
		t.wrong(f, f.syntax.Package, "depth", "more than %d folders below internal", maxDepth)
	}
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if lines := t.set.Position(n.End()).Line - t.set.Position(n.Pos()).Line + 1; lines > maxFunction {
				t.wrong(f, n.Pos(), "function-lines", "%s has %d lines, the budget is %d", n.Name.Name, lines, maxFunction)
			}
		case *ast.TypeSpec:
			if i, ok := n.Type.(*ast.InterfaceType); ok && !f.test {
				if m := methods(i); m > maxInterface {
					t.wrong(f, n.Pos(), "interface", "%s has %d methods, the budget is %d", n.Name.Name, m, maxInterface)
				}
			}
		}
		return true
	})
}

// methods counts what an implementation must have; an embedded interface counts
// as one, a constraint's union as none.
func methods(i *ast.InterfaceType) int {
	n := 0
	for _, m := range i.Methods.List {
		switch m.Type.(type) {
		case *ast.FuncType:
			n += len(m.Names)
		case *ast.Ident, *ast.SelectorExpr:
			n++
		}
	}
	return n
}

// packages checks what needs all files of a package: its size and its comment.
func (t *tree) packages() {
	byDir := map[string][]*file{}
	for _, f := range t.files {
		if !f.test {
			byDir[f.dir] = append(byDir[f.dir], f)
		}
	}
	for dir, files := range byDir {
		lines, documented := 0, false
		for _, f := range files {
			documented = documented || f.syntax.Doc != nil
			if !f.generated {
				lines += f.lines
			}
		}
		slices.SortFunc(files, func(a, b *file) int { return strings.Compare(a.path, b.path) })
		first := files[0]
		for _, f := range files {
			if f.name() == path.Base(dir)+".go" {
				first = f
			}
		}
		if lines > maxPackage {
			t.wrong(first, first.syntax.Package, "package-lines", "the package has %d lines, the budget is %d", lines, maxPackage)
		}
		if !documented {
			t.wrong(first, first.syntax.Package, "package-comment", "the package has no comment")
		}
	}
}
