package bounce

import (
	"regexp"
	"strings"
)

var (
	answerSubject = regexp.MustCompile(`(?i)^\s*(?:\[[^\]]*\]\s*)?(?:re:\s*)?(?:auto(?:matic|mated|matische|matisch|matica)?[-_ ]?(?:matic )?(?:reply|response|responder|re\b|antwort|respuesta|r[ée]ponse|risposta|svar|odpowied)|automatic answer|automatische antwort|r[ée]ponse automatique|respuesta autom|risposta automatica|resposta autom|automatisch antwoord|autosvar|automaattinen|out of (?:the )?office|out[- ]of[- ]office|ooo\b|away from|on vacation|vacation|on leave|on holiday|abwesen|absence|absent\b|fuera de(?: la)? oficina|fora do escrit|fuori sede|afwezig|urlaub|自動|自动|автоответ|nieobecn|i am away|i'm away|i am out|i'm out)`)
	awayWords     = regexp.MustCompile(`(?i)out of (?:the |my )?(?:office|town|country)|on (?:annual |parental |maternity |paternity |medical |sick |family )?(?:leave|vacation|holidays?|pto)\b|away (?:from|until|on|for)|(?:will|'ll) (?:be )?(?:back|return|out|away|traveling|travelling)|limited (?:access|email|e-mail)|(?:currently|presently) (?:out|away|travell?ing|on )|i(?:'m| am) (?:only sleeping|out\b|away|on (?:leave|vacation|holiday|pto))|not in the office|abwesend|nicht im (?:haus|büro|buero)|im urlaub|absent(?:e)? (?:du|jusqu|de)|en cong[ée]s?|fuera de la oficina|de vacaciones|fuori (?:sede|ufficio)|in ferie|afwezig|met vakantie|fora do escrit[óo]rio|de f[ée]rias|不在|休暇|отпуск|urlop|intermittent access`)
	robotFrom     = regexp.MustCompile(`(?i)no-?reply|do-?not-?reply|auto-?(?:reply|responder|confirm)|ticket|helpdesk`)
)

// automatic tells a machine's answer from a person's.
//
// RFC 3834 section 5: Auto-Submitted other than "no" marks what no person sent.
// Everything else is older or private custom: X-Autoreply, X-Autorespond,
// Precedence: auto_reply, X-Auto-Response-Suppress (which Exchange also puts on
// its own automatic mail), and subjects.
func (m *mail) automatic() (Report, bool) {
	h := m.root.Header
	subject := m.header("Subject")
	text, _ := m.noticeText()
	sure := false
	if v := strings.ToLower(firstWord(strings.ReplaceAll(h.Get("Auto-Submitted"), ";", " "))); v != "" && v != "no" {
		sure = true
	}
	precedence := strings.ToLower(strings.TrimSpace(h.Get("Precedence")))
	switch {
	case strings.Contains(precedence, "auto_reply"), strings.Contains(precedence, "auto-reply"),
		h.Has("X-Autoreply"), h.Has("X-Autorespond"), h.Has("X-Autoresponder"), h.Has("X-Auto-Reply"), h.Has("X-Autoreply-From"),
		h.Has("X-Auto-Reply-From"), h.Has("X-Mail-Autoreply"), h.Has("X-AutoReply-To"), h.Has("X-Vacation"),
		strings.EqualFold(strings.TrimSpace(h.Get("X-Cron-Env")), "auto"),
		strings.Contains(strings.ToLower(h.Get("X-FC-MachineGenerated")), "true"),
		strings.Contains(strings.ToLower(h.Get("Delivered-To")), "autoresponder"):
		sure = true
	}
	away := awayWords.MatchString(subject) || awayWords.MatchString(firstLines(text))
	named := answerSubject.MatchString(subject)
	suppressed := h.Has("X-Auto-Response-Suppress") || precedence == "bulk" || precedence == "junk"
	switch {
	case sure, named, suppressed && away, away && robotFrom.MatchString(m.header("From")):
	default:
		return Report{}, false
	}
	r := Report{Kind: AutoReply}
	if away || awayWords.MatchString(text) {
		r.Kind = OutOfOffice
	}
	from := firstOf(addresses(m.header("From")), addresses(h.Get("Reply-To")))
	r.Recipients = []Recipient{{Address: from, Action: "answered", Reason: Vacation, Diagnostic: oneLine(text)}}
	r.OriginalMessageID = messageID(h.Get("In-Reply-To"))
	if r.OriginalMessageID == "" {
		if refs := strings.Fields(h.Get("References")); len(refs) > 0 {
			r.OriginalMessageID = messageID(refs[len(refs)-1])
		}
	}
	if r.Kind == OutOfOffice {
		r.OutOfOfficeUntil = returnDate(subject+"\n"+firstLines(text), m.date())
	}
	return r, true
}

// firstLines is the part of a text that its writer's signature and disclaimers
// have not reached yet.
func firstLines(text string) string {
	lines := strings.SplitN(text, "\n", 21)
	if len(lines) > 20 {
		lines = lines[:20]
	}
	s := strings.Join(lines, "\n")
	if len(s) > 4000 {
		s = strings.ToValidUTF8(s[:4000], "")
	}
	return s
}
