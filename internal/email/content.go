package email

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"

	"rainmaker/internal/action"
	"rainmaker/internal/email/message"
	"rainmaker/internal/lead"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// Content is what a mail says before its merge fields are filled.
type Content struct {
	ID      id.ID
	Subject string
	Body    string
}

// CheckContent reports mistakes in subject and body, naming the field below
// location.
func CheckContent(location, subject, body string) error {
	if strings.ContainsAny(subject, "\r\n\x00") {
		return errs.InvalidField(location+".subject", "must not hold a line break")
	}
	if strings.TrimSpace(subject) == "" {
		return errs.InvalidField(location+".subject", "is required")
	}
	if strings.TrimSpace(body) == "" {
		return errs.InvalidField(location+".body", "is required")
	}
	if _, err := message.Parse(location+".subject", subject); err != nil {
		return err
	}
	_, err := message.Parse(location+".body", body)
	return err
}

// SaveContent stores words for ever, and the links in them, and returns their
// id. The caller has checked them.
func (s *Service) SaveContent(ctx context.Context, tx db.Tx, org id.ID, subject, body string) (id.ID, error) {
	content := Content{ID: id.New(), Subject: subject, Body: body}
	if err := insertContent(ctx, tx, org, content, s.Clock.Now()); err != nil {
		return id.Nil, fmt.Errorf("save content: %w", err)
	}
	return content.ID, nil
}

// linkHash finds a link by its destination.
func linkHash(url string) []byte {
	sum := sha256.Sum256([]byte(url))
	return sum[:]
}

// words is a content compiled for a mailbox, with the ids of its links.
type words struct {
	mail  *message.Message
	links map[string]id.ID
}

// maxWords bounds the compiled contents a lane remembers: AI-written mails have
// a content each.
const maxWords = 256

// library remembers compiled contents of one mailbox.
type library struct {
	mu    sync.Mutex
	words map[id.ID]*words
}

func (l *library) find(content id.ID) *words {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.words[content]
}

func (l *library) keep(content id.ID, w *words) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.words) >= maxWords {
		clear(l.words)
	}
	l.words[content] = w
}

// compile loads and compiles a content for the lane's mailbox and campaign. The
// caller keeps it in the library once tx, which may have written its links, is
// committed.
func (l *lane) compile(ctx context.Context, tx db.Tx, contentID, campaign id.ID) (*words, error) {
	if known := l.library.find(contentID); known != nil {
		return known, nil
	}
	content, err := findContent(ctx, tx, l.org, contentID)
	if err != nil {
		return nil, err
	}
	subject, err := message.Parse("subject", content.Subject)
	if err != nil {
		return nil, err
	}
	body, err := message.Parse("body", content.Body)
	if err != nil {
		return nil, err
	}
	mail, err := message.Compile(message.Draft{
		Subject: subject, Body: body, FromName: l.mailbox.FromName, FromAddress: l.mailbox.FromAddress, ReplyTo: l.mailbox.ReplyTo,
		OrganizationName: l.sender.name, PostalAddress: l.sender.postal, Org: l.org, Campaign: campaign, DKIM: l.dkim,
	})
	if err != nil {
		return nil, err
	}
	compiled := &words{mail: mail, links: map[string]id.ID{}}
	for _, url := range mail.Links() {
		if compiled.links[url], err = ensureLink(ctx, tx, l.org, url, l.service.Clock.Now()); err != nil {
			return nil, err
		}
	}
	return compiled, nil
}

// Preview shows what words would say to a person, from a mailbox (zero for one
// that is not chosen yet). It stores and sends nothing.
func (s *Service) Preview(ctx context.Context, tx db.Tx, org, mailbox id.ID, subject, body string, contact *lead.Contact) (message.Preview, error) {
	from := Mailbox{FromName: "Sender", FromAddress: "sender@example.com"}
	if mailbox != id.Nil {
		found, _, err := findMailbox(ctx, tx, org, mailbox, false)
		if err != nil {
			return message.Preview{}, err
		}
		from = found
	}
	sender, err := loadSender(ctx, tx, org)
	if err != nil {
		return message.Preview{}, err
	}
	if len(sender.postal) == 0 {
		sender.postal = []string{"(the organisation's postal address)"}
	}
	subjectTemplate, err := message.Parse("subject", subject)
	if err != nil {
		return message.Preview{}, err
	}
	bodyTemplate, err := message.Parse("body", body)
	if err != nil {
		return message.Preview{}, err
	}
	mail, err := message.Compile(message.Draft{
		Subject: subjectTemplate, Body: bodyTemplate, FromName: from.FromName, FromAddress: from.FromAddress, ReplyTo: from.ReplyTo,
		OrganizationName: sender.name, PostalAddress: sender.postal, Org: org,
	})
	if err != nil {
		return message.Preview{}, err
	}
	return mail.Preview(&message.Recipient{
		Name: contact.Name(), Address: contact.Email, Fields: contact.Field, UnsubscribeURL: s.PublicURL + "/u/preview",
	}), nil
}

// Draft is what a mail that has not left says, as written and as its person would
// read it.
type Draft struct {
	Subject string // with merge fields
	Body    string
	Shown   message.Preview
}

// Draft returns the words of an action of kind email.send.
func (s *Service) Draft(ctx context.Context, org, actionID id.ID) (Draft, error) {
	var out Draft
	err := s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		a, err := s.Log.FindIn(ctx, tx, org, actionID)
		if err != nil {
			return err
		}
		out, err = s.draft(ctx, tx, org, a)
		return err
	})
	return out, err
}

// Reword gives a proposed mail words of its own, in tx; by names the person for
// the record. The words that its step holds for everybody else stay.
func (s *Service) Reword(ctx context.Context, tx db.Tx, org, actionID id.ID, subject, body, by string) (Draft, error) {
	if err := CheckContent("body", subject, body); err != nil {
		return Draft{}, err
	}
	content, err := s.SaveContent(ctx, tx, org, subject, body)
	if err != nil {
		return Draft{}, err
	}
	a, err := s.Log.Reword(ctx, tx, org, actionID, content, by)
	if err != nil {
		return Draft{}, err
	}
	return s.draft(ctx, tx, org, a)
}

func (s *Service) draft(ctx context.Context, tx db.Tx, org id.ID, a action.Action) (Draft, error) {
	if a.Kind != KindSend || a.ContentID == id.Nil {
		return Draft{}, errs.New(errs.NotFound, "not found")
	}
	content, err := findContent(ctx, tx, org, a.ContentID)
	if err != nil {
		return Draft{}, err
	}
	contacts, err := s.Leads.Contacts(ctx, tx, org, []id.ID{a.LeadID})
	if err != nil {
		return Draft{}, err
	}
	contact, known := contacts[a.LeadID]
	if !known {
		return Draft{}, errs.New(errs.NotFound, "not found")
	}
	shown, err := s.Preview(ctx, tx, org, a.AccountID, content.Subject, content.Body, &contact)
	return Draft{Subject: content.Subject, Body: content.Body, Shown: shown}, err
}
