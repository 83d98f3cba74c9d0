package db

import (
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"rainmaker/internal/platform/id"
)

// registerIDs teaches a connection to read and write ids, and lists of them, as
// their bytes. pgx alone takes an id for a database/sql value, goes through its
// text, and looks up the way for each element of a list: a third of the program's
// CPU when mail is sent, where a mail is some forty ids.
func registerIDs(m *pgtype.Map) {
	one := &pgtype.Type{Name: "uuid", OID: pgtype.UUIDOID, Codec: idCodec{}}
	m.RegisterType(one)
	m.RegisterType(&pgtype.Type{Name: "_uuid", OID: pgtype.UUIDArrayOID, Codec: idsCodec{&pgtype.ArrayCodec{ElementType: one}}})
	// Where the server is not asked for the types of parameters.
	m.RegisterDefaultPgType(id.ID{}, "uuid")
	m.RegisterDefaultPgType([]id.ID{}, "_uuid")
	m.RegisterDefaultPgType([]*id.ID{}, "_uuid")
}

// idCodec is PostgreSQL's uuid in Go's id.ID.
type idCodec struct{ pgtype.UUIDCodec }

func (c idCodec) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if _, ok := value.(id.ID); ok {
		if format == pgtype.BinaryFormatCode {
			return encodeID{}
		}
		return encodeIDText{}
	}
	return c.UUIDCodec.PlanEncode(m, oid, format, value)
}

func (c idCodec) PlanScan(m *pgtype.Map, oid uint32, format int16, target any) pgtype.ScanPlan {
	if _, ok := target.(*id.ID); ok {
		if format == pgtype.BinaryFormatCode {
			return scanID{}
		}
		return scanIDText{}
	}
	return c.UUIDCodec.PlanScan(m, oid, format, target)
}

// DecodeValue is what a target of type any gets.
func (c idCodec) DecodeValue(m *pgtype.Map, oid uint32, format int16, src []byte) (any, error) {
	if src == nil {
		return nil, nil //nolint:nilnil // pgx's word for NULL
	}
	var v id.ID
	err := c.PlanScan(m, oid, format, &v).Scan(src, &v)
	return v, err
}

// DecodeDatabaseSQLValue is what a sql.Scanner gets.
func (c idCodec) DecodeDatabaseSQLValue(m *pgtype.Map, oid uint32, format int16, src []byte) (driver.Value, error) {
	return c.UUIDCodec.DecodeDatabaseSQLValue(m, oid, format, src)
}

type encodeID struct{}

func (encodeID) Encode(value any, buf []byte) ([]byte, error) {
	v, _ := value.(id.ID)
	return append(buf, v[:]...), nil
}

type encodeIDText struct{}

func (encodeIDText) Encode(value any, buf []byte) ([]byte, error) {
	v, _ := value.(id.ID)
	return append(buf, v.String()...), nil
}

var errNullID = errors.New("cannot scan NULL into an id")

type scanID struct{}

func (scanID) Scan(src []byte, target any) error {
	if src == nil {
		return errNullID
	}
	to, _ := target.(*id.ID)
	if len(src) != len(to) {
		return fmt.Errorf("an id of %d bytes", len(src))
	}
	copy(to[:], src)
	return nil
}

type scanIDText struct{}

func (scanIDText) Scan(src []byte, target any) (err error) {
	if src == nil {
		return errNullID
	}
	to, _ := target.(*id.ID)
	*to, err = uuid.ParseBytes(src)
	return err
}

// idsCodec is PostgreSQL's uuid[] in Go's []id.ID and []*id.ID.
type idsCodec struct{ *pgtype.ArrayCodec }

func (c idsCodec) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if format == pgtype.BinaryFormatCode {
		switch value.(type) {
		case []id.ID:
			return encodeIDs{}
		case []*id.ID:
			return encodeIDPointers{}
		}
	}
	return c.ArrayCodec.PlanEncode(m, oid, format, value)
}

// arrayHeader begins an array of n elements in PostgreSQL's binary form.
func arrayHeader(buf []byte, n int, nulls bool) []byte {
	dimensions, null := uint32(1), uint32(0)
	if n == 0 {
		dimensions = 0
	}
	if nulls {
		null = 1
	}
	buf = binary.BigEndian.AppendUint32(buf, dimensions)
	buf = binary.BigEndian.AppendUint32(buf, null)
	buf = binary.BigEndian.AppendUint32(buf, pgtype.UUIDOID)
	if n > 0 {
		buf = binary.BigEndian.AppendUint32(buf, uint32(n))
		buf = binary.BigEndian.AppendUint32(buf, 1) // the lower bound
	}
	return buf
}

type encodeIDs struct{}

func (encodeIDs) Encode(value any, buf []byte) ([]byte, error) {
	list, _ := value.([]id.ID)
	if list == nil {
		return nil, nil
	}
	buf = arrayHeader(slices.Grow(buf, 20+20*len(list)), len(list), false)
	for i := range list {
		buf = binary.BigEndian.AppendUint32(buf, uint32(len(list[i])))
		buf = append(buf, list[i][:]...)
	}
	return buf, nil
}

type encodeIDPointers struct{}

func (encodeIDPointers) Encode(value any, buf []byte) ([]byte, error) {
	list, _ := value.([]*id.ID)
	if list == nil {
		return nil, nil
	}
	nulls := false
	for _, v := range list {
		nulls = nulls || v == nil
	}
	buf = arrayHeader(slices.Grow(buf, 20+20*len(list)), len(list), nulls)
	for _, v := range list {
		if v == nil {
			buf = binary.BigEndian.AppendUint32(buf, 0xffffffff)
			continue
		}
		buf = binary.BigEndian.AppendUint32(buf, uint32(len(v)))
		buf = append(buf, v[:]...)
	}
	return buf, nil
}
