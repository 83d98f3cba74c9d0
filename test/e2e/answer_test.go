package e2e

import (
	"fmt"
	"net/smtp"
	"strings"
	"testing"
	"time"
)

// deliver hands a mail to the program's inbound server.
func deliver(t *testing.T, inbound, from, to, raw string) {
	t.Helper()
	if err := smtp.SendMail(inbound, nil, from, []string{to}, []byte(strings.ReplaceAll(raw, "\n", "\r\n"))); err != nil {
		t.Errorf("deliver to %s: %v", to, err)
	}
}

// stamp is a Date header.
func stamp() string { return time.Now().Format(time.RFC1123Z) }

// replyTo is an answer as mail programs write it: the words, a signature, and
// our whole mail quoted below, which says "unsubscribe" itself.
func replyTo(l letter, from, words, extra string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "From: %s\nTo: %s\nSubject: Re: %s\nDate: %s\nMessage-ID: <answer-%s\nIn-Reply-To: %s\nReferences: %s\n%sMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n%s\n\n-- \nSent from my telephone\n\nOn Mon, Nov 23, 2026 at 9:14 AM Ada Ray <ada@sender.example> wrote:\n",
		from, l.header.Get("From"), l.subject, stamp(), strings.TrimPrefix(l.messageID, "<"), l.messageID, l.messageID, extra, words)
	for line := range strings.Lines(l.text) {
		b.WriteString("> " + strings.TrimRight(line, "\r\n") + "\n")
	}
	return b.String()
}

// bounceOf is a delivery status notification (RFC 3464) that quotes only the
// headers.
func bounceOf(l letter, action, status, diagnostic string) string {
	return fmt.Sprintf(`From: Mail Delivery Subsystem <mailer-daemon@mx.people.example>
To: %[1]s
Subject: Undelivered Mail Returned to Sender
Date: %[2]s
Message-ID: <bounce-%[7]s
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="report"

--report
Content-Type: text/plain; charset=us-ascii

Your message to %[3]s could not be delivered.

--report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.people.example
Arrival-Date: %[2]s

Final-Recipient: rfc822; %[3]s
Action: %[4]s
Status: %[5]s
Diagnostic-Code: smtp; %[6]s

--report
Content-Type: text/rfc822-headers

Message-ID: %[8]s
To: %[3]s

--report--
`, l.returnPath, stamp(), l.to, action, status, diagnostic, strings.TrimPrefix(l.messageID, "<"), l.messageID)
}

// complaintOf is an abuse report (RFC 5965) whose recipient was taken out, as the
// large providers do.
func complaintOf(l letter) string {
	return fmt.Sprintf(`From: feedback@provider.example
To: abuse@sender.example
Subject: FW: complaint
Date: %[1]s
Message-ID: <complaint-%[2]s
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="report"

--report
Content-Type: text/plain; charset=us-ascii

This is an email abuse report for an email message received on %[1]s.

--report
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Provider-FBL/1.0
Version: 1
Original-Mail-From: <%[3]s>

--report
Content-Type: message/rfc822

From: Ada Ray <ada@sender.example>
To: redacted@redacted.example
Subject: %[4]s
Message-ID: %[5]s

Hello

--report--
`, stamp(), strings.TrimPrefix(l.messageID, "<"), l.returnPath, l.subject, l.messageID)
}
