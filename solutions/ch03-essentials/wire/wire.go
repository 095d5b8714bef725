package wire

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
)

// headerSize is how many bytes a length takes: that of a frame's payload, and that of a field inside a payload.
const headerSize = 4

// WriteFrame writes the length of payload as 4 bytes, the most significant one first, and then payload. It returns nil only if w has
// taken all of it.
func WriteFrame(w io.Writer, payload []byte) error {
	frame := make([]byte, 0, headerSize+len(payload))
	frame = binary.BigEndian.AppendUint32(frame, uint32(len(payload)))
	frame = append(frame, payload...)
	n, err := w.Write(frame)
	if err == nil && n < len(frame) {
		err = io.ErrShortWrite
	}
	return err
}

// ReadFrame returns the payload of the next frame of r, and takes no byte behind it.
//
// Its errors are ErrTooLarge if the payload is longer than max, io.EOF at the end of the stream, io.ErrUnexpectedEOF if the stream ends
// inside a frame, and any other error of r.
func ReadFrame(r io.Reader, max int) ([]byte, error) {
	if max < 1 {
		panic(fmt.Sprintf("wire: ReadFrame with a max of %d", max))
	}
	var header [headerSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, err // io.EOF only if there was no byte at all
	}
	length := binary.BigEndian.Uint32(header[:])
	if uint64(length) > uint64(max) {
		return nil, fmt.Errorf("%w: %d bytes announced, %d allowed", ErrTooLarge, length, max)
	}
	payload := make([]byte, length)
	_, err := io.ReadFull(r, payload)
	if err == io.EOF { // no byte of the payload; but there was a header
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	return payload, nil
}

// EncodeRequest returns the payload that carries req: its name and then its parameters, each as a field.
func EncodeRequest(req Request) []byte {
	return encodeFields(req.Op, req.Params)
}

// DecodeRequest returns the request that payload carries, or ErrMalformed. It never panics.
func DecodeRequest(payload []byte) (Request, error) {
	op, params, err := decodeFields(payload)
	return Request{Op: op, Params: params}, err
}

// EncodeResponse returns the payload that carries resp: its error and then its values, each as a field.
func EncodeResponse(resp Response) []byte {
	return encodeFields(resp.Err, resp.Values)
}

// DecodeResponse returns the response that payload carries, or ErrMalformed. It never panics.
func DecodeResponse(payload []byte) (Response, error) {
	text, values, err := decodeFields(payload)
	return Response{Values: values, Err: text}, err
}

// encodeFields writes each field as its length and its bytes. There is always a first one, so no payload is empty.
func encodeFields(first string, rest []string) []byte {
	var payload []byte
	for _, field := range append([]string{first}, rest...) {
		payload = binary.BigEndian.AppendUint32(payload, uint32(len(field)))
		payload = append(payload, field...)
	}
	return payload
}

func decodeFields(payload []byte) (first string, rest []string, err error) {
	var fields []string
	for len(fields) == 0 || len(payload) > 0 {
		if len(payload) < headerSize {
			return "", nil, fmt.Errorf("%w: no length of field %d", ErrMalformed, len(fields))
		}
		length := binary.BigEndian.Uint32(payload)
		payload = payload[headerSize:]
		if uint64(length) > uint64(len(payload)) {
			return "", nil, fmt.Errorf("%w: field %d of %d bytes in the last %d", ErrMalformed, len(fields), length, len(payload))
		}
		fields = append(fields, string(payload[:length]))
		payload = payload[length:]
	}
	return fields[0], fields[1:], nil
}

// Serve carries out the requests that come over conn, one after the other, and answers each. It closes conn when it returns: with nil
// at the end of the stream, ErrMalformed after a payload that is no request (which it answers first), ErrTooLarge, or the error of
// conn.
func Serve(conn net.Conn, ops Operations) error {
	mustBeServable(conn, ops)
	defer conn.Close()
	for {
		payload, err := ReadFrame(conn, MaxFrame)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("wire: read a request: %w", err)
		}
		resp := Response{Err: "this is no request"}
		req, malformed := DecodeRequest(payload)
		if malformed == nil {
			resp = carryOut(ops, req)
		}
		err = WriteFrame(conn, bounded(EncodeResponse(resp)))
		if malformed != nil || err != nil {
			return errors.Join(malformed, err)
		}
	}
}

func mustBeServable(conn net.Conn, ops Operations) {
	if conn == nil {
		panic("wire: Serve without a connection")
	}
	for name, op := range ops {
		if op.Do == nil {
			panic(fmt.Sprintf("wire: operation %q has no Do", name))
		}
	}
}

// carryOut does what req asks for, if it can be done.
func carryOut(ops Operations, req Request) Response {
	op, ok := ops[req.Op]
	switch {
	case !ok:
		return Response{Err: fmt.Sprintf("unknown operation %q", req.Op)}
	case len(req.Params) != op.Params:
		return Response{Err: fmt.Sprintf("%d parameters, but %q takes %d", len(req.Params), req.Op, op.Params)}
	}
	values, err := op.Do(req.Params)
	if err != nil {
		return Response{Err: err.Error()}
	}
	return Response{Values: values}
}

// bounded puts an excuse in the place of a payload that nobody would read.
func bounded(payload []byte) []byte {
	if len(payload) > MaxFrame {
		return EncodeResponse(Response{Err: "the response is too large"})
	}
	return payload
}

// Client sends requests over one connection. It is safe for concurrent use.
type Client struct {
	conn net.Conn
	turn chan struct{} // full while a call uses the connection
}

// NewClient returns a client that has conn for itself.
func NewClient(conn net.Conn) *Client {
	if conn == nil {
		panic("wire: NewClient without a connection")
	}
	return &Client{conn: conn, turn: make(chan struct{}, 1)}
}

// Call sends req and returns the response to it. Its error is nil if a response came, whatever the response says. As soon as ctx ends,
// Call returns its error.
//
// One call at a time uses the connection. A call that fails half-way closes it, because nobody knows any more what comes next on it.
func (c *Client) Call(ctx context.Context, req Request) (Response, error) {
	payload := EncodeRequest(req)
	if len(payload) > MaxFrame {
		return Response{}, fmt.Errorf("call %q: %w: %d bytes", req.Op, ErrTooLarge, len(payload))
	}
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
	}
	if err := ctx.Err(); err != nil {
		return Response{}, err
	}
	stop := context.AfterFunc(ctx, func() { c.conn.Close() }) // wakes whoever reads or writes
	defer stop()
	resp, err := c.exchange(payload)
	if err == nil {
		return resp, nil
	}
	c.conn.Close()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return Response{}, fmt.Errorf("call %q: %w", req.Op, err)
}

// exchange sends a payload and waits for the response.
func (c *Client) exchange(payload []byte) (Response, error) {
	if err := WriteFrame(c.conn, payload); err != nil {
		return Response{}, err
	}
	answer, err := ReadFrame(c.conn, MaxFrame)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF // a response was due
	}
	if err != nil {
		return Response{}, err
	}
	return DecodeResponse(answer)
}

// Close closes the connection. Calls that wait, and later ones, return an error.
func (c *Client) Close() error {
	return c.conn.Close()
}
