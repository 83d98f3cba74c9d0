package reply

import "strings"

// maxText bounds what Strip looks at, in bytes; what is longer is nobody's reply.
const maxText = 512 << 10

// maxLines bounds the work: what lies below is taken for quoted.
const maxLines = 3000

// mark says what a line is.
type mark byte

const (
	seen mark = iota
	quote
	sign
)

// Strip takes a plain-text reply apart. visible is what its writer wrote anew,
// whether above, below or between the quotes.
func Strip(text string) (visible, quoted, signature string) {
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "")
	}
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	lines := strings.Split(text, "\n")
	var rest string
	if len(lines) > maxLines {
		lines, rest = lines[:maxLines], "\n"+strings.Join(lines[maxLines:], "\n")
	}
	marks := make([]mark, len(lines))
	markQuotes(lines, marks)
	markSignature(lines, marks)
	return pick(lines, marks, seen), strings.TrimLeft(pick(lines, marks, quote)+rest, "\n"), pick(lines, marks, sign)
}

// pick joins the lines of one mark. Where others were between them an empty line
// stays.
func pick(lines []string, marks []mark, want mark) string {
	var b strings.Builder
	blank, gap := 0, false
	for i, line := range lines {
		if marks[i] != want {
			gap = true
			continue
		}
		line = strings.TrimRight(line, " \t")
		if line == "" {
			blank++
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
			if blank > 0 || gap {
				b.WriteByte('\n')
			}
		}
		b.WriteString(line)
		blank, gap = 0, false
	}
	return b.String()
}
