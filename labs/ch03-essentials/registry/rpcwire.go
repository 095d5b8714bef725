package registry

// This file is given. It is from the model solution of the lab rpc, and it is not handed in.

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Request asks a server to run a handler. On the wire it is one frame; numbers are big-endian:
//
//	length (4) │ ID (8) │ length of the name (1) │ name │ args
type Request struct {
	ID   uint64 // chosen by the client; the reply carries the same
	Name string // of the handler; at most MaxName bytes
	Args []byte // JSON; at most MaxPayload bytes
}

// Response is the reply to the request with the same ID. On the wire it is one frame:
//
//	length (4) │ ID (8) │ status (1) │ body
type Response struct {
	ID     uint64
	Status Status
	Body   []byte // at most MaxPayload bytes
}

// Status says how a call went, and what the body of its response is.
type Status uint8

// The statuses.
const (
	StatusOK            Status = iota // the handler has returned: the JSON of its result
	StatusFailed                      // the handler has failed: the text of its error
	StatusNotRegistered               // there is no such handler: nothing
	StatusTooLarge                    // the result or the text of the error exceeds MaxPayload: nothing
)

// MaxName is how many bytes the name of a handler may have.
const MaxName = 255

// ErrMalformed says that what arrived is no request, or no response. What comes after it on the connection cannot be understood.
var ErrMalformed = errors.New("rpc: malformed frame")

const (
	lengthSize     = 4
	requestHeader  = 8 + 1 // ID, length of the name
	responseHeader = 8 + 1 // ID, status
)

// WriteRequest sends a request by a single Write, so several goroutines may write to one net.Conn. If the request is too large it returns ErrTooLarge, and nothing is sent.
func WriteRequest(w io.Writer, q Request) error {
	if len(q.Name) > MaxName || len(q.Args) > MaxPayload {
		return fmt.Errorf("%w: request of %d bytes to %.20q", ErrTooLarge, len(q.Args), q.Name)
	}
	frame := newFrame(requestHeader + len(q.Name) + len(q.Args))
	frame = binary.BigEndian.AppendUint64(frame, q.ID)
	frame = append(frame, byte(len(q.Name)))
	frame = append(frame, q.Name...)
	_, err := w.Write(append(frame, q.Args...))
	return err
}

// ReadRequest receives a request. Its errors are io.EOF if the connection ended before the first byte, io.ErrUnexpectedEOF if it
// ended in the middle, ErrMalformed, and those of r.
func ReadRequest(r io.Reader) (Request, error) {
	frame, err := readFrame(r, requestHeader, requestHeader+MaxName+MaxPayload)
	if err != nil {
		return Request{}, err
	}
	q := Request{ID: binary.BigEndian.Uint64(frame)}
	name, rest := int(frame[8]), frame[requestHeader:]
	if name > len(rest) || len(rest)-name > MaxPayload {
		return Request{}, ErrMalformed
	}
	q.Name, q.Args = string(rest[:name]), rest[name:]
	return q, nil
}

// Err is what the status says about a call of the handler with this name: nil if it has returned.
func (p Response) Err(name string) error {
	switch p.Status {
	case StatusOK:
		return nil
	case StatusNotRegistered:
		return fmt.Errorf("%w: %s", ErrNotRegistered, name)
	case StatusTooLarge:
		return fmt.Errorf("%w: result of %s", ErrTooLarge, name)
	default:
		return &RemoteError{Name: name, Message: string(p.Body)}
	}
}

// WriteResponse sends a response by a single Write. If the response is too large it returns ErrTooLarge, and nothing is sent.
func WriteResponse(w io.Writer, p Response) error {
	if len(p.Body) > MaxPayload {
		return fmt.Errorf("%w: response of %d bytes", ErrTooLarge, len(p.Body))
	}
	frame := newFrame(responseHeader + len(p.Body))
	frame = binary.BigEndian.AppendUint64(frame, p.ID)
	frame = append(frame, byte(p.Status))
	_, err := w.Write(append(frame, p.Body...))
	return err
}

// ReadResponse receives a response. Its errors are those of ReadRequest.
func ReadResponse(r io.Reader) (Response, error) {
	frame, err := readFrame(r, responseHeader, responseHeader+MaxPayload)
	if err != nil {
		return Response{}, err
	}
	p := Response{ID: binary.BigEndian.Uint64(frame), Status: Status(frame[8]), Body: frame[responseHeader:]}
	if p.Status > StatusTooLarge {
		return Response{}, ErrMalformed
	}
	return p, nil
}

// newFrame begins a frame of the given size: room for all of it, with its length in front.
func newFrame(size int) []byte {
	return binary.BigEndian.AppendUint32(make([]byte, 0, lengthSize+size), uint32(size))
}

// readFrame reads a frame and takes the length off. It refuses a length outside of the limits before it makes room for it.
func readFrame(r io.Reader, least, most int) ([]byte, error) {
	var length [lengthSize]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(length[:])
	if size < uint32(least) || size > uint32(most) {
		return nil, ErrMalformed
	}
	frame := make([]byte, size)
	if _, err := io.ReadFull(r, frame); err == io.EOF {
		return nil, io.ErrUnexpectedEOF
	} else if err != nil {
		return nil, err
	}
	return frame, nil
}
