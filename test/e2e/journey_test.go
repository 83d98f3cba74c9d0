package e2e

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rainmaker/internal/platform/sharedset"
	"rainmaker/internal/provider/smtp/smtptest"
)

const (
	stepDelay = 6 * time.Second // between the first and the second mail
	allowLag  = 20 * time.Second
	// scannerTime is how long after sending a reading is taken for a machine's, and
	// a little more.
	scannerTime = 1500 * time.Millisecond
	sender      = "ada@sender.example"
	streetLine  = "548 Market Street, Suite 12"
)

// journey is one user's way through the program.
type journey struct {
	t       *testing.T
	data    string
	inbound string // address of --inbound-smtp
	p       *program
	c       *client
	sink    *smtptest.Server
	live    *live
	dkim    ed25519.PublicKey

	leads    map[string]string // e-mail -> id
	mailbox  string
	campaign string
	steps    []string // their ids
}

// TestJourney goes the whole way: sign-up, import, campaign, mails, what people
// do with them, a crash, and who gets the second mail.
func TestJourney(t *testing.T) {
	t.Parallel()
	j := &journey{t: t, data: dataDir(t), inbound: freeAddr(t)}
	j.sink = smtptest.New(t, smtptest.Options{KeepRaw: true, Delay: 4 * time.Millisecond, Reject: func(to string) string {
		if to == "lena@people.example" {
			return "550 5.1.1 No such user here"
		}
		return ""
	}})
	j.start("127.0.0.1:0")
	j.c = newClient(t, j.p.url)
	j.c.signUp("Journey & Sons", sender, "a long way to go")
	j.live = j.c.listen(0)

	j.refusedLaunch()
	j.importSet()
	j.importPeople()
	j.makeMailbox()
	j.launch()
	first := j.firstMails()
	j.c.post("/campaigns/"+j.campaign+"/pause", nil).want(http.StatusOK)
	for _, mails := range first {
		j.checkLetter(mails[0])
	}
	j.tokensHold(first)
	j.act(first)
	j.understood()
	j.crash()
	j.secondMails()
	j.crowd()
	j.exported()
	j.live.all(t)
	j.p.terminate() // with the stream open
}

// start starts the program on the data directory, which may have been used
// before.
func (j *journey) start(addr string) {
	j.p = start(j.t, j.data, "serve", "--addr", addr, "--dev", "--inbound-smtp", j.inbound)
}

// step is one mail of a sequence.
func step(delay time.Duration, variants ...m) m {
	return m{"channel": "email", "delay": delay.String(), "variants": variants}
}

// sequence is the campaign's two steps.
func sequence() []m {
	body := "Hi {{first_name | there}},\n\nhow does {{company | your team}} follow up today? [Two minutes of reading](https://www.sender.example/how?a=1&b=2).\n\nOr see https://www.sender.example/prices\n\n{{sender_name}}"
	return []m{
		step(0, m{"name": "Question", "weight": 50, "subject": "A question, {{first_name | there}}", "body": body},
			m{"name": "Offer", "weight": 50, "subject": "{{company | your team}} and slow follow-up", "body": body}),
		step(stepDelay, m{"name": "Nudge", "subject": "Did this reach you?", "body": "Hi {{first_name | there}},\n\nany thoughts?\n\n{{sender_name}}"}),
	}
}

// refusedLaunch: the gate says everything that is missing at once.
func (j *journey) refusedLaunch() {
	j.t.Helper()
	var draft struct {
		ID     string `json:"id"`
		Status string `json:"status"`
	}
	j.c.post("/campaigns", m{"name": "Too early", "type": "email_sequence", "steps": sequence()}).want(http.StatusCreated).into(&draft)
	launched := j.c.post("/campaigns/"+draft.ID+"/launch", nil)
	for _, location := range []string{"mailbox_id", "organization.postal_address", "audience"} {
		launched.refused(http.StatusConflict, location)
	}
	var verdict struct {
		Ready   bool `json:"ready"`
		Reasons []m  `json:"reasons"`
	}
	j.c.post("/campaigns/"+draft.ID+"/preflight", nil).want(http.StatusOK).into(&verdict)
	if draft.Status != "draft" || verdict.Ready || len(verdict.Reasons) != 3 {
		j.t.Errorf("the draft is %s; preflight: %+v, want three reasons", draft.Status, verdict)
	}
	j.c.do(http.MethodDelete, "/campaigns/"+draft.ID, nil).want(http.StatusNoContent)
	j.c.patch("/organization", m{"postal_address": m{"line1": streetLine, "city": "San Francisco", "region": "CA", "postal_code": "94104", "country": "US"}}).want(http.StatusOK)
}

// importSet imports a real export of a public body, when it is here: first as a
// dry run, which changes nothing.
func (j *journey) importSet() {
	j.t.Helper()
	dir, here := sharedset.Dir(j.t, "dedupe-chicago")
	if !here {
		j.t.Log("the own file of this test stands in for a real one")
		return
	}
	file := filepath.Join(dir, "dev_with_true_ids.csv")
	dry := j.c.finished(j.c.uploadFile(file, map[string]string{"dry_run": "true", "source": "chicago"}))
	if n := j.c.count(""); n != 0 || len(dry.Preview) == 0 {
		j.t.Errorf("after a dry run: %d leads and %d rows of preview, want none and some", n, len(dry.Preview))
	}
	done := j.c.finished(j.c.uploadFile(file, map[string]string{"source": "chicago"}))
	if n := j.c.count("import_id=" + done.ID); n != done.RowsCreated || n < 500 {
		j.t.Errorf("%d leads after an import that created %d", n, done.RowsCreated)
	}
	type counts struct{ Total, Created, Updated, Skipped, Failed int }
	foretold := counts{dry.RowsTotal, dry.RowsCreated, dry.RowsUpdated, dry.RowsSkipped, dry.RowsFailed}
	if diff := cmp.Diff(foretold, counts{done.RowsTotal, done.RowsCreated, done.RowsUpdated, done.RowsSkipped, done.RowsFailed}); diff != "" {
		j.t.Errorf("the dry run foretold something else (-foretold +done):\n%s", diff)
	}
	j.t.Logf("dedupe-chicago: %d rows: %d created, %d updated, %d skipped, %d failed %v; by mail: %v", done.RowsTotal, done.RowsCreated, done.RowsUpdated, done.RowsSkipped, done.RowsFailed, done.Reasons, done.Contactable.Email)
}

// importPeople imports the people of the campaign. One of them is on the
// suppression list before.
func (j *journey) importPeople() {
	j.t.Helper()
	j.c.put("/suppressions", m{"values": []string{"mona@people.example"}, "reason": "dnc"}).want(http.StatusNoContent)
	const file = "testdata/people.csv"
	dry := j.c.finished(j.c.uploadFile(file, map[string]string{"dry_run": "true", "source": "people"}))
	if got := dry.Contactable.Email; got["reachable"] != 15 || got["suppressed"] != 1 || got["duplicate"] != 1 || got["invalid_address"] != 1 {
		j.t.Errorf("the dry run says %v", got)
	}
	if n := j.c.count("source=people"); n != 0 {
		j.t.Errorf("the dry run left %d leads", n)
	}
	done := j.c.finished(j.c.uploadFile(file, map[string]string{"source": "people"}))
	if done.RowsTotal != 18 || done.RowsCreated != 16 || done.RowsSkipped != 1 || done.RowsFailed != 1 {
		j.t.Errorf("import: %+v, want 16 created, 1 skipped, 1 failed", done)
	}
	errorsCSV := string(j.c.get("/imports/" + done.ID + "/errors.csv").want(http.StatusOK).body)
	if !strings.Contains(errorsCSV, "not-an-address") || !strings.Contains(errorsCSV, "E-Mail Address") {
		j.t.Errorf("errors.csv does not name row and column:\n%s", errorsCSV)
	}
	j.leads = map[string]string{}
	for _, l := range list[struct{ ID, Email, Status string }](j.c, "/leads?source=people") {
		j.leads[l.Email] = l.ID
		if l.Status != "new" {
			j.t.Errorf("%s is %s after the import", l.Email, l.Status)
		}
	}
	if len(j.leads) != 16 || j.leads["bob@people.example"] == "" {
		j.t.Fatalf("people: %v", slices.Sorted(maps.Keys(j.leads)))
	}
}

// makeMailbox adds a mailbox on the local server, with a key to sign with, and
// tries it.
func (j *journey) makeMailbox() {
	j.t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		j.t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		j.t.Fatal(err)
	}
	j.dkim = public
	var box struct {
		ID string `json:"id"`
	}
	made := j.c.post("/mailboxes", m{
		"from_name": "Ada Ray", "from_address": sender, "connections": 4,
		"smtp": m{"host": j.sink.Host(), "port": j.sink.Port(), "tls": "none"},
		"dkim": m{"selector": "e2e", "private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))},
	}).want(http.StatusCreated)
	made.into(&box)
	j.mailbox = box.ID
	if strings.Contains(string(made.body), "PRIVATE KEY") {
		j.t.Error("the answer shows the private key")
	}
	var tried struct {
		OK      bool   `json:"ok"`
		Message string `json:"message"`
	}
	j.c.post("/mailboxes/"+box.ID+"/test", nil).want(http.StatusOK).into(&tried)
	if mails := j.sink.Mails(); !tried.OK || len(mails) != 1 || !slices.Equal(mails[0].To, []string{sender}) {
		j.t.Errorf("test of the mailbox: %+v, %d mails", tried, len(mails))
	}
}

// launched is a campaign as its answers show it.
type launched struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Steps  []struct {
		ID       string `json:"id"`
		Variants []struct {
			ID string `json:"id"`
		} `json:"variants"`
	} `json:"steps"`
}

// verdict is the gate's.
type verdict struct {
	Ready    bool `json:"ready"`
	Audience struct {
		Total     int `json:"total"`
		Reachable int `json:"reachable"`
		Excluded  []struct {
			Rule  string `json:"rule"`
			Count int    `json:"count"`
		} `json:"excluded"`
	} `json:"audience"`
}

// launch passes the gate, which says who is left out.
func (j *journey) launch() {
	j.t.Helper()
	var c launched
	j.c.post("/campaigns", m{
		"name": "Follow-up", "type": "email_sequence", "goal": "book_demo", "audience": m{"filter": m{"source": []string{"people"}}},
		"steps": sequence(), "mailbox_id": j.mailbox, "ai": m{"autonomy": "auto"}, "ab_testing": true,
		"schedule": m{"days": []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, "from": "00:00", "to": "24:00", "timezone": "lead"},
	}).want(http.StatusCreated).into(&c)
	j.campaign = c.ID
	for _, s := range c.Steps {
		j.steps = append(j.steps, s.ID)
	}
	var v verdict
	j.c.post("/campaigns/"+j.campaign+"/preflight", nil).want(http.StatusOK).into(&v)
	a := v.Audience
	if !v.Ready || a.Total != 16 || a.Reachable != 15 || len(a.Excluded) != 1 || a.Excluded[0].Rule != "suppressed" || a.Excluded[0].Count != 1 {
		j.t.Errorf("preflight: %+v, want 16 people of whom 15 reachable and 1 suppressed", v)
	}
	preview := string(j.c.post("/campaigns/"+j.campaign+"/preview", m{"lead_id": j.leads["dora@people.example"]}).want(http.StatusOK).body)
	if !strings.Contains(preview, "Hi Dora") || !strings.Contains(preview, `"allowed"`) {
		j.t.Errorf("preview: %s", preview)
	}
	if n := j.sink.Count(); n != 1 {
		j.t.Errorf("%d mails left before the launch", n-1)
	}
	j.c.post("/campaigns/"+j.campaign+"/launch", nil).want(http.StatusOK).into(&c)
	if c.Status != "running" {
		j.t.Errorf("launched, the campaign is %s", c.Status)
	}
}

// firstMails waits for the first step.
func (j *journey) firstMails() map[string][]letter {
	j.t.Helper()
	var got map[string][]letter
	eventually(j.t, "the first mails", allowLag, func() error {
		got = letters(j.t, j.sink, j.campaign)
		if len(got) < 14 {
			return fmt.Errorf("%d of 14", len(got))
		}
		return nil
	})
	// Numbers and statuses follow within a moment; a person would take longer than
	// scannerTime to open or click.
	arrived := time.Now()
	eventually(j.t, "what was sent to be counted", allowLag, func() error {
		if n := fetch[report](j.c, "/campaigns/"+j.campaign+"/metrics").EmailsSent; n != 14 {
			return fmt.Errorf("%d of 14", n)
		}
		if got := j.statuses(); got["hana"] != "active" {
			return fmt.Errorf("hana is %s", got["hana"])
		}
		return nil
	})
	pauseFor(time.Until(arrived.Add(scannerTime)))
	return got
}

// report is the answer of /campaigns/{id}/metrics, as far as it is checked.
type report struct {
	EmailsSent      int `json:"emails_sent"`
	Opens           int `json:"opens"`
	MachineOpens    int `json:"machine_opens"`
	Clicks          int `json:"clicks"`
	MachineClicks   int `json:"machine_clicks"`
	Replies         int `json:"replies"`
	PositiveReplies int `json:"positive_replies"`
	Bounces         int `json:"bounces"`
	HardBounces     int `json:"hard_bounces"`
	Unsubscribes    int `json:"unsubscribes"`
	Complaints      int `json:"complaints"`
	Failed          int `json:"failed"`
	Refused         int `json:"refused"`
	Queued          int `json:"queued"`
	InDoubt         int `json:"in_doubt"`
	Enrolled        int `json:"enrolled"`
	Active          int `json:"active"`
	Finished        int `json:"finished"`
	Stopped         int `json:"stopped"`
}

// metrics waits until a campaign's numbers are those.
func (j *journey) metrics(campaign string, want report) {
	j.t.Helper()
	var diff string
	deadline := time.Now().Add(allowLag)
	for time.Now().Before(deadline) {
		if diff = cmp.Diff(want, fetch[report](j.c, "/campaigns/"+campaign+"/metrics")); diff == "" {
			return
		}
		<-time.After(100 * time.Millisecond)
	}
	j.t.Errorf("metrics (-want +got):\n%s", diff)
}

// statuses says where each person stands.
func (j *journey) statuses() map[string]string {
	j.t.Helper()
	out := map[string]string{}
	for _, l := range list[struct{ Email, Status string }](j.c, "/leads?source=people") {
		name, _, _ := strings.Cut(l.Email, "@")
		out[name] = l.Status
	}
	return out
}

// history lists the types of a person's interactions, the oldest first.
func (j *journey) history(name string) []string {
	j.t.Helper()
	out := []string{}
	for _, i := range list[struct{ Type string }](j.c, "/leads/"+j.leads[name+"@people.example"]+"/interactions") {
		out = append(out, i.Type)
	}
	slices.Reverse(out)
	return out
}

// token is the last part of a public address.
func token(address string) string { return address[strings.LastIndexByte(address, '/')+1:] }

// tokensHold: who changes a token gets nothing, and a token of one purpose is
// none of another.
func (j *journey) tokensHold(first map[string][]letter) {
	j.t.Helper()
	l := first["hana@people.example"][0]
	addresses := map[string]string{"/t/o/": l.pixel, "/t/c/": l.links[0], "/u/": l.optOut}
	for prefix, address := range addresses {
		good := token(address)
		if !strings.HasPrefix(address, j.p.url+prefix) || strings.Contains(address, "sender.example") {
			j.t.Errorf("the address is %s, want one below %s that says nothing of where it leads", address, j.p.url+prefix)
		}
		raw, err := base64.RawURLEncoding.DecodeString(good)
		if err != nil {
			j.t.Fatalf("token %q: %v", good, err)
		}
		forged := []string{"", "x", good + "A", good[1:], strings.ToUpper(good), "..%2f" + good}
		for i := range raw {
			changed := slices.Clone(raw)
			changed[i] ^= 1
			forged = append(forged, base64.RawURLEncoding.EncodeToString(changed))
		}
		for other, theirs := range addresses {
			if other != prefix {
				forged = append(forged, token(theirs))
			}
		}
		for _, bad := range forged {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				if got := j.c.visit(method, j.p.url+prefix+bad, browser, ""); got.status != http.StatusNotFound && got.status != http.StatusMethodNotAllowed {
					j.t.Errorf("%s: %d, want 404", got.what, got.status)
				}
			}
		}
	}
	if got := j.statuses()["hana"]; got != "active" {
		j.t.Errorf("forged tokens made hana %s", got)
	}
}

// wantSame fails unless two readings of the program are the same.
func wantSame(t *testing.T, what string, before, after any) {
	t.Helper()
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("%s (-before +after):\n%s", what, diff)
	}
}

// errNotYet is the answer of a poll that has no more to say.
var errNotYet = errors.New("not yet")
