package bounce

import (
	"bufio"
	_ "embed" // for reasons.txt
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
)

// Reason is why a mail was not delivered.
type Reason string

// The reasons: the vocabulary of the field.
const (
	AuthFailure     Reason = "authfailure"     // SPF, DKIM, DMARC
	BadReputation   Reason = "badreputation"   // of our address or network
	Blocked         Reason = "blocked"         // our host or network is refused
	ContentError    Reason = "contenterror"    // the content cannot be carried
	Delivered       Reason = "delivered"       // not a failure
	ExceedLimit     Reason = "exceedlimit"     // larger than this recipient takes
	Expired         Reason = "expired"         // given up after trying, or still trying
	FailedSTARTTLS  Reason = "failedstarttls"  // no encryption could be agreed
	Feedback        Reason = "feedback"        // a complaint
	Filtered        Reason = "filtered"        // refused after the recipient was accepted
	HasMoved        Reason = "hasmoved"        // the address changed
	HostUnknown     Reason = "hostunknown"     // the domain does not exist
	MailboxFull     Reason = "mailboxfull"     //
	MailerError     Reason = "mailererror"     // a program behind the mailbox failed
	MesgTooBig      Reason = "mesgtoobig"      // larger than the server takes
	NetworkError    Reason = "networkerror"    // DNS or routing
	NoRelaying      Reason = "norelaying"      // the server does not serve this domain
	NotAccept       Reason = "notaccept"       // the host takes no mail at all
	NotCompliantRFC Reason = "notcompliantrfc" // the message breaks a standard
	OnHold          Reason = "onhold"          // nobody says
	PolicyViolation Reason = "policyviolation" //
	Rejected        Reason = "rejected"        // our sender address is refused
	RequirePTR      Reason = "requireptr"      // our host has no reverse DNS
	SecurityError   Reason = "securityerror"   // sign-in or permission missing
	SpamDetected    Reason = "spamdetected"    //
	Speeding        Reason = "speeding"        // too many mails at a time
	Suspend         Reason = "suspend"         // the account is closed or locked
	SyntaxError     Reason = "syntaxerror"     // of the SMTP dialogue
	SystemError     Reason = "systemerror"     // their server is broken
	SystemFull      Reason = "systemfull"      // their disk is full
	TooManyConn     Reason = "toomanyconn"     // too many connections
	UserUnknown     Reason = "userunknown"     // nobody has this address
	Vacation        Reason = "vacation"        // an automatic answer
	VirusDetected   Reason = "virusdetected"   //
)

//go:embed reasons.txt
var reasonTable string

// rule is one line of the table: text that matches means the reason, if the
// refusal came at the command and with the status the section asks for.
type rule struct {
	reason  Reason
	command string // "RCPT", or several "CONN,EHLO"; empty: any
	status  string // prefix such as "5.7."; empty: any
	weak    bool   // believed only when nothing else says anything
	certain bool   // userunknown whatever the command
	match   *regexp.Regexp
}

// rules is the parsed table; it never changes after the first use.
var rules = sync.OnceValue(func() []rule {
	all, err := readRules(strings.NewReader(reasonTable))
	if err != nil {
		panic(err) // the table is part of the program: TestRules reads it
	}
	return all
})

// blanks makes a blank of the table any run of blanks, and " ?" an optional one.
var blanks = strings.NewReplacer(" ?", `\s*`, " ", `\s+`)

// readRules parses a table. Its form is told in the head of reasons.txt.
func readRules(r io.Reader) ([]rule, error) {
	var all []rule
	var head rule
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "["):
			words := strings.Fields(strings.Trim(line, "[]"))
			if len(words) == 0 {
				return nil, fmt.Errorf("line %d: section without a reason", n)
			}
			head = rule{reason: Reason(words[0])}
			for _, w := range words[1:] {
				key, value, _ := strings.Cut(w, "=")
				switch key {
				case "command":
					head.command = value
				case "status":
					head.status = value
				case "weak":
					head.weak = true
				case "certain":
					head.certain = true
				default:
					return nil, fmt.Errorf("line %d: unknown condition %q", n, w)
				}
			}
		case head.reason == "":
			return nil, fmt.Errorf("line %d: pattern before the first section", n)
		default:
			re, err := regexp.Compile("(?i)" + blanks.Replace(line))
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			next := head
			next.match = re
			all = append(all, next)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read table: %w", err)
	}
	return all, nil
}

// reasonOfText returns the first rule that matches; its reason is empty when
// none does.
func reasonOfText(text, command, status string, weak bool) rule {
	if strings.TrimSpace(text) == "" {
		return rule{}
	}
	for _, r := range rules() {
		if r.weak != weak ||
			r.command != "" && !strings.Contains(r.command, commandOr(command)) ||
			r.status != "" && !strings.HasPrefix(status, r.status) {
			continue
		}
		if r.match.MatchString(text) {
			return r
		}
	}
	return rule{}
}

// commandOr keeps an unknown command from matching every list of commands.
func commandOr(command string) string {
	if command == "" {
		return "\x00"
	}
	return command
}

// evidence is all that is known about one recipient, from the closest to the
// widest.
type evidence struct {
	Action string
	Status string // of the report's own field
	Own    string // the diagnostic: the other server's words
	Near   string // prose about this recipient
	All    string // the whole notice
	Local  bool   // the diagnostic is of a program, not of an SMTP server
}

// maxText bounds the text the patterns run over.
const maxText = 16 << 10

// judge fills in what the evidence says.
func (v evidence) judge(r *Recipient) {
	tiers := []string{bound(v.Own), bound(v.Near), bound(v.All)}
	r.Command = commandIn(v.Own)
	for i := 1; r.Command == "" && i < len(tiers); i++ {
		r.Command = commandIn(tiers[i])
	}
	r.Status, r.ReplyCode = v.numbers(tiers)
	if r.Diagnostic == "" {
		r.Diagnostic = oneLine(firstText(tiers[:2]))
	}
	why := v.reason(r, tiers)
	r.Reason = why.reason
	detail := strings.TrimPrefix(r.Status, "5.")
	switch {
	case r.Reason == UserUnknown && r.ReplyCode == "551":
		r.Reason = HasMoved // RFC 5321 4.2.3: "User not local; please try <forward-path>"
	case r.Reason == UserUnknown && !why.certain && v.doubtful(r):
		r.Reason = Filtered
	case r.Reason == Suspend && (detail == "1.1" || detail == "1.10"):
		r.Reason = UserUnknown // "inactive address", by a server that calls it a bad one
	}
	temporary := strings.HasPrefix(r.Status, "4") || r.Action == "delayed"
	switch r.Reason {
	case UserUnknown, HostUnknown, HasMoved:
		r.Hard = !(temporary && r.Action == "delayed")
	case NotAccept:
		r.Hard = !temporary
	}
}

// numbers finds the status and the reply code. The words of the other server
// are closer to the truth than the status our own side put on them.
func (v evidence) numbers(tiers []string) (status, code string) {
	for _, t := range tiers {
		s := statusIn(t)
		if status == "" || vague(status) && s != "" && !vague(s) {
			status = s
		}
		if code == "" {
			code = codeIn(t, strings.HasPrefix(v.Status+s, "2"))
		}
		if status != "" && code != "" && !vague(status) {
			break
		}
	}
	if status == "" || vague(status) && v.Status != "" {
		status = v.Status
	}
	return status, code
}

// reason weighs words before numbers: the words are chosen by who refused, the
// numbers often by a default of his software.
func (v evidence) reason(r *Recipient, tiers []string) rule {
	if r.Action == "delivered" || r.Action == "relayed" || r.Action == "expanded" || r.Action == "deliverable" || strings.HasPrefix(r.Status, "2") && r.Action != "failed" {
		return rule{reason: Delivered}
	}
	byStatus := reasonOfStatus(r.Status)
	for i, t := range tiers {
		if i == 1 && v.Local { // a program's exit code says all it has to say
			return rule{reason: MailerError}
		}
		if got := reasonOfText(t, r.Command, r.Status, false); got.reason == SystemError && v.Local {
			return rule{reason: MailerError}
		} else if got.reason != "" {
			return got
		}
		if i == 0 && byStatus != "" && t != "" {
			return rule{reason: byStatus}
		}
	}
	if byStatus != "" {
		return rule{reason: byStatus}
	}
	for _, t := range tiers {
		if got := reasonOfText(t, r.Command, r.Status, true); got.reason != "" {
			return got
		}
	}
	switch {
	case r.Command == "CONN" || r.Command == "EHLO":
		return rule{reason: Blocked}
	case r.Command == "MAIL":
		return rule{reason: Rejected}
	case r.Action == "delayed":
		return rule{reason: Expired}
	}
	return rule{reason: OnHold}
}

// doubtful reports "user unknown" that may not be about the address: a server
// that took RCPT TO and refused at DATA filters (RFC 5321 3.3 wants the refusal
// at RCPT). When nobody says which command it was, only the status of a bad
// address (x.1.x) is proof.
func (v evidence) doubtful(r *Recipient) bool {
	_, detail, _ := strings.Cut(r.Status, ".")
	return r.Command != "RCPT" && !strings.HasPrefix(detail, "1.") && !strings.HasPrefix(detail, "4.1")
}

// bound cuts a text to what the patterns may see.
func bound(s string) string {
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "")
	}
	return joinReply(s)
}

// firstText returns the first that is not blank.
func firstText(all []string) string {
	for _, s := range all {
		if strings.TrimSpace(s) != "" {
			return s
		}
	}
	return ""
}
