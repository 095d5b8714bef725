// Package poison handles messages that cannot be handled: it counts attempts, waits between them, and puts what stays poison
// into a dead-letter queue.
//
//	            ┌────────── Backoff has passed ─────────┐
//	            ▼                                       │
//	lifts ─▶ rides ── delivers, at most ─▶ handler ─▶ rides.retry
//	            ▲     MaxAttempts starts       │
//	            └── Replay ── rides.dead ◀─────┘ ─▶ Alert
//
// This file is given. What you write is in poison.go; README.md is the contract.
package poison

import (
	"context"
	"errors"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Headers of a message.
const (
	HeaderAttempts      = "x-attempts"       // attempts before this message was published, an integer
	HeaderErrors        = "x-errors"         // the text of each error so far: a list of strings
	HeaderReason        = "x-reason"         // why it lies in the dead-letter queue
	HeaderDeliveryCount = "x-delivery-count" // the broker's: how often a quorum queue has taken this message back
)

// ReasonDied is the reason of a message at whose last attempt the process died.
const ReasonDied = "the process died"

// ErrPoison is what a handler returns, perhaps wrapped, for a message that no further attempt can help.
var ErrPoison = errors.New("poison message")

// Handler handles one message: nil means done. It must not acknowledge the delivery.
type Handler func(ctx context.Context, d amqp.Delivery) error

// Dead describes a message that was put into the dead-letter queue.
type Dead struct {
	MessageID string
	Reason    string // as in HeaderReason
	Attempts  int    // as in HeaderAttempts
}

// Options are the settings of a Consumer.
type Options struct {
	Queue       string
	MaxAttempts int           // starts of the handler for one message
	Backoff     time.Duration // between two attempts; whole milliseconds
	Alert       func(Dead)    // tells somebody
}

// RetryQueue is where a message waits for its next attempt.
func (o Options) RetryQueue() string { return o.Queue + ".retry" }

// DeadQueue is where poison messages lie.
func (o Options) DeadQueue() string { return o.Queue + ".dead" }

// Declare sets up the three queues, durable: opts.Queue of the given type ("classic" or "quorum"), the retry queue, from which what
// expires goes to opts.Queue, and the dead-letter queue.
func Declare(ch *amqp.Channel, opts Options, queueType string) error {
	for _, q := range []struct {
		name string
		args amqp.Table
	}{
		{opts.Queue, amqp.Table{"x-queue-type": queueType}},
		{opts.RetryQueue(), amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": opts.Queue}},
		{opts.DeadQueue(), nil},
	} {
		if _, err := ch.QueueDeclare(q.name, true, false, false, false, q.args); err != nil {
			return err
		}
	}
	return nil
}
