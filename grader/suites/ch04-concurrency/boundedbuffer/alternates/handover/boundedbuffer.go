package boundedbuffer

import (
	"fmt"
	"slices"
	"sync"
)

// Buffer keeps its own queues of blocked callers. Whoever changes something finishes the call of the one who waited longest and
// tells it through a channel that only this caller listens to: nobody wakes up in vain, and turns are taken in order of arrival.
type Buffer[T any] struct {
	mu       sync.Mutex
	capacity int
	items    []T
	takers   []chan result[T] // not empty only while items is empty
	putters  []putter[T]      // not empty only while items is full
	closed   bool
}

// result is what a blocked Take is told.
type result[T any] struct {
	item T
	err  error
}

// putter is a blocked Put: what it wants to store, and where it hears the outcome.
type putter[T any] struct {
	item    T
	outcome chan error
}

// New returns an empty, open buffer.
func New[T any](capacity int) *Buffer[T] {
	if capacity < 1 {
		panic(fmt.Sprintf("boundedbuffer.New: capacity is %d, want at least 1", capacity))
	}
	return &Buffer[T]{capacity: capacity}
}

// Put gives the item to a waiting Take, stores it, or waits for room.
func (b *Buffer[T]) Put(v T) error {
	b.mu.Lock()
	switch {
	case b.closed:
		b.mu.Unlock()
		return ErrClosed
	case len(b.takers) > 0:
		b.takers[0] <- result[T]{item: v}
		b.takers = slices.Delete(b.takers, 0, 1)
	case len(b.items) < b.capacity:
		b.items = append(b.items, v)
	default:
		p := putter[T]{item: v, outcome: make(chan error, 1)}
		b.putters = append(b.putters, p)
		b.mu.Unlock()
		return <-p.outcome
	}
	b.mu.Unlock()
	return nil
}

// Take removes the oldest item and stores what the first waiting Put holds, or waits for an item.
func (b *Buffer[T]) Take() (T, error) {
	b.mu.Lock()
	if len(b.items) == 0 && !b.closed {
		told := make(chan result[T], 1)
		b.takers = append(b.takers, told)
		b.mu.Unlock()
		r := <-told
		return r.item, r.err
	}
	defer b.mu.Unlock()
	var first T
	if len(b.items) == 0 {
		return first, ErrClosed
	}
	first = b.items[0]
	b.items = slices.Delete(b.items, 0, 1)
	if len(b.putters) > 0 {
		b.items = append(b.items, b.putters[0].item)
		b.putters[0].outcome <- nil
		b.putters = slices.Delete(b.putters, 0, 1)
	}
	return first, nil
}

// Close tells everybody who waits.
func (b *Buffer[T]) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	for _, told := range b.takers {
		told <- result[T]{err: ErrClosed}
	}
	for _, p := range b.putters {
		p.outcome <- ErrClosed
	}
	b.takers, b.putters = nil, nil
}

// Len counts under the lock.
func (b *Buffer[T]) Len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.items)
}
