package archtest

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// sql matches text that can only be a statement.
var sql = regexp.MustCompile(`(?is)^\s*(select\s.+\sfrom\s|select\s+\w+\(|insert\s+into\s|update\s+\w+\s+(\w+\s+)?set\s|delete\s+from\s|with\s+(recursive\s+)?\w+\s*(\([^)]*\)\s*)?as\s+(materialized\s+)?\(|truncate\s|alter\s+table\s|create\s+(temp|table|index)|lock\s+table\s|set\s+local\s)`)

// mayServe and mayDial are the areas of laws 2 and 3. app wires servers, cli
// talks to a running one.
func mayServe(area string) bool {
	return slices.Contains([]string{"api", "ws", "provider", "app", "cli", "platform"}, area)
}

// webhook tells customers' own systems what happened, through platform/egress;
// its deliveries are its log of what left.
func mayDial(area string) bool { return area == "provider" || area == "platform" || area == "webhook" }

// serving and dialling are the names of the standard library that make a
// package a door.
func serving() map[string][]string {
	return map[string][]string{"net/http": {
		"ResponseWriter", "Handler", "HandlerFunc", "ServeMux", "NewServeMux", "Server", "ListenAndServe", "ListenAndServeTLS",
		"Serve", "Handle", "HandleFunc",
	}}
}

func dialling() map[string][]string {
	return map[string][]string{
		"net": {
			"Dial", "DialTimeout", "DialTCP", "DialUDP", "DialIP", "DialUnix", "Dialer", "Resolver", "DefaultResolver",
			"LookupHost", "LookupIP", "LookupMX", "LookupTXT", "LookupAddr", "LookupCNAME", "LookupNS", "LookupSRV",
		},
		"crypto/tls": {"Dial", "DialWithDialer", "Dialer"},
		"net/http": {
			"Get", "Post", "PostForm", "Head", "NewRequest", "NewRequestWithContext", "Client", "DefaultClient", "DefaultTransport", "Transport",
		},
		"net/smtp": {"Dial", "SendMail", "NewClient"},
		"os/exec":  {"Command", "CommandContext"},
	}
}

// doors checks where SQL stands and who talks to the outside.
func (t *tree) doors(f *file) {
	area := f.area()
	if f.test || f.generated || area == "" || area == "archtest" || strings.HasSuffix(f.dir, "test") {
		return // leadtest and its like are test code
	}
	if area != "platform" && !strings.HasPrefix(f.name(), "store") {
		t.noSQL(f)
	}
	if !mayServe(area) {
		t.refuse(f, serving(), "http", "takes HTTP requests: only api, ws and provider do")
	}
	if !mayDial(area) {
		t.refuse(f, dialling(), "dial", "reaches out: only provider and platform do, behind action")
	}
}

func (t *tree) refuse(f *file, table map[string][]string, rule, why string) {
	for target, names := range table {
		f.uses(target, func(name string, at token.Pos) {
			if slices.Contains(names, name) {
				t.wrong(f, at, rule, "%s.%s %s", target, name, why)
			}
		})
	}
}

// noSQL refuses statements outside store files. Types of pgx (a transaction
// handed on, an error looked at) may be named anywhere.
func (t *tree) noSQL(f *file) {
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING && sql.MatchString(strings.Trim(text.Value, "`\"")) {
			t.wrong(f, text.Pos(), "sql", "a statement outside store*.go")
		}
		return true
	})
}
