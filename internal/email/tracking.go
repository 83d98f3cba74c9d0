package email

import (
	"context"
	"strings"
	"time"

	"rainmaker/internal/action"
	"rainmaker/internal/compliance"
	"rainmaker/internal/email/bounce"
	"rainmaker/internal/email/message"
	"rainmaker/internal/lead"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
)

// scannerWindow is how soon after sending a reading is taken for a machine's:
// security gateways follow links while they take the mail in, nobody reads that
// fast.
const scannerWindow = time.Second

// machines are words in the user agents of proxies and link scanners. Apple's
// and Google's image proxies fetch whether or not a person looks.
var machines = []string{
	"bot", "crawl", "spider", "scan", "proxy", "preview", "fetch", "monitor", "headless", "barracuda", "mimecast", "proofpoint", "safelinks", "slackbot", "facebookexternalhit", "googleimageproxy", "yahoomailproxy",
}

// MachineRead reports whether a request for a tracked address came from a
// machine: by method, by what it calls itself, or because no person is that
// quick after the mail was sent.
func MachineRead(method, userAgent string, sinceSent time.Duration) bool {
	if method == "HEAD" || userAgent == "" || sinceSent < scannerWindow {
		return true
	}
	agent := strings.ToLower(userAgent)
	for _, word := range machines {
		if strings.Contains(agent, word) {
			return true
		}
	}
	// The bare agent that Apple Mail Privacy Protection sends.
	return agent == "mozilla/5.0"
}

// Opened records that a mail's image was fetched. It is proof of nothing but
// that the mail arrived. An unknown token is not found.
func (s *Service) Opened(ctx context.Context, token, method, userAgent string) error {
	claim, err := s.Signer.Verify(message.KindOpen, token)
	if err != nil {
		return err
	}
	return s.read(ctx, claim, "opened", method, userAgent)
}

// Clicked records that a link was followed and returns where it leads.
func (s *Service) Clicked(ctx context.Context, token, method, userAgent string) (string, error) {
	claim, err := s.Signer.Verify(message.KindClick, token)
	if err != nil {
		return "", err
	}
	var url string
	err = s.DB.InTenant(ctx, claim.Org, func(tx db.Tx) (err error) {
		url, err = findLink(ctx, tx, claim.Org, claim.Link)
		return err
	})
	if err != nil {
		return "", err
	}
	return url, s.read(ctx, claim, "clicked", method, userAgent)
}

// read writes the first reading of each sort; later ones change nothing.
func (s *Service) read(ctx context.Context, claim message.Claim, what, method, userAgent string) error {
	err := s.DB.InTenant(ctx, claim.Org, func(tx db.Tx) error {
		a, err := s.Log.FindIn(ctx, tx, claim.Org, claim.Action)
		if err != nil {
			return err
		}
		now := s.Clock.Now()
		machine := MachineRead(method, userAgent, now.Sub(a.IntentAt))
		first, err := insertRead(ctx, tx, claim.Org, a.ID, what, machine, now)
		if err != nil || !first {
			return err
		}
		if err := s.Log.Evidence(ctx, tx, claim.Org, a.ID, "the mail being "+what); err != nil {
			return err
		}
		entry := itemOf(&a, now)
		entry.Machine, entry.First = machine, true
		human := !machine
		data := dataOf(&a)
		data.Human = &human
		return s.record(ctx, tx, claim.Org, "email."+what, &a, entry, data)
	})
	s.Wake()
	return err
}

// record writes one interaction and one event about a mail.
func (s *Service) record(ctx context.Context, tx db.Tx, org id.ID, typ string, a *action.Action, entry item, data mailData) error {
	interaction, err := interactionOf(a, typ, "in", entry.At, data)
	if err != nil {
		return err
	}
	if err := s.Leads.AddInteractions(ctx, tx, org, []lead.Interaction{interaction}); err != nil {
		return err
	}
	e, err := event.New(typ, entry.LeadID.String(), entry.At, map[string]any{"items": []item{entry}})
	if err != nil {
		return err
	}
	return event.Append(ctx, tx, org, e)
}

// OptOutPage is what the opt-out page shows before anything is done.
type OptOutPage struct {
	Organization string
	Address      string // masked: the page is public
}

// OptOutPage looks up the page of a token; it changes nothing (RFC 8058: a GET
// must not unsubscribe).
func (s *Service) OptOutPage(ctx context.Context, token string) (OptOutPage, error) {
	claim, err := s.Signer.Verify(message.KindUnsubscribe, token)
	if err != nil {
		return OptOutPage{}, err
	}
	var page OptOutPage
	err = s.DB.InTenant(ctx, claim.Org, func(tx db.Tx) error {
		a, err := s.Log.FindIn(ctx, tx, claim.Org, claim.Action)
		if err != nil {
			return err
		}
		contacts, err := s.Leads.Contacts(ctx, tx, claim.Org, []id.ID{a.LeadID})
		if err != nil {
			return err
		}
		sender, err := loadSender(ctx, tx, claim.Org)
		page = OptOutPage{Organization: sender.name, Address: mask(contacts[a.LeadID].Email)}
		return err
	})
	return page, err
}

// mask shows the first letter and the domain of an address.
func mask(address string) string {
	local, domain, ok := strings.Cut(address, "@")
	if !ok || local == "" {
		return ""
	}
	return local[:1] + "***@" + domain
}

// OptOut takes the person behind a token out of everything, for good. It is
// effective when it returns: 15 U.S.C. 7704(a)(4) allows ten business days, we
// take one transaction.
func (s *Service) OptOut(ctx context.Context, token, source string) error {
	claim, err := s.Signer.Verify(message.KindUnsubscribe, token)
	if err != nil {
		return err
	}
	err = s.DB.InTenant(ctx, claim.Org, func(tx db.Tx) error {
		a, err := s.Log.FindIn(ctx, tx, claim.Org, claim.Action)
		if err != nil {
			return err
		}
		return s.OptOutLead(ctx, tx, claim.Org, a.LeadID, &a, source)
	})
	s.Wake()
	return err
}

// OptOutLead is OptOut for a known person, in tx. about is the mail that led to
// it, nil when none did. Doing it twice changes nothing.
func (s *Service) OptOutLead(ctx context.Context, tx db.Tx, org, person id.ID, about *action.Action, source string) error {
	return s.stop(ctx, tx, org, person, about, stopping{
		why: StopOptOut, status: lead.StatusUnsubscribed, suppress: "opt_out", source: source,
		typ: "email.unsubscribed", detail: "opted out: " + source,
	})
}

// stopping says how a person's plans end.
type stopping struct {
	why       Stop
	status    lead.Status
	suppress  string // reason on the suppression list
	source    string
	typ       string // event and interaction
	detail    string
	emailOnly bool // suppress the address, not the person's phone
	item      func(*item)
}

// stop locks the person, suppresses their addresses, cancels what is queued,
// ends every plan and records why. Of a person already in that status it only
// makes sure that they are on the list.
func (s *Service) stop(ctx context.Context, tx db.Tx, org, person id.ID, about *action.Action, how stopping) error {
	contacts, err := s.Leads.LockForTouch(ctx, tx, org, []id.ID{person})
	if err != nil {
		return err
	}
	contact, known := contacts[person]
	if !known {
		return nil
	}
	addresses := []compliance.Address{{Kind: compliance.KindEmail, Value: contact.Email}}
	if !how.emailOnly {
		addresses = append(addresses, compliance.Address{Kind: compliance.KindPhone, Value: contact.Phone})
	}
	why := compliance.NewSuppression{Reason: how.suppress, Source: how.source, Lead: person}
	// The list first: the status alone may have been set by hand, or for an address
	// that the person had before.
	if err := s.Compliance.Suppress(ctx, tx, org, why, addresses...); err != nil {
		return err
	}
	if contact.Status == how.status {
		return nil
	}
	if err := s.Leads.SetStatus(ctx, tx, org, person, how.status, how.detail); err != nil {
		return err
	}
	if err := s.Log.Cancel(ctx, tx, org, []id.ID{person}, how.detail); err != nil {
		return err
	}
	if err := s.stopper.Stop(ctx, tx, org, person, how.why); err != nil {
		return err
	}
	if about == nil {
		about = &action.Action{LeadID: person}
	} else if err := s.Log.Evidence(ctx, tx, org, about.ID, "an answer to it"); err != nil {
		return err
	}
	now := s.Clock.Now()
	entry := itemOf(about, now)
	if how.item != nil {
		how.item(&entry)
	}
	data := dataOf(about)
	data.Detail = how.detail
	return s.record(ctx, tx, org, how.typ, about, entry, data)
}

// rejected handles a mail that the server refused for good while it was being
// sent, in the transaction of its outcome. A refusal that names the mailbox is a
// hard bounce.
func (s *Service) rejected(ctx context.Context, tx db.Tx, org id.ID, a *action.Action, outcome action.Outcome) error {
	reason, hard := bounce.Refusal(outcome.Reason)
	if !hard {
		return nil
	}
	return s.stop(ctx, tx, org, a.LeadID, a, bounced(reason, "smtp"))
}

// bounced is how a hard bounce ends a person's plans.
func bounced(reason, source string) stopping {
	return stopping{
		why: StopBounce, status: lead.StatusInvalid, suppress: "bounce", source: source, emailOnly: true,
		typ: "email.bounced", detail: "hard bounce: " + reason,
		item: func(entry *item) { entry.Hard, entry.Reason = true, reason },
	}
}
