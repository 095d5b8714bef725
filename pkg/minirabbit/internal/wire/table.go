package wire

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"
)

// Table is a field table. A value is one of
//
//	t bool   b int8   B uint8   s int16   u uint16   I int32   i uint32   l int64   f float32   d float64
//	D Decimal   S string   x []byte   T Timestamp   A []any   F Table   V nil
//
// Encoding follows the order of the keys, so that equal tables are equal bytes.
type Table map[string]any

// Timestamp is in seconds since 1970.
type Timestamp uint64

// Decimal is Value divided by ten to the power of Scale.
type Decimal struct {
	Scale uint8
	Value int32
}

// maxNesting bounds tables and arrays inside each other: a frame of brackets must not exhaust the stack.
const maxNesting = 64

// Clone copies the table one level deep.
func (t Table) Clone() Table {
	if t == nil {
		return Table{}
	}
	return maps.Clone(t)
}

func appendTable(dst []byte, t Table) ([]byte, error) {
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	for _, key := range slices.Sorted(maps.Keys(t)) {
		if len(key) > 255 {
			return dst, Errorf(SyntaxError, "field name of %d octets is longer than a short string", len(key))
		}
		dst = append(dst, uint8(len(key)))
		dst = append(dst, key...)
		var err error
		if dst, err = appendValue(dst, t[key]); err != nil {
			return dst, err
		}
	}
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst, nil
}

func appendValue(dst []byte, value any) ([]byte, error) {
	be := binary.BigEndian
	switch v := value.(type) {
	case nil:
		return append(dst, 'V'), nil
	case bool:
		return append(dst, 't', boolOctet(v)), nil
	case int8:
		return append(dst, 'b', uint8(v)), nil
	case uint8:
		return append(dst, 'B', v), nil
	case int16:
		return be.AppendUint16(append(dst, 's'), uint16(v)), nil
	case uint16:
		return be.AppendUint16(append(dst, 'u'), v), nil
	case int32:
		return be.AppendUint32(append(dst, 'I'), uint32(v)), nil
	case uint32:
		return be.AppendUint32(append(dst, 'i'), v), nil
	case int64:
		return be.AppendUint64(append(dst, 'l'), uint64(v)), nil
	case float32:
		return be.AppendUint32(append(dst, 'f'), math.Float32bits(v)), nil
	case float64:
		return be.AppendUint64(append(dst, 'd'), math.Float64bits(v)), nil
	case Decimal:
		return be.AppendUint32(append(dst, 'D', v.Scale), uint32(v.Value)), nil
	case Timestamp:
		return be.AppendUint64(append(dst, 'T'), uint64(v)), nil
	case string:
		dst = be.AppendUint32(append(dst, 'S'), uint32(len(v)))
		return append(dst, v...), nil
	case []byte:
		dst = be.AppendUint32(append(dst, 'x'), uint32(len(v)))
		return append(dst, v...), nil
	case []any:
		return appendArray(append(dst, 'A'), v)
	case Table:
		return appendTable(append(dst, 'F'), v)
	}
	return dst, Errorf(SyntaxError, "a %T has no field type", value)
}

func appendArray(dst []byte, values []any) ([]byte, error) {
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	for _, v := range values {
		var err error
		if dst, err = appendValue(dst, v); err != nil {
			return dst, err
		}
	}
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst, nil
}

func boolOctet(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}

// readTable decodes a table from the front of d.
func (d *decoder) readTable(depth int) Table {
	inner := d.nested(depth)
	t := Table{}
	for inner.err == nil && len(inner.rest) > 0 {
		key := string(inner.take(int(inner.uint8())))
		t[key] = inner.readValue(depth)
	}
	d.fail(inner.err)
	return t
}

func (d *decoder) readArray(depth int) []any {
	inner := d.nested(depth)
	values := []any{}
	for inner.err == nil && len(inner.rest) > 0 {
		values = append(values, inner.readValue(depth))
	}
	d.fail(inner.err)
	return values
}

// nested cuts off the part of d that a long length announces.
func (d *decoder) nested(depth int) *decoder {
	if depth >= maxNesting {
		d.fail(Errorf(SyntaxError, "tables nested more than %d deep", maxNesting))
		return &decoder{}
	}
	return &decoder{rest: d.take(d.length())}
}

func (d *decoder) readValue(depth int) any {
	switch kind := d.uint8(); kind {
	case 't':
		return d.uint8() != 0
	case 'b':
		return int8(d.uint8())
	case 'B':
		return d.uint8()
	case 's':
		return int16(d.uint16())
	case 'u':
		return d.uint16()
	case 'I':
		return int32(d.uint32())
	case 'i':
		return d.uint32()
	case 'l':
		return int64(d.uint64())
	case 'f':
		return math.Float32frombits(d.uint32())
	case 'd':
		return math.Float64frombits(d.uint64())
	case 'D':
		return Decimal{Scale: d.uint8(), Value: int32(d.uint32())}
	case 'S':
		return string(d.take(d.length()))
	case 'x':
		return append([]byte{}, d.take(d.length())...)
	case 'T':
		return Timestamp(d.uint64())
	case 'A':
		return d.readArray(depth + 1)
	case 'F':
		return d.readTable(depth + 1)
	case 'V':
		return nil
	default:
		d.fail(Errorf(SyntaxError, "unknown field type %q", kind))
		return nil
	}
}

// DecodeTableBody decodes a table that comes without its length, as an AMQPLAIN response does.
func DecodeTableBody(b []byte) (Table, error) {
	d := &decoder{rest: b}
	t := Table{}
	for d.err == nil && len(d.rest) > 0 {
		key := string(d.take(int(d.uint8())))
		t[key] = d.readValue(0)
	}
	return t, d.err
}
