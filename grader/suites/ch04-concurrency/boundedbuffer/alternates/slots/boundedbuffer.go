package boundedbuffer

import (
	"fmt"
	"sync"
)

// Buffer keeps its items in a channel. A Put first takes one of capacity slots, so sending the item never blocks and can be done
// under the lock that Close takes too: nobody sends on a closed channel. Closing the channel makes Take drain it, as Go defines.
type Buffer[T any] struct {
	slots chan struct{} // holds one token for each slot that is taken
	items chan T
	done  chan struct{} // closed by Close

	mu     sync.Mutex
	closed bool
}

// New returns an empty, open buffer.
func New[T any](capacity int) *Buffer[T] {
	if capacity < 1 {
		panic(fmt.Sprint("boundedbuffer: no room in a buffer of capacity ", capacity))
	}
	return &Buffer[T]{
		slots: make(chan struct{}, capacity),
		items: make(chan T, capacity),
		done:  make(chan struct{}),
	}
}

// Put takes a slot, or gives up when the buffer is closed.
func (b *Buffer[T]) Put(v T) error {
	select {
	case b.slots <- struct{}{}:
	case <-b.done:
		return ErrClosed
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		<-b.slots
		return ErrClosed
	}
	b.items <- v
	return nil
}

// Take receives an item and gives its slot back.
func (b *Buffer[T]) Take() (T, error) {
	item, ok := <-b.items
	if !ok {
		return item, ErrClosed
	}
	<-b.slots
	return item, nil
}

// Close closes both channels, once.
func (b *Buffer[T]) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	b.closed = true
	close(b.done)
	close(b.items)
}

// Len is the number of items in the channel.
func (b *Buffer[T]) Len() int { return len(b.items) }
