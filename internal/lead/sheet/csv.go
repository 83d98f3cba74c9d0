package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Reader reads CSV as people's programs write it: any of four delimiters,
// quotes where RFC 4180 has none, rows that were quoted as a whole.
type Reader struct {
	src   io.Reader
	win   []byte // what was read and not yet consumed is win[pos:end]
	pos   int
	end   int
	eof   bool
	comma byte
	row   int // number of the row last returned
	width int // columns of the first row; 0 before it

	text   []byte // all cells of the current row, unquoted
	ends   []int  // ends[i] is where cell i ends in text
	quoted bool   // the row began with a quote
	cells  []string
	info   Info
}

const windowSize = 256 << 10

// NewReader returns a Reader of UTF-8 (or stray windows-1252) text.
func NewReader(r io.Reader, comma byte) *Reader {
	return &Reader{src: r, comma: comma, win: make([]byte, windowSize), info: Info{Format: CSV, Delimiter: string(comma)}}
}

// Info implements Rows.
func (r *Reader) Info() Info { return r.info }

// Close implements Rows.
func (r *Reader) Close() error { return nil }

// fill makes more bytes available after those that wait, and reports whether
// there are any.
func (r *Reader) fill() (bool, error) {
	if r.eof {
		return false, nil
	}
	if r.pos > 0 {
		copy(r.win, r.win[r.pos:r.end])
		r.end -= r.pos
		r.pos = 0
	}
	if r.end == len(r.win) {
		return true, nil
	}
	for range 100 {
		n, err := r.src.Read(r.win[r.end:])
		r.end += n
		if err == io.EOF {
			r.eof = true
			return n > 0, nil
		}
		if err != nil {
			return false, fmt.Errorf("read file: %w", err)
		}
		if n > 0 {
			return true, nil
		}
	}
	return false, io.ErrNoProgress
}

// more makes sure that at least one byte waits.
func (r *Reader) more() (bool, error) {
	if r.pos < r.end {
		return true, nil
	}
	return r.fill()
}

// Next implements Rows.
func (r *Reader) Next() ([]string, int, error) {
	for {
		ok, err := r.more()
		if err != nil {
			return nil, 0, err
		}
		if !ok {
			return nil, 0, io.EOF
		}
		r.row++
		if err := r.record(); err != nil {
			return nil, 0, err
		}
		if len(bytes.TrimSpace(r.text)) == 0 {
			continue // an empty line, or only delimiters
		}
		r.split()
		r.unwrap()
		if r.width == 0 {
			r.width = len(r.cells)
		}
		return r.cells, r.row, nil
	}
}

func (r *Reader) tooLong() error {
	return &Error{Row: r.row, Column: len(r.ends) + 1, Reason: fmt.Sprintf("the field is longer than %d KiB; is a quote never closed?", MaxField>>10)}
}

// record reads one row into text and ends.
func (r *Reader) record() error {
	r.text, r.ends, r.quoted = r.text[:0], r.ends[:0], false
	for {
		start := len(r.text)
		ok, err := r.more()
		if err != nil {
			return err
		}
		if ok && r.win[r.pos] == '"' {
			if len(r.ends) == 0 {
				r.quoted = true
			}
			r.pos++
			if err := r.quotedPart(start); err != nil {
				return err
			}
		}
		last, err := r.plainPart(start)
		if err != nil {
			return err
		}
		r.ends = append(r.ends, len(r.text))
		switch {
		case len(r.ends) > MaxColumns:
			return &Error{Row: r.row, Reason: fmt.Sprintf("more than %d columns", MaxColumns)}
		case len(r.text) > MaxRow:
			return &Error{Row: r.row, Reason: fmt.Sprintf("the row is longer than %d KiB", MaxRow>>10)}
		case last:
			return nil
		}
	}
}

// quotedPart reads up to the quote that closes a field whose opening quote is
// consumed.
func (r *Reader) quotedPart(start int) error {
	for {
		ok, err := r.more()
		if err != nil {
			return err
		}
		if !ok {
			return &Error{Row: r.row, Column: len(r.ends) + 1, Reason: "a quote is never closed"}
		}
		window := r.win[r.pos:r.end]
		i := bytes.IndexByte(window, '"')
		if i < 0 {
			i = len(window)
		}
		if len(r.text)-start+i > MaxField {
			return r.tooLong()
		}
		r.text = append(r.text, window[:i]...)
		r.pos += i
		if i == len(window) {
			continue
		}
		r.pos++ // the quote
		if ok, err := r.more(); err != nil || !ok {
			return err
		}
		if r.win[r.pos] != '"' {
			return nil
		}
		r.text = append(r.text, '"') // a doubled quote is one
		r.pos++
	}
}

// plainPart reads up to the delimiter or the end of the row and reports which
// of the two it was. After a closing quote there is usually nothing; what there
// is belongs to the field.
func (r *Reader) plainPart(start int) (last bool, err error) {
	for {
		ok, err := r.more()
		if err != nil || !ok {
			return true, err
		}
		window := r.win[r.pos:r.end]
		i := 0
		for i < len(window) && window[i] != r.comma && window[i] != '\n' && window[i] != '\r' {
			i++
		}
		if len(r.text)-start+i > MaxField {
			return false, r.tooLong()
		}
		r.text = append(r.text, window[:i]...)
		r.pos += i
		if i == len(window) {
			continue
		}
		r.pos++
		switch window[i] {
		case r.comma:
			return false, nil
		case '\n':
			return true, nil
		}
		// A carriage return ends a row with or without a line feed after it.
		if ok, err := r.more(); err != nil {
			return true, err
		} else if ok && r.win[r.pos] == '\n' {
			r.pos++
		}
		return true, nil
	}
}

// split makes cells of text: one string for the row, cut.
func (r *Reader) split() {
	r.cells = r.cells[:0]
	if !r.valid() {
		start := 0
		for _, end := range r.ends {
			r.cells = append(r.cells, decode(r.text[start:end]))
			start = end
		}
		return
	}
	whole := string(r.text)
	start := 0
	for _, end := range r.ends {
		r.cells = append(r.cells, whole[start:end])
		start = end
	}
}

// valid reports whether every cell is UTF-8: the whole row is, and no cut goes
// through a rune.
func (r *Reader) valid() bool {
	for _, end := range r.ends {
		if end < len(r.text) && !utf8.RuneStart(r.text[end]) {
			return false
		}
	}
	return utf8.Valid(r.text)
}

// decode reads bytes that are not UTF-8 as windows-1252, which gives every byte
// a meaning and is what most such files are.
func decode(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return string(out)
}

// headerFields is how many fields the first row must unwrap to before it counts
// as quoted whole: "Smith, John" is a field.
const headerFields = 3

// unwrap takes a row apart that was quoted as a whole, with its own quotes
// doubled: a table that was pasted into one column and exported again.
func (r *Reader) unwrap() {
	if len(r.cells) != 1 || !r.quoted || r.width == 1 || strings.IndexByte(r.cells[0], r.comma) < 0 {
		return
	}
	inner := NewReader(strings.NewReader(r.cells[0]), r.comma)
	inner.width = 1 // no deeper
	inner.win = make([]byte, len(r.cells[0])+1)
	cells, _, err := inner.Next()
	if err != nil || r.width == 0 && len(cells) < headerFields || r.width > 1 && len(cells) != r.width {
		return
	}
	if _, _, err := inner.Next(); !errors.Is(err, io.EOF) {
		return // several lines: a real field
	}
	r.cells = append(r.cells[:0], cells...)
	r.info.Unwrapped++
}
