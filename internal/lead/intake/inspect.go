package intake

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"strconv"
	"strings"

	"rainmaker/internal/compliance"
	"rainmaker/internal/lead"
	"rainmaker/internal/lead/custom"
	"rainmaker/internal/lead/plain"
	"rainmaker/internal/lead/sheet"
	"rainmaker/internal/platform/errs"
)

// inspection is what one pass over a whole file found out. The pass costs a
// second for a million rows and makes every refusal immediate: a file that an
// import starts on can be read to its end.
type inspection struct {
	info      sheet.Info
	columns   []Column
	headerRow int // its number; 0 when the file has none
	rows      int // below the header
}

const (
	sampleValues = 60     // of a column, for guessing its field
	uniqueValues = 20_000 // of a column, for telling whether it names rows
	headRows     = 20     // among which the header is looked for
)

// tally watches one column during the pass.
type tally struct {
	Column
	watch  bool // could be an external id
	hashes map[uint64]struct{}
	seen   int
	again  int
}

// inspect reads the whole file.
func inspect(ctx context.Context, f File, size int64, tmp string, maxRows int) (inspection, error) {
	rows, err := sheet.Open(f, size, tmp)
	if err != nil {
		return inspection{}, fileError(err)
	}
	defer func() { _ = rows.Close() }()
	var in inspection
	var head [][]string
	var numbers []int
	var tallies []*tally
	seed := maphash.MakeSeed()
	start := func() {
		at, hasHeader := findHeader(head)
		if hasHeader {
			in.headerRow = numbers[at]
			tallies = newTallies(head[at])
			at++
		} else {
			tallies = newTallies(make([]string, len(head[0])))
		}
		for _, cells := range head[at:] {
			in.count(tallies, cells, seed)
		}
		head = nil
	}
	for n := 0; ; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return inspection{}, ctx.Err()
		}
		cells, number, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return inspection{}, fileError(err)
		}
		if tallies == nil {
			head, numbers = append(head, slices.Clone(cells)), append(numbers, number)
			if len(head) == headRows {
				start()
			}
			continue
		}
		in.count(tallies, cells, seed)
		if in.rows > maxRows {
			return inspection{}, tooManyRows(maxRows)
		}
	}
	if tallies == nil {
		if len(head) == 0 {
			return inspection{}, errs.InvalidField("body.file", "the file is empty")
		}
		start()
	}
	if in.rows > maxRows {
		return inspection{}, tooManyRows(maxRows)
	}
	if in.rows == 0 {
		return inspection{}, errs.InvalidField("body.file", "the file has a header and no rows")
	}
	in.info = rows.Info()
	for _, t := range tallies {
		t.unique = t.watch && t.seen > 0 && t.again*20 <= t.seen && t.Filled*10 >= in.rows*9
		in.columns = append(in.columns, t.Column)
	}
	return in, nil
}

func tooManyRows(limit int) error {
	msg := fmt.Sprintf("more than %d rows: split it", limit)
	return &errs.Error{Kind: errs.TooLarge, Message: "the file has " + msg, Fields: []errs.Field{{Location: "body.file", Message: msg}}}
}

// count takes one row into account. Rows of the wrong width count, but say
// nothing about columns.
func (in *inspection) count(tallies []*tally, cells []string, seed maphash.Seed) {
	in.rows++
	if len(cells) > len(tallies) {
		return
	}
	for i, cell := range cells {
		if cell == "" || strings.TrimSpace(cell) == "" {
			continue
		}
		t := tallies[i]
		t.Filled++
		if len(t.Sample) < sampleValues {
			t.Sample = append(t.Sample, plain.Cut(cell, 200))
		}
		if t.watch && t.seen < uniqueValues {
			h := maphash.String(seed, cell)
			if _, again := t.hashes[h]; again {
				t.again++
			}
			t.hashes[h] = struct{}{}
			t.seen++
		}
	}
}

func newTallies(header []string) []*tally {
	used := map[string]bool{}
	out := make([]*tally, len(header))
	for i, name := range header {
		name = plain.Cut(plain.Line(name), custom.MaxKey)
		if name == "" {
			name = "Column " + strconv.Itoa(i+1)
		}
		base := name
		for n := 2; used[strings.ToLower(name)]; n++ {
			name = base + " (" + strconv.Itoa(n) + ")"
		}
		used[strings.ToLower(name)] = true
		key := plain.Snake(name)
		out[i] = &tally{Column: Column{Name: name}, hashes: map[uint64]struct{}{}}
		out[i].watch = headerScore(fieldExternal, name) > 0 || strings.HasSuffix(key, "_id") || strings.HasSuffix(key, "_number")
	}
	return out
}

// findHeader returns which of the first rows is the header, and whether there
// is one at all. Titles above a table have one cell; a row with an address in
// it is data.
func findHeader(head [][]string) (int, bool) {
	widths := map[int]int{}
	width, most := 0, 0
	for _, cells := range head {
		n := filled(cells)
		widths[n]++
		if widths[n] > most || widths[n] == most && n > width {
			width, most = n, widths[n]
		}
	}
	at := 0
	if width >= 3 {
		for i, cells := range head {
			if filled(cells)*2 >= width && filled(cells) > 1 {
				at = i
				break
			}
		}
	}
	for _, cell := range head[at] {
		if _, err := compliance.NormalEmail(cell); err == nil {
			return at, false
		}
		if plain.Digits(cell) >= 10 {
			if _, err := compliance.NormalPhone(cell, lead.DefaultRegion); err == nil {
				return at, false
			}
		}
	}
	return at, true
}

func filled(cells []string) int {
	n := 0
	for _, cell := range cells {
		if strings.TrimSpace(cell) != "" {
			n++
		}
	}
	return n
}

// fileError turns what the reader says into a problem that names the row.
func fileError(err error) error {
	var e *sheet.Error
	if !errors.As(err, &e) {
		return err
	}
	return &errs.Error{
		Kind: errs.Invalid, Code: "bad_file", Message: "the file cannot be read: " + e.Error(),
		Fields: []errs.Field{{Location: "body.file", Message: e.Error()}},
	}
}
