package canary

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
)

// seed is one planted value.
type seed struct {
	name   string
	values []string // what is looked for
	clear  []string // places where it may stand in clear
	// replaced says that it stood there once and was overwritten.
	replaced bool
}

// garden makes values that stand nowhere else in the world, and knows them all.
type garden struct{ seeds []*seed }

// Places where a value may stand in clear by design. The reason is beside each
// use in journey_test.go; a place is table.column, or one of these.
const (
	inErrors = "error answers"
	inFrames = "frames of the WebSocket"
	inMasked = "answers to a role without leave for addresses"
)

// word is a fresh secret that may stand nowhere.
func (g *garden) word(name string, clear ...string) string {
	const letters = "bcdfghjkmnpqrstvwxz"
	var b strings.Builder
	b.WriteString("Qz")
	for range 14 {
		n, _ := rand.Int(rand.Reader, big.NewInt(int64(len(letters)))) // never fails since Go 1.24
		b.WriteByte(letters[n.Int64()])
	}
	g.keep(name, b.String(), clear...)
	return b.String()
}

// keep watches for a value that the program made.
func (g *garden) keep(name, value string, clear ...string) string {
	g.seeds = append(g.seeds, &seed{name: name, values: []string{value}, clear: clear})
	return value
}

// email is an address whose local part is looked for.
func (g *garden) email(name string, clear ...string) string {
	return strings.ToLower(g.word(name, clear...)) + "@people.example"
}

// phone is a number, looked for without its country and in the usual spelling.
func (g *garden) phone(name string) string {
	n, _ := rand.Int(rand.Reader, big.NewInt(1_000_000))
	local := fmt.Sprintf("2%06d", n.Int64())
	g.seeds = append(g.seeds, &seed{name: name, values: []string{"415" + local, "415) " + local[:3] + "-" + local[3:], "415-" + local[:3] + "-" + local[3:]}})
	return "+1415" + local
}

// answerSecrets keeps the named members of an answer that shows them this once.
func (g *garden) answerSecrets(name string, a *answer, keys ...string) *answer {
	var v object
	if err := json.Unmarshal(a.body, &v); err != nil {
		a.t.Fatalf("%s: %v", a.what, err)
	}
	for _, key := range keys {
		s, ok := v[key].(string)
		if !ok || len(s) < leastForm {
			a.t.Fatalf("%s: no %s: %s", a.what, key, a.body)
		}
		g.keep(name+" "+key, s)
	}
	return a
}

// forget marks values that others have replaced: they need not stand anywhere.
func (g *garden) forget(from int) {
	for _, s := range g.seeds[from:] {
		s.replaced = true
	}
}
