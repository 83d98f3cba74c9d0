package canary

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/smtp"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"rainmaker/internal/provider/imap/imaptest"
	"rainmaker/internal/provider/smtp/smtptest"
)

// journey uses the whole program with planted values.
type journey struct {
	garden
	t       *testing.T
	p       *program
	inbound string // address of --inbound-smtp
	sink    *smtptest.Server
	heard   *heard
	live    *client
	admin   *client
	analyst *client
	nobody  *client

	password, userEmail, account string // of the admin
	leadEmail                    string
	lead, source                 string
	refusedEmail                 string // the server of this person refuses and says why
}

// newJourney starts the program with secrets in its configuration, a vendor that
// repeats the key it was given, and a mail server that repeats the address.
func newJourney(t *testing.T) *journey {
	j := &journey{t: t, heard: &heard{sent: map[string]string{}}}
	j.password = j.word("password")
	model := j.word("key of the model vendor")
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = fmt.Fprintf(w, `{"error":{"message":"Incorrect API key provided: %s","type":"invalid_request_error"}}`, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	}))
	t.Cleanup(vendor.Close)
	j.refusedEmail = j.email("address that a mail server repeats")
	smtpPassword := j.word("password of the mail server")
	// An admin must see which account a mailbox uses; it is no secret.
	j.account = j.word("account at the mail server", "mailboxes.smtp_username")
	j.sink = smtptest.New(t, smtptest.Options{
		KeepRaw: true, Username: j.account, Password: smtpPassword,
		Reject: func(to string) string {
			if to == j.refusedEmail {
				return "550 5.1.1 <" + to + ">: Recipient address rejected: User unknown"
			}
			return ""
		},
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	j.inbound = l.Addr().String()
	_ = l.Close()
	j.p = start(t, []string{
		"RAINMAKER_LLM_PROVIDER=openai", "RAINMAKER_OPENAI_BASE_URL=" + vendor.URL, "RAINMAKER_OPENAI_API_KEY=" + model,
		"RAINMAKER_OIDC_ISSUER=" + vendor.URL, "RAINMAKER_OIDC_CLIENT_ID=rainmaker", "RAINMAKER_OIDC_CLIENT_SECRET=" + j.word("installation's OIDC client secret"),
		"RAINMAKER_SYSTEM_SMTP=smtp://" + j.account + ":" + smtpPassword + "@" + j.sink.Addr(), "RAINMAKER_SYSTEM_FROM=Rainmaker <noreply@sender.example>",
		"RAINMAKER_PUBLIC_URL=http://rainmaker.example",
	}, "--inbound-smtp", j.inbound)
	master, err := os.ReadFile(filepath.Join(j.p.data, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	j.keep("master key", strings.TrimSpace(string(master)))
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(master)))
	if err != nil {
		t.Fatal(err)
	}
	j.keep("master key as bytes", string(raw))
	j.nobody = j.client("")
	j.signUp(smtpPassword)
	return j
}

func (j *journey) client(authorization string) *client {
	return &client{t: j.t, base: j.p.url, token: authorization, heard: j.heard}
}

// signUp makes the organisation, its mailbox, and members of other roles.
func (j *journey) signUp(smtpPassword string) {
	j.userEmail = j.email("user's e-mail")
	// People see the names of their colleagues; there is no search for a sealed name.
	a := j.nobody.post("/auth/signup", object{
		"organization_name": j.word("name of the organisation", "organizations.name", inMasked),
		"name":              j.word("user's name", "users.name"), "email": j.userEmail, "password": j.password,
	}).want(201)
	j.answerSecrets("admin's", a, "access_token", "refresh_token")
	j.admin = j.client("Bearer " + a.text("access_token"))
	j.live = j.admin
	j.analyst = j.member("analyst")
	j.analyst.masked = true

	_, private, _ := ed25519.GenerateKey(rand.Reader) // never fails with crypto/rand
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		j.t.Fatal(err)
	}
	key := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	j.keep("DKIM key", strings.Split(key, "\n")[1])
	j.keep("DKIM key as bytes", string(private.Seed()))
	// The sender of every mail: looked up when mail comes in, shown to every recipient.
	from := "sender@sender.example"
	account, imapPassword := j.word("account of the mailbox", "mailbox_inboxes.username"), j.word("password of the mailbox")
	inbox := imaptest.NewFor(j.t, account, imapPassword, nil, false)
	mailbox := func() object {
		return object{
			"from_name": j.word("sender's name", "mailboxes.from_name"), "from_address": from,
			"reply_to": j.email("address for replies", "mailboxes.reply_to"),
			"smtp":     object{"host": j.sink.Host(), "port": j.sink.Port(), "tls": "none", "username": j.account, "password": smtpPassword},
			"imap":     object{"host": "127.0.0.1", "port": inbox.Port(), "tls": "none", "username": account, "password": imapPassword},
			"dkim":     object{"domain": "sender.example", "selector": "canary", "private_key": key},
		}
	}
	// Somebody else's mail in the mailbox leaves nothing behind.
	inbox.Put([]byte("From: "+j.email("who writes to the mailbox")+"\r\nTo: "+from+"\r\nSubject: "+j.word("subject in the mailbox")+"\r\nMessage-ID: <"+j.word("id of a mail in the mailbox")+"@x>\r\n\r\n"+
		j.word("words in the mailbox")+"\r\n"), time.Now())
	first := len(j.seeds)
	box := j.admin.post("/mailboxes", mailbox()).want(201).text("id")
	j.admin.post("/mailboxes/"+box+"/test", nil).want(200)
	eventually(j.t, "the mailbox is read", func() bool {
		return strings.Contains(string(j.admin.get("/mailboxes/"+box).want(200).body), `"checked_at":"20`)
	})
	j.forget(first) // the next ones take their place
	j.admin.do(http.MethodPatch, "/mailboxes/"+box, mailbox()).want(200)
	// Printed below every mail.
	j.admin.do(http.MethodPatch, "/organization", object{"postal_address": object{
		"line1": j.word("street", "organizations.postal_address", inMasked), "line2": j.word("second line", "organizations.postal_address", inMasked),
		"city": j.word("city", "organizations.postal_address", inMasked), "region": "CA", "postal_code": "94104", "country": "US",
	}, "settings": object{"theme": j.word("setting", "organizations.settings", inMasked)}}).want(200)
}

// member invites somebody, who accepts and signs in.
func (j *journey) member(role string) *client {
	// Everybody sees their own address.
	email, password := j.email("e-mail of the "+role, inMasked), j.word("password of the "+role)
	a := j.admin.post("/members", object{"email": email, "role": role}).want(201)
	token := j.keep("invitation of the "+role, a.text("invitation", "token"))
	j.nobody.post("/auth/accept", object{"token": token, "name": j.word("name of the "+role, "users.name", inMasked), "password": password}).want(200)
	in := j.nobody.post("/auth/login", object{"email": email, "password": password}).want(200)
	j.answerSecrets(role+"'s", in, "access_token", "refresh_token")
	return j.client("Bearer " + in.text("access_token"))
}

// everything goes through every door.
func (j *journey) everything() {
	j.people()
	j.imports()
	j.mails()
	j.machines()
	j.misuse()
	j.signIn() // last: it ends sessions
	j.read()
}

// people enters what is known of people.
func (j *journey) people() {
	// Names, companies and titles stay in clear so that they can be searched; live
	// updates say who it is about, to those who may read leads. Custom fields are
	// in clear unless their key or their value says that they are private.
	j.source = strings.ToLower(j.word("source", "leads.source", "outbox.data", inFrames, inMasked, "campaigns.audience", "campaign_launches.snapshot", "imports.source"))
	person := func() object {
		return object{
			"email": j.email("lead e-mail"), "phone": j.phone("lead's phone"),
			"first_name":  j.word("first name", "leads.first_name", "leads.name_key", "outbox.data", inFrames, inMasked),
			"last_name":   j.word("last name", "leads.last_name", "leads.name_key", "leads.last_name_key", "outbox.data", inFrames, inMasked),
			"company":     j.word("company", "leads.company", "leads.company_key", "outbox.data", inFrames),
			"title":       j.word("title", "leads.title"),
			"external_id": j.word("id in another system", "leads.external_id"),
			"source":      j.source,
			"tags":        []string{strings.ToLower(j.word("tag", "leads.tags"))},
			"custom": object{
				"industry":     j.word("custom field", "leads.custom"),
				"home_address": j.word("private custom field"), "birthday": j.word("birthday"),
				"contact": j.email("address in a custom field"),
			},
		}
	}
	lead := person()
	j.leadEmail = lead["email"].(string)
	lead["consents"] = []object{{"channel": "email", "purpose": "marketing", "evidence": j.word("evidence"), "text_version": "v1"}}
	j.lead = j.admin.post("/leads", lead).want(201).text("id")
	path := "/leads/" + j.lead
	other := j.admin.post("/leads", object{"email": j.email("first e-mail of another"), "first_name": "Before"}).want(201).text("id")
	j.admin.do(http.MethodPatch, "/leads/"+other, person()).want(200)
	j.admin.post("/leads/bulk", object{"action": "add_tags", "ids": []string{other}, "tags": []string{strings.ToLower(j.word("tag of many", "leads.tags"))}}).want(200)
	j.admin.post(path+"/notes", object{"body": j.word("note")}).want(201)
	j.admin.post(path+"/tasks", object{"title": j.word("title of a task"), "body": j.word("text of a task")}).want(201)
	j.admin.post("/consents", object{"lead_id": j.lead, "channel": "call", "evidence": j.word("second evidence"), "purpose": "marketing", "text_version": "v1"}).want(201)
	j.admin.do(http.MethodPut, "/suppressions", object{"reason": "dnc", "values": []string{j.email("suppressed address"), j.phone("suppressed phone")}}).want(204)
	// Asking for an address must leave no trace of it.
	j.admin.get("/leads?q=" + url.QueryEscape(j.leadEmail)).want(200)
	j.admin.get("/leads/export.csv?q=" + url.QueryEscape(j.leadEmail)).want(200)
	j.admin.post("/views", object{"name": "A view", "search": object{"q": j.leadEmail}}).refused()
	view := j.admin.post("/views", object{"name": "A view", "search": object{"q": "acme"}}).want(201).text("id")
	j.admin.do(http.MethodPatch, "/views/"+view, object{"search": object{"q": j.leadEmail}}).refused()
}

// imports brings people in with files, right and wrong ones.
func (j *journey) imports() {
	row := fmt.Sprintf("%s,%s,%s,%s", j.email("imported address"), j.phone("imported phone"), j.word("imported name", "leads.first_name", "leads.name_key"), j.word("imported birthday"))
	broken := fmt.Sprintf("%s-is-no-address,12,%s,%s", j.word("imported broken address"), j.word("name in a broken row"), j.word("birthday in a broken row"))
	file := "Email,Phone,First name,Birthday\n" + row + "\n" + broken + "\n"
	for _, dry := range []string{"true", "false"} {
		id := j.admin.upload(j.word("name of a file", "imports.file_name")+".csv", file, map[string]string{"dry_run": dry, "source": j.source}).want(202).text("id")
		eventually(j.t, "the import", func() bool { return strings.Contains(j.admin.get("/imports/"+id).want(200).text("state"), "done") })
		j.admin.get("/imports/" + id + "/errors.csv").want(200)
		j.analyst.get("/imports/" + id)
		j.analyst.get("/imports/" + id + "/errors.csv")
	}
	mended := `{"2":{"Email":"` + j.email("address written over a cell") + `","First name":"` + j.word("name written over a cell", "leads.first_name", "leads.name_key") + `"}}`
	j.admin.upload("mended.csv", "Email,First name\nnobody,Nobody\n", map[string]string{"source": j.source, "corrections": mended}).want(202)
	j.admin.upload("broken.csv", j.word("cell of a broken file")+"\n\"never closed", map[string]string{"mapping": `{"` + j.word("column of a wrong mapping") + `":"` + j.word("field of a wrong mapping") + `"}`}).refused()
}

// mails sends a campaign and answers it.
func (j *journey) mails() {
	j.admin.post("/leads", object{"email": j.refusedEmail, "source": j.source}).want(201)
	step := object{"channel": "email", "delay": "0s", "variants": []object{{
		"name": "One", "subject": "For {{first_name}}", "body": "Hello {{first_name | there}}, see https://sender.example/now\n\n{{sender_name}}",
	}}}
	boxes := j.admin.get("/mailboxes").want(200)
	var page struct{ Items []struct{ ID string } }
	if err := json.Unmarshal(boxes.body, &page); err != nil || len(page.Items) == 0 {
		j.t.Fatalf("mailboxes: %s", boxes.body)
	}
	campaign := j.admin.post("/campaigns", object{
		"name": "Canary", "type": "email_sequence", "mailbox_id": page.Items[0].ID, "steps": []object{step},
		"audience": object{"filter": object{"source": []string{j.source}}}, "ai": object{"autonomy": "auto", "persona": "friendly"},
		"schedule": object{"days": []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, "from": "00:00", "to": "24:00", "timezone": "lead"},
	}).want(201).text("id")
	j.admin.post("/campaigns/"+campaign+"/preview", object{"lead_id": j.lead}).want(200)
	j.admin.post("/campaigns/"+campaign+"/launch", nil).want(200)
	var letter *mail.Message
	eventually(j.t, "the mail", func() bool {
		for _, m := range j.sink.Mails() {
			if len(m.To) == 1 && m.To[0] == j.leadEmail {
				letter, _ = mail.ReadMessage(bytes.NewReader(m.Raw))
				return true
			}
		}
		return false
	})
	eventually(j.t, "the refusal", func() bool {
		return strings.Contains(string(j.admin.get("/activity").want(200).body), "bounce") || strings.Contains(string(j.admin.get("/actions?state=failed").body), `"failed"`)
	})
	j.answer(letter)
	eventually(j.t, "the reply", func() bool {
		return bytes.Contains(j.admin.get("/replies").want(200).body, []byte(j.lead))
	})
	for address := range strings.SplitSeq(letter.Header.Get("List-Unsubscribe"), ",") {
		if address = strings.Trim(strings.TrimSpace(address), "<>"); strings.HasPrefix(address, "http") {
			here := strings.Replace(address, "http://rainmaker.example", j.p.url, 1)
			j.nobody.send(http.MethodPost, here, "application/x-www-form-urlencoded", strings.NewReader("List-Unsubscribe=One-Click"), nil).want(200)
		}
	}
}

// answer writes back, and a mail server reports that somebody is gone.
func (j *journey) answer(letter *mail.Message) {
	head := func(from, id string) string {
		return fmt.Sprintf("From: %s\r\nTo: sender@sender.example\r\nSubject: Re: %s\r\nDate: %s\r\nMessage-ID: <%s@people.example>\r\nIn-Reply-To: %s\r\nReferences: %[5]s\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n",
			from, j.word("subject of a reply"), time.Now().Format(time.RFC1123Z), id, letter.Header.Get("Message-ID"))
	}
	name := j.word("name in a reply")
	for _, m := range []struct{ from, text string }{
		{fmt.Sprintf("%s <%s>", name, j.leadEmail), head(name+" <"+j.leadEmail+">", "a") + "Interesting, call me: " + j.word("words of a reply") + "\r\n"},
		// Nobody knows this one: it answers nothing.
		{j.email("stranger"), strings.Replace(head(j.email("stranger in a header"), "b"), letter.Header.Get("Message-ID"), "<nothing@nowhere.example>", 2) + j.word("words of a stranger") + "\r\n"},
		{"", fmt.Sprintf("From: mailer-daemon@people.example\r\nTo: sender@sender.example\r\nSubject: Undelivered\r\nMessage-ID: <c@people.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=r\r\n\r\n--r\r\nContent-Type: text/plain\r\n\r\nNo.\r\n--r\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.people.example\r\n\r\nFinal-Recipient: rfc822; %s\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 <%[1]s> %s is unknown\r\n\r\n--r\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: %s\r\nTo: %[1]s\r\n\r\n--r--\r\n",
			j.leadEmail, j.word("words of a mail server"), letter.Header.Get("Message-ID"))},
	} {
		if err := smtp.SendMail(j.inbound, nil, address(m.from), []string{"sender@sender.example"}, []byte(m.text)); err != nil {
			j.t.Logf("mail to ourselves: %v", err) // a stranger may be refused
		}
	}
}

func address(from string) string {
	if a, err := mail.ParseAddress(from); err == nil {
		return a.Address
	}
	return from
}

// machines makes keys, hooks and connections.
func (j *journey) machines() {
	made := j.admin.post("/api-keys", object{"name": "canary", "role": "api_user"}).want(201)
	j.answerSecrets("API key", made, "secret")
	key := "ApiKey " + made.text("key_id") + ":" + made.text("secret")
	j.client(key).get("/leads").want(200)
	j.answerSecrets("API key rotated", j.admin.post("/api-keys/"+made.text("id")+"/rotate", object{}).want(200), "secret")

	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprint(w, "who are you? I know "+r.Header.Get("Webhook-Signature")+" at "+r.URL.Path)
	}))
	j.t.Cleanup(receiver.Close)
	hook := j.admin.post("/webhook-endpoints", object{
		"url": receiver.URL + "/hook/" + j.word("token in the URL of a webhook"), "events": []string{"lead.created"}, "description": "canary",
	}).want(201)
	j.answerSecrets("webhook", hook, "secret")
	j.admin.post("/webhook-endpoints/"+hook.text("id")+"/test", nil)
	j.answerSecrets("webhook rotated", j.admin.post("/webhook-endpoints/"+hook.text("id")+"/rotate", object{}).want(200), "secret")
	j.admin.do(http.MethodPatch, "/webhook-endpoints/"+hook.text("id"), object{"url": receiver.URL + "/hook/" + j.word("second token in the URL of a webhook")}).want(200)

	in := j.answerSecrets("incoming webhook", j.admin.post("/inbound-webhooks", object{"provider": "standard", "description": "canary"}).want(201), "secret")
	address := in.text("url")
	j.keep("token of an incoming webhook", address[strings.LastIndex(address, "/")+1:])
	here := strings.Replace(address, "http://rainmaker.example", j.p.url, 1)
	j.nobody.send(http.MethodPost, here, "application/json", strings.NewReader(`{"type":"lead.created","data":{"email":"`+j.email("address in a forged webhook")+`"}}`),
		http.Header{"Webhook-Id": {"x"}, "Webhook-Timestamp": {fmt.Sprint(time.Now().Unix())}, "Webhook-Signature": {"v1,AAAA"}}).refused()

	sso := j.admin.post("/sso-connections", object{
		"kind": "oidc", "name": "Canary", "slug": "canary", "issuer": "https://issuer.example", "client_id": "rainmaker",
		"client_secret": j.word("OIDC client secret"),
	}).want(201).text("id")
	j.admin.post("/sso-connections", object{
		"kind": "saml", "name": "Canary", "slug": "canary-saml", "metadata_xml": "<EntityDescriptor>" + j.word("metadata") + "</EntityDescriptor>",
	}).refused()
	j.admin.do(http.MethodPatch, "/sso-connections/"+sso, object{"client_secret": j.word("second OIDC client secret"), "metadata_xml": j.word("metadata for the wrong kind")})
	// Notes of the security staff must be readable even when the keys are lost.
	incident := j.admin.post("/incidents", object{"title": j.word("title of an incident", "incidents.title"), "note": j.word("note of an incident", "incident_entries.text")}).want(201).text("id")
	j.admin.post("/incidents/"+incident+"/notes", object{"text": j.word("second note of an incident", "incident_entries.text")}).want(200, 201)
	j.admin.post("/incidents/"+incident+"/advance", object{"state": "analysis", "note": j.word("third note of an incident", "incident_entries.text")}).want(200)
	for _, verb := range []string{"acknowledge", "close"} {
		j.admin.post("/alerts/"+incident+"/"+verb, object{"note": j.word("note of an alert that is not there")}).refused()
	}

	link := j.admin.post("/shares", object{"title": "Canary", "days": 1}).want(201).text("path")
	token := j.keep("token of a shared report", link[strings.LastIndex(link, "/")+1:])
	j.nobody.get("/shared/" + token).want(200)
}

var totpSecret = regexp.MustCompile(`[A-Z2-7]{16,}`)

// signIn goes through second factors, resets and refreshes.
func (j *journey) signIn() {
	in := j.nobody.post("/auth/login", object{"email": j.userEmail, "password": j.password}).want(200)
	j.answerSecrets("second session's", in, "access_token", "refresh_token")
	again := j.answerSecrets("refreshed", j.nobody.post("/auth/refresh", object{"refresh_token": in.text("refresh_token")}).want(200), "access_token", "refresh_token")
	me := j.client("Bearer " + again.text("access_token"))

	enrol := me.post("/auth/mfa/totp", nil).want(200)
	secret := j.keep("TOTP secret", totpSecret.FindString(enrol.text("secret")))
	code, err := totp.GenerateCode(secret, time.Now())
	if err != nil {
		j.t.Fatal(err)
	}
	var recovery struct {
		Codes []string `json:"recovery_codes"`
	}
	if err := json.Unmarshal(me.post("/auth/mfa/totp/confirm", object{"totp_code": code}).want(200).body, &recovery); err != nil || len(recovery.Codes) == 0 {
		j.t.Fatal("no recovery codes")
	}
	for i, c := range recovery.Codes {
		j.keep(fmt.Sprintf("recovery code %d", i), c)
	}
	in = j.nobody.post("/auth/login", object{"email": j.userEmail, "password": j.password, "totp_code": recovery.Codes[0]}).want(200)
	me = j.client("Bearer " + in.text("access_token"))
	j.answerSecrets("third session's", in, "access_token", "refresh_token")

	fresh := j.word("new password")
	me.post("/auth/password", object{"current": j.password, "new": fresh}).want(200, 204)
	before := j.sink.Count()
	j.nobody.post("/auth/password-reset", object{"email": j.userEmail})
	var token string
	eventually(j.t, "the mail with a reset link", func() bool {
		mails := j.sink.Mails()
		for _, m := range mails[min(before, len(mails)):] {
			if found := regexp.MustCompile(`token=3?D?=?\r?\n?([A-Za-z0-9_=\r\n-]+)`).FindSubmatch(m.Raw); found != nil {
				token = strings.NewReplacer("=\r\n", "", "\r\n", "").Replace(string(found[1]))
				return true
			}
		}
		return false
	})
	j.keep("token of a reset link", token[:30])
	j.nobody.post("/auth/password-reset/confirm", object{"token": token, "password": j.word("password after the reset"), "totp_code": recovery.Codes[1]})
	in = j.nobody.post("/auth/login", object{"email": j.userEmail, "password": fresh, "totp_code": recovery.Codes[2]})
	if in.status != 200 { // the reset was taken
		in = j.nobody.post("/auth/login", object{"email": j.userEmail, "password": j.seeds[len(j.seeds)-1].values[0], "totp_code": recovery.Codes[2]}).want(200)
	}
	j.admin = j.client("Bearer " + in.text("access_token"))
	j.answerSecrets("last session's", in, "access_token", "refresh_token")
}

// misuse puts values where they do not belong: nothing may repeat them.
func (j *journey) misuse() {
	n, a := j.nobody, j.admin
	n.post("/auth/login", object{"email": j.userEmail, "password": j.word("wrong password")}).refused()
	n.post("/auth/login", object{"email": j.email("unknown user"), "password": j.word("password of nobody")}).refused()
	n.post("/auth/login", `{"email":"`+j.email("address in broken JSON")+`","password":"`+j.word("password in broken JSON")+`"`).refused()
	n.post("/auth/login", object{"email": j.word("no address"), "password": 7, "passwort": j.word("password under a wrong name")}).refused()
	n.post("/auth/login", object{j.word("password as a key", inErrors): "x"}) // what is unknown is named.refused()
	n.post("/auth/signup", object{"organization_name": "x", "name": "x", "email": j.userEmail, "password": "q" + j.userEmail[:8]}).refused()
	n.post("/auth/refresh", object{"refresh_token": j.word("refresh token of nobody")}).refused()
	n.post("/auth/accept", object{"token": j.word("invitation of nobody"), "name": "x", "password": j.word("password for nobody")}).refused()
	n.post("/auth/password-reset/confirm", object{"token": j.word("reset link of nobody"), "password": j.word("password without a link")}).refused()
	n.post("/auth/logout", object{"refresh_token": j.word("refresh token that nobody signed in with")})
	a.post("/auth/verify", object{"password": j.word("wrong password when asked again")}).refused()
	a.post("/auth/mfa/totp/disable", object{"password": j.word("wrong password for a second factor")}).refused()
	n.get("/shared/" + j.word("share of nobody")).refused()
	for _, header := range []string{"Bearer " + j.word("token of nobody"), "ApiKey rmk_x:" + j.word("API key of nobody"), "Basic " + j.word("basic"), j.word("bare header")} {
		j.client(header).get("/leads").refused()
	}
	n.send(http.MethodGet, "/leads", "", nil, http.Header{"Cookie": {"__Host-rainmaker=" + j.word("cookie")}}).refused()
	n.send(http.MethodGet, j.p.url+"/u/"+j.word("token of an opt-out"), "", nil, nil)
	n.send(http.MethodGet, j.p.url+"/o/"+j.word("token of a pixel"), "", nil, nil)
	n.send(http.MethodGet, j.p.url+"/c/"+j.word("token of a click"), "", nil, nil)
	n.send(http.MethodPost, j.p.url+"/api/v1/webhooks/standard/"+j.word("token of a webhook"), "application/json", strings.NewReader("{}"), nil)
	n.send(http.MethodGet, j.p.url+"/reset?token="+j.word("token in the address of a page"), "", nil, nil)

	a.post("/leads", object{"email": j.word("lead with no address"), "first_name": "x"}).refused()
	a.post("/leads", object{"email": j.leadEmail}).refused() // is there already
	a.post("/leads", object{"email": j.email("lead with a wrong phone"), "phone": j.word("no phone")}).refused()
	a.post("/leads", object{"email": j.email("lead with an unknown field"), "nick": j.word("unknown field")}).refused()
	a.post("/leads", `{"email":"`+j.email("lead in broken JSON")+`",}`).refused()
	a.get("/leads/" + j.email("address as an id")).refused()
	a.get("/leads?cursor=" + j.word("cursor")).refused()
	a.get("/leads?sort=" + j.word("sort")).refused()
	a.do(http.MethodPut, "/suppressions", object{"reason": "dnc", "values": []string{j.word("no address to suppress")}}).refused()
	a.post("/members", object{"email": j.word("no address of a member"), "role": "analyst"}).refused()
	a.post("/members", object{"email": j.email("member of a wrong role"), "role": j.word("role")}).refused()
	a.post("/mailboxes", object{"from_name": "x", "from_address": j.word("no sender"), "smtp": object{"host": "mx.sender.example", "port": 25, "tls": "none", "password": j.word("password of a wrong mailbox")}}).refused()
	a.post("/mailboxes", object{"from_name": "x", "from_address": "b@sender.example", "smtp": object{"host": "mx.sender.example", "port": 25, "tls": "none"}, "dkim": object{"selector": "x", "private_key": j.word("no DKIM key")}}).refused()
	a.post("/webhook-endpoints", object{"url": "https://" + j.word("user of a URL") + ":" + j.word("password of a URL") + "@hooks.example/x", "events": []string{"lead.created"}}).refused()
	a.post("/webhook-endpoints", object{"url": "ftp://hooks.example/" + j.word("token in a wrong URL"), "events": []string{"lead.created"}}).refused()
	a.post("/sso-connections", object{"kind": "oidc", "name": "x", "issuer": j.word("no issuer"), "client_secret": j.word("client secret of a wrong connection")}).refused()
	a.post("/sso-connections", object{"kind": "saml", "name": "x", "metadata_xml": "<" + j.word("no metadata") + ">"}).refused()
	a.post("/auth/password", object{"current": j.word("wrong current password"), "new": j.word("refused new password")}).refused()
	a.post("/auth/mfa/totp/confirm", object{"totp_code": j.word("no code")}).refused()
	a.post("/consents", object{"lead_id": j.word("no lead"), "channel": "email", "evidence": j.word("evidence for nobody")}).refused()
	j.analyst.post("/leads", object{"email": j.email("lead of somebody without leave")}).refused()
}

// read asks for everything that can be asked, as an admin and as somebody who
// may not see addresses.
func (j *journey) read() {
	paths := []string{
		"/leads", "/leads/" + j.lead, "/leads/" + j.lead + "/interactions", "/leads/" + j.lead + "/compliance", "/leads/export.csv", "/replies", "/actions", "/activity",
		"/decisions", "/suppressions", "/tasks", "/imports", "/mailboxes", "/members", "/audit-log", "/audit-log/export.csv", "/access-log", "/campaigns", "/alerts",
		"/incidents", "/api-keys", "/webhook-endpoints", "/inbound-webhooks", "/sso-connections", "/shares", "/views", "/analytics/insights", "/writer", "/auth/me", "/auth/sessions",
	}
	for _, path := range paths {
		j.admin.get(path)
		j.analyst.get(path)
	}
}
