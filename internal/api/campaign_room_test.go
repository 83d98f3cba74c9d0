package api_test

import (
	"net/http"
	"strings"
	"testing"

	"rainmaker/internal/api/apitest"
)

func TestCampaignRooms(t *testing.T) {
	t.Parallel()
	c := apitest.Start(t).SignUp(t)
	step := body{"channel": "email", "variants": []body{
		{"name": "A", "subject": "Act now {{first_name | there}}", "body": "Hello {{first_name | there}}, see http://example.com"}, {"name": "B", "subject": "B", "body": "b"},
	}}
	sent := draft(step)
	sent["mailbox_id"] = mailbox(t, c)
	var made created
	c.Post("/campaigns", sent).Want(http.StatusCreated).Into(&made)
	var lead created
	c.Post("/leads", body{"email": "pat@people.test", "first_name": "<b>Pat"}).Want(http.StatusCreated).Into(&lead)
	variant := made.Steps[0].Variants[0].ID
	at := "/campaigns/" + made.ID

	page := c.Get(at + "/variants/" + variant + "/mail?lead_id=" + lead.ID).Want(http.StatusOK)
	policy := page.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "sandbox;") || strings.Contains(policy, "unsafe") || !strings.Contains(policy, "frame-ancestors 'self'") {
		t.Errorf("policy %q", policy)
	}
	if shown := string(page.Body); !strings.Contains(shown, "Hello &lt;b&gt;Pat") || !strings.Contains(shown, "Unsubscribe") || strings.Contains(shown, ` style="`) {
		t.Errorf("page %s", shown)
	}
	if text := string(c.Get(at + "/variants/" + variant + "/mail?part=text").Want(http.StatusOK).Body); !strings.Contains(text, "<pre>Hello there") {
		t.Errorf("text %s", text)
	}
	var preview struct {
		Steps []struct {
			Links []string
			Hints []struct{ Rule string }
		}
	}
	c.Post(at+"/preview", body{"lead_id": lead.ID}).Want(http.StatusOK).Into(&preview)
	if p := preview.Steps[0]; len(p.Links) != 1 || len(p.Hints) != 2 || p.Hints[0].Rule != "spam_phrase" || p.Hints[1].Rule != "link_unencrypted" {
		t.Errorf("preview %+v", preview)
	}
	var people struct {
		Items []struct{ Name, Rule string }
	}
	c.Get(at + "/audience?rule=allowed").Want(http.StatusOK).Into(&people)
	if len(people.Items) != 1 || people.Items[0].Rule != "allowed" {
		t.Errorf("audience %+v", people)
	}
	var test struct {
		ActionID string `json:"action_id"`
		To       string
	}
	c.Post(at+"/test-send", body{"variant_id": variant, "lead_id": lead.ID}).Want(http.StatusAccepted).Into(&test)
	var act struct{ Kind, State string }
	c.Get("/actions/" + test.ActionID).Want(http.StatusOK).Into(&act)
	if act.Kind != "email.test" || !strings.Contains(test.To, "@") {
		t.Errorf("test %+v, action %+v", test, act)
	}
	c.Post(at+"/test-send", body{"variant_id": made.ID}).WantField("body.variant_id")
	var log struct {
		Items []struct{ Action string }
	}
	c.Get("/audit-log?action=campaign.tested").Want(http.StatusOK).Into(&log)
	if len(log.Items) != 1 {
		t.Errorf("audit %+v", log)
	}
	c.With("If-Match", `"99"`).Post(at+"/variants/"+variant+"/ship", nil).Problem(http.StatusPreconditionFailed)
	c.Post(at+"/variants/"+variant+"/ship", nil).Want(http.StatusOK).Into(&made)
	if v := made.Steps[0].Variants; v[0].Weight != 100 || v[1].Weight != 0 {
		t.Errorf("shipped %+v", v)
	}
	c.Get(at + "/outlook").Want(http.StatusOK)
	c.Get(at + "/launches").Want(http.StatusOK)
	var copied created
	c.Post(at+"/copy", nil).Want(http.StatusCreated).Into(&copied)
	if copied.ID == made.ID || copied.Status != "draft" {
		t.Errorf("copy %+v", copied)
	}
}

func TestStatusOfTheWriter(t *testing.T) {
	t.Parallel()
	c := apitest.Start(t).SignUp(t)
	var status struct {
		Offline   bool    `json:"offline"`
		Model     string  `json:"model"`
		LastError *string `json:"last_error"`
		Cost      struct {
			Minor    int64  `json:"amount_minor"`
			Currency string `json:"currency"`
		} `json:"month_cost"`
	}
	c.Get("/writer/status").Want(http.StatusOK).Into(&status)
	if !status.Offline || status.Model != "" || status.LastError == nil || *status.LastError != "" || status.Cost.Minor != 0 || status.Cost.Currency != "USD" {
		t.Errorf("without a model: %+v", status)
	}
}
