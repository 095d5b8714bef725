package delivery

import (
	"context"
	"net"

	"scalelab/pkg/lab"
)

// Sender sends messages to one receiver. It is safe for concurrent use.
type Sender struct{}

// Receiver receives the messages of one sender. It is safe for concurrent use.
type Receiver struct{}

// NewSender returns a sender that reaches its receiver at peer. From now on conn is the sender's: nobody else reads from it, and
// Close closes it. It panics if conn or peer is nil, or if the options make no sense.
func NewSender(conn net.PacketConn, peer net.Addr, opts Options) *Sender {
	panic(lab.NotImplemented("delivery", "NewSender"))
}

// Send sends one message and keeps no hold of msg after it has returned.
//
// With AtMostOnce it sends one packet and waits for nothing. With the other guarantees it sends the message again and again,
// every Options.Retry, and returns nil as soon as the receiver has acknowledged it. It ends early with ctx.Err() when ctx ends
// and with ErrClosed when the sender is closed; then nothing is known about the message, and no more is sent of it.
// A message of more than MaxMessage bytes is refused with ErrTooLarge.
func (s *Sender) Send(ctx context.Context, msg []byte) error {
	panic(lab.NotImplemented("delivery", "Send"))
}

// Close ends every Send under way with ErrClosed, closes the conn, and leaves no goroutine behind.
func (s *Sender) Close() error {
	panic(lab.NotImplemented("delivery", "Sender.Close"))
}

// NewReceiver returns a receiver of the messages that come from peer. From now on conn is the receiver's: nobody else reads from
// it, and Close closes it. It panics if conn or peer is nil, or if the options make no sense: ExactlyOnce needs a State.
func NewReceiver(conn net.PacketConn, peer net.Addr, opts Options) *Receiver {
	panic(lab.NotImplemented("delivery", "NewReceiver"))
}

// Receive waits for the next message, acknowledges it if the guarantee asks for it, and returns it. The bytes are the caller's
// to keep. It ends early with ctx.Err() when ctx ends and with ErrClosed when the receiver is closed.
//
// With ExactlyOnce it returns what State.Deliver called fresh. If Deliver fails, Receive returns its error and acknowledges nothing.
func (r *Receiver) Receive(ctx context.Context) ([]byte, error) {
	panic(lab.NotImplemented("delivery", "Receive"))
}

// Close ends every Receive under way with ErrClosed, closes the conn, and leaves no goroutine behind. Messages that Receive has
// not returned are forgotten, and were never acknowledged.
func (r *Receiver) Close() error {
	panic(lab.NotImplemented("delivery", "Receiver.Close"))
}
