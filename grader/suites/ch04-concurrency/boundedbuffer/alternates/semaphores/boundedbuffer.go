package boundedbuffer

import (
	"fmt"
	"sync"
)

// Buffer is the textbook's: one semaphore counts free places, one counts stored items, and a mutex guards the queue. A semaphore
// is a channel: receiving takes a permit, sending gives one back. Neither ever blocks on giving back.
type Buffer[T any] struct {
	free   chan struct{} // a permit for each free place
	filled chan struct{} // a permit for each stored item
	done   chan struct{} // closed by Close
	once   sync.Once

	mu    sync.RWMutex
	queue []T
	shut  bool
}

// New returns an empty, open buffer.
func New[T any](capacity int) *Buffer[T] {
	if capacity <= 0 {
		panic(fmt.Sprintf("the capacity of a boundedbuffer must be positive, not %d", capacity))
	}
	b := &Buffer[T]{
		free:   make(chan struct{}, capacity),
		filled: make(chan struct{}, capacity),
		done:   make(chan struct{}),
	}
	for range capacity {
		b.free <- struct{}{}
	}
	return b
}

// Put needs a free place. The item's permit is given while the lock is held, so at Close every stored item has one.
func (b *Buffer[T]) Put(v T) error {
	select {
	case <-b.free:
	case <-b.done:
		return ErrClosed
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.shut {
		return fmt.Errorf("put: %w", ErrClosed)
	}
	b.queue = append(b.queue, v)
	b.filled <- struct{}{}
	return nil
}

// Take needs a stored item. When the buffer is closed, a permit that is still there goes first.
func (b *Buffer[T]) Take() (T, error) {
	select {
	case <-b.filled:
		return b.removeFirst(), nil
	case <-b.done:
	}
	select {
	case <-b.filled:
		return b.removeFirst(), nil
	default:
		var zero T
		return zero, fmt.Errorf("take: %w", ErrClosed)
	}
}

func (b *Buffer[T]) removeFirst() T {
	b.mu.Lock()
	defer b.mu.Unlock()
	var zero T
	first := b.queue[0]
	b.queue[0] = zero
	b.queue = b.queue[1:]
	b.free <- struct{}{}
	return first
}

// Close refuses further items, then wakes everybody.
func (b *Buffer[T]) Close() {
	b.once.Do(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.shut = true
		close(b.done)
	})
}

// Len counts under the read lock.
func (b *Buffer[T]) Len() int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return len(b.queue)
}
