package exactlyonce

import (
	"context"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"

	"scalelab/pkg/lab"
)

// Consumer handles the messages of one queue.
type Consumer struct{}

// New returns a consumer of opts.Queue. conn and rdb stay the caller's to close. A nil conn or rdb, an empty Queue and a KeyTTL
// below a millisecond panic.
func New(conn *amqp.Connection, rdb *redis.Client, opts Options) *Consumer {
	panic(lab.NotImplemented("exactlyonce", "New"))
}

// Run consumes, holding one message at a time, until ctx ends (nil) or the connection is lost (an error). What handler has queued is
// committed together with the message's key, once for all copies of the message; then the message is acknowledged. A nil handler
// panics.
func (c *Consumer) Run(ctx context.Context, handler Handler) error {
	panic(lab.NotImplemented("exactlyonce", "Run"))
}
