package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
)

// This solution ends each field with a semicolon and the whole with a full stop, and puts a backslash before what is one of the three
// itself.

const (
	stop   = ';' // after each field
	end    = '.' // after the last field
	escape = '\\'
)

// WriteFrame writes byte by byte what is left to be written, if need be.
func WriteFrame(w io.Writer, payload []byte) error {
	n := len(payload)
	frame := append([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, payload...)
	for len(frame) > 0 {
		n, err := w.Write(frame)
		if err != nil {
			return fmt.Errorf("write a frame: %w", err)
		}
		if n == 0 {
			return io.ErrShortWrite
		}
		frame = frame[n:]
	}
	return nil
}

// fill fills p, as io.ReadFull does.
func fill(r io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var k int
		k, err = r.Read(p[n:])
		n += k
	}
	if n == len(p) {
		return n, nil
	}
	return n, err
}

// ReadFrame reads one frame.
func ReadFrame(r io.Reader, max int) ([]byte, error) {
	h := make([]byte, 4)
	n, err := fill(r, h)
	if err == io.EOF && n > 0 {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	length := int64(h[0])<<24 | int64(h[1])<<16 | int64(h[2])<<8 | int64(h[3])
	if length > int64(max) {
		return nil, fmt.Errorf("%d bytes: %w", length, ErrTooLarge)
	}
	payload := make([]byte, length)
	if _, err := fill(r, payload); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return payload, nil
}

func encode(fields []string) []byte {
	var b strings.Builder
	for _, f := range fields {
		for i := range len(f) {
			if f[i] == stop || f[i] == escape || f[i] == end {
				b.WriteByte(escape)
			}
			b.WriteByte(f[i])
		}
		b.WriteByte(stop)
	}
	b.WriteByte(end)
	return []byte(b.String())
}

func decode(payload []byte) ([]string, error) {
	var fields []string
	var field []byte
	escaped := false
	for i, b := range payload {
		switch {
		case escaped:
			field = append(field, b)
			escaped = false
		case b == escape:
			escaped = true
		case b == stop:
			fields = append(fields, string(field))
			field = nil
		case b == end:
			if i < len(payload)-1 || len(field) > 0 || len(fields) == 0 {
				return nil, ErrMalformed
			}
			return fields, nil
		default:
			field = append(field, b)
		}
	}
	return nil, ErrMalformed // no end
}

// EncodeRequest returns name and parameters as fields.
func EncodeRequest(req Request) []byte {
	return encode(append([]string{req.Op}, req.Params...))
}

// DecodeRequest reads name and parameters.
func DecodeRequest(payload []byte) (Request, error) {
	fields, err := decode(payload)
	if err != nil {
		return Request{}, err
	}
	return Request{fields[0], fields[1:]}, nil
}

// EncodeResponse returns error and values as fields.
func EncodeResponse(resp Response) []byte {
	return encode(append([]string{resp.Err}, resp.Values...))
}

// DecodeResponse reads error and values.
func DecodeResponse(payload []byte) (Response, error) {
	fields, err := decode(payload)
	if err != nil {
		return Response{}, err
	}
	return Response{Values: fields[1:], Err: fields[0]}, nil
}

// Serve reads ahead: one goroutine reads requests, and Serve carries them out.
func Serve(conn net.Conn, ops Operations) error {
	payloads := make(chan []byte, 16)
	done := make(chan struct{})
	var readErr error
	var reader sync.WaitGroup
	reader.Go(func() {
		defer close(payloads)
		for {
			payload, err := ReadFrame(conn, MaxFrame)
			if err != nil {
				readErr = err
				return
			}
			select {
			case payloads <- payload:
			case <-done:
				return
			}
		}
	})
	defer reader.Wait()
	defer conn.Close()
	defer close(done)

	for payload := range payloads {
		req, err := DecodeRequest(payload)
		if err != nil {
			_ = WriteFrame(conn, EncodeResponse(Response{Err: "I do not understand"}))
			return err
		}
		resp := EncodeResponse(run(ops, req))
		if len(resp) > MaxFrame {
			resp = EncodeResponse(Response{Err: "I would have too much to say"})
		}
		if err := WriteFrame(conn, resp); err != nil {
			return err
		}
	}
	if errors.Is(readErr, io.EOF) {
		return nil
	}
	return readErr
}

func run(ops Operations, req Request) (resp Response) {
	op, known := ops[req.Op]
	if !known || len(req.Params) != op.Params {
		return Response{Err: "I cannot do that"}
	}
	values, err := op.Do(req.Params)
	if err != nil {
		return Response{Err: err.Error()}
	}
	return Response{Values: values}
}

// Client makes each exchange in a goroutine of its own. A call that is given up leaves its exchange behind, which still reads its
// response and throws it away, before the next one begins.
type Client struct {
	conn net.Conn
	mu   sync.Mutex // held during an exchange
	bad  error      // the exchange before has failed
}

// NewClient returns a client.
func NewClient(conn net.Conn) *Client { return &Client{conn: conn} }

// Call lets the request be exchanged for a response.
func (c *Client) Call(ctx context.Context, req Request) (Response, error) {
	payload := EncodeRequest(req)
	if len(payload) > MaxFrame {
		return Response{}, ErrTooLarge
	}
	if err := ctx.Err(); err != nil {
		return Response{}, err
	}
	type result struct {
		resp Response
		err  error
	}
	results := make(chan result, 1)
	go func() {
		resp, err := c.exchange(ctx, payload)
		results <- result{resp, err}
	}()
	select {
	case r := <-results:
		return r.resp, r.err
	case <-ctx.Done():
		return Response{}, ctx.Err()
	}
}

func (c *Client) exchange(ctx context.Context, payload []byte) (Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bad != nil {
		return Response{}, c.bad
	}
	if err := ctx.Err(); err != nil {
		return Response{}, err // given up while it was waiting
	}
	answer, err := c.roundTrip(payload)
	if err != nil {
		c.bad = fmt.Errorf("the connection is of no use any more: %w", err)
		return Response{}, err
	}
	return DecodeResponse(answer)
}

func (c *Client) roundTrip(payload []byte) ([]byte, error) {
	if err := WriteFrame(c.conn, payload); err != nil {
		return nil, err
	}
	return ReadFrame(c.conn, MaxFrame)
}

// Close closes the connection, which ends all exchanges.
func (c *Client) Close() error { return c.conn.Close() }
