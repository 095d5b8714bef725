package exactlyonce_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/exactlyonce"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

// busy is a handler that tells when it is at work, and waits to be released.
func busy(working chan<- string, release <-chan struct{}) exactlyonce.Handler {
	return func(ctx context.Context, tx redis.Pipeliner, d amqp.Delivery) error {
		working <- d.MessageId
		<-release
		return counts(ctx, tx, d)
	}
}

func TestStopAndLossLeaveNothing(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := open(t)
		s.mistakes()
		for i := range messaging.Stops {
			s.stopped(fmt.Sprintf("stop %d ", i))
		}
		s.lost()
	})
}

// stopped ends the context of a consumer whose handler is at work; another consumer goes on. The ids of the messages begin with that.
func (s *scene) stopped(stop string) {
	t := s.T
	t.Helper()
	working, release := make(chan string, 10), make(chan struct{})
	p := s.start(busy(working, release))
	names := []string{"r-0", "r-1", "r-2"}
	for _, name := range names {
		s.ride(stop+name, stop+name)
	}
	tale := messaging.Tell(t, "A consumer is stopped at work", queue, "consumer 1", "consumer 2")
	messaging.Await(s.Broker, working, "the handler is called")
	tale.Tells(queue, "delivers r-0", "consumer 1", "the handler is at work")
	s.Settle(p.conn)
	require.Zero(t, len(working), "calls of the handler beside the one that is at work")
	tale.Ready(s.Broker, queue, 2, "while a consumer holds one of three")
	p.stop()
	tale.Does("consumer 1", "its context ends")
	s.Settle(p.conn)
	require.Zero(t, len(p.done), "Run does not return while the handler is at work")
	close(release)
	tale.Does("consumer 1", "the handler returns")
	ended := outcome(p.end())
	if ended != "nil" {
		tale.Look("consumer 1", "Run returns an error")
	}
	require.Equal(t, "nil", ended, "Run after its context has ended")
	require.False(t, p.conn.IsClosed(), "the connection is the caller's: Run does not close it")
	s.NoConsumer(queue, "after Run has returned")
	s.NothingLeft("ch07-messaging/exactlyonce", "although Run has returned")

	next := s.start(counts)
	s.fence(next)
	for _, name := range names {
		n := s.rides(stop + name)
		tale.Does("consumer 2", fmt.Sprintf("goes on: %s has taken effect %s", name, times(n)))
		require.Equal(t, 1, n, "how often a message takes effect when a consumer is stopped and another one goes on")
	}
	next.end()
	s.NoConsumer(queue, "after Run has returned")
	tale.Over()
}

// lost ends the connection of a consumer whose handler is at work.
func (s *scene) lost() {
	t := s.T
	t.Helper()
	tale := messaging.Tell(t, "A consumer is lost at work", queue, "consumer 1", "consumer 2")
	working, release := make(chan string, 10), make(chan struct{})
	p := s.start(busy(working, release))
	s.ride("r-lost", "r-lost")
	messaging.Await(s.Broker, working, "the handler is called")
	p.tap.Conn.Close()
	s.Until(func() bool { return s.Queue(queue).Consumers == 0 }, "the broker notices that the connection is lost")
	tale.Does("consumer 1", "its connection is lost while the handler is at work")
	require.Zero(t, len(p.done), "Run does not return while the handler is at work")
	close(release)
	got := outcome(messaging.Await(s.Broker, p.done, "Run returns after the connection was lost"))
	tale.Does("consumer 1", "Run returns "+got)
	require.Equal(t, "an error", got, "Run after the connection was lost")
	s.NothingLeft("ch07-messaging/exactlyonce", "although Run has returned and the connection is lost")
	p.stop()
	last := s.start(counts)
	s.fence(last)
	tale.Does("consumer 2", "goes on: r-lost has taken effect "+times(s.rides("r-lost")))
	require.Equal(t, 1, s.rides("r-lost"), "how often a message takes effect whose consumer lost the connection")
	last.end()
}

// mistakes calls New and Run with arguments that are programming mistakes.
func (s *scene) mistakes() {
	t := s.T
	t.Helper()
	conn, rdb := s.Dial(), s.redis.Client()
	good := exactlyonce.Options{Queue: queue, KeyTTL: time.Minute}
	for _, m := range []struct {
		what string
		call func()
	}{
		{"New without a connection", func() { exactlyonce.New(nil, rdb, good) }},
		{"New without a client", func() { exactlyonce.New(conn, nil, good) }},
		{"New without a queue", func() { exactlyonce.New(conn, rdb, exactlyonce.Options{KeyTTL: time.Minute}) }},
		{"New without a KeyTTL", func() { exactlyonce.New(conn, rdb, exactlyonce.Options{Queue: queue}) }},
		{"Run without a handler", func() { _ = exactlyonce.New(conn, rdb, good).Run(t.Context(), nil) }},
	} {
		message, panicked := check.PanicOf(m.call)
		require.True(t, panicked, "%s panics", m.what)
		require.Contains(t, message, "exactlyonce", "what %s panics with", m.what)
	}
}
