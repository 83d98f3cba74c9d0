package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"rainmaker/internal/api/apitest"
)

// body is a JSON object.
type body = map[string]any

func mailStep(delay, subject string) body {
	return body{"channel": "email", "delay": delay, "variants": []body{{"name": "A", "subject": subject, "body": "Hello {{first_name | there}}"}}}
}

func draft(steps ...body) body {
	return body{"name": "Autumn", "type": "email_sequence", "steps": steps}
}

type created struct {
	ID      string `json:"id"`
	Status  string `json:"status"`
	Version int    `json:"version"`
	Steps   []struct {
		ID       string `json:"id"`
		Delay    string `json:"delay"`
		Variants []struct {
			ID, Subject, Body string
			Weight            int
		} `json:"variants"`
	} `json:"steps"`
}

func mailbox(t *testing.T, c *apitest.Client) string {
	t.Helper()
	var m created
	c.Post("/mailboxes", body{
		"from_name": "Ann", "from_address": "Ann@Sender.test", "smtp": body{"host": "mail.sender.test", "port": 2525, "tls": "none"},
	}).Want(http.StatusCreated).Into(&m)
	return m.ID
}

func TestCampaignIsDraftedLaunchedAndPaused(t *testing.T) {
	t.Parallel()
	c := apitest.Start(t).SignUp(t)
	var made created
	c.Post("/campaigns", draft(mailStep("0s", "First"), mailStep("3d", "Second"))).Want(http.StatusCreated).Into(&made)
	if made.Status != "draft" || made.Steps[1].Delay != "72h0m0s" || made.Steps[0].Variants[0].Weight != 100 {
		t.Fatalf("created %+v", made)
	}
	// The gate names everything that is missing, at once.
	problem := c.Post("/campaigns/"+made.ID+"/launch", nil).Problem(http.StatusConflict)
	raw, _ := json.Marshal(problem)
	for _, want := range []string{"organization.postal_address", "mailbox_id", "audience"} {
		if !strings.Contains(string(raw), `"`+want+`"`) {
			t.Errorf("the refusal does not name %s: %s", want, raw)
		}
	}
	var verdict struct {
		Ready   bool
		Reasons []struct{ Code string }
	}
	c.Post("/campaigns/"+made.ID+"/preflight", nil).Want(http.StatusOK).Into(&verdict)
	if verdict.Ready || len(verdict.Reasons) != 3 {
		t.Errorf("preflight %+v", verdict)
	}

	c.Patch("/organization", body{"postal_address": body{"line1": "1 Market St", "city": "San Francisco", "region": "CA", "postal_code": "94105", "country": "US"}}).Want(http.StatusOK)
	var lead created
	c.Post("/leads", body{"email": "pat@people.test", "first_name": "Pat"}).Want(http.StatusCreated).Into(&lead)
	c.Patch("/campaigns/"+made.ID, body{"mailbox_id": mailbox(t, c)}).Want(http.StatusOK)

	var preview struct {
		Steps   []struct{ Subject, Text, HTML string }
		Verdict struct{ Rule string }
	}
	c.Post("/campaigns/"+made.ID+"/preview", body{"lead_id": lead.ID}).Want(http.StatusOK).Into(&preview)
	if len(preview.Steps) != 2 || !strings.Contains(preview.Steps[0].Text, "Hello Pat") || preview.Verdict.Rule != "allowed" {
		t.Errorf("preview %+v", preview)
	}
	c.Post("/campaigns/"+made.ID+"/launch", nil).Want(http.StatusOK).Into(&made)
	if made.Status != "running" {
		t.Errorf("launched: %s", made.Status)
	}
	c.Post("/campaigns/"+made.ID+"/launch", nil).Problem(http.StatusConflict)
	c.Post("/campaigns/"+made.ID+"/pause", nil).Want(http.StatusOK).Into(&made)
	c.Post("/campaigns/"+made.ID+"/resume", nil).Want(http.StatusOK).Into(&made)
	c.Post("/campaigns/"+made.ID+"/enrol", body{"lead_ids": []string{lead.ID}}).Want(http.StatusOK)
	c.Delete("/campaigns/" + made.ID).Problem(http.StatusConflict)
	c.Get("/campaigns/" + made.ID + "/metrics").Want(http.StatusOK)
	c.Get("/campaigns/" + made.ID + "/enrolments").Want(http.StatusOK)
	c.Get("/actions?campaign_id=" + made.ID).Want(http.StatusOK)
	c.Get("/decisions?campaign_id=" + made.ID).Want(http.StatusOK)
	c.Get("/replies").Want(http.StatusOK)
	c.Post("/campaigns/"+made.ID+"/archive", nil).Want(http.StatusOK)
}

func TestCampaignRefusesBadInputByName(t *testing.T) {
	t.Parallel()
	c := apitest.Start(t).SignUp(t)
	variant := func(v body) body { return draft(body{"channel": "email", "variants": []body{v}}) }
	for field, sent := range map[string]body{
		"body.name":                         {"name": " ", "type": "email_sequence"},
		"body.type":                         {"name": "x"},
		"body.steps[0].delay":               draft(mailStep("soon", "x")),
		"body.steps[0].variants[0].subject": variant(body{"subject": "a\r\nBcc: x@y.z", "body": "b"}),
		"body.steps[0].variants[0].body":    variant(body{"subject": "s", "body": "Hi {{nobody}}"}),
		"body.audience.filter.colour":       {"name": "x", "type": "email_sequence", "audience": body{"filter": body{"colour": "red"}}},
		"body.schedule.timezone":            {"name": "x", "type": "email_sequence", "schedule": body{"timezone": "Mars/Base"}},
		"body.schedule.days[0]":             {"name": "x", "type": "email_sequence", "schedule": body{"days": []string{"someday"}}},
		"body.mailbox_id":                   {"name": "x", "type": "email_sequence", "mailbox_id": "01900000-0000-7000-8000-000000000000"},
		"body.steps[0].when.field":          draft(body{"channel": "email", "when": body{"field": "opens", "op": "is", "value": "1"}, "variants": []body{{"subject": "s", "body": "b"}}}),
		"body.budget.daily.currency":        {"name": "x", "type": "email_sequence", "budget": body{"daily": body{"amount_minor": 1, "currency": "usd"}}},
	} {
		c.Post("/campaigns", sent).WantField(field)
	}
	c.Post("/campaigns", body{"name": "x", "type": "email_sequence", "colour": "red"}).Problem(http.StatusUnprocessableEntity)
	var list struct{ Items []created }
	c.Get("/campaigns").Want(http.StatusOK).Into(&list)
	if len(list.Items) != 0 {
		t.Errorf("refused input left %d campaigns", len(list.Items))
	}
}

func TestMailboxKeepsItsSecrets(t *testing.T) {
	t.Parallel()
	c := apitest.Start(t).SignUp(t)
	var m created
	answer := c.Post("/mailboxes", body{
		"from_name": "Ann", "from_address": "ann@sender.test",
		"smtp": body{"host": "mail.sender.test", "port": 587, "username": "ann", "password": "correct horse", "tls": "starttls"},
	}).Want(http.StatusCreated)
	answer.Into(&m)
	for _, shown := range []*apitest.Response{answer, c.Get("/mailboxes/" + m.ID), c.Get("/mailboxes")} {
		if strings.Contains(string(shown.Body), "correct horse") {
			t.Errorf("an answer shows the password: %s", shown.Body)
		}
	}
	c.Post("/mailboxes", body{"from_name": "Ann", "from_address": "ann@sender.test", "smtp": body{"host": "x.test", "port": 25}}).WantField("body.from_address")
	c.Post("/mailboxes", body{"from_name": "A\r\nBcc: x", "from_address": "b@sender.test", "smtp": body{"host": "x.test", "port": 25}}).WantField("body.from_name")
	c.Post("/mailboxes", body{"from_name": "A", "from_address": "b@sender.test", "smtp": body{"host": "x.test", "port": 25, "password": "p", "tls": "none"}}).WantField("body.smtp.tls")
	c.Patch("/mailboxes/"+m.ID, body{"daily_limit": 100}).Want(http.StatusOK)
	var test struct {
		OK    bool   `json:"ok"`
		Phase string `json:"phase"`
	}
	c.Post("/mailboxes/"+m.ID+"/test", nil).Want(http.StatusOK).Into(&test)
	if test.OK || test.Phase != "dial" {
		t.Errorf("test = %+v", test)
	}
	c.Delete("/mailboxes/" + m.ID).Want(http.StatusNoContent)
}

func TestCampaignsOfOthersAreNotThere(t *testing.T) {
	t.Parallel()
	server := apitest.Start(t)
	mine, theirs := server.SignUp(t), server.SignUp(t)
	var campaign created
	theirs.Post("/campaigns", draft(mailStep("0s", "x"))).Want(http.StatusCreated).Into(&campaign)
	box := mailbox(t, theirs)
	for _, path := range []string{"", "/metrics", "/enrolments"} {
		mine.Get("/campaigns/" + campaign.ID + path).Problem(http.StatusNotFound)
	}
	for _, verb := range []string{"/launch", "/pause", "/resume", "/archive", "/preflight"} {
		mine.Post("/campaigns/"+campaign.ID+verb, nil).Problem(http.StatusNotFound)
	}
	mine.Patch("/campaigns/"+campaign.ID, body{"name": "mine"}).Problem(http.StatusNotFound)
	mine.Delete("/campaigns/" + campaign.ID).Problem(http.StatusNotFound)
	mine.Get("/mailboxes/" + box).Problem(http.StatusNotFound)
	mine.Delete("/mailboxes/" + box).Problem(http.StatusNotFound)
	mine.Post("/campaigns", body{"name": "x", "type": "email_sequence", "mailbox_id": box}).WantField("body.mailbox_id")
}

func TestPublicAddressesKnowNoForgedToken(t *testing.T) {
	t.Parallel()
	server := apitest.Start(t)
	for _, path := range []string{"/t/o/AAAA", "/t/c/AAAA", "/u/AAAA"} {
		response, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusNotFound {
			t.Errorf("%s answers %d", path, response.StatusCode)
		}
	}
}
