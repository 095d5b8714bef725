package wire

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// This solution lets encoding/json make the payloads. Strings travel as []byte, in base64, because JSON replaces what is not UTF-8.

// WriteFrame writes one frame, in two parts.
func WriteFrame(w io.Writer, payload []byte) error {
	if err := binary.Write(w, binary.BigEndian, uint32(len(payload))); err != nil {
		return err
	}
	for len(payload) > 0 {
		n, err := w.Write(payload)
		if err != nil {
			return err
		}
		if n == 0 {
			return io.ErrShortWrite
		}
		payload = payload[n:]
	}
	return nil
}

// ReadFrame reads one frame.
func ReadFrame(r io.Reader, max int) ([]byte, error) {
	if max < 1 {
		panic("wire: max must be at least 1")
	}
	var length uint32
	if err := binary.Read(r, binary.BigEndian, &length); err != nil {
		return nil, err
	}
	if int64(length) > int64(max) {
		return nil, ErrTooLarge
	}
	payload, err := io.ReadAll(io.LimitReader(r, int64(length)))
	if err == nil && len(payload) < int(length) {
		err = io.ErrUnexpectedEOF
	}
	return payload, err
}

type jsonRequest struct {
	Op     []byte
	Params [][]byte
}

type jsonResponse struct {
	Values [][]byte
	Err    []byte
}

func toBytes(all []string) [][]byte {
	var out [][]byte
	for _, s := range all {
		out = append(out, []byte(s))
	}
	return out
}

func toStrings(all [][]byte) []string {
	var out []string
	for _, b := range all {
		out = append(out, string(b))
	}
	return out
}

func marshal(v any) []byte {
	payload, err := json.Marshal(v)
	if err != nil {
		panic("wire: " + err.Error()) // cannot happen with bytes
	}
	return payload
}

func unmarshal(payload []byte, v any) error {
	if err := json.Unmarshal(payload, v); err != nil {
		return fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	return nil
}

// EncodeRequest returns a JSON object.
func EncodeRequest(req Request) []byte {
	return marshal(jsonRequest{[]byte(req.Op), toBytes(req.Params)})
}

// DecodeRequest reads a JSON object.
func DecodeRequest(payload []byte) (Request, error) {
	var r jsonRequest
	err := unmarshal(payload, &r)
	return Request{string(r.Op), toStrings(r.Params)}, err
}

// EncodeResponse returns a JSON object.
func EncodeResponse(resp Response) []byte {
	return marshal(jsonResponse{toBytes(resp.Values), []byte(resp.Err)})
}

// DecodeResponse reads a JSON object.
func DecodeResponse(payload []byte) (Response, error) {
	var r jsonResponse
	err := unmarshal(payload, &r)
	return Response{toStrings(r.Values), string(r.Err)}, err
}

// Serve reads and writes through buffers.
func Serve(conn net.Conn, ops Operations) error {
	defer conn.Close()
	in, out := bufio.NewReader(conn), bufio.NewWriter(conn)
	respond := func(resp Response) error {
		payload := EncodeResponse(resp)
		if len(payload) > MaxFrame {
			payload = EncodeResponse(Response{Err: "too large"})
		}
		if err := WriteFrame(out, payload); err != nil {
			return err
		}
		return out.Flush()
	}
	for {
		payload, err := ReadFrame(in, MaxFrame)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, ErrTooLarge):
			_ = respond(Response{Err: "too large"})
			return err
		case err != nil:
			return err
		}
		req, err := DecodeRequest(payload)
		if err != nil {
			_ = respond(Response{Err: err.Error()})
			return err
		}
		if err := respond(perform(ops, req)); err != nil {
			return err
		}
	}
}

func perform(ops Operations, req Request) Response {
	op, ok := ops[req.Op]
	if !ok {
		return Response{Err: "no such operation"}
	}
	if op.Params != len(req.Params) {
		return Response{Err: fmt.Sprintf("%d parameters expected", op.Params)}
	}
	values, err := op.Do(req.Params)
	if err != nil {
		return Response{Err: err.Error()}
	}
	return Response{Values: values}
}

// Client sends one request at a time. Whoever waits for its turn waits for the end of a channel; a context that ends moves the
// connection's deadline into the past.
type Client struct {
	conn net.Conn

	mu     sync.Mutex
	busy   chan struct{} // nil if nobody uses the connection, or closed when the user is done
	broken error
}

// NewClient returns a client.
func NewClient(conn net.Conn) *Client { return &Client{conn: conn} }

// acquire waits for the turn.
func (c *Client) acquire(ctx context.Context) error {
	for {
		c.mu.Lock()
		if c.broken != nil {
			defer c.mu.Unlock()
			return c.broken
		}
		busy := c.busy
		if busy == nil {
			c.busy = make(chan struct{})
			c.mu.Unlock()
			return nil
		}
		c.mu.Unlock()
		select {
		case <-busy:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// release gives the turn back; after an error nobody gets it any more.
func (c *Client) release(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.busy)
	c.busy = nil
	if err != nil && c.broken == nil {
		c.broken = fmt.Errorf("wire: the connection is broken: %v", err)
	}
}

// Call sends a request and reads the response.
func (c *Client) Call(ctx context.Context, req Request) (resp Response, err error) {
	if ctx.Err() != nil {
		return Response{}, ctx.Err()
	}
	payload := EncodeRequest(req)
	if len(payload) > MaxFrame {
		return Response{}, ErrTooLarge
	}
	if err := c.acquire(ctx); err != nil {
		return Response{}, err
	}
	defer func() { c.release(err) }()

	over := make(chan struct{})
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		select {
		case <-ctx.Done():
			c.conn.SetDeadline(time.Unix(1, 0))
		case <-over:
		}
	}()
	resp, err = c.exchange(payload)
	close(over)
	<-watching
	if ctx.Err() != nil {
		return Response{}, ctx.Err()
	}
	return resp, err
}

func (c *Client) exchange(payload []byte) (Response, error) {
	if err := WriteFrame(c.conn, payload); err != nil {
		return Response{}, err
	}
	payload, err := ReadFrame(c.conn, MaxFrame)
	if err != nil {
		return Response{}, err
	}
	return DecodeResponse(payload)
}

// Close closes the connection.
func (c *Client) Close() error {
	c.mu.Lock()
	c.broken = net.ErrClosed
	c.mu.Unlock()
	return c.conn.Close()
}
