package apitest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"rainmaker/internal/action"
	"rainmaker/internal/auth/oidc/oidctest"
	"rainmaker/internal/campaign/enrolment"
	"rainmaker/internal/email"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// World is an organisation that has one of everything, full of a mark that
// nobody else's answers may hold.
type World struct {
	*Client
	Mark string // lower-case letters and digits

	t      testing.TB
	server *Server
	ids    map[string]string
	key    *Authenticator // of the owner, once a passkey was made
	unsaid []string       // ids of things that no question ever names
	doc    *Document
}

// Fill signs an organisation up and makes one of everything in it.
func (s *Server) Fill(t testing.TB) *World {
	t.Helper()
	doc, err := s.Document()
	if err != nil {
		t.Fatal(err)
	}
	w := &World{
		Client: s.SignUp(t), Mark: "canary" + strings.ReplaceAll(id.New().String(), "-", "")[16:],
		t: t, server: s, ids: map[string]string{}, doc: doc,
	}
	w.Patch("/organization", M{
		"name": w.Mark, "settings": M{w.Mark: w.Mark},
		"postal_address": M{"line1": w.Mark, "city": "San Francisco", "region": "CA", "postal_code": "94105", "country": "US"},
	}).Want(http.StatusOK)
	for range 2 {
		w.unsaid = sortedValues(w.ids)
		w.Forget()
		for _, op := range doc.Operations {
			if op.Public {
				continue // its parameters are no ids of ours
			}
			for _, param := range op.PathParams() {
				w.ID(param)
			}
		}
		w.reply()
	}
	return w
}

// ID returns the id of the world's own thing at a path such as /leads/{id}, and
// makes it when there is none yet.
func (w *World) ID(path string) string {
	w.t.Helper()
	if made, ok := w.ids[path]; ok {
		return made
	}
	make, ok := makers()[path]
	if !ok {
		w.t.Fatalf("the path parameter of %s has no maker: add one to makers in internal/api/apitest/world.go, so that the tests of tenants and roles have such a thing to ask for", path)
	}
	w.ids[path] = make(w)
	return w.ids[path]
}

// IDs are the ids of everything that was made, by path.
func (w *World) IDs() map[string]string { return w.ids }

// Forget makes every ID a new one from now on.
func (w *World) Forget() { w.ids = map[string]string{} }

// make posts a body and returns the id of the answer.
func (w *World) make(path string, body any) string {
	w.t.Helper()
	var made struct {
		ID string `json:"id"`
	}
	r := w.Post(path, body)
	if r.Status < 200 || r.Status > 299 {
		w.t.Fatalf("%s: status %d\n%s", r.Asked, r.Status, r.Body)
	}
	r.Into(&made)
	return made.ID
}

// makers is the table of how one of everything is made, by the path that names
// it. A new path with a parameter needs its line here.
func makers() map[string]func(w *World) string {
	return map[string]func(w *World) string{
		"/leads/{id}": func(w *World) string {
			return w.make("/leads", M{
				"email": w.Mark + "-" + id.New().String() + "@" + w.Mark + ".example.com", "first_name": w.Mark, "last_name": w.Mark,
				"company": w.Mark, "title": w.Mark, "tags": []string{w.Mark}, "source": w.Mark, "custom": M{w.Mark: w.Mark},
			})
		},
		"/tasks/{id}": func(w *World) string {
			w.make("/leads/"+w.ID("/leads/{id}")+"/notes", M{"body": w.Mark})
			return w.make("/leads/"+w.ID("/leads/{id}")+"/tasks", M{"title": w.Mark, "body": w.Mark})
		},
		"/campaigns/{id}": func(w *World) string {
			return w.make("/campaigns", M{
				"name": w.Mark, "goal": w.Mark, "type": "email_sequence", "mailbox_id": w.ID("/mailboxes/{id}"),
				"audience": M{"filter": M{"tags": []string{w.Mark}}},
				"steps":    []M{{"channel": "email", "variants": []M{{"name": w.Mark, "subject": w.Mark, "body": w.Mark}}}},
			})
		},
		"/campaigns/{id}/variants/{variant_id}": func(w *World) string {
			var c struct {
				Steps []struct{ Variants []struct{ ID string } }
			}
			w.Get("/campaigns/" + w.ID("/campaigns/{id}")).Want(http.StatusOK).Into(&c)
			return c.Steps[0].Variants[0].ID
		},
		"/inbound-webhooks/{id}": func(w *World) string {
			return w.make("/inbound-webhooks", M{"description": w.Mark})
		},
		"/webhook-endpoints/{id}": func(w *World) string {
			return w.make("/webhook-endpoints", M{"url": "https://" + w.Mark + ".example.com/hook", "events": []string{w.Mark + ".*"}, "description": w.Mark})
		},
		"/webhook-endpoints/{id}/deliveries/{delivery_id}": func(w *World) string {
			return w.make("/webhook-endpoints/"+w.ID("/webhook-endpoints/{id}")+"/test", nil)
		},
		"/mailboxes/{id}": func(w *World) string {
			return w.make("/mailboxes", M{
				"from_name": w.Mark, "from_address": id.New().String() + "@" + w.Mark + ".example.com",
				"smtp": M{"host": w.Mark + ".example.com", "port": 2525, "username": w.Mark, "password": w.Mark, "tls": "starttls"},
			})
		},
		"/imports/{id}": func(w *World) string {
			var made struct{ ID string }
			w.Upload("/leads/import", w.Mark+".csv", []byte("email,first_name\n"+Email()+","+w.Mark+"\nnobody,"+w.Mark+"\n"), nil).
				Want(http.StatusAccepted).Into(&made)
			imp, err := id.Parse("import", made.ID)
			if err != nil {
				w.t.Fatal(err)
			}
			if err := w.server.Deps.Intake.RunImport(w.t.Context(), w.Org, imp); err != nil {
				w.t.Fatal(err)
			}
			return made.ID
		},
		"/audit-log/{id}": func(w *World) string { return w.first("/audit-log") },
		"/alerts/{id}": func(w *World) string {
			analyst := w.As(w.t, org.Analyst)
			analyst.Get("/alerts").Want(http.StatusForbidden)
			if err := w.server.Deps.Watch.Flush(w.t.Context()); err != nil {
				w.t.Fatal(err)
			}
			return w.first("/alerts")
		},
		"/incidents/{id}": func(w *World) string {
			incident := w.make("/incidents", M{"title": w.Mark, "note": w.Mark, "alert_ids": []string{w.ID("/alerts/{id}")}})
			w.isolation(incident)
			return incident
		},
		"/suppressions/{id}": func(w *World) string {
			w.Put("/suppressions", M{"values": []string{Email()}}).Want(http.StatusNoContent)
			return w.first("/suppressions")
		},
		"/members/{id}": func(w *World) string {
			return w.make("/members", M{"email": w.Mark + id.New().String() + "@example.com", "role": "analyst"})
		},
		"/api-keys/{id}": func(w *World) string {
			return w.make("/api-keys", M{"name": w.Mark, "role": "api_user"})
		},
		"/auth/passkeys/{id}": func(w *World) string {
			made, key := w.AddPasskey(w.t, w.Mark)
			w.key = key
			return made
		},
		"/views/{id}": func(w *World) string {
			return w.make("/views", M{"name": w.Mark + id.New().String(), "search": M{}})
		},
		"/shares/{id}": func(w *World) string {
			return w.make("/shares", M{"title": w.Mark})
		},
		"/auth/sessions/{id}": func(w *World) string {
			w.ID("/auth/passkeys/{id}") // which ends other sessions, and is asked for at sign-in
			c := w.server.Client(w.t)
			c.Post("/auth/login/passkey", w.key.Prove(c)).Want(http.StatusOK)
			return w.first("/auth/sessions") // the last used is the newest
		},
		"/sso-connections/{id}": func(w *World) string {
			return w.make("/sso-connections", M{"kind": "oidc", "name": w.Mark, "client_id": w.Mark, "client_secret": w.Mark, "allowed_domains": []string{w.Mark + ".example.com"}})
		},
		"/auth/identities/{id}": func(w *World) string { return w.identity() },
		"/actions/{id}":         func(w *World) string { return w.action() },
		"/replies/{id}": func(w *World) string {
			w.reply()
			return w.first("/replies")
		},
	}
}

// isolation shuts an API key out, and returns the isolation.
func (w *World) isolation(incident string) string {
	w.t.Helper()
	var d struct{ Isolations []struct{ ID string } }
	w.Post("/incidents/"+incident+"/isolate", M{"kind": "key", "subject_id": w.make("/api-keys", M{"name": w.Mark, "role": "api_user"})}).
		Want(http.StatusOK).Into(&d)
	return d.Isolations[len(d.Isolations)-1].ID
}

// first is the id of the first thing of a list.
func (w *World) first(path string) string {
	w.t.Helper()
	var list struct{ Items []struct{ ID string } }
	w.Get(path).Want(http.StatusOK).Into(&list)
	if len(list.Items) == 0 {
		w.t.Fatalf("%s is empty", path)
	}
	return list.Items[0].ID
}

// identity links one to who the world is, at a provider of this machine.
func (w *World) identity() string {
	w.t.Helper()
	p := oidctest.Start(w.t, oidctest.NewKey(w.t, 2048))
	connection := w.make("/sso-connections", M{
		"kind": "oidc", "name": w.Mark, "issuer": p.URL, "client_id": oidctest.ClientID, "client_secret": oidctest.ClientSecret, "enabled": true,
	})
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.Header = w.Header
	who, err := w.server.Deps.Auth.Authenticate(w.t.Context(), r)
	if err != nil {
		w.t.Fatal(err)
	}
	begun, err := w.server.Deps.SSO.StartLink(w.t.Context(), who, connection, "")
	if err == nil {
		_, err = w.server.Deps.SSO.FinishOIDC(w.t.Context(), connection, p.Approve(w.t, begun.URL), begun.Cookie.Reveal(), &who)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return w.first("/auth/identities")
}

// batch enrols a lead by hand; the campaign is a draft, which no operation fills.
func (w *World) batch() id.ID {
	w.t.Helper()
	batch, lead, campaign := id.New(), w.parse("/leads/{id}"), w.parse("/campaigns/{id}")
	now := w.server.Deps.Clock.Now()
	err := w.server.DB.InTenant(w.t.Context(), w.Org, func(tx db.Tx) error {
		moves := []enrolment.Move{{Enrolment: id.New(), State: "active", NextAt: now.Add(time.Hour)}}
		_, err := enrolment.Insert(w.t.Context(), tx, w.Org, campaign, &batch, []id.ID{lead}, moves, now)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return batch
}

// action proposes one that waits for a person, with a decision: the engine does
// that in the program.
func (w *World) action() string {
	w.t.Helper()
	var made []id.ID
	lead, campaign := w.parse("/leads/{id}"), w.parse("/campaigns/{id}")
	err := w.server.DB.InTenant(w.t.Context(), w.Org, func(tx db.Tx) (err error) {
		log := w.server.Deps.Outreach.Log
		words, err := w.server.Deps.Outreach.Email.SaveContent(w.t.Context(), tx, w.Org, w.Mark, w.Mark)
		if err != nil {
			return err
		}
		made, err = log.Propose(w.t.Context(), tx, w.Org, email.KindSend, action.Hold, []action.Proposal{{
			OnceKey: w.Mark + id.New().String(), LeadID: lead, CampaignID: campaign, ContentID: words, NeedsPerson: true, DueAt: w.server.Deps.Clock.Now(),
		}})
		if err != nil {
			return err
		}
		text, _ := json.Marshal(w.Mark) // a string: cannot fail
		return log.Decide(w.t.Context(), tx, w.Org, action.Decision{
			LeadID: lead, CampaignID: campaign, Inputs: text, Options: text, Chosen: w.Mark, Probability: 1, Decider: w.Mark, Reason: w.Mark,
		})
	})
	if err != nil || len(made) != 1 {
		w.t.Fatalf("action: %v %v", made, err)
	}
	return made[0].String()
}

// reply lets the lead answer, as incoming mail would.
func (w *World) reply() {
	w.t.Helper()
	err := w.server.DB.InTenant(w.t.Context(), w.Org, func(tx db.Tx) error {
		return w.server.Deps.Conversation.Answered(w.t.Context(), tx, w.Org, email.Answer{
			LeadID: w.parse("/leads/{id}"), MessageID: w.Mark, Subject: w.Mark, Text: "Sounds good, call me. " + w.Mark, ReceivedAt: w.server.Deps.Clock.Now(),
		})
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *World) parse(path string) id.ID {
	w.t.Helper()
	v, err := id.Parse("id", w.ID(path))
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// Example is a body that an operation accepts: the schema's smallest, or what
// examples has where that is not enough.
func (w *World) Example(op Operation) any {
	if make, ok := examples()[op.ID]; ok {
		return make(w)
	}
	if op.Body == nil {
		return nil
	}
	return w.doc.Sample(op.Body)
}

// examples are bodies of operations whose rules a schema cannot tell.
func examples() map[string]func(w *World) any {
	named := func(w *World) any { return M{"name": w.Mark} }
	return map[string]func(w *World) any{
		"signup": func(*World) any {
			return M{"organization_name": "Acme", "name": "Ann", "email": Email(), "password": Password}
		},
		"login":             func(w *World) any { return M{"email": w.Email, "password": Password} },
		"accept-invitation": func(*World) any { return M{"token": "nothing", "name": "Ann", "password": Password} },
		"update-campaign":   named,
		"create-campaign": func(w *World) any {
			return M{"name": w.Mark, "type": "email_sequence", "steps": []any{M{"channel": "email", "variants": []any{M{"subject": "s", "body": "b"}}}}}
		},
		"create-mailbox": func(w *World) any {
			return M{"from_name": w.Mark, "from_address": id.New().String() + "@example.com", "smtp": M{"host": "mail.example.com", "port": 587}}
		},
		"create-webhook-endpoint": func(w *World) any {
			return M{"url": "https://" + w.Mark + ".example.com/hook", "events": []any{"lead.*"}}
		},
		"update-webhook-endpoint": func(w *World) any { return M{"description": w.Mark} },
		"update-mailbox":          func(w *World) any { return M{"from_name": w.Mark} },
		"create-lead":             func(w *World) any { return M{"email": Email(), "first_name": w.Mark} },
		"update-lead":             func(w *World) any { return M{"first_name": w.Mark} },
		"bulk-leads": func(w *World) any {
			return M{"ids": []any{w.ID("/leads/{id}")}, "action": "add_tags", "tags": []any{"x"}}
		},
		"enrol-leads":      func(w *World) any { return M{"lead_ids": []any{w.ID("/leads/{id}")}} },
		"undo-enrolment":   func(w *World) any { return M{"batch_id": w.batch()} },
		"preview-campaign": func(w *World) any { return M{"lead_id": w.ID("/leads/{id}")} },
		"test-campaign-mail": func(w *World) any {
			return M{"variant_id": w.ID("/campaigns/{id}/variants/{variant_id}"), "lead_id": w.ID("/leads/{id}")}
		},
		"add-consent": func(w *World) any {
			return M{"lead_id": w.ID("/leads/{id}"), "channel": "email", "evidence": w.Mark}
		},
		"open-incident":    func(w *World) any { return M{"title": w.Mark, "alert_ids": []any{w.ID("/alerts/{id}")}} },
		"advance-incident": func(*World) any { return M{"state": "analysis"} },
		"isolate": func(w *World) any {
			return M{"kind": "key", "subject_id": w.make("/api-keys", M{"name": "k", "role": "api_user"})}
		},
		"release-isolation":     func(w *World) any { return M{"isolation_id": w.isolation(w.ID("/incidents/{id}"))} },
		"add-suppression":       func(*World) any { return M{"values": []any{Email()}} },
		"add-member":            func(*World) any { return M{"email": Email(), "role": "analyst"} },
		"create-api-key":        func(w *World) any { return M{"name": w.Mark, "role": "api_user"} },
		"create-sso-connection": func(w *World) any { return M{"kind": "oidc", "name": w.Mark} },
		"update-sso-connection": func(w *World) any { return M{"name": w.Mark} },
		"link-identity":         func(w *World) any { return M{"provider": w.ID("/sso-connections/{id}")} },
		"update-organization":   func(w *World) any { return M{"name": w.Mark} },
		"update-member":         func(*World) any { return M{"role": "analyst"} },
		"add-lead-task":         func(*World) any { return M{"title": "Call"} },
		"reword-action":         func(w *World) any { return M{"subject": w.Mark, "body": w.Mark} },
	}
}

// Staff are the identities of an organisation: a person of every role, an API
// key, and nobody.
type Staff struct {
	Name   string
	Role   org.Role // empty for nobody
	Client *Client
}

// Staff makes them.
func (w *World) Staff() []Staff {
	w.t.Helper()
	staff := []Staff{{"nobody", "", w.server.Client(w.t)}, {"key", org.APIUser, w.As(w.t, org.APIUser)}, {"admin's key", org.Admin, w.As(w.t, org.Admin)}}
	for _, role := range org.Roles() {
		staff = append(staff, Staff{string(role), role, w.Person(role)})
	}
	return staff
}

// Person is a member with a role, signed in with a password.
func (w *World) Person(role org.Role) *Client {
	w.t.Helper()
	email := Email()
	var invited struct {
		Invitation struct{ Token string }
	}
	w.Post("/members", M{"email": email, "role": role}).Want(http.StatusCreated).Into(&invited)
	var signed struct {
		AccessToken string `json:"access_token"`
	}
	w.server.Client(w.t).Post("/auth/accept", M{"token": invited.Invitation.Token, "name": "Pat", "password": Password}).Into(&signed)
	if signed.AccessToken == "" {
		w.t.Fatal("the invitation was not accepted")
	}
	c := w.With("Authorization", "Bearer "+signed.AccessToken)
	c.Email = email
	return c
}

// Holds reports which of the world's secrets a text shows: its mark, and ids that
// nobody else was told. asked is what was asked, whose words may come back.
func (w *World) Holds(text, asked string) []string {
	var found []string
	text, asked = strings.ToLower(text), strings.ToLower(asked)
	for _, secret := range append([]string{w.Mark}, w.unsaid...) {
		if strings.Contains(text, secret) && !strings.Contains(asked, secret) {
			found = append(found, secret)
		}
	}
	return found
}

func sortedValues(m map[string]string) []string {
	var out []string
	for _, v := range m {
		out = append(out, v)
	}
	slices.Sort(out)
	return out
}
