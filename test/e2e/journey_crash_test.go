package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"net/smtp"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
)

// takesRecipient returns nil when the inbound server takes mail to the address.
func takesRecipient(inbound, address string) error {
	c, err := smtp.Dial(inbound)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if err := c.Mail(""); err != nil {
		return err
	}
	return c.Rcpt(address)
}

// seen is what the program says of the campaign.
type seen struct {
	Metrics      report
	Statuses     map[string]string
	Suppressions []suppression
	Replies      []string
	Histories    map[string][]string
}

func (j *journey) look() seen {
	j.t.Helper()
	s := seen{
		Metrics: fetch[report](j.c, "/campaigns/"+j.campaign+"/metrics"), Statuses: j.statuses(),
		Suppressions: list[suppression](j.c, "/suppressions"), Histories: map[string][]string{},
	}
	for _, r := range list[struct{ ID, Intent string }](j.c, "/replies") {
		s.Replies = append(s.Replies, r.ID+" "+r.Intent)
	}
	for address := range j.leads {
		name, _, _ := strings.Cut(address, "@")
		s.Histories[name] = j.history(name)
	}
	return s
}

// crash kills the program and starts it again on the same data: nothing is lost,
// nothing happens twice, and the stream goes on where it stood.
func (j *journey) crash() {
	j.t.Helper()
	before, mails := j.look(), j.sink.Count()
	frames := j.live.all(j.t)
	j.restart()
	wantSame(j.t, "after kill -9 and a new start", before, j.look())
	if n := j.sink.Count(); n != mails {
		j.t.Errorf("%d mails more after the restart of a paused campaign", n-mails)
	}
	j.live = j.c.listen(frames[len(frames)-1].Seq)
}

// restart kills the program and starts it again at the same address, which the
// links in the mails carry.
func (j *journey) restart() {
	j.t.Helper()
	j.p.kill()
	j.live.close()
	began := time.Now()
	j.start(strings.TrimPrefix(j.p.url, "http://"))
	j.t.Logf("started again in %v", time.Since(began).Round(time.Millisecond))
}

// secondMails resumes the campaign: the second step goes to those who neither
// answered nor left, in the same thread, and to nobody else.
func (j *journey) secondMails() {
	j.t.Helper()
	j.c.post("/campaigns/"+j.campaign+"/resume", nil).want(http.StatusOK)
	want := []string{"dora", "gus", "hana", "kurt", "nora", "otto", "pia"}
	var got map[string][]letter
	eventually(j.t, "the second mails", stepDelay+allowLag, func() error {
		got = letters(j.t, j.sink, j.campaign)
		n := 0
		for _, mails := range got {
			n += len(mails) - 1
		}
		if n < len(want) {
			return fmt.Errorf("%d of %d", n, len(want))
		}
		return nil
	})
	j.metrics(j.campaign, report{
		EmailsSent: 21, Opens: 1, MachineOpens: 1, Clicks: 1, MachineClicks: 1, Replies: 3, PositiveReplies: 1,
		Bounces: 3, HardBounces: 2, Unsubscribes: 2, Complaints: 1, Failed: 1, Enrolled: 15, Active: 2, Finished: 8, Stopped: 5,
	})
	pauseFor(time.Second) // whoever should not get one would have it by now
	got = letters(j.t, j.sink, j.campaign)
	var twice []string
	for address, mails := range got {
		if len(mails) == 1 {
			continue
		}
		twice = append(twice, strings.TrimSuffix(address, "@people.example"))
		second := mails[1]
		if len(mails) != 2 || second.subject != "Did this reach you?" || second.messageID == mails[0].messageID || !strings.Contains(second.text, streetLine) {
			j.t.Errorf("%s got %d mails, the second is %q", address, len(mails), second.subject)
		}
	}
	slices.Sort(twice)
	if diff := cmp.Diff(want, twice); diff != "" {
		j.t.Errorf("who got the second mail (-want +got):\n%s", diff)
	}
	j.places()
}

// places checks where everybody stands in the sequence.
func (j *journey) places() {
	j.t.Helper()
	states := map[string]int{}
	for _, e := range list[struct {
		State  string `json:"state"`
		Reason string `json:"reason"`
	}](j.c, "/campaigns/"+j.campaign+"/enrolments") {
		states[e.State+" "+e.Reason]++
	}
	want := map[string]int{
		"finished completed": 7, "finished reply": 1, "stopped opt_out": 2, "stopped bounce": 1, "stopped failed": 1, "stopped complaint": 1,
		"active out_of_office": 1, "active not_now": 1,
	}
	if diff := cmp.Diff(want, states); diff != "" {
		j.t.Errorf("enrolments (-want +got):\n%s", diff)
	}
}

// crowdSize is enough people to die among.
const crowdSize = 400

// crowd imports people, launches a campaign to them and kills the program while
// mails leave: nobody gets two, and whoever got none is listed in doubt.
func (j *journey) crowd() {
	j.t.Helper()
	var file strings.Builder
	file.WriteString("email;first name;company\n")
	for i := range crowdSize {
		fmt.Fprintf(&file, "crowd%03d@crowd%d.example;Person %d;Crowd Inc\n", i, i%7, i)
	}
	if done := j.c.finished(j.c.upload("crowd.csv", strings.NewReader(file.String()), map[string]string{"source": "crowd"})); done.RowsCreated != crowdSize {
		j.t.Fatalf("import: %+v", done)
	}
	var c launched
	j.c.post("/campaigns", m{
		"name": "Crowd", "type": "email_sequence", "audience": m{"filter": m{"source": []string{"crowd"}}}, "mailbox_id": j.mailbox,
		"steps": []m{step(0, m{"subject": "Hello {{first_name}}", "body": "Hi {{first_name | there}}, see https://www.sender.example/ please."})},
	}).want(http.StatusCreated).into(&c)
	before := j.sink.Count()
	j.c.post("/campaigns/"+c.ID+"/launch", nil).want(http.StatusOK)
	eventually(j.t, "the crowd's mails", allowLag, func() error {
		if n := j.sink.Count() - before; n < crowdSize/4 {
			return fmt.Errorf("%d", n)
		}
		return nil
	})
	last := j.live.all(j.t)
	j.restart()
	j.live = j.c.listen(last[len(last)-1].Seq)
	j.t.Logf("killed when %d of %d mails were out", j.sink.Count()-before, crowdSize)
	var now report
	eventually(j.t, "the crowd's campaign to settle", 60*time.Second, func() error {
		now = fetch[report](j.c, "/campaigns/"+c.ID+"/metrics")
		if now.Queued > 0 || now.EmailsSent+now.InDoubt != crowdSize {
			return fmt.Errorf("%+v", now)
		}
		return nil
	})
	j.accounted(c.ID, now)
}

// accounted compares what the server received with what the program says, then
// lets a person settle what is in doubt.
func (j *journey) accounted(campaign string, now report) {
	j.t.Helper()
	type row struct {
		ID    string `json:"id"`
		State string `json:"state"`
	}
	received := letters(j.t, j.sink, campaign)
	arrived := map[string]bool{}
	for address, mails := range received {
		if len(mails) != 1 {
			j.t.Errorf("%s got %d mails", address, len(mails))
		}
		for _, l := range mails {
			action, _, _ := strings.Cut(strings.TrimPrefix(l.messageID, "<"), "@")
			arrived[action] = true
		}
	}
	doubtful := 0
	for _, a := range list[row](j.c, "/actions?campaign_id="+campaign) {
		switch {
		case a.State == "done" && !arrived[a.ID]:
			j.t.Errorf("action %s is done, but its mail never arrived", a.ID)
		case a.State == "in_doubt":
			doubtful++
			verb := "release" // it did not arrive: send it
			if arrived[a.ID] {
				verb = "abandon"
			}
			// Its process may have had a last word to say until its deadline.
			eventually(j.t, verb+" by hand", time.Minute, func() error {
				said := j.c.post("/actions/"+a.ID+"/"+verb, nil)
				if said.status == http.StatusConflict {
					return errors.New(string(said.body))
				}
				said.want(http.StatusOK)
				return nil
			})
		case a.State != "done":
			j.t.Errorf("action %s is %s", a.ID, a.State)
		}
	}
	if doubtful != now.InDoubt || len(received)+doubtful < crowdSize {
		j.t.Errorf("%d received, %d in doubt, %d said to be in doubt", len(received), doubtful, now.InDoubt)
	}
	j.t.Logf("after kill -9: %d received before settling, %d in doubt", len(received), doubtful)
	eventually(j.t, "everybody to have one mail", allowLag, func() error {
		received = letters(j.t, j.sink, campaign)
		if len(received) < crowdSize {
			return fmt.Errorf("%d of %d", len(received), crowdSize)
		}
		return nil
	})
	for address, mails := range received {
		if len(mails) != 1 {
			j.t.Errorf("%s got %d mails", address, len(mails))
		}
	}
}

// exported: what a spreadsheet would run is made text.
func (j *journey) exported() {
	j.t.Helper()
	file := string(j.c.get("/leads/export.csv?source=people").want(http.StatusOK).body)
	rows := readCSV(j.t, file)
	if len(rows) != 17 {
		j.t.Errorf("the export has %d rows, want a header and 16 people", len(rows))
	}
	for _, cells := range rows {
		for _, cell := range cells {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				j.t.Errorf("a formula is left in the export: %q", cell)
			}
		}
	}
	if !strings.Contains(file, `'=HYPERLINK`) || !strings.Contains(file, `'@SUM(A1)`) {
		j.t.Errorf("the export has lost what looks like a formula:\n%s", file)
	}
}
