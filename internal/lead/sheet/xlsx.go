package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Limits of a workbook. The library's own default is 16 GB; a file of 299 kB
// that unpacks to 300 MB is refused in a millisecond with these.
const (
	maxUnzipped = 50 << 20 // bytes, all parts together
	maxXML      = 8 << 20  // bytes of a part in memory; larger ones go to a temporary file
	maxParts    = 2000     // files inside the zip
)

var errWorkbook = &Error{Reason: "the workbook cannot be read: it is damaged, or no XLSX file"}

type workbook struct {
	file *excelize.File
	rows *excelize.Rows
	row  int
	info Info
}

// openXLSX reads the first sheet that has rows.
func openXLSX(f Source, size int64, tmp string) (Rows, error) {
	if size > maxUnzipped {
		return nil, &Error{Reason: fmt.Sprintf("a workbook may have up to %d MB: save larger tables as CSV", maxUnzipped>>20)}
	}
	if err := checkParts(f, size); err != nil {
		return nil, err
	}
	file, err := excelize.OpenReader(io.NewSectionReader(f, 0, size), excelize.Options{
		UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxXML, TmpDir: tmp,
	})
	if err != nil {
		if strings.Contains(err.Error(), "unzip size exceeds") {
			return nil, &Error{Reason: fmt.Sprintf("the workbook unpacks to more than %d MB: save it as CSV", maxUnzipped>>20)}
		}
		return nil, errWorkbook
	}
	for _, name := range file.GetSheetList() {
		rows, err := file.Rows(name)
		if err != nil {
			continue // a chart
		}
		w := &workbook{file: file, rows: rows, info: Info{Format: XLSX, Sheet: name}}
		if w.skipEmpty() {
			return w, nil
		}
		_ = rows.Close()
	}
	_ = file.Close()
	return nil, &Error{Reason: "the workbook has no rows"}
}

// skipEmpty moves to the first row that has a cell, without consuming it.
func (w *workbook) skipEmpty() bool {
	// Next of the library only moves; the cells are read by Columns.
	return w.rows.Next()
}

// checkParts refuses zips of very many entries before a library lists them, and
// parts that are no part of a workbook.
func checkParts(f io.ReaderAt, size int64) error {
	// APPNOTE.TXT 4.3.16: the end record is 22 bytes and a comment of up to 64 KiB.
	tail := make([]byte, min(size, 22+64<<10))
	if _, err := f.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return fmt.Errorf("read file: %w", err)
	}
	at := strings.LastIndex(string(tail), "PK\x05\x06")
	if at < 0 || at+22 > len(tail) {
		return errWorkbook
	}
	if binary.LittleEndian.Uint16(tail[at+10:]) > maxParts {
		return &Error{Reason: fmt.Sprintf("the workbook has more than %d parts", maxParts)}
	}
	parts, err := zip.NewReader(f, size)
	if err != nil {
		return errWorkbook
	}
	for _, part := range parts.File {
		if err := checkPart(part); err != nil {
			return err
		}
	}
	return nil
}

// checkPart refuses a part that declares a document type, which ECMA-376 part 2
// (8.1.4) forbids: its entities are a way to make little text much.
func checkPart(part *zip.File) error {
	r, err := part.Open()
	if err != nil {
		return errWorkbook
	}
	defer r.Close() // nothing was written
	head := make([]byte, 1<<10)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return errWorkbook
	}
	if bytes.Contains(head[:n], []byte("<!DOCTYPE")) {
		return &Error{Reason: "the workbook declares a document type, which no workbook does"}
	}
	return nil
}

// Next implements Rows.
func (w *workbook) Next() ([]string, int, error) {
	for {
		if w.row > 0 && !w.rows.Next() {
			if err := w.rows.Error(); err != nil {
				return nil, 0, &Error{Row: w.row + 1, Reason: "the sheet is damaged here"}
			}
			return nil, 0, io.EOF
		}
		w.row++
		cells, err := w.rows.Columns()
		if err != nil {
			return nil, 0, &Error{Row: w.row, Reason: "the sheet is damaged here"}
		}
		if len(cells) > MaxColumns {
			return nil, 0, &Error{Row: w.row, Reason: fmt.Sprintf("more than %d columns", MaxColumns)}
		}
		empty := true
		for i, cell := range cells {
			if len(cell) > MaxField {
				return nil, 0, &Error{Row: w.row, Column: i + 1, Reason: fmt.Sprintf("the field is longer than %d KiB", MaxField>>10)}
			}
			if cell != "" {
				empty = false
			}
			cells[i] = strings.ToValidUTF8(cell, "\uFFFD")
		}
		if !empty {
			return cells, w.row, nil
		}
	}
}

// Info implements Rows.
func (w *workbook) Info() Info { return w.info }

// Close implements Rows.
func (w *workbook) Close() error {
	_ = w.rows.Close() // its temporary file goes with the next line
	if err := w.file.Close(); err != nil {
		return fmt.Errorf("close workbook: %w", err)
	}
	return nil
}
