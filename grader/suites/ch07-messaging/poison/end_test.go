package poison_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/poison"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

func TestStopLossAndMistakes(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := open(t, quorum)
		s.mistakes()
		for range messaging.Stops {
			s.stopped("r-0", errBroken)
		}
		s.stopped("r-1", nil)
		s.lost()
		s.deleted()
	})
}

// stopped ends the context of a process whose handler is at work.
func (s *scene) stopped(id string, result error) {
	t := s.T
	t.Helper()
	s.opts.Backoff = time.Hour
	tale := messaging.Tell(t, "A process is stopped while its handler is at work", queue, "process", retry)
	working, release := make(chan struct{}, 10), make(chan struct{})
	var told atomic.Bool
	p := s.start(func(ctx context.Context, _ amqp.Delivery) error {
		working <- struct{}{}
		<-release
		told.Store(ctx.Err() != nil)
		return result
	})
	s.ride(id, nil)
	s.ride("behind", nil)
	messaging.Await(s.Broker, working, "the handler is started")
	tale.Tells(queue, "delivers "+id, "process", "the handler is at work")
	p.stop()
	tale.Does("process", "its context ends")
	p.settle()
	require.Zero(t, len(p.done), "Run does not return while the handler is at work")
	close(release)
	tale.Does("process", "the handler returns "+outcome(result))
	if s.Soon(func() bool { return len(p.done) > 0 }); len(p.done) == 0 {
		tale.Look("process", "Run does not return")
	}
	ended := outcome(p.ended("after its context has ended"))
	if ended != "nil" {
		tale.Look("process", "Run returns an error")
	}
	require.Equal(t, "nil", ended, "what Run returns after its context has ended")
	if !told.Load() {
		tale.Look("process", "the handler's context goes on")
	}
	require.True(t, told.Load(), "the handler's context ends with that of Run")
	s.hangsUp(p, "Run")
	retries := 0
	if result != nil {
		retries = 1
	}
	s.Soon(func() bool { return s.Queue(retry).Messages == retries })
	tale.Counted(retry, retries, s.Queue(retry).Messages, "messages")
	require.Equal(t, retries, s.Queue(retry).Messages, "messages in the retry queue after a stop during which the handler returned "+outcome(result))
	s.Soon(func() bool { return s.Queue(queue).Messages == 1 })
	var left []string
	for _, d := range s.Drain(queue) {
		left = append(left, d.MessageId)
	}
	tale.Does(queue, fmt.Sprintf("holds %v", left))
	require.Equal(t, []string{"behind"}, left, "messages in the queue after a stop: the one that was handled is acknowledged, the one behind it is there")
	s.Drain(retry)
	s.NothingLeft("ch07-messaging/poison", "although Run has returned")
	tale.Over()
}

// lost ends the connection of a process whose handler is at work.
func (s *scene) lost() {
	t := s.T
	t.Helper()
	tale := messaging.Tell(t, "The connection is lost while the handler is at work", queue, "process")
	working, release := make(chan struct{}, 10), make(chan struct{})
	p := s.start(func(context.Context, amqp.Delivery) error {
		working <- struct{}{}
		<-release
		return nil
	})
	s.ride("r-lost", nil)
	messaging.Await(s.Broker, working, "the handler is started")
	tale.Tells(queue, "delivers r-lost", "process", "the handler is at work")
	p.dies()
	s.Until(func() bool { return s.Queue(queue).Consumers == 0 }, "the broker notices that the connection is lost")
	tale.Does("process", "its connection is lost")
	require.Zero(t, len(p.done), "Run does not return while the handler is at work")
	close(release)
	got := outcome(p.ended("after the connection was lost"))
	tale.Does("process", "the handler returns nil, Run returns "+got)
	require.Equal(t, "an error", got, "Run after the connection was lost")
	s.Holds(1, queue, "after the connection was lost")
	s.NothingLeft("ch07-messaging/poison", "although Run has returned")
	p.stop()
}

// deleted takes the queue away from a process that consumes from it.
func (s *scene) deleted() {
	t := s.T
	t.Helper()
	tale := messaging.Tell(t, "The queue is deleted under its consumer", queue, "process")
	p := s.start(alwaysBroken)
	s.Delete(queue)
	tale.Tells(queue, "is deleted", "process", "the broker ends the consumer")
	got := outcome(awaits(s, tale, p.done, "Run returns when the broker has ended the consumer", "process", "Run does not return"))
	tale.Does("process", "Run returns "+got)
	require.Equal(t, "an error", got, "Run after the broker has ended the consumer")
	s.NothingLeft("ch07-messaging/poison", "although Run has returned")
	p.stop()
}

// mistakes calls New and Run with arguments that are programming mistakes.
func (s *scene) mistakes() {
	t := s.T
	t.Helper()
	dial := func() (*amqp.Connection, error) { return s.Dial(), nil }
	with := func(change func(*poison.Options)) func() {
		opts := s.opts
		change(&opts)
		return func() { poison.New(dial, opts) }
	}
	for _, m := range []struct {
		what string
		call func()
	}{
		{"New without dial", func() { poison.New(nil, s.opts) }},
		{"New without a queue", with(func(o *poison.Options) { o.Queue = "" })},
		{"New with MaxAttempts 0", with(func(o *poison.Options) { o.MaxAttempts = 0 })},
		{"New with a negative Backoff", with(func(o *poison.Options) { o.Backoff = -1 })},
		{"New without Alert", with(func(o *poison.Options) { o.Alert = nil })},
		{"Run without a handler", func() { _ = poison.New(dial, s.opts).Run(t.Context(), nil) }},
	} {
		message, panicked := check.PanicOf(m.call)
		require.True(t, panicked, "%s panics", m.what)
		require.Contains(t, message, "poison", "what %s panics with", m.what)
	}
}
