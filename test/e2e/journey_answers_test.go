package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
)

const oneClick = "List-Unsubscribe=One-Click" // RFC 8058 3.1

// act does what people and machines do about the first mail.
func (j *journey) act(first map[string][]letter) {
	j.t.Helper()
	of := func(name string) letter { return first[name+"@people.example"][0] }
	write := func(name, words, extra string) {
		j.t.Helper()
		l := of(name)
		deliver(j.t, j.inbound, l.to, sender, replyTo(l, l.to, words, extra))
	}
	write("ann", "This comes at a good time. Can we talk on Thursday morning?", "")
	write("ivan", "STOP", "")
	write("jill", "Not right now, please get back to me in two months.", "")
	away := of("finn")
	deliver(j.t, j.inbound, "", away.returnPath, replyTo(away, away.to, "I am out of the office with limited access to mail and will be back next Monday.", "Auto-Submitted: auto-replied\n"))

	gone, full := of("carl"), of("kurt")
	dsn := bounceOf(gone, "failed", "5.1.1", "550 5.1.1 The email account that you tried to reach does not exist")
	deliver(j.t, j.inbound, "", gone.returnPath, dsn)
	deliver(j.t, j.inbound, "", gone.returnPath, dsn) // servers repeat themselves
	deliver(j.t, j.inbound, "", full.returnPath, bounceOf(full, "delayed", "4.2.2", "452 4.2.2 The email account that you tried to reach is over quota"))
	deliver(j.t, j.inbound, "feedback@provider.example", of("eve").returnPath, complaintOf(of("eve")))

	// A bounce that carries no token of ours, to an address that nobody signed, is
	// about nobody.
	forged := of("hana")
	forged.returnPath = strings.Replace(forged.returnPath, "+b-", "+b-a", 1)
	forged.messageID = "<0199a0c0-0000-7000-8000-000000000000@sender.example>"
	if err := takesRecipient(j.inbound, forged.returnPath); err == nil {
		deliver(j.t, j.inbound, "", forged.returnPath, bounceOf(forged, "failed", "5.1.1", "550 5.1.1 no such user"))
	}
	for _, address := range []string{"somebody@elsewhere.example", "ada@sender.example.evil.example"} {
		if err := takesRecipient(j.inbound, address); err == nil {
			j.t.Errorf("the inbound server takes mail to %s: an open relay", address)
		}
	}

	j.optOuts(of("pia"), of("bob"))
	j.reads(of("dora"), of("gus"))
}

// optOuts: looking at the page changes nothing, the POST of a mail program is
// final, without cookies, and doing it twice is no error.
func (j *journey) optOuts(looks, leaves letter) {
	j.t.Helper()
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		page := j.c.visit(method, looks.optOut, browser, "").want(http.StatusOK)
		if method == http.MethodGet && (!strings.Contains(string(page.body), "<form") || strings.Contains(string(page.body), looks.to)) {
			j.t.Errorf("the opt-out page lacks a form, or shows the whole address:\n%s", page.body)
		}
	}
	for range 2 {
		done := j.c.visit(http.MethodPost, leaves.optOut, "", oneClick).want(http.StatusOK)
		if cookies := done.header.Values("Set-Cookie"); len(cookies) > 0 {
			j.t.Errorf("one click sets cookies: %v", cookies)
		}
	}
	// Effective when it is answered: no waiting here.
	if got := j.statuses(); got["bob"] != "unsubscribed" || got["pia"] != "active" {
		j.t.Errorf("after one click bob is %s; pia, who looked, is %s", got["bob"], got["pia"])
	}
}

// reads: a person opens and clicks, a scanner does so too.
func (j *journey) reads(person, scanned letter) {
	j.t.Helper()
	const scanner = "Mozilla/5.0 (compatible; LinkScan bot/1.0)"
	for range 2 { // only the first counts
		if got := j.c.visit(http.MethodGet, person.pixel, browser, "").want(http.StatusOK); got.header.Get("Content-Type") != "image/gif" {
			j.t.Errorf("the pixel is %s", got.header.Get("Content-Type"))
		}
		for i, want := range []string{"https://www.sender.example/how?a=1&b=2", "https://www.sender.example/prices"} {
			if got := j.c.visit(http.MethodGet, person.links[i], browser, "").want(http.StatusFound).header.Get("Location"); got != want {
				j.t.Errorf("the link leads to %s, want %s", got, want)
			}
		}
	}
	j.c.visit(http.MethodGet, scanned.pixel, scanner, "").want(http.StatusOK)
	j.c.visit(http.MethodHead, scanned.links[0], browser, "").want(http.StatusFound)
}

// understood checks what the program made of it, everywhere it shows.
func (j *journey) understood() {
	j.t.Helper()
	j.metrics(j.campaign, report{
		EmailsSent: 14, Opens: 1, MachineOpens: 1, Clicks: 1, MachineClicks: 1, Replies: 3, PositiveReplies: 1,
		Bounces: 3, HardBounces: 2, Unsubscribes: 2, Complaints: 1, Failed: 1, Enrolled: 15, Active: 9, Finished: 1, Stopped: 5,
	})
	wantStatuses := map[string]string{
		"ann": "qualified", "bob": "unsubscribed", "carl": "invalid", "dora": "active", "eve": "unsubscribed", "finn": "active",
		"gus": "active", "hana": "active", "ivan": "unsubscribed", "jill": "engaged", "kurt": "active", "lena": "invalid",
		"mona": "new", "nora": "active", "otto": "active", "pia": "active",
	}
	if diff := cmp.Diff(wantStatuses, j.statuses()); diff != "" {
		j.t.Errorf("statuses (-want +got):\n%s", diff)
	}
	for name, want := range map[string][]string{
		"ann":  {"email.sent", "email.replied"},
		"bob":  {"email.sent", "email.unsubscribed"},
		"carl": {"email.sent", "email.bounced"},
		"dora": {"email.sent", "email.opened", "email.clicked"},
		"eve":  {"email.sent", "email.complained"},
		"finn": {"email.sent", "email.auto_replied"},
		"gus":  {"email.sent", "email.opened", "email.clicked"},
		"hana": {"email.sent"},
		"ivan": {"email.sent", "email.replied", "email.unsubscribed"},
		"jill": {"email.sent", "email.replied"},
		"kurt": {"email.sent", "email.bounced"},
		"mona": {},
		"pia":  {"email.sent"},
	} {
		if diff := cmp.Diff(want, j.history(name)); diff != "" {
			j.t.Errorf("interactions of %s (-want +got):\n%s", name, diff)
		}
	}
	j.suppressed()
	j.inbox()
	j.scores()
	j.streamed()
}

// suppression is one entry of the list.
type suppression struct{ Kind, Value, Reason string }

// suppressed checks the list: opt-outs and complaints on every channel, bounces
// the address alone.
func (j *journey) suppressed() {
	j.t.Helper()
	got := list[suppression](j.c, "/suppressions")
	slices.SortFunc(got, func(a, b suppression) int { return strings.Compare(a.Value, b.Value) })
	want := []suppression{
		{"phone", "+14155550102", "opt_out"},
		{"phone", "+14155550105", "complaint"},
		{"email", "bob@people.example", "opt_out"},
		{"email", "carl@people.example", "bounce"},
		{"email", "eve@people.example", "complaint"},
		{"email", "ivan@people.example", "opt_out"},
		{"email", "lena@people.example", "bounce"},
		{"email", "mona@people.example", "dnc"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		j.t.Errorf("suppressions (-want +got):\n%s", diff)
	}
}

// inbox checks how the answers were sorted, and that each verdict is a decision
// with its reason.
func (j *journey) inbox() {
	j.t.Helper()
	intents := map[string]string{}
	for _, r := range list[struct {
		LeadID  string `json:"lead_id"`
		Intent  string `json:"intent"`
		Text    string `json:"text"`
		Machine bool   `json:"machine"`
		Reason  string `json:"reason"`
	}](j.c, "/replies") {
		for address, id := range j.leads {
			if id == r.LeadID {
				intents[strings.TrimSuffix(address, "@people.example")] = r.Intent
			}
		}
		if strings.Contains(r.Text, "wrote:") || strings.Contains(r.Text, "Unsubscribe") || strings.Contains(r.Text, "telephone") {
			j.t.Errorf("quote or signature is left in a reply: %q", r.Text)
		}
		if r.Machine != (r.Intent == "out_of_office") || r.Reason == "" {
			j.t.Errorf("reply: %+v", r)
		}
	}
	if diff := cmp.Diff(map[string]string{"ann": "interested", "ivan": "opt_out", "jill": "not_now", "finn": "out_of_office"}, intents); diff != "" {
		j.t.Errorf("intents (-want +got):\n%s", diff)
	}
	for name, intent := range intents {
		decisions := list[struct {
			Chosen, Reason, Decider string
			Options                 json.RawMessage
		}](j.c, "/decisions?lead_id="+j.leads[name+"@people.example"])
		if len(decisions) != 1 || decisions[0].Chosen != intent || decisions[0].Reason == "" || decisions[0].Decider == "" || !strings.Contains(string(decisions[0].Options), "not_interested") {
			j.t.Errorf("decisions about %s: %+v", name, decisions)
		}
	}
}

// scores: opens and scanners' clicks never count as interest; answers do.
func (j *journey) scores() {
	j.t.Helper()
	score := map[string]int{}
	for _, l := range list[struct {
		Email string `json:"email"`
		Score int    `json:"score"`
	}](j.c, "/leads?source=people") {
		score[strings.TrimSuffix(l.Email, "@people.example")] = l.Score
	}
	// gus, hana, pia: founders in the same state of things but for the scanner.
	if score["gus"] != score["pia"] || score["ann"] <= score["hana"] || score["dora"] <= score["gus"] {
		j.t.Errorf("scores: %v", score)
	}
}

// streamed checks that the stream told of all of it.
func (j *journey) streamed() {
	j.t.Helper()
	want := map[string]int{
		"email.sent": 14, "email.opened": 2, "email.clicked": 2, "email.replied": 4, "email.bounced": 3, "email.complained": 1,
		"email.unsubscribed": 2, "campaign.launched": 1, "campaign.paused": 1, "suppression.added": 1,
	}
	eventually(j.t, "the stream", allowLag, func() error {
		got := j.live.counts(j.t)
		for typ, n := range want {
			if got[typ] < n {
				return fmt.Errorf("%s: %d of %d; all: %v", typ, got[typ], n, got)
			}
		}
		if got["metrics.updated"] == 0 || got["lead.imported"]+got["lead.created"] == 0 {
			return fmt.Errorf("no metrics.update or lead.new: %v", got)
		}
		return nil
	})
	for _, f := range j.live.all(j.t) {
		if outward := map[string]string{
			"metrics.updated": "metrics.update", "campaign.launched": "campaign.update", "lead.imported": "lead.new", "decision.made": "ai.activity",
		}[f.Type]; outward != "" && f.Event != outward {
			j.t.Errorf("%s is called %s, want %s", f.Type, f.Event, outward)
		}
	}
	// Another client resumes in the middle and gets the same.
	frames := j.live.all(j.t)
	middle := len(frames) / 2
	again := j.c.listen(frames[middle].Seq)
	defer again.close()
	eventually(j.t, "to resume with after=", allowLag, func() error {
		got := again.all(j.t)
		if len(got) < len(frames)-middle-1 {
			return errNotYet
		}
		for i, f := range frames[middle+1:] {
			if got[i].Seq != f.Seq || got[i].Type != f.Type {
				return fmt.Errorf("frame %d is %d %s, want %d %s", i, got[i].Seq, got[i].Type, f.Seq, f.Type)
			}
		}
		return nil
	})
}

// pauseFor waits without anything to poll for: to see that nothing happens.
func pauseFor(d time.Duration) { <-time.After(d) }
