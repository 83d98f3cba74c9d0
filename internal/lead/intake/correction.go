package intake

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"rainmaker/internal/lead"
	"rainmaker/internal/platform/errs"
)

// maxCorrected bounds the rows that people mend by hand: who has more mends the
// file. They are held in memory while the import runs.
const maxCorrected = 1000

// Corrections are what people wrote over cells of a file: row number, as a
// spreadsheet counts, to column to value.
type Corrections map[int]map[string]string

// ParseCorrections reads what a form says.
func ParseCorrections(raw string) (Corrections, error) {
	const at = "body.corrections"
	if raw == "" {
		return nil, nil //nolint:nilnil // nothing corrected
	}
	var c Corrections
	if err := json.Unmarshal([]byte(raw), &c); err != nil {
		return nil, errs.InvalidField(at, "must be a JSON object from row number to column to value")
	}
	if len(c) > maxCorrected {
		return nil, errs.InvalidField(at, "more than %d rows: mend the file", maxCorrected)
	}
	return c, nil
}

// check refuses what the file has no place for.
func (c Corrections) check(columns []Column, headerRow int) error {
	for _, number := range slices.Sorted(maps.Keys(c)) {
		at := "body.corrections." + strconv.Itoa(number)
		if number <= headerRow {
			return errs.InvalidField(at, "no row of this file")
		}
		for _, name := range slices.Sorted(maps.Keys(c[number])) {
			if !slices.ContainsFunc(columns, func(k Column) bool { return k.Name == name }) {
				return errs.InvalidField(at, "no column is called %q", name)
			}
			if len(c[number][name]) > lead.MaxText {
				return errs.InvalidField(at, "longer than %d bytes", lead.MaxText)
			}
		}
	}
	return nil
}

// apply returns the cells of a row as corrected; a corrected row has as many
// cells as there are columns. Others are returned as they are.
func (c Corrections) apply(cells []string, number int, columns []Column) []string {
	given, ok := c[number]
	if !ok {
		return cells
	}
	out := make([]string, len(columns))
	copy(out, cells)
	for i := range columns {
		if value, ok := given[columns[i].Name]; ok {
			out[i] = value
		}
	}
	return out
}

// text is what is sealed for the time of the import; empty when nothing is
// corrected.
func (c Corrections) text() (string, error) {
	if len(c) == 0 {
		return "", nil
	}
	raw, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("corrections: %w", err)
	}
	return string(raw), nil
}

// rawCells takes the line of rawRow apart by column; cells beyond the header
// have a number for a name.
func rawCells(line string, columns []Column) (map[string]string, error) {
	out := map[string]string{}
	if line == "" {
		return out, nil
	}
	r := csv.NewReader(strings.NewReader(line))
	r.FieldsPerRecord = -1
	cells, err := r.Read()
	if err != nil {
		return nil, errors.Join(errors.New("a stored row is not CSV"), err)
	}
	for i, cell := range cells {
		name := "Column " + strconv.Itoa(i+1)
		if i < len(columns) {
			name = columns[i].Name
		}
		out[name] = cell
	}
	return out, nil
}
