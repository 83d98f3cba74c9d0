package canary

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestNothingInClear plants, uses, misuses, and looks (T21 of the threat model).
func TestNothingInClear(t *testing.T) {
	j := newJourney(t)
	j.live.listen()
	j.everything()

	description := j.nobody.send(http.MethodGet, j.p.url+"/api/openapi.json", "", nil, nil).want(200).body
	all := j.look()
	for _, leak := range leaks(j.seeds, all) {
		t.Error(leak)
	}
	for _, stale := range unused(j.seeds, all) {
		t.Error(stale)
	}
	size := 0
	for _, text := range all {
		size += len(text)
	}
	t.Logf("%d values looked for in %d places, %d MB", len(j.seeds), len(all), size>>20)

	t.Run("finds what is planted", func(t *testing.T) { mutants(t, j, all) })
	t.Run("fields", func(t *testing.T) { fields(t, j, description) })
}

// look gathers all places.
func (j *journey) look() haystacks {
	j.t.Helper()
	all := haystacks{}
	conn := j.p.owner(j.t)
	dump(j.t, conn, all)
	response, err := http.Get(j.p.url + "/metrics")
	if err != nil {
		j.t.Fatal(err)
	}
	all["metrics"], _ = io.ReadAll(response.Body)
	_ = response.Body.Close()
	for _, args := range [][]string{{"config", "print"}, {"config", "check"}} {
		out, err := j.p.command(append(args, "--dev")...).CombinedOutput()
		if err != nil {
			j.t.Errorf("%v: %v: %s", args, err, out)
		}
		all["rainmaker "+strings.Join(args, " ")] = out
	}
	files(j.t, j.p.data, all)
	j.p.stop()
	files(j.t, j.p.data, all) // once more: what shutting down wrote
	if all["log"], err = os.ReadFile(j.p.log); err != nil {
		j.t.Fatal(err)
	}
	j.heard.mu.Lock()
	defer j.heard.mu.Unlock()
	all[inErrors] = slices.Clone(j.heard.refusals.Bytes())
	all[inMasked] = slices.Clone(j.heard.masked.Bytes())
	all[inFrames] = slices.Clone(j.heard.frames.Bytes())
	all["traces"] = j.p.traces()
	for _, must := range []string{"log", "metrics", "traces", inErrors, inMasked, inFrames, "outbox.data", "audit_log.data", "leads.email_sealed"} {
		if len(all[must]) == 0 {
			j.t.Errorf("nothing to search in %s: the test would prove nothing", must)
		}
	}
	for _, span := range []string{"list-leads", "job lead.import", "mail intent", "events", "db.query.text"} {
		if !strings.Contains(string(all["traces"]), span) {
			j.t.Errorf("no span of %q in the traces", span)
		}
	}
	if !strings.Contains(string(all["log"]), "level=DEBUG") {
		j.t.Error("the log is not at level debug")
	}
	return all
}

// mutants puts one value into each kind of place: the search must find every
// one of them, and nothing else.
func mutants(t *testing.T, j *journey, all haystacks) {
	password := j.seeds[0].values[0]
	email := j.seeds[slices.IndexFunc(j.seeds, func(s *seed) bool { return s.name == "lead e-mail" })].values[0]
	quoted, _ := json.Marshal("try " + password)
	for where, line := range map[string]string{
		"log":                   fmt.Sprintf("time=now level=DEBUG msg=%q", "sign in with "+password),
		"traces":                "select 1 where email = " + email,
		"metrics":               fmt.Sprintf("rainmaker_mails_total{to=%q} 1", email),
		inErrors:                `{"detail":` + string(quoted) + `}`,
		inFrames:                `{"data":{"to":"` + email + `"}}`,
		inMasked:                `{"email":"` + strings.ToUpper(email) + `"}`,
		"outbox.data":           `{"body":"` + base64.StdEncoding.EncodeToString([]byte("x"+password)) + `"}`,
		"audit_log.data":        fmt.Sprintf("%x", email),
		"leads.tags":            email,
		"file data/pg_wal/0001": password,
		"file uploads/x":        email,
	} {
		before := leaks(j.seeds, haystacks{where: all[where]})
		after := leaks(j.seeds, haystacks{where: append(slices.Clone(all[where]), "\n"+line...)})
		if len(after) != len(before)+1 {
			t.Errorf("planted in %s: %d findings instead of one", where, len(after)-len(before))
		}
	}
}
