package wire

import "encoding/binary"

// coder visits the fields of a method in their order on the wire; the encoder reads through the pointers, the
// decoder writes through them, so that each method lists its fields once.
type coder interface {
	octet(*uint8)
	short(*uint16)
	long(*uint32)
	longlong(*uint64)
	shortstr(*string)
	longstr(*string)
	table(*Table)
	bits(...*bool) // consecutive bits share octets, lowest first
}

type encoder struct {
	buf []byte
	err error
}

func (e *encoder) octet(v *uint8)     { e.buf = append(e.buf, *v) }
func (e *encoder) short(v *uint16)    { e.buf = binary.BigEndian.AppendUint16(e.buf, *v) }
func (e *encoder) long(v *uint32)     { e.buf = binary.BigEndian.AppendUint32(e.buf, *v) }
func (e *encoder) longlong(v *uint64) { e.buf = binary.BigEndian.AppendUint64(e.buf, *v) }

func (e *encoder) shortstr(v *string) {
	s := *v
	if len(s) > 255 {
		s = s[:255]
	}
	e.buf = append(append(e.buf, uint8(len(s))), s...)
}

func (e *encoder) longstr(v *string) {
	e.buf = binary.BigEndian.AppendUint32(e.buf, uint32(len(*v)))
	e.buf = append(e.buf, *v...)
}

func (e *encoder) table(v *Table) {
	var err error
	if e.buf, err = appendTable(e.buf, *v); err != nil && e.err == nil {
		e.err = err
	}
}

func (e *encoder) bits(vs ...*bool) {
	var octet uint8
	for i, v := range vs {
		octet |= boolOctet(*v) << i
	}
	e.buf = append(e.buf, octet)
}

// decoder consumes rest; after the first error every read yields zero.
type decoder struct {
	rest []byte
	err  error
}

func (d *decoder) fail(err error) {
	if err != nil && d.err == nil {
		d.err = err
		d.rest = nil
	}
}

func (d *decoder) take(n int) []byte {
	if d.err != nil {
		return nil
	}
	if n < 0 || n > len(d.rest) {
		d.fail(Errorf(SyntaxError, "a field of %d octets where %d are left", n, len(d.rest)))
		return nil
	}
	taken := d.rest[:n]
	d.rest = d.rest[n:]
	return taken
}

func (d *decoder) length() int { return int(int64(d.uint32())) }

func (d *decoder) uint8() uint8 {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) uint16() uint16 {
	if b := d.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (d *decoder) uint32() uint32 {
	if b := d.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (d *decoder) uint64() uint64 {
	if b := d.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (d *decoder) octet(v *uint8)     { *v = d.uint8() }
func (d *decoder) short(v *uint16)    { *v = d.uint16() }
func (d *decoder) long(v *uint32)     { *v = d.uint32() }
func (d *decoder) longlong(v *uint64) { *v = d.uint64() }
func (d *decoder) shortstr(v *string) { *v = string(d.take(int(d.uint8()))) }
func (d *decoder) longstr(v *string)  { *v = string(d.take(d.length())) }
func (d *decoder) table(v *Table)     { *v = d.readTable(0) }

func (d *decoder) bits(vs ...*bool) {
	octet := d.uint8()
	for i, v := range vs {
		*v = octet>>i&1 == 1
	}
}
