package poison

import (
	"context"

	amqp "github.com/rabbitmq/amqp091-go"

	"scalelab/pkg/lab"
)

// Consumer handles the messages of one queue.
type Consumer struct{}

// New returns a consumer that connects with dial. A nil dial, an empty Queue, a MaxAttempts below 1, a negative Backoff and a nil
// Alert panic.
func New(dial func() (*amqp.Connection, error), opts Options) *Consumer {
	panic(lab.NotImplemented("poison", "New"))
}

// Run handles one message at a time until ctx ends (nil) or something fails (an error). A message whose handler fails is tried
// again after the back-off, at most MaxAttempts times in all, and is put into the dead-letter queue then.
func (c *Consumer) Run(ctx context.Context, handler Handler) error {
	panic(lab.NotImplemented("poison", "Run"))
}

// Replay moves up to n messages from the dead-letter queue back to the queue, with a fresh budget of attempts, and returns how many
// it has moved.
func (c *Consumer) Replay(ctx context.Context, n int) (moved int, err error) {
	panic(lab.NotImplemented("poison", "Replay"))
}
