package wire

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
)

// This solution has netstrings in its payloads, and a client that has many calls on their way: a goroutine reads the responses, and hands
// each to the call that has waited longest.

// WriteFrame writes header and payload as two buffers.
func WriteFrame(w io.Writer, payload []byte) error {
	var header [4]byte
	binary.BigEndian.PutUint32(header[:], uint32(len(payload)))
	for _, part := range [][]byte{header[:], payload} {
		if n, err := w.Write(part); err != nil {
			return err
		} else if n < len(part) {
			return io.ErrShortWrite
		}
	}
	return nil
}

// ReadFrame reads one frame.
func ReadFrame(r io.Reader, max int) ([]byte, error) {
	if max < 1 {
		panic("wire: max < 1")
	}
	header := make([]byte, 4)
	if _, err := io.ReadFull(r, header); err != nil {
		return nil, err
	}
	length := binary.BigEndian.Uint32(header)
	if uint64(length) > uint64(max) {
		return nil, ErrTooLarge
	}
	payload := make([]byte, length)
	if _, err := io.ReadAtLeast(r, payload, len(payload)); errors.Is(err, io.EOF) {
		return nil, io.ErrUnexpectedEOF
	} else if err != nil {
		return nil, err
	}
	return payload, nil
}

// netstrings are "3:Ada," for each string, and a full stop.
func netstrings(first string, rest []string) []byte {
	payload := append(strconv.AppendInt(nil, int64(len(first)), 10), ':')
	payload = append(append(payload, first...), ',')
	for _, s := range rest {
		payload = append(strconv.AppendInt(payload, int64(len(s)), 10), ':')
		payload = append(append(payload, s...), ',')
	}
	return append(payload, '.')
}

func parse(payload []byte) ([]string, error) {
	var all []string
	for len(payload) > 0 && payload[0] != '.' {
		colon := -1
		for i, b := range payload {
			if b == ':' {
				colon = i
				break
			}
		}
		if colon < 0 {
			return nil, ErrMalformed
		}
		length, err := strconv.ParseUint(string(payload[:colon]), 10, 31)
		payload = payload[colon+1:]
		if err != nil || int(length) >= len(payload) || payload[length] != ',' {
			return nil, ErrMalformed
		}
		all = append(all, string(payload[:length]))
		payload = payload[length+1:]
	}
	if len(payload) != 1 || len(all) == 0 {
		return nil, ErrMalformed
	}
	return all, nil
}

// EncodeRequest returns netstrings.
func EncodeRequest(req Request) []byte { return netstrings(req.Op, req.Params) }

// DecodeRequest reads netstrings.
func DecodeRequest(payload []byte) (Request, error) {
	all, err := parse(payload)
	if err != nil {
		return Request{}, err
	}
	return Request{Op: all[0], Params: all[1:]}, nil
}

// EncodeResponse returns netstrings.
func EncodeResponse(resp Response) []byte { return netstrings(resp.Err, resp.Values) }

// DecodeResponse reads netstrings.
func DecodeResponse(payload []byte) (Response, error) {
	all, err := parse(payload)
	if err != nil {
		return Response{}, err
	}
	return Response{Err: all[0], Values: all[1:]}, nil
}

// Serve answers one request after the other. Responses are written by a goroutine of their own, while the next operation runs.
func Serve(conn net.Conn, ops Operations) error {
	responses := make(chan []byte)
	var writeErr error
	var writer sync.WaitGroup
	writer.Go(func() {
		for payload := range responses {
			if writeErr != nil {
				continue // nobody will read it
			}
			if writeErr = WriteFrame(conn, payload); writeErr != nil {
				conn.Close() // so that no more requests are read
			}
		}
	})
	err := answerAll(conn, ops, responses)
	close(responses)
	writer.Wait()
	conn.Close()
	if writeErr != nil {
		return writeErr
	}
	return err
}

func answerAll(conn net.Conn, ops Operations, responses chan<- []byte) error {
	for {
		payload, err := ReadFrame(conn, MaxFrame)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		req, err := DecodeRequest(payload)
		if err != nil {
			responses <- EncodeResponse(Response{Err: "malformed"})
			return err
		}
		responses <- carryOut(ops, req)
	}
}

func carryOut(ops Operations, req Request) []byte {
	op := ops[req.Op]
	if op.Do == nil || op.Params != len(req.Params) {
		return EncodeResponse(Response{Err: "no such operation with so many parameters"})
	}
	values, err := op.Do(req.Params)
	resp := Response{Values: values}
	if err != nil {
		resp = Response{Err: err.Error()}
	}
	payload := EncodeResponse(resp)
	if len(payload) > MaxFrame {
		return EncodeResponse(Response{Err: "too large"})
	}
	return payload
}

// Client has many calls on their way.
type Client struct {
	conn    net.Conn
	writing chan struct{} // full while somebody writes

	mu      sync.Mutex
	waiting []chan answer // in the order of the requests
	over    error         // why there will be no more responses
	reading bool
}

type answer struct {
	resp Response
	err  error
}

// NewClient returns a client. Its reader starts with the first call.
func NewClient(conn net.Conn) *Client {
	return &Client{conn: conn, writing: make(chan struct{}, 1)}
}

// Call sends a request, when the line is free, and waits for its response.
func (c *Client) Call(ctx context.Context, req Request) (Response, error) {
	payload := EncodeRequest(req)
	if len(payload) > MaxFrame {
		return Response{}, ErrTooLarge
	}
	if err := ctx.Err(); err != nil {
		return Response{}, err
	}
	select {
	case c.writing <- struct{}{}:
	case <-ctx.Done():
		return Response{}, ctx.Err()
	}
	mine, err := c.send(ctx, payload)
	<-c.writing
	if err != nil {
		return Response{}, err
	}
	select {
	case a := <-mine:
		return a.resp, a.err
	case <-ctx.Done():
		return Response{}, ctx.Err() // the reader will put the response where nobody looks
	}
}

// send writes a frame and queues up for the response.
func (c *Client) send(ctx context.Context, payload []byte) (<-chan answer, error) {
	mine := make(chan answer, 1)
	c.mu.Lock()
	if c.over != nil {
		c.mu.Unlock()
		return nil, c.over
	}
	c.waiting = append(c.waiting, mine)
	if !c.reading {
		c.reading = true
		go c.read()
	}
	c.mu.Unlock()
	stop := context.AfterFunc(ctx, func() { c.conn.Close() }) // a frame that is written by half ruins the line
	err := WriteFrame(c.conn, payload)
	if !stop() && ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		c.conn.Close()
	}
	return mine, err
}

// read hands out responses until the connection ends.
func (c *Client) read() {
	for {
		payload, err := ReadFrame(c.conn, MaxFrame)
		var resp Response
		if err == nil {
			resp, err = DecodeResponse(payload)
		}
		c.mu.Lock()
		if err != nil {
			c.over = err
			for _, w := range c.waiting {
				w <- answer{err: err}
			}
			c.waiting = nil
			c.mu.Unlock()
			c.conn.Close()
			return
		}
		if len(c.waiting) > 0 {
			c.waiting[0] <- answer{resp: resp}
			c.waiting = c.waiting[1:]
		}
		c.mu.Unlock()
	}
}

// Close closes the connection, which ends the reader, which ends all calls.
func (c *Client) Close() error {
	c.mu.Lock()
	if c.over == nil {
		c.over = net.ErrClosed
	}
	c.mu.Unlock()
	return c.conn.Close()
}
