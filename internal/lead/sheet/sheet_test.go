package sheet_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"rainmaker/internal/lead/sheet"
)

func readAll(t testing.TB, data []byte) ([][]string, []int, sheet.Info, error) {
	t.Helper()
	rows, err := sheet.Open(bytes.NewReader(data), int64(len(data)), t.TempDir())
	if err != nil {
		return nil, nil, sheet.Info{}, err
	}
	defer func() {
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	}()
	var all [][]string
	var numbers []int
	for {
		cells, n, err := rows.Next()
		if err == io.EOF {
			return all, numbers, rows.Info(), nil
		}
		if err != nil {
			return all, numbers, rows.Info(), err
		}
		all, numbers = append(all, append([]string(nil), cells...)), append(numbers, n)
	}
}

func encode(t *testing.T, enc interface {
	Bytes([]byte) ([]byte, error)
}, s string,
) string {
	t.Helper()
	b, err := enc.Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestDialects(t *testing.T) {
	want := [][]string{{"Name", "E-Mail", "City"}, {"Zoë, Ann", "ann@example.com", `5" pipe`}, {"Bob", "bob@example.com", ""}}
	text := "Name,E-Mail,City\n\"Zoë, Ann\",ann@example.com,\"5\"\" pipe\"\nBob,bob@example.com,\n"
	utf16le := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder()
	utf16be := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder()
	bare := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder()
	for name, tc := range map[string]struct{ data, encoding, comma string }{
		"plain":              {text, "utf-8", ","},
		"BOM":                {"\xef\xbb\xbf" + text, "utf-8", ","},
		"CRLF":               {strings.ReplaceAll(text, "\n", "\r\n"), "utf-8", ","},
		"old Mac":            {strings.ReplaceAll(text, "\n", "\r"), "utf-8", ","},
		"no last line feed":  {strings.TrimSuffix(text, "\n"), "utf-8", ","},
		"UTF-16LE":           {encode(t, utf16le, text), "utf-16le", ","},
		"UTF-16BE":           {encode(t, utf16be, text), "utf-16be", ","},
		"UTF-16 without BOM": {encode(t, bare, text), "utf-16le", ","},
		"windows-1252":       {encode(t, charmap.Windows1252.NewEncoder(), text), "windows-1252", ","},
		"sep line":           {"sep=,\r\n" + text, "utf-8", ","},
		"semicolons":         {"Name;E-Mail;City\n\"Zoë, Ann\";ann@example.com;\"5\"\" pipe\"\nBob;bob@example.com;\n", "utf-8", ";"},
		"tabs":               {"Name\tE-Mail\tCity\nZoë, Ann\tann@example.com\t\"5\"\" pipe\"\nBob\tbob@example.com\t\n", "utf-8", "\t"},
		"pipes":              {"Name|E-Mail|City\nZoë, Ann|ann@example.com|\"5\"\" pipe\"\nBob|bob@example.com|\n", "utf-8", "|"},
		"rows quoted whole":  {"Name,E-Mail,City\n\"\"\"Zoë, Ann\"\",ann@example.com,\"\"5\"\"\"\" pipe\"\"\"\n\"Bob,bob@example.com,\"\n", "utf-8", ","},
		"all quoted whole":   {"\"Name,E-Mail,City\"\n\"\"\"Zoë, Ann\"\",ann@example.com,\"\"5\"\"\"\" pipe\"\"\"\n\"Bob,bob@example.com,\"\n", "utf-8", ","},
	} {
		t.Run(name, func(t *testing.T) {
			got, numbers, info, err := readAll(t, []byte(tc.data))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if info.Encoding != tc.encoding || info.Delimiter != tc.comma {
				t.Errorf("read as %+v, want %s and %q", info, tc.encoding, tc.comma)
			}
			first := 1
			if strings.HasPrefix(tc.data, "sep=") {
				first = 2
			}
			if numbers[0] != first {
				t.Errorf("first row is %d", numbers[0])
			}
		})
	}
}

func TestRowsAreNumberedAsInASpreadsheet(t *testing.T) {
	_, numbers, _, err := readAll(t, []byte("a,b\n\n1,\"two\nlines\"\n,\n3,4\n"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{1, 3, 5}, numbers); diff != "" {
		t.Error(diff)
	}
}

func TestOddQuotes(t *testing.T) {
	for in, want := range map[string][]string{
		"a,b\n5\" pipe,x\n":          {`5" pipe`, "x"},
		"a,b\n\"quoted\" tail,x\n":   {"quoted tail", "x"},
		"a,b\n\"\",x\n":              {"", "x"},
		"a,b\nx,\"a \"\"b\"\" c\"\n": {"x", `a "b" c`},
		"a\n\"Smith, John\"\n":       {"Smith, John"},
		"a,b\n\"x, y\"\n":            {"x", " y"}, // as wide as the header: quoted whole
		"a,b,c\n\"x, y\"\n":          {"x, y"},
	} {
		got, _, _, err := readAll(t, []byte(in))
		if err != nil {
			t.Fatalf("%q: %v", in, err)
		}
		if diff := cmp.Diff(want, got[1]); diff != "" {
			t.Errorf("%q:\n%s", in, diff)
		}
	}
}

// endless is a file of one quoted field that never ends.
type endless struct{ size, at int64 }

func (e *endless) Read(p []byte) (int, error) {
	if e.at >= e.size {
		return 0, io.EOF
	}
	n, _ := e.ReadAt(p, e.at)
	e.at += int64(n)
	return n, nil
}

func (e *endless) ReadAt(p []byte, at int64) (int, error) {
	const head = "email,name\n\""
	for i := range p {
		if k := at + int64(i); k < int64(len(head)) {
			p[i] = head[k]
		} else {
			p[i] = 'x'
		}
	}
	return len(p), nil
}

func TestNeverClosedQuoteStopsEarly(t *testing.T) {
	const size = 200 << 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	src := &endless{size: size}
	rows, err := sheet.Open(src, size, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, _, err = rows.Next()
	}
	runtime.ReadMemStats(&after)
	var e *sheet.Error
	if !errors.As(err, &e) || e.Row != 2 {
		t.Errorf("error %v, want one that names row 2", err)
	}
	if src.at > 2<<20 {
		t.Errorf("read %d bytes before giving up", src.at)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
		t.Errorf("allocated %d KiB", used>>10)
	}
}

func TestRefusals(t *testing.T) {
	for name, tc := range map[string]struct {
		data string
		row  int
	}{
		"empty":         {"", 0},
		"only blanks":   {" \n\n ", 0},
		"binary":        {"a,b\n\x00\x01\x02,x\n", 0},
		"old Excel":     {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0},
		"PDF":           {"%PDF-1.7 and so on", 0},
		"not a zip":     {"PK\x03\x04 and nothing more", 0},
		"long field":    {"a,b\n1," + strings.Repeat("x", sheet.MaxField+1) + "\n", 2},
		"open quote":    {"a,b\n1,2\n3,\"four\n5,6\n", 3},
		"wide":          {strings.Repeat("a,", sheet.MaxColumns+1) + "\n", 1},
		"wide row":      {"a,b\n" + strings.Repeat("1,", 300) + "\n", 2},
		"long wide row": {"a,b\n" + strings.Repeat(strings.Repeat("y", 30000)+",", 60) + "\n", 2},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, _, err := readAll(t, []byte(tc.data))
			var e *sheet.Error
			if !errors.As(err, &e) || e.Row != tc.row {
				t.Errorf("error %v, want one about row %d", err, tc.row)
			}
		})
	}
}

func workbook(t *testing.T, rows ...[]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	for i, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestXLSX(t *testing.T) {
	data := workbook(t, []any{"Name", "Phone"}, []any{"Ann", 4155552671}, []any{}, []any{"Bob", "x", "=1+1"})
	got, numbers, info, err := readAll(t, data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]string{{"Name", "Phone"}, {"Ann", "4155552671"}, {"Bob", "x", "=1+1"}}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{1, 2, 4}, numbers); diff != "" {
		t.Error(diff)
	}
	if info.Format != sheet.XLSX || info.Sheet != "Sheet1" {
		t.Errorf("info %+v", info)
	}
}

func TestZipBombs(t *testing.T) {
	// A sheet of zeros: 300 MB that compress to 300 kB.
	var bomb bytes.Buffer
	z := zip.NewWriter(&bomb)
	w, err := z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	block := bytes.Repeat([]byte(" "), 1<<20)
	for range 300 {
		if _, err := w.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	var many bytes.Buffer
	z = zip.NewWriter(&many)
	for i := range 5000 {
		if _, err := z.Create(fmt.Sprintf("part%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"large": bomb.Bytes(), "many parts": many.Bytes()} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, _, err := readAll(t, data)
		runtime.ReadMemStats(&after)
		var e *sheet.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", name, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 100<<20 {
			t.Errorf("%s: allocated %d MiB", name, used>>20)
		}
	}
}

// FuzzCSV: no input makes the reader panic, loop, or break its promises; and
// what encoding/csv wrote is read back.
func FuzzCSV(f *testing.F) {
	f.Add([]byte("a,b\n1,2\n"))
	f.Add([]byte("\xef\xbb\xbfa;b\r\n\"1;\"\"2\"\"\";3\r\n"))
	f.Add([]byte("\xff\xfea\x00,\x00b\x00\n\x00"))
	f.Add([]byte("\"a,b,c\"\n\"1,\"\"2\"\",3\"\n"))
	f.Add([]byte("a,b\n\"never closed"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, last, info, err := readAll(t, data)
		var e *sheet.Error
		if err != nil && !errors.As(err, &e) {
			t.Fatalf("error without words: %v", err)
		}
		previous := 0
		for i, row := range rows {
			if last[i] <= previous {
				t.Fatalf("row numbers %v do not grow", last)
			}
			previous = last[i]
			if len(row) == 0 || len(row) > sheet.MaxColumns {
				t.Fatalf("%d columns", len(row))
			}
			for _, cell := range row {
				if !utf8.ValidString(cell) || len(cell) > 3*sheet.MaxField {
					t.Fatalf("cell %q", cell)
				}
			}
		}
		if err != nil || info.Format != sheet.CSV || len(rows) < 1 || len(rows[0]) < 2 {
			return
		}
		// Written properly and read again, nothing changes.
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		for _, row := range rows {
			if len(row) < 2 || strings.ContainsAny(strings.Join(row, ""), "\r\x00\ufeff") || strings.TrimSpace(strings.Join(row, "")) == "" {
				return
			}
			if err := w.Write(row); err != nil {
				t.Fatal(err)
			}
		}
		w.Flush()
		again := sheet.NewReader(bytes.NewReader(b.Bytes()), ',')
		for i := range rows {
			cells, _, err := again.Next()
			if err != nil {
				t.Fatalf("row %d: %v", i, err)
			}
			if diff := cmp.Diff(rows[i], append([]string(nil), cells...)); diff != "" {
				t.Fatalf("row %d (-written +read):\n%s", i, diff)
			}
		}
	})
}

func BenchmarkCSV(b *testing.B) {
	var data bytes.Buffer
	data.WriteString("first,last,email,phone,company,title,city,state,source,notes\n")
	for i := range 100_000 {
		fmt.Fprintf(&data, "\"Ann%d\",\"Smith\",\"ann%d@example%d.com\",\"(415) 555-%04d\",\"Acme, Inc\",\"VP Sales\",\"Austin\",\"TX\",\"web\",\"met at the fair\"\n", i, i, i%1000, i%10000)
	}
	b.SetBytes(int64(data.Len()))
	for b.Loop() {
		r := sheet.NewReader(bytes.NewReader(data.Bytes()), ',')
		for {
			if _, _, err := r.Next(); err != nil {
				break
			}
		}
	}
}
