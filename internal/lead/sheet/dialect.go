package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// sampleSize is how much of a file decides about its dialect.
const sampleSize = 128 << 10

// openCSV finds encoding and delimiter.
func openCSV(f io.Reader) (Rows, error) {
	in := bufio.NewReaderSize(f, sampleSize)
	head, err := peek(in, 4096)
	if err != nil {
		return nil, err
	}
	encoding := "utf-8"
	var text io.Reader = in
	if enc, name := utf16Of(head); name != "" {
		encoding = name
		text = transform.NewReader(in, unicode.UTF16(enc, unicode.UseBOM).NewDecoder())
	}
	decoded := bufio.NewReaderSize(text, sampleSize)
	sample, err := peek(decoded, sampleSize)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(sample, []byte("\xef\xbb\xbf")) {
		_, _ = decoded.Discard(3) // buffered: cannot fail
		sample = sample[3:]
	}
	if len(bytes.TrimSpace(sample)) == 0 {
		return nil, &Error{Reason: "the file is empty"}
	}
	if bytes.IndexByte(sample, 0) >= 0 {
		return nil, &Error{Reason: "the file holds binary data: it is neither CSV nor XLSX"}
	}
	if encoding == "utf-8" && !validUTF8(sample) {
		encoding = "windows-1252"
	}
	comma, skip := sepLine(sample)
	if skip > 0 {
		_, _ = decoded.Discard(skip) // buffered: cannot fail
	} else {
		comma = delimiter(sample)
	}
	r := NewReader(decoded, comma)
	if skip > 0 {
		r.row = 1
	}
	r.info.Encoding = encoding
	return r, nil
}

// peek returns up to n bytes without consuming them.
func peek(in *bufio.Reader, n int) ([]byte, error) {
	b, err := in.Peek(n)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, fmt.Errorf("read file: %w", err)
	}
	return b, nil
}

// utf16Of recognises UTF-16 by its mark, or by every other byte of the
// beginning being zero.
func utf16Of(head []byte) (unicode.Endianness, string) {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		return unicode.LittleEndian, "utf-16le"
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return unicode.BigEndian, "utf-16be"
	case len(head) < 8:
		return unicode.LittleEndian, ""
	}
	var even, odd int
	for i, c := range head {
		if c == 0 {
			if i%2 == 0 {
				even++
			} else {
				odd++
			}
		}
	}
	half := len(head) / 2
	switch {
	case odd > half*3/4 && even < half/10:
		return unicode.LittleEndian, "utf-16le"
	case even > half*3/4 && odd < half/10:
		return unicode.BigEndian, "utf-16be"
	}
	return unicode.LittleEndian, ""
}

// validUTF8 allows for a rune that the sample's end cuts.
func validUTF8(sample []byte) bool {
	for cut := range min(4, len(sample)) {
		if utf8.Valid(sample[:len(sample)-cut]) {
			return true
		}
	}
	return false
}

// sepLine reads Excel's first line "sep=;" and returns its length, or 0.
func sepLine(sample []byte) (comma byte, length int) {
	line, _, found := bytes.Cut(sample, []byte("\n"))
	trimmed := bytes.Trim(line, "\r\"")
	if !found || len(trimmed) != 5 || !bytes.EqualFold(trimmed[:4], []byte("sep=")) {
		return 0, 0
	}
	return trimmed[4], len(line) + 1
}

// delimiters in the order of preference when the sample does not tell.
const delimiters = ",;\t|"

// sampleRows is how many rows decide about the delimiter.
const sampleRows = 100

// delimiter returns the one that cuts the sample's rows most evenly, and among
// those the one that makes most columns.
func delimiter(sample []byte) byte {
	best, bestEven, bestColumns := byte(','), -1.0, 0
	for i := range len(delimiters) {
		comma := delimiters[i]
		even, columns := evenness(sample, comma)
		if columns > 1 && (even > bestEven+0.05 || even > bestEven-0.05 && columns > bestColumns) {
			best, bestEven, bestColumns = comma, max(even, bestEven), columns
		}
	}
	return best
}

// evenness returns how many of the sample's rows have the most common number of
// columns, as a share, and that number.
func evenness(sample []byte, comma byte) (float64, int) {
	r := NewReader(bytes.NewReader(sample), comma)
	counts := map[int]int{}
	rows := 0
	for rows < sampleRows {
		cells, _, err := r.Next()
		if err != nil {
			break // the end, or what the real reading will report
		}
		rows++
		counts[len(cells)]++
	}
	if r.eof && rows > 1 && len(sample) == sampleSize {
		// The last row of a cut sample is cut too: it may spoil nothing.
		counts[len(r.cells)]--
		rows--
	}
	most, columns := 0, 0
	for n, count := range counts {
		if count > most || count == most && n > columns {
			most, columns = count, n
		}
	}
	if rows == 0 {
		return 0, 0
	}
	return float64(most) / float64(rows), columns
}
