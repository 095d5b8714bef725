package rpc

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
)

// Client decodes results in the goroutine that reads, under the lock that a call needs to leave: so nothing is written into the
// reply of a call that has left.
type Client struct {
	conn    net.Conn
	writing chan struct{} // holds a token while nobody writes
	nextID  atomic.Uint64
	once    sync.Once
	dead    chan struct{}
	why     error // set before dead is closed

	mu      sync.Mutex
	waiters map[uint64]waiter
}

type waiter struct {
	name   string
	reply  any
	result chan error
}

// Dial connects to the server.
func Dial(ctx context.Context, dial Dialer) (*Client, error) {
	if dial == nil {
		panic("rpc: no dialer")
	}
	conn, err := dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("dial: %w: %w", ErrUnavailable, err)
	}
	c := &Client{conn: conn, writing: make(chan struct{}, 1), dead: make(chan struct{}), waiters: map[uint64]waiter{}}
	c.writing <- struct{}{}
	go c.receive()
	return c, nil
}

// Call runs the handler of this name on the server.
func (c *Client) Call(ctx context.Context, name string, args, reply any) error {
	body, err := json.Marshal(args)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %v", ErrEncoding, err)
	case len(body) > MaxPayload, len(name) > MaxName:
		return ErrTooLarge
	}
	w := waiter{name, reply, make(chan error, 1)}
	id := c.nextID.Add(1) << 8
	c.mu.Lock()
	c.waiters[id] = w
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.waiters, id)
		c.mu.Unlock()
	}()
	select { // for the turn to write
	case <-c.writing:
	case <-ctx.Done():
		return ctx.Err()
	case <-c.dead:
		return c.why
	}
	go func() {
		if err := WriteRequest(c.conn, Request{ID: id, Name: name, Args: body}); err != nil {
			c.kill(err)
		}
		c.writing <- struct{}{}
	}()
	select {
	case err := <-w.result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-c.dead:
		return c.why
	}
}

func (c *Client) receive() {
	for {
		p, err := ReadResponse(c.conn)
		if err != nil {
			c.kill(err)
			return
		}
		c.mu.Lock()
		if w, ok := c.waiters[p.ID]; ok {
			delete(c.waiters, p.ID)
			w.result <- w.take(p)
		}
		c.mu.Unlock()
	}
}

func (w waiter) take(p Response) error {
	if err := p.Err(w.name); err != nil {
		return err
	}
	if w.reply == nil {
		return nil
	}
	if err := json.Unmarshal(p.Body, w.reply); err != nil {
		return fmt.Errorf("%w: %v", ErrEncoding, err)
	}
	return nil
}

func (c *Client) kill(cause error) {
	c.once.Do(func() {
		c.why = fmt.Errorf("%w: %w", ErrUnavailable, cause)
		close(c.dead)
		_ = c.conn.Close()
	})
}

// Pending returns the number of calls under way.
func (c *Client) Pending() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.waiters)
}

// Close ends the connection.
func (c *Client) Close() error {
	c.kill(fmt.Errorf("client closed"))
	return nil
}
