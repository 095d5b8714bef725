// Package safeconsume takes messages out of a queue of RabbitMQ so that each is handled at least once, whatever fails.
//
//	passes ──▶ deliver ──▶ Consumer ──▶ Handler ──▶ nil    ──▶ ack     the message is gone, and only now
//	                                       └──────▶ error  ──▶ back-off, then back into the queue
//
// This file is given. What you write is in safeconsume.go; README.md is the contract.
package safeconsume

import (
	"context"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Dial connects to the broker. It gives up when ctx ends.
type Dial func(ctx context.Context) (*amqp.Connection, error)

// Backoff waits before something that has failed is tried again; failures is how often it has failed in a row, 1 or more. It
// returns early when ctx ends, and at once if ctx has ended.
type Backoff func(ctx context.Context, failures int)

// Options of a Consumer.
type Options struct {
	Queue    string  // exists already, most of the time
	Prefetch int     // how many messages the consumer holds at most, and handles side by side
	Backoff  Backoff // waits after a failure of the handler, and after a loss of the broker
}

// Message is what a handler gets to see of a message.
type Message struct {
	ID          string // the MessageId that its publisher gave it
	Body        []byte
	Redelivered bool // a hint that it may have been handled before
}

// Handler handles one message. nil means done; an error means that the message must be delivered again. ctx ends when the
// consumer is asked to stop: the handler may hurry then, and what it returns decides as always.
type Handler func(ctx context.Context, m Message) error

// Doubling is a Backoff for real life: it waits for first, and twice as long after each further failure, but not longer than most.
func Doubling(first, most time.Duration) Backoff {
	return func(ctx context.Context, failures int) {
		wait := first
		for ; failures > 1 && wait < most; failures-- {
			wait *= 2
		}
		timer := time.NewTimer(min(wait, most))
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
}
