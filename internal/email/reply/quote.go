package reply

import (
	"regexp"
	"strings"
)

// maxAttribution is how many lines "On ... wrote:" may be wrapped over.
const maxAttribution = 4

var (
	quoted = regexp.MustCompile(`^\s{0,3}(?:>|&gt;|\|\s)`)

	// attributions are the lines by which mail programs introduce a quote, joined
	// into one line. Each begins with its word and ends with a colon, so that a
	// sentence that merely begins with "On" is none.
	attributions = []*regexp.Regexp{
		regexp.MustCompile(`(?i)^\s*\*{0,2}on\b.{4,300}\b(?:wrote|writes|said|wrote the following)\s*:?\s*\*{0,2}\s*$`),
		regexp.MustCompile(`(?i)^\s*(?:le|el|il|op|am|em|w dniu|den|på|vào|dne|pe|v|no dia|il giorno|a)\b.{4,300}(?:a écrit|a ecrit|escribió|escribio|ha scritto|scrisse|schreef|schrieb|escreveu|napisał|napisał\(a\)|pisze|skrev|đã viết|napsal|napsal\(a\)|a scris|kirjoitti|írta).{0,80}:\s*$`),
		regexp.MustCompile(`(?i)^.{4,300}(?:пишет|написал|написала|написал\(а\)|написа|写道|寫道|님이 작성|さんは書きました|のメール|yazdı|schrieb|schreef|skrev|kirjoitti|a écrit)\s*[:：]\s*$`),
		// 26.06.2014, 14:41, "Alexander" <a@b.example>:   2011/4/7 Ann <ann@b.example>
		regexp.MustCompile(`^\s*(?:[A-Za-z]{3}, )?(?:\d{4}年\d{1,2}月\d{1,2}日|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2} [A-Za-z]{3,9}\.? \d{4}).{0,120}<[^<>\s]+@[^<>\s]+>\s*:?\s*$`),
		regexp.MustCompile(`^\s*(?:[A-Za-z]{3}, )?\d{1,2} [A-Za-z]{3} \d{4}.{0,60}\bот\b.{0,120}:\s*$`),
		// Ann Lee <ann@b.example> wrote on Monday:   Ann <a@b.example> wrote:
		regexp.MustCompile(`(?i)^\s*\S.{0,120}<[^<>\s]+@[^<>\s]+>.{0,60}\b(?:wrote|schrieb|a écrit|escribió|writes)\b.{0,60}:\s*$`),
	}
	// attributionStart begins an attribution that may be wrapped.
	attributionStart = regexp.MustCompile(`(?i)^\s*(?:\*{0,2}on\b.*\d|(?:le|el|il|op|am|em|w dniu|den|på|vào|dne|pe|no dia|il giorno)\b.*\d|.{0,40}\d{1,2}[./: 年].*(?:"|<|пользователь|от |、|,))`)

	// breaker announces that all below is another mail.
	breaker = regexp.MustCompile(`(?i)^[\s>*]*(?:-{2,}|_{2,}|\*{2,}|={2,})?\s*(?:original message|original[- ]nachricht|ursprüngliche nachricht|urspr[. ]*nachricht|message d'origine|message original|mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht|ursprungligt meddelande|oprindelig meddelelse|oryginalna wiadomość|исходное сообщение|原始邮件|原始郵件|元のメッセージ|forwarded message|begin forwarded message|weitergeleitete nachricht|message transféré|mensaje reenviado|forwarded by .{1,80}|reply message|original appointment)\s*:?\s*(?:-{2,}|_{2,}|\*{2,}|={2,})?\s*$`)
	dashes  = regexp.MustCompile(`^[\s*]*(?:_{5,}|-{5,}|={5,}|\*{5,})\s*$`)
	// fieldLine is a line of the header block Outlook and others put above a quote.
	fieldLine = regexp.MustCompile(`(?i)^[\s>]*\*{0,2}(from|sent|to|subject|date|cc|reply-to|importance|von|gesendet|an|betreff|datum|de|envoyé|envoye|à|objet|enviado(?: el)?|para|asunto|fecha|da|inviato|a|oggetto|van|verzonden|aan|onderwerp|от|отправлено|кому|тема|дата|från|skickat|till|ämne|fra|til|emne|od|wysłano|do|temat|发件人|发送时间|收件人|主题|差出人|送信日時|宛先|件名|寄件者|寄件日期|收件者|主旨)\s?\*{0,2}\s*[:：]\*{0,2}\s*\S?.*$`)
)

// markQuotes marks what is not the writer's own.
func markQuotes(lines []string, marks []mark) {
	for i := 0; i < len(lines); i++ {
		switch {
		case marks[i] == quote:
		case quoted.MatchString(lines[i]):
			marks[i] = quote
		case breaker.MatchString(lines[i]):
			if isInline(lines, i+1) {
				marks[i] = quote
				continue
			}
			markRest(marks, ruleAbove(lines, i))
			return
		case blockAt(lines, i) > 0:
			n := blockAt(lines, i)
			if isInline(lines, i+n) {
				for j := i; j < i+n; j++ {
					marks[j] = quote
				}
				continue
			}
			markRest(marks, ruleAbove(lines, i))
			return
		default:
			n := attributionAt(lines, i)
			if n == 0 {
				continue
			}
			for j := i; j < i+n; j++ {
				marks[j] = quote
			}
			if !isInline(lines, i+n) {
				markRest(marks, i)
				return
			}
			i += n - 1
		}
	}
}

// markRest marks from a line to the end.
func markRest(marks []mark, from int) {
	for i := from; i < len(marks); i++ {
		marks[i] = quote
	}
}

// attributionAt returns how many lines an attribution beginning at line i spans,
// or 0.
func attributionAt(lines []string, i int) int {
	if len(lines[i]) > 400 || strings.TrimSpace(lines[i]) == "" {
		return 0
	}
	joined := ""
	for n := 1; n <= maxAttribution && i+n <= len(lines); n++ {
		line := strings.TrimSpace(lines[i+n-1])
		if line == "" || n > 1 && quoted.MatchString(lines[i+n-1]) {
			return 0
		}
		joined = strings.TrimSpace(joined + " " + line)
		if len(joined) > 400 {
			return 0
		}
		if n == 1 && !attributionStart.MatchString(line) {
			if !matches(attributions, joined) || !plausible(lines, joined, i+1) {
				return 0
			}
			return 1
		}
		if matches(attributions, joined) {
			if !plausible(lines, joined, i+n) {
				return 0
			}
			return n
		}
	}
	return 0
}

// plausible reports an introduction with a date or an address in it, or a quote
// below it: "On Monday I wrote:" alone is a sentence.
func plausible(lines []string, joined string, next int) bool {
	return strings.ContainsAny(joined, "0123456789@") || isInline(lines, next)
}

// matches reports whether one of the patterns does.
func matches(all []*regexp.Regexp, s string) bool {
	for _, re := range all {
		if re.MatchString(s) {
			return true
		}
	}
	return false
}

// blockAt returns how many lines the header block at line i spans, or 0: at
// least three fields one under the other, among them two of different names.
func blockAt(lines []string, i int) int {
	if !fieldLine.MatchString(lines[i]) {
		return 0
	}
	fields, n, gap := 0, 0, 0
	names := map[string]bool{}
	for j := i; j < len(lines) && j < i+14; j++ {
		m := fieldLine.FindStringSubmatch(lines[j])
		switch {
		case m != nil:
			fields++
			gap = 0
			names[strings.ToLower(m[1])] = true
			n = j - i + 1
		case strings.TrimSpace(lines[j]) == "" || gap > 2:
			if fields > 0 && fields < 3 && strings.TrimSpace(lines[j]) == "" && gap == 0 {
				gap++ // HTML turned into text may part the fields
				continue
			}
			j = len(lines)
		default:
			gap++ // a wrapped list of recipients
		}
	}
	if fields >= 3 && len(names) >= 3 {
		return n
	}
	return 0
}

// isInline reports that what follows an introduction is marked with ">": then
// only marked lines are quoted and the writer may answer between or below them.
func isInline(lines []string, from int) bool {
	looked := 0
	for i := from; i < len(lines) && looked < 2; i++ {
		if strings.TrimSpace(lines[i]) == "" {
			continue
		}
		if quoted.MatchString(lines[i]) {
			return true
		}
		looked++
	}
	return false
}

// ruleAbove moves a quote's beginning up over the line drawn above it.
func ruleAbove(lines []string, i int) int {
	for j := i - 1; j >= 0 && j >= i-3; j-- {
		if dashes.MatchString(lines[j]) {
			return j
		}
		if strings.TrimSpace(lines[j]) != "" {
			break
		}
	}
	return i
}
