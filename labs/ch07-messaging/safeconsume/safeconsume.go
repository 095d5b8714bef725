package safeconsume

import (
	"context"

	"scalelab/pkg/lab"
)

// Consumer handles the messages of one queue.
type Consumer struct{}

// NewConsumer returns a consumer that connects with dial when it runs. A nil dial, an empty queue, a prefetch below 1 and a nil
// back-off panic.
func NewConsumer(dial Dial, options Options) *Consumer {
	panic(lab.NotImplemented("safeconsume", "NewConsumer"))
}

// Run calls handler for each message of the queue, up to Prefetch of them side by side, until ctx ends. Then it finishes what it
// holds and returns nil.
//
// A message is acknowledged when its handler has returned nil; after an error or a panic it goes back to the queue, after a
// back-off. Where the broker is lost, Run connects again, after a back-off. A nil handler panics.
func (c *Consumer) Run(ctx context.Context, handler Handler) error {
	panic(lab.NotImplemented("safeconsume", "Run"))
}
