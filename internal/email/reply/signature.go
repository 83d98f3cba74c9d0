package reply

import (
	"regexp"
	"strings"
)

var (
	// RFC 3676 4.3 asks for "-- "; programs drop the blank or draw another line.
	delimiter = regexp.MustCompile(`^\s{0,2}(?:--|—|–|__|- -)\s*$`)
	device    = regexp.MustCompile(`(?i)^\s*(?:sent (?:from|with|via|by|on) (?:my |the |a )?(?:\S+ ){0,4}(?:iphone|ipad|ipod|android|blackberry|samsung|galaxy|mobile|phone|device|smartphone|tablet|windows phone|pixel|outlook|mail|yahoo|gmail|sparrow|nexus|htc|nokia|motorola|verizon|t-mobile|at&t|huawei|oneplus|superhuman|spark|proton ?mail|front|hey|torch of pixels)\b[^.?!]{0,80}[.!]?|get outlook for (?:ios|android|mac).*|(?:envoyé|envoye) (?:de|depuis) (?:mon|ma)\b.{0,60}|von meinem .{1,40} gesendet.*|gesendet (?:mit|von) .{1,60}|enviado (?:desde|do) (?:mi|meu)\b.{0,60}|inviato da(?:l mio)? .{1,40}|verzonden vanaf mijn .{1,40}|skickat från .{1,40}|отправлено (?:с|из) .{1,40}|iphoneから送信|从我的 ?\S+ ?发送|发自我的.{1,20}|sent from yahoo mail.*|yahoo mail: .{1,80}|download the .{1,40} app.*)\s*$`)
	footer    = regexp.MustCompile(`(?i)^\s*(?:_{10,}|-{10,}|\*{10,}|={10,})\s*$`)
	notice    = regexp.MustCompile(`(?i)^\W{0,4}(?:confidential(?:ity)? (?:notice|note|information)|disclaimer\b|legal notice|privileged and confidential|(?:this|the information (?:contained )?in this|the contents of this) (?:e-?mail|message|communication|electronic)\b.{0,200}(?:confidential|intended|privileged|recipient)|please consider the environment|if you (?:are not the|have received this) .{0,40}(?:intended|in error)|virus-free\.)`)
	closing   = regexp.MustCompile(`(?i)^\s*(?:(?:many |kind |best |warm |warmest |kindest |with |my )*(?:thanks|thank you|thx|regards|best|cheers|sincerely|wishes|respectfully|cordially)(?: again| so much| in advance| very much| and regards| & regards| you)*|yours(?: truly| sincerely| faithfully)?|mit freundlichen grüßen|mfg|viele grüße|cordialement|saludos|un saludo|atenciosamente|cordiali saluti|met vriendelijke groet)\s*[,.!–-]*\s*$`)
	contact   = regexp.MustCompile(`(?i)(?:https?://|www\.|\S+@\S+\.\S+|\+?\d[\d\s().-]{7,}\d|\||\b(?:tel|phone|mobile|cell|fax|direct|office|ext|m|t|p|o)\s*[:.]|\b(?:director|manager|engineer|president|founder|ceo|cto|cfo|coo|vp|head of|consultant|analyst|officer|partner|sales|inc|llc|ltd|gmbh|corp|suite|street)\b)`)
	dashName  = regexp.MustCompile(`^\s{0,2}[-–—]\s?\p{Lu}[\p{L}.']*(?: \p{Lu}[\p{L}.']*){0,2}\s*$`)
)

// markSignature marks the signatures among the visible lines: one before each
// quote, and one at the end.
func markSignature(lines []string, marks []mark) {
	for i := range lines { // first what machines append below everything
		if marks[i] == seen && (footer.MatchString(lines[i]) && listFooter(lines, marks, i) || notice.MatchString(lines[i])) {
			markRun(lines, marks, i)
		}
	}
	for i := range lines {
		if marks[i] != seen {
			continue
		}
		switch {
		case delimiter.MatchString(lines[i]) && hasText(lines, marks, 0, i):
			markRun(lines, marks, i)
		case device.MatchString(lines[i]):
			marks[i] = sign
		case dashName.MatchString(lines[i]) && !hasText(lines, marks, i+1, runEnd(marks, i)):
			marks[i] = sign
		case closing.MatchString(lines[i]):
			if from, ok := contactBlock(lines, marks, i); ok {
				markRun(lines, marks, from)
			}
		}
	}
}

// runEnd returns where the visible run that holds line i ends.
func runEnd(marks []mark, i int) int {
	for i < len(marks) && marks[i] == seen {
		i++
	}
	return i
}

// hasText reports visible words between two lines.
func hasText(lines []string, marks []mark, from, to int) bool {
	for i := from; i < to && i < len(lines); i++ {
		if marks[i] == seen && strings.TrimSpace(lines[i]) != "" {
			return true
		}
	}
	return false
}

// maxSignature is the longest run of lines that is believed to be a signature; a
// longer one is text, whatever stands above it.
const maxSignature = 40

// markRun marks from line i to the end of its visible run, except what its
// writer added below: a "P.S." is no signature.
func markRun(lines []string, marks []mark, i int) {
	end := runEnd(marks, i)
	if end-i > maxSignature {
		end = i + 1
	}
	for ; i < end; i++ {
		if postscript.MatchString(lines[i]) {
			return
		}
		marks[i] = sign
	}
}

var postscript = regexp.MustCompile(`^\s*(?:P\.?\s?S\.?|p\.s\.|N\.?B\.?)(?:[\s:.-]|$)`)

// listFooter reports the footer a mailing list adds: a drawn line, and addresses
// of the list below it.
func listFooter(lines []string, marks []mark, i int) bool {
	end := runEnd(marks, i)
	text := strings.ToLower(strings.Join(lines[i+1:min(end, i+6)], "\n"))
	return end-i <= 12 && (strings.Contains(text, "mailing list") || strings.Contains(text, "listinfo") || strings.Contains(text, "unsubscribe from this") || strings.Contains(text, "lists."))
}

// contactBlock finds the business card below a closing: after the closing and
// one line for the name, only short lines, at least one of them with a number,
// an address or a title. The closing and the name stay visible.
func contactBlock(lines []string, marks []mark, i int) (from int, ok bool) {
	end := runEnd(marks, i)
	if end-i > maxSignature {
		return 0, false
	}
	name, cards := -1, 0
	for j := i + 1; j < end; j++ {
		line := strings.TrimSpace(lines[j])
		switch {
		case line == "":
		case len(line) > 100 || postscript.MatchString(line) || strings.HasSuffix(line, "?"):
			return 0, false
		case name < 0:
			name = j
			from = j + 1
		case contact.MatchString(line):
			cards++
		}
	}
	return from, name >= 0 && cards > 0 && end-from <= 15
}
