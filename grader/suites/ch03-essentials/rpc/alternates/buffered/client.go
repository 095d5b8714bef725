package rpc

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
)

// Client collects requests in a buffer that a goroutine empties, as fast as the connection allows. IDs are random numbers.
type Client struct {
	conn net.Conn

	mu     sync.Mutex
	filled *sync.Cond // the buffer is not empty, or the client has failed
	buffer []byte
	failed error
	calls  map[uint64]*pending
}

// pending is a call under way; done is closed when status, body and err are there.
type pending struct {
	done chan struct{}
	p    Response
	err  error
}

// Dial connects to the server.
func Dial(ctx context.Context, dial Dialer) (*Client, error) {
	if dial == nil {
		panic("rpc: Dial without a dialer")
	}
	conn, err := dial(ctx)
	if err != nil {
		return nil, errors.Join(ErrUnavailable, err)
	}
	c := &Client{conn: conn, calls: make(map[uint64]*pending)}
	c.filled = sync.NewCond(&c.mu)
	go c.empty()
	go c.readAll(bufio.NewReader(conn))
	return c, nil
}

// Call runs the handler of this name on the server.
func (c *Client) Call(ctx context.Context, name string, args, reply any) error {
	data, err := json.Marshal(args)
	if err != nil {
		return errors.Join(ErrEncoding, err)
	}
	call, id, err := c.start(name, data)
	if err != nil {
		return err
	}
	select {
	case <-call.done:
	case <-ctx.Done():
		c.forget(id)
		return ctx.Err()
	}
	if call.err != nil {
		return call.err
	}
	if err := call.p.Err(name); err != nil {
		return err
	}
	if reply != nil {
		if err := json.Unmarshal(call.p.Body, reply); err != nil {
			return errors.Join(ErrEncoding, err)
		}
	}
	return nil
}

// start puts a request into the buffer.
func (c *Client) start(name string, data []byte) (*pending, uint64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed != nil {
		return nil, 0, c.failed
	}
	id := rand.Uint64()
	for c.calls[id] != nil {
		id = rand.Uint64()
	}
	if err := WriteRequest((*appender)(&c.buffer), Request{id, name, data}); err != nil {
		return nil, 0, err
	}
	call := &pending{done: make(chan struct{})}
	c.calls[id] = call
	c.filled.Signal()
	return call, id, nil
}

// appender is a slice that can be written to.
type appender []byte

func (a *appender) Write(p []byte) (int, error) {
	*a = append(*a, p...)
	return len(p), nil
}

func (c *Client) empty() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		for len(c.buffer) == 0 && c.failed == nil {
			c.filled.Wait()
		}
		if c.failed != nil {
			return
		}
		out := c.buffer
		c.buffer = nil
		c.mu.Unlock()
		_, err := c.conn.Write(out)
		c.mu.Lock()
		if err != nil {
			c.failLocked(err)
		}
	}
}

func (c *Client) readAll(r io.Reader) {
	for {
		p, err := ReadResponse(r)
		c.mu.Lock()
		if err != nil {
			c.failLocked(err)
			c.mu.Unlock()
			return
		}
		if call, ok := c.calls[p.ID]; ok {
			delete(c.calls, p.ID)
			call.p = p
			close(call.done)
		}
		c.mu.Unlock()
	}
}

func (c *Client) failLocked(cause error) {
	if c.failed != nil {
		return
	}
	c.failed = fmt.Errorf("%w (%w)", ErrUnavailable, cause)
	for id, call := range c.calls {
		call.err = c.failed
		close(call.done)
		delete(c.calls, id)
	}
	c.filled.Broadcast()
	_ = c.conn.Close()
}

func (c *Client) forget(id uint64) {
	c.mu.Lock()
	delete(c.calls, id)
	c.mu.Unlock()
}

// Pending returns the number of calls under way.
func (c *Client) Pending() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.calls)
}

// Close ends the connection.
func (c *Client) Close() error {
	c.mu.Lock()
	c.failLocked(errors.New("closed by the caller"))
	c.mu.Unlock()
	return nil
}
