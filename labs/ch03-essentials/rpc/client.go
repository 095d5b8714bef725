package rpc

import (
	"context"

	"scalelab/pkg/lab"
)

// Client is the caller's end of one connection, shared by any number of calls at once. It is safe for concurrent use.
type Client struct{}

// Dial connects to a server: it calls dial once. ctx is for that alone; it may end when Dial has returned. If dial fails, so does
// Dial, with ErrUnavailable and dial's error, both wrapped. It panics if dial is nil.
func Dial(ctx context.Context, dial Dialer) (*Client, error) {
	panic(lab.NotImplemented("rpc", "Dial"))
}

// Call runs the handler of this name on the server: it sends args as JSON, waits, and decodes the JSON of the result into reply, a
// pointer, or nil if the result does not matter.
//
// Its errors are *RemoteError, ErrNotRegistered, ErrTooLarge and ErrEncoding, after which the connection is as good as before;
// ErrUnavailable, wrapped together with its cause, if the connection has ended; and ctx.Err(), at once, when ctx ends.
func (c *Client) Call(ctx context.Context, name string, args, reply any) error {
	panic(lab.NotImplemented("rpc", "Call"))
}

// Pending returns how many calls are under way: those that have not returned.
func (c *Client) Pending() int {
	panic(lab.NotImplemented("rpc", "Pending"))
}

// Close ends the connection. Calls under way and later ones return ErrUnavailable. Closing again does nothing.
func (c *Client) Close() error {
	panic(lab.NotImplemented("rpc", "Close"))
}
