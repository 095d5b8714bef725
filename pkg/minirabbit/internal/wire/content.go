package wire

import "encoding/binary"

// Properties are the basic class's; which of them are present is in the flags, so that an empty property stays
// distinct from an absent one.
type Properties struct {
	ContentType     string
	ContentEncoding string
	Headers         Table
	DeliveryMode    uint8 // 2 is persistent
	Priority        uint8
	CorrelationID   string
	ReplyTo         string
	Expiration      string // milliseconds, in decimal
	MessageID       string
	Timestamp       uint64 // seconds
	Type            string
	UserID          string
	AppID           string
	ClusterID       string

	Flags uint16
}

// The flag of each property, in their order on the wire.
const (
	FlagContentType     uint16 = 1 << 15
	FlagContentEncoding uint16 = 1 << 14
	FlagHeaders         uint16 = 1 << 13
	FlagDeliveryMode    uint16 = 1 << 12
	FlagPriority        uint16 = 1 << 11
	FlagCorrelationID   uint16 = 1 << 10
	FlagReplyTo         uint16 = 1 << 9
	FlagExpiration      uint16 = 1 << 8
	FlagMessageID       uint16 = 1 << 7
	FlagTimestamp       uint16 = 1 << 6
	FlagType            uint16 = 1 << 5
	FlagUserID          uint16 = 1 << 4
	FlagAppID           uint16 = 1 << 3
	FlagClusterID       uint16 = 1 << 2
)

// SetHeaders replaces the headers.
func (p *Properties) SetHeaders(t Table) {
	p.Headers = t
	p.Flags |= FlagHeaders
}

// ClearExpiration removes the expiration.
func (p *Properties) ClearExpiration() {
	p.Expiration = ""
	p.Flags &^= FlagExpiration
}

func (p *Properties) visit(c coder) {
	has := func(flag uint16) bool { return p.Flags&flag != 0 }
	str := func(flag uint16, v *string) {
		if has(flag) {
			c.shortstr(v)
		}
	}
	str(FlagContentType, &p.ContentType)
	str(FlagContentEncoding, &p.ContentEncoding)
	if has(FlagHeaders) {
		c.table(&p.Headers)
	}
	if has(FlagDeliveryMode) {
		c.octet(&p.DeliveryMode)
	}
	if has(FlagPriority) {
		c.octet(&p.Priority)
	}
	str(FlagCorrelationID, &p.CorrelationID)
	str(FlagReplyTo, &p.ReplyTo)
	str(FlagExpiration, &p.Expiration)
	str(FlagMessageID, &p.MessageID)
	if has(FlagTimestamp) {
		c.longlong(&p.Timestamp)
	}
	str(FlagType, &p.Type)
	str(FlagUserID, &p.UserID)
	str(FlagAppID, &p.AppID)
	str(FlagClusterID, &p.ClusterID)
}

// ContentHeader is what a header frame holds.
type ContentHeader struct {
	Class      uint16
	BodySize   uint64
	Properties Properties
}

// DecodeContentHeader decodes the payload of a header frame. Errors are *Error with 502.
func DecodeContentHeader(payload []byte) (ContentHeader, error) {
	d := &decoder{rest: payload}
	h := ContentHeader{Class: d.uint16()}
	d.uint16() // weight, always 0
	h.BodySize = d.uint64()
	h.Properties.Flags = d.uint16()
	if h.Properties.Flags&0b11 != 0 {
		d.fail(Errorf(SyntaxError, "property flags %#04x of class %d", h.Properties.Flags, h.Class))
	}
	h.Properties.visit(d)
	return h, d.err
}

// AppendContent appends the header frame and the body frames of one message, each frame at most frameMax bytes.
func AppendContent(dst []byte, channel uint16, p *Properties, body []byte, frameMax uint32) []byte {
	e := &encoder{buf: []byte{0, 60, 0, 0}}
	e.buf = binary.BigEndian.AppendUint64(e.buf, uint64(len(body)))
	e.buf = binary.BigEndian.AppendUint16(e.buf, p.Flags)
	p.visit(e)
	dst = AppendFrame(dst, Frame{Type: FrameHeader, Channel: channel, Payload: e.buf})
	limit := int(frameMax - frameOverhead)
	for len(body) > 0 {
		n := min(limit, len(body))
		dst = AppendFrame(dst, Frame{Type: FrameBody, Channel: channel, Payload: body[:n]})
		body = body[n:]
	}
	return dst
}
