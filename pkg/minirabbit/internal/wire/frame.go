package wire

import (
	"encoding/binary"
	"io"
)

// Frame types.
const (
	FrameMethod    uint8 = 1
	FrameHeader    uint8 = 2
	FrameBody      uint8 = 3
	FrameHeartbeat uint8 = 8
)

const (
	frameEnd      = 0xCE
	frameOverhead = 8 // type, channel, size and end marker

	// MinFrameMax is the smallest frame-max two peers may agree on.
	MinFrameMax = 4096
)

// Header is what a client says first.
var Header = [8]byte{'A', 'M', 'Q', 'P', 0, 0, 9, 1}

// Frame is one frame; Payload is without header and end marker.
type Frame struct {
	Type    uint8
	Channel uint16
	Payload []byte
}

// ReadFrame reads one frame whose whole size is at most frameMax bytes. Errors: those of r, and *Error with 501 for
// a frame too large, of unknown type, or without its end marker.
func ReadFrame(r io.Reader, frameMax uint32) (Frame, error) {
	var head [7]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return Frame{}, err
	}
	f := Frame{Type: head[0], Channel: binary.BigEndian.Uint16(head[1:3])}
	size := binary.BigEndian.Uint32(head[3:7])
	switch f.Type {
	case FrameMethod, FrameHeader, FrameBody, FrameHeartbeat:
	default:
		return Frame{}, Errorf(FrameError, "type %d, first 16 octets = %q: unknown frame type", f.Type, head[:])
	}
	if uint64(size)+frameOverhead > uint64(frameMax) {
		return Frame{}, Errorf(FrameError, "type %d, channel %d: frame too large, %d octets where frame_max is %d",
			f.Type, f.Channel, uint64(size)+frameOverhead, frameMax)
	}
	f.Payload = make([]byte, size)
	if _, err := io.ReadFull(r, f.Payload); err != nil {
		return Frame{}, noEOF(err)
	}
	var end [1]byte
	if _, err := io.ReadFull(r, end[:]); err != nil {
		return Frame{}, noEOF(err)
	}
	if end[0] != frameEnd {
		return Frame{}, Errorf(FrameError, "type %d, channel %d: end marker is %#x, not 0xce", f.Type, f.Channel, end[0])
	}
	return f, nil
}

func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// AppendFrame appends the bytes of f to dst.
func AppendFrame(dst []byte, f Frame) []byte {
	dst = append(dst, f.Type)
	dst = binary.BigEndian.AppendUint16(dst, f.Channel)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(f.Payload)))
	dst = append(dst, f.Payload...)
	return append(dst, frameEnd)
}

// AppendMethod appends the method frame of m.
func AppendMethod(dst []byte, channel uint16, m Method) []byte {
	return AppendFrame(dst, Frame{Type: FrameMethod, Channel: channel, Payload: EncodeMethod(m)})
}

// AppendHeartbeat appends a heartbeat frame.
func AppendHeartbeat(dst []byte) []byte {
	return AppendFrame(dst, Frame{Type: FrameHeartbeat})
}
