// Package exactlyonce lets every message of a queue take effect in Redis once, although the broker delivers some of them twice.
//
// The trick is not to avoid copies. It is to recognise them, and to write down that a message was handled in the very
// transaction in which it takes effect:
//
//	gate ── ride r-7 ──▶ queue ── delivers ──▶ consumer ── one transaction ──▶ Redis   handled:r-7, for KeyTTL
//	                                                                                   metres of Ada + 520
//
// This file is given. What you write is in exactlyonce.go; README.md is the contract.
package exactlyonce

import (
	"context"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
)

// Key is the name under which Redis remembers that a message with that MessageId was handled.
func Key(messageID string) string { return "handled:" + messageID }

// Handler queues on tx the commands by which a message takes effect. It must not send them: when it returns nil, they are
// committed together with the message's key, or not at all. It may be called several times for one message.
type Handler func(ctx context.Context, tx redis.Pipeliner, d amqp.Delivery) error

// Options are the settings of a Consumer.
type Options struct {
	Queue  string        // the queue to consume from; it exists
	KeyTTL time.Duration // how long a message is remembered; at least a millisecond

	// Backoff tells how long to wait after the attempt-th failure of Redis in a row, 1, 2, 3 and so on. nil means DefaultBackoff.
	Backoff func(attempt int) time.Duration
}

// DefaultBackoff waits 50 ms, then twice as long each time, up to 3.2 s.
func DefaultBackoff(attempt int) time.Duration {
	return 50 * time.Millisecond << min(attempt-1, 6)
}
