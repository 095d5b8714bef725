package rpc

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
)

// Client is three goroutines and no lock: one owns the calls, one writes, one reads. All that happens to a call is a message to
// its owner.
type Client struct {
	conn  net.Conn
	begin chan *outgoing
	leave chan *outgoing
	count chan int
	quit  chan struct{} // somebody has called Close
	over  chan struct{} // closed when the owner has failed all calls
	cause error         // written before over is closed
}

// outgoing is a call as its owner sees it.
type outgoing struct {
	request Request
	answer  chan Response
}

// Dial connects to the server.
func Dial(ctx context.Context, dial Dialer) (*Client, error) {
	if dial == nil {
		panic("rpc: nil dialer")
	}
	conn, err := dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	c := &Client{
		conn: conn, begin: make(chan *outgoing), leave: make(chan *outgoing), count: make(chan int),
		quit: make(chan struct{}, 1), over: make(chan struct{}),
	}
	go c.own()
	return c, nil
}

// own keeps the calls under way, and the queue of those that have to be written.
func (c *Client) own() {
	calls := map[uint64]*outgoing{}
	var queue []Request
	var last uint64
	incoming, failures := make(chan Response), make(chan error, 2)
	writes := make(chan Request)
	go c.read(incoming, failures)
	go c.write(writes, failures)
	for {
		var next Request
		var out chan Request
		if len(queue) > 0 {
			next, out = queue[0], writes
		}
		select {
		case call := <-c.begin:
			last++
			call.request.ID = last
			calls[last] = call
			queue = append(queue, call.request)
		case call := <-c.leave:
			delete(calls, call.request.ID)
		case c.count <- len(calls):
		case out <- next:
			queue = queue[1:]
		case p := <-incoming:
			if call := calls[p.ID]; call != nil {
				delete(calls, p.ID)
				call.answer <- p
			}
		case err := <-failures:
			c.end(err)
			return
		case <-c.quit:
			c.end(net.ErrClosed)
			return
		}
	}
}

func (c *Client) end(cause error) {
	c.cause = fmt.Errorf("%w: %w", ErrUnavailable, cause)
	c.conn.Close()
	close(c.over)
}

func (c *Client) read(incoming chan<- Response, failures chan<- error) {
	for {
		p, err := ReadResponse(c.conn)
		if err != nil {
			failures <- err
			return
		}
		select {
		case incoming <- p:
		case <-c.over:
			return
		}
	}
}

func (c *Client) write(requests <-chan Request, failures chan<- error) {
	for {
		select {
		case q := <-requests:
			if err := WriteRequest(c.conn, q); err != nil {
				failures <- err
				return
			}
		case <-c.over:
			return
		}
	}
}

// Call runs the handler of this name on the server.
func (c *Client) Call(ctx context.Context, name string, args, reply any) error {
	payload, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrEncoding, err)
	}
	if len(payload) > MaxPayload || len(name) > MaxName {
		return fmt.Errorf("%w: a call of %s", ErrTooLarge, name)
	}
	call := &outgoing{Request{Name: name, Args: payload}, make(chan Response, 1)}
	select {
	case c.begin <- call:
	case <-ctx.Done():
		return ctx.Err()
	case <-c.over:
		return c.cause
	}
	select {
	case p := <-call.answer:
		if err := p.Err(name); err != nil || reply == nil {
			return err
		}
		if err := json.Unmarshal(p.Body, reply); err != nil {
			return fmt.Errorf("%w: %w", ErrEncoding, err)
		}
		return nil
	case <-ctx.Done():
		select {
		case c.leave <- call:
		case <-c.over:
		}
		return ctx.Err()
	case <-c.over:
		return c.cause
	}
}

// Pending returns the number of calls under way.
func (c *Client) Pending() int {
	select {
	case n := <-c.count:
		return n
	case <-c.over:
		return 0
	}
}

// Close ends the connection.
func (c *Client) Close() error {
	select {
	case c.quit <- struct{}{}:
	case <-c.over:
	}
	<-c.over
	return nil
}
