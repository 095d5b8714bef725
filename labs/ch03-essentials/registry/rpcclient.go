package registry

// This file is given. It is from the model solution of the lab rpc, and it is not handed in.

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"sync"
)

// Client is the caller's end of one connection, shared by any number of calls at once. It is safe for concurrent use.
//
// One goroutine reads the replies as long as the connection lives, and hands each to the call that waits for it. Calls wait for
// nothing but that and their context, so they can leave at any moment and leave nothing half done.
type Client struct {
	conn net.Conn

	mu      sync.Mutex
	cause   error // why the connection has ended; nil while it lives
	lastID  uint64
	waiting map[uint64]chan Response // the calls under way; a closed channel says that there will be no reply
}

// Dial connects to the server.
func Dial(ctx context.Context, dial Dialer) (*Client, error) {
	if dial == nil {
		panic("rpc: Dial needs a dialer")
	}
	conn, err := dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: dial: %w", ErrUnavailable, err)
	}
	c := &Client{conn: conn, waiting: map[uint64]chan Response{}}
	go c.read()
	return c, nil
}

// Call runs the handler of this name on the server.
func (c *Client) Call(ctx context.Context, name string, args, reply any) error {
	payload, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("%w: arguments of %s: %w", ErrEncoding, name, err)
	}
	id, answer, err := c.enter()
	if err != nil {
		return err
	}
	defer c.leave(id)
	var request bytes.Buffer
	if err := WriteRequest(&request, Request{ID: id, Name: name, Args: payload}); err != nil {
		return err
	}
	go c.send(request.Bytes())
	select {
	case p, ok := <-answer:
		if !ok {
			return c.unavailable()
		}
		return result(p, name, reply)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// result turns a reply into what Call returns.
func result(p Response, name string, reply any) error {
	if err := p.Err(name); err != nil || reply == nil {
		return err
	}
	if err := json.Unmarshal(p.Body, reply); err != nil {
		return fmt.Errorf("%w: result of %s: %w", ErrEncoding, name, err)
	}
	return nil
}

// Pending returns the number of calls under way.
func (c *Client) Pending() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.waiting)
}

// Close ends the connection, and with it every call.
func (c *Client) Close() error {
	c.fail(net.ErrClosed)
	return nil
}

// enter gives a call an ID that no other call has had, and a channel with room for its reply, so that the reader never waits for
// a caller.
func (c *Client) enter() (uint64, chan Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause != nil {
		return 0, nil, fmt.Errorf("%w: %w", ErrUnavailable, c.cause)
	}
	c.lastID++
	answer := make(chan Response, 1)
	c.waiting[c.lastID] = answer
	return c.lastID, answer, nil
}

// leave forgets a call, however it ended. A reply that comes later finds nobody.
func (c *Client) leave(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, id)
}

// send writes a request in a goroutine of its own, for as long as that takes: a request is written whole, or the connection is
// of no use any more.
func (c *Client) send(request []byte) {
	if _, err := c.conn.Write(request); err != nil {
		c.fail(err)
	}
}

// read hands out replies until the connection ends.
func (c *Client) read() {
	for {
		p, err := ReadResponse(c.conn)
		if err != nil {
			c.fail(err)
			return
		}
		c.deliver(p)
	}
}

// deliver hands a reply to the call that waits for it, if there is one, and only once.
func (c *Client) deliver(p Response) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if answer, ok := c.waiting[p.ID]; ok {
		delete(c.waiting, p.ID)
		answer <- p
	}
}

// fail ends the connection. The first cause counts. Every call under way learns that it will get no reply.
func (c *Client) fail(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause != nil {
		return
	}
	c.cause = cause
	c.conn.Close()
	for id, answer := range c.waiting {
		delete(c.waiting, id)
		close(answer)
	}
}

func (c *Client) unavailable() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Errorf("%w: %w", ErrUnavailable, c.cause)
}
