package smtp

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// What a server may answer at most. RFC 5321 4.5.3.1.5 has lines of 512 octets;
// the reader's buffer is the limit here.
const (
	maxReplyLine  = 4096
	maxReplyLines = 128
	maxReplyText  = 1024 // what is kept
)

// Reply is a server's answer.
type Reply struct {
	Code     int
	Enhanced string // RFC 3463 status, may be empty
	Text     string // without codes, control characters replaced, at most 1 kB
}

// rawReply is a reply whose text still lies in the connection's buffer.
type rawReply struct {
	code int
	text []byte
}

// readReply reads one reply, of however many lines. text is reused as buffer;
// line, when not nil, is called with each line's text.
func readReply(br *bufio.Reader, text []byte, line func(string)) (rawReply, error) {
	r := rawReply{text: text[:0]}
	for n := 0; ; n++ {
		if n == maxReplyLines {
			return r, fmt.Errorf("%w: more than %d lines", errNotUnderstood, maxReplyLines)
		}
		b, err := br.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return r, fmt.Errorf("%w: a line longer than %d octets", errNotUnderstood, maxReplyLine)
		}
		if err != nil {
			return r, fmt.Errorf("read answer: %w", err)
		}
		b = bytes.TrimRight(b, "\r\n")
		code, last, ok := replyCode(b)
		if !ok || n > 0 && code != r.code {
			return r, fmt.Errorf("%w: %.80q", errNotUnderstood, b)
		}
		r.code = code
		b = b[min(len(b), 4):]
		if line != nil {
			line(string(b))
		}
		if room := maxReplyText - len(r.text); room > 0 {
			if n > 0 {
				r.text = append(r.text, '\n')
			}
			r.text = append(r.text, b[:min(len(b), room)]...)
		}
		if last {
			return r, nil
		}
	}
}

// replyCode reads "250" and what follows it: a hyphen means more lines come.
func replyCode(b []byte) (code int, last, ok bool) {
	if len(b) < 3 || b[0] < '2' || b[0] > '5' || b[1] < '0' || b[1] > '9' || b[2] < '0' || b[2] > '9' {
		return 0, false, false
	}
	code = int(b[0]-'0')*100 + int(b[1]-'0')*10 + int(b[2]-'0')
	if len(b) == 3 || b[3] == ' ' {
		return code, true, true
	}
	return code, false, b[3] == '-'
}

// reply makes a Reply that outlives the buffer.
func (r rawReply) reply() Reply {
	text := strings.Map(func(c rune) rune {
		if c < ' ' && c != '\n' || c == 0x7f {
			return '?'
		}
		return c
	}, strings.ToValidUTF8(string(r.text), "?"))
	out := Reply{Code: r.code, Text: text}
	out.Enhanced = enhancedCode(text, r.code)
	if out.Enhanced != "" {
		// Servers repeat the status on each line.
		out.Text = strings.TrimSpace(strings.ReplaceAll(out.Text, out.Enhanced+" ", ""))
	}
	return out
}

// enhancedCode reads the status that begins text, when it agrees with code
// (RFC 2034 4).
func enhancedCode(text string, code int) string {
	status, _, _ := strings.Cut(text, " ")
	if len(status) < 5 || len(status) > 9 || int(status[0]-'0') != code/100 || strings.Count(status, ".") != 2 {
		return ""
	}
	for i := range len(status) {
		if c := status[i]; c != '.' && (c < '0' || c > '9') {
			return ""
		}
	}
	return status
}
