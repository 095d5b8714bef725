package rabbit

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Sentinel is a connection that is opened once and never used. As long as it is open, the broker that answers is
// the one that answered at the beginning: a broker that died and was started again has dropped it.
type Sentinel struct {
	conn *amqp.Connection
	lost chan struct{}
	why  *amqp.Error // set before lost is closed
}

// Watch opens a sentinel; url names an administrator and any virtual host.
func Watch(ctx context.Context, url string) (*Sentinel, error) {
	conn, err := dial(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	s := &Sentinel{conn: conn, lost: make(chan struct{})}
	closed := conn.NotifyClose(make(chan *amqp.Error, 1))
	go func() {
		defer close(s.lost)
		s.why = <-closed
	}()
	return s, nil
}

// Err is nil while the connection is open.
func (s *Sentinel) Err() error {
	select {
	case <-s.lost:
	default:
		return nil
	}
	if s.why != nil {
		return fmt.Errorf("the connection was lost: %w", s.why)
	}
	return errors.New("the connection was lost")
}

// EndsWithin waits, no longer than a bound, for the connection to be lost, and tells whether it was.
func (s *Sentinel) EndsWithin(ctx context.Context, bound time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	select {
	case <-s.lost:
		return true
	case <-ctx.Done():
		return false
	}
}

// Close ends the watch.
func (s *Sentinel) Close() { _ = s.conn.CloseDeadline(time.Now().Add(2 * time.Second)) }

// Answers opens and closes a connection.
func Answers(ctx context.Context, url string) error {
	conn, err := dial(ctx, url)
	if err != nil {
		return err
	}
	return conn.CloseDeadline(time.Now().Add(5 * time.Second))
}

// opening bounds the handshake of a connection.
const opening = 30 * time.Second

// dial connects within ctx; amqp091-go by itself knows only a time-out.
func dial(ctx context.Context, address string) (*amqp.Connection, error) {
	uri, err := amqp.ParseURI(address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, opening)
	defer cancel()
	keep := func() bool { return true }
	conn, err := amqp.DialConfig(address, amqp.Config{
		Vhost:     uri.Vhost,
		Heartbeat: 10 * time.Second,
		Locale:    "en_US",
		Dial: func(network, addr string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, addr)
			if err == nil {
				keep = context.AfterFunc(ctx, func() { conn.Close() })
			}
			return conn, err
		},
	})
	if !keep() {
		return nil, fmt.Errorf("no answer from %s:%d: %w", uri.Host, uri.Port, ctx.Err())
	}
	return conn, err
}
