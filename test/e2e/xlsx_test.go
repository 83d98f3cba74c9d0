package e2e

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/csv"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"testing"
)

// readCSV reads a file that a spreadsheet would open.
func readCSV(t *testing.T, file string) [][]string {
	t.Helper()
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(file, "\ufeff")))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Errorf("not CSV: %v\n%s", err, file)
	}
	return rows
}

// parts of the smallest workbook.
const (
	xlsxTypes    = `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`
	xlsxRels     = `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`
	xlsxWorkbook = `<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="People" sheetId="1" r:id="rId1"/></sheets></workbook>`
	xlsxSheetRel = `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`
	sheetHead    = `<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`
	sheetFoot    = `</sheetData></worksheet>`
)

// sheetRow is a row of inline strings.
func sheetRow(n int, cells ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<row r="%d">`, n)
	for i, cell := range cells {
		fmt.Fprintf(&b, `<c r="%c%d" t="inlineStr"><is><t>%s</t></is></c>`, 'A'+i, n, cell)
	}
	b.WriteString("</row>")
	return b.String()
}

// workbook writes a workbook whose sheet is what write makes.
func workbook(t *testing.T, write func(z *zip.Writer) error) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, part := range [][2]string{
		{"[Content_Types].xml", xlsxTypes}, {"_rels/.rels", xlsxRels}, {"xl/workbook.xml", xlsxWorkbook}, {"xl/_rels/workbook.xml.rels", xlsxSheetRel},
	} {
		w, err := z.Create(part[0])
		if err == nil {
			_, err = io.WriteString(w, part[1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := write(z); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// plainWorkbook holds the given XML as its sheet.
func plainWorkbook(t *testing.T, sheet string) []byte {
	t.Helper()
	return workbook(t, func(z *zip.Writer) error {
		w, err := z.Create("xl/worksheets/sheet1.xml")
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, sheet)
		return err
	})
}

// bomb is a workbook whose sheet unpacks to size bytes: head, then filler over
// and over. The compressed filler is made once and repeated, so that the test
// does not spend a minute on it. A liar declares a size of 1000.
func bomb(t *testing.T, head string, filler []byte, size int64, liar bool) []byte {
	t.Helper()
	var start, block bytes.Buffer
	deflate := func(to *bytes.Buffer, data []byte) {
		w, err := flate.NewWriter(to, flate.BestCompression)
		if err == nil {
			_, err = w.Write(data)
		}
		if err == nil {
			err = w.Flush() // ends at a byte, without the final block
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	deflate(&start, []byte(head))
	deflate(&block, filler)
	sum := crc32.NewIEEE()
	_, _ = sum.Write([]byte(head)) // a hash never fails
	blocks := size / int64(len(filler))
	for range blocks {
		_, _ = sum.Write(filler)
	}
	return workbook(t, func(z *zip.Writer) error {
		final := []byte{0x03, 0x00} // an empty final block
		h := &zip.FileHeader{
			Name: "xl/worksheets/sheet1.xml", Method: zip.Deflate, CRC32: sum.Sum32(),
			UncompressedSize64: uint64(len(head)) + uint64(blocks)*uint64(len(filler)),
			CompressedSize64:   uint64(start.Len()) + uint64(blocks)*uint64(block.Len()) + uint64(len(final)),
		}
		if liar {
			h.UncompressedSize64 = 1000
		}
		w, err := z.CreateRaw(h)
		if err != nil {
			return err
		}
		if _, err := w.Write(start.Bytes()); err != nil {
			return err
		}
		for range blocks {
			if _, err := w.Write(block.Bytes()); err != nil {
				return err
			}
		}
		_, err = w.Write(final)
		return err
	})
}
