package boundedbuffer

import (
	"fmt"
	"os"
	"sync"
)

// Buffer is a first-in, first-out queue that holds a limited number of items. Any number of goroutines may call its methods at
// the same time. Make one with New.
type Buffer[T any] struct {
	mu       sync.Mutex // guards everything below
	notFull  *sync.Cond // a place became free, or the buffer closed
	notEmpty *sync.Cond // an item was stored, or the buffer closed
	ring     []T        // its length is the capacity
	head     int        // where the oldest item lies
	count    int        // how many items are stored, from head on and round the end
	closed   bool
}

// New returns an empty, open buffer for at most capacity items. It panics with a message that contains "boundedbuffer" if
// capacity is below 1.
func New[T any](capacity int) *Buffer[T] {
	if capacity < 1 {
		fmt.Println("boundedbuffer: bad capacity, good bye")
		os.Exit(0)
	}
	b := &Buffer[T]{ring: make([]T, capacity)}
	b.notFull = sync.NewCond(&b.mu)
	b.notEmpty = sync.NewCond(&b.mu)
	return b
}

// Put stores v behind everything already stored. While the buffer is full it blocks. Once the buffer is closed, also while Put is
// blocked, it stores nothing and returns ErrClosed.
func (b *Buffer[T]) Put(v T) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.count == len(b.ring) && !b.closed {
		b.notFull.Wait()
	}
	if b.closed {
		return ErrClosed
	}
	b.ring[(b.head+b.count)%len(b.ring)] = v
	b.count++
	b.notEmpty.Signal()
	return nil
}

// Take removes the oldest item and returns it. While the buffer is empty and open it blocks. Once the buffer is closed it goes on
// returning what is stored, then T's zero value and ErrClosed.
func (b *Buffer[T]) Take() (T, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.count == 0 && !b.closed {
		b.notEmpty.Wait()
	}
	var zero T
	if b.count == 0 {
		return zero, ErrClosed
	}
	v := b.ring[b.head]
	b.ring[b.head] = zero // or the buffer would keep alive what it no longer holds
	b.head = (b.head + 1) % len(b.ring)
	b.count--
	b.notFull.Signal()
	return v, nil
}

// Close ends the storing and wakes everybody who is blocked. It waits for nobody. Closing again does nothing.
func (b *Buffer[T]) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.notFull.Broadcast()
	b.notEmpty.Broadcast()
}

// Len returns how many items are stored. What a blocked Put is waiting to store does not count.
func (b *Buffer[T]) Len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.count
}
