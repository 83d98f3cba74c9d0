package sandbox

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"html"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/mail"
	"net/smtp"
	"regexp"
	"strings"
	"time"

	"github.com/emersion/go-message"
	// The parts are read in whatever charset they come in.
	_ "github.com/emersion/go-message/charset"
)

// maxParts bounds the parts of a mail that are looked at for links.
const maxParts = 8

// received is a mail as its prospect sees it.
type received struct {
	returnPath string
	from, to   string
	messageID  string
	subject    string
	oneClick   string
	text, html string
}

// deliver gives a mail to its prospect, who acts on it in their own time.
func (s *Server) deliver(returnPath, to string, raw []byte) {
	got, err := read(returnPath, to, raw)
	if err != nil {
		s.options.Logger.Warn("sandbox: unreadable mail", "error", err)
		return
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(got.messageID)) // a hash never fails
	seed := h.Sum64()
	for _, p := range s.prospect(to).plan(subjectSeed(got)) {
		s.acts.Go(func() {
			delay := time.NewTimer(time.Duration(float64(p.after) * s.options.Pace))
			defer delay.Stop()
			select {
			case <-s.ctx.Done():
				return
			case <-delay.C:
			}
			s.slots <- struct{}{}
			defer func() { <-s.slots }()
			if err := s.do(p, got, rand.New(rand.NewPCG(s.options.Seed, seed))); err != nil && s.ctx.Err() == nil {
				s.options.Logger.Debug("sandbox: a prospect failed", "deed", p.deed, "error", err)
			}
		})
	}
}

// subjectSeed tells a prospect's mails apart in a way that does not change from
// run to run, as ids do.
func subjectSeed(got *received) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(got.subject)) // a hash never fails
	return h.Sum64()
}

// read parses a mail.
func read(returnPath, to string, raw []byte) (*received, error) {
	entity, err := message.Read(bytes.NewReader(raw))
	if err != nil && !message.IsUnknownCharset(err) {
		return nil, err
	}
	got := &received{returnPath: returnPath, to: to, messageID: entity.Header.Get("Message-Id")}
	got.subject, _ = entity.Header.Text("Subject") // an undecodable subject is empty
	if from, err := mail.ParseAddress(entity.Header.Get("From")); err == nil {
		got.from = from.Address
	}
	got.oneClick = strings.Trim(strings.SplitN(entity.Header.Get("List-Unsubscribe"), ",", 2)[0], " <>")
	parts := 0
	err = entity.Walk(func(_ []int, part *message.Entity, err error) error {
		if err != nil && !message.IsUnknownCharset(err) || parts == maxParts {
			return err
		}
		parts++
		kind, _, _ := part.Header.ContentType() // an unreadable type is none
		if kind != "text/plain" && kind != "text/html" {
			return nil
		}
		content, err := io.ReadAll(io.LimitReader(part.Body, maxMail))
		if kind == "text/html" {
			got.html = string(content)
		} else {
			got.text = string(content)
		}
		return err
	})
	return got, err
}

const (
	personAgent  = "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15"
	scannerAgent = "Mozilla/5.0 (compatible; SandboxLinkScan bot/1.0)"
)

var (
	pixel   = regexp.MustCompile(`<img[^>]+src="([^"]+/t/o/[^"]+)"`)
	tracked = regexp.MustCompile(`href="([^"]+/t/c/[^"]+)"`)
)

// do does one deed.
func (s *Server) do(p planned, got *received, random *rand.Rand) error {
	switch p.deed {
	case scan:
		_ = s.fetch(http.MethodGet, first(pixel, got.html), scannerAgent) // a scanner does not mind
		return s.fetch(http.MethodHead, first(tracked, got.html), scannerAgent)
	case open:
		return s.fetch(http.MethodGet, first(pixel, got.html), personAgent)
	case click:
		return s.fetch(http.MethodGet, first(tracked, got.html), personAgent)
	case unsubscribe:
		return s.fetch(http.MethodPost, got.oneClick, personAgent)
	case answer:
		return s.write(got.to, got.from, reply(got, text(p.kind, random), ""))
	case away:
		return s.write("", got.returnPath, reply(got, "I am out of the office with limited access to mail. I will be back next Monday.", "Auto-Submitted: auto-replied\r\n"))
	case bounce:
		return s.write("", got.returnPath, bounceOf(got))
	case complain:
		return s.write("feedback@sandbox.localhost", got.returnPath, complaintOf(got))
	}
	return fmt.Errorf("unknown deed %q", p.deed)
}

// first returns the first match's group with its entities resolved.
func first(pattern *regexp.Regexp, body string) string {
	found := pattern.FindStringSubmatch(body)
	if found == nil {
		return ""
	}
	return html.UnescapeString(found[1])
}

// fetch asks for a tracked address. Where a click leads is not followed: it
// would leave this machine.
func (s *Server) fetch(method, url, agent string) error {
	if url == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(s.ctx, 10*time.Second)
	defer cancel()
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader("List-Unsubscribe=One-Click") // RFC 8058 3.1
	}
	request, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return err
	}
	if host := net.ParseIP(request.URL.Hostname()); host == nil || !host.IsLoopback() {
		return fmt.Errorf("%s is not on this machine", request.URL.Host)
	}
	if s.options.Base != "" && !strings.HasPrefix(url, strings.TrimSuffix(s.options.Base, "/")+"/") {
		return fmt.Errorf("%s is not this program", request.URL.Host)
	}
	request.Header.Set("User-Agent", agent)
	if body != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20)) // only so that the connection is reused
	return response.Body.Close()
}

// write hands a mail to the inbound server.
func (s *Server) write(from, to, raw string) error {
	if s.options.Inbound == "" || to == "" {
		return nil
	}
	return smtp.SendMail(s.options.Inbound, nil, from, []string{to}, []byte(raw))
}

// head is the part that every written mail begins with.
func head(from, to, subject, inReplyTo string) string {
	return "From: " + from + "\r\nTo: " + to + "\r\nSubject: " + subject + "\r\nDate: " + time.Now().Format(time.RFC1123Z) +
		"\r\nMessage-ID: <" + fmt.Sprintf("%016x", rand.Uint64()) + "@sandbox.localhost>\r\nIn-Reply-To: " + inReplyTo +
		"\r\nReferences: " + inReplyTo + "\r\nMIME-Version: 1.0\r\n"
}

// reply quotes the mail below the answer, as mail programs do.
func reply(got *received, answer, extra string) string {
	var b strings.Builder
	b.WriteString(head(got.to, got.from, "Re: "+strings.Map(oneLine, got.subject), got.messageID) + extra)
	b.WriteString("Content-Type: text/plain; charset=utf-8\r\n\r\n")
	b.WriteString(strings.ReplaceAll(answer, "\n", "\r\n"))
	b.WriteString("\r\n\r\nOn Mon, Nov 23, 2026 at 9:14 AM <" + got.from + "> wrote:\r\n")
	for line := range strings.Lines(got.text) {
		b.WriteString("> " + strings.TrimRight(line, "\r\n") + "\r\n")
	}
	return b.String()
}

// oneLine keeps a quoted subject on its line.
func oneLine(r rune) rune {
	if r < ' ' {
		return -1
	}
	return r
}

// bounceOf is a delivery status notification (RFC 3464).
func bounceOf(got *received) string {
	const boundary = "sandbox-report"
	return head("Mail Delivery System <mailer-daemon@sandbox.localhost>", got.returnPath, "Undelivered Mail Returned to Sender", got.messageID) +
		"Auto-Submitted: auto-replied\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"" + boundary + "\"\r\n\r\n" +
		"--" + boundary + "\r\nContent-Type: text/plain\r\n\r\nYour message to " + got.to + " could not be delivered.\r\n" +
		"--" + boundary + "\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; sandbox.localhost\r\n\r\n" +
		"Final-Recipient: rfc822; " + got.to + "\r\nAction: failed\r\nStatus: 5.1.1\r\n" +
		"Diagnostic-Code: smtp; 550 5.1.1 The email account that you tried to reach does not exist\r\n" +
		"--" + boundary + "\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: " + got.messageID + "\r\nTo: " + got.to + "\r\n--" + boundary + "--\r\n"
}

// complaintOf is an abuse report (RFC 5965).
func complaintOf(got *received) string {
	const boundary = "sandbox-report"
	return head("feedback@sandbox.localhost", got.returnPath, "complaint about message", got.messageID) +
		"Content-Type: multipart/report; report-type=feedback-report; boundary=\"" + boundary + "\"\r\n\r\n" +
		"--" + boundary + "\r\nContent-Type: text/plain\r\n\r\nThis is an email abuse report.\r\n" +
		"--" + boundary + "\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: Sandbox/1.0\r\nVersion: 1\r\n" +
		"Original-Rcpt-To: " + got.to + "\r\n" +
		"--" + boundary + "\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: " + got.messageID + "\r\nFrom: " + got.from + "\r\nTo: " + got.to + "\r\nSubject: " + got.subject + "\r\n\r\n\r\n--" + boundary + "--\r\n"
}
