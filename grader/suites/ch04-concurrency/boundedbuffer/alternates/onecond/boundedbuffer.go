package boundedbuffer

import (
	"container/list"
	"fmt"
	"sync"
)

// Buffer waits on a single condition, "something changed", and wakes everybody at every change. That is more waking than needed,
// but nobody can be forgotten. The items are in a linked list.
type Buffer[T any] struct {
	mu       sync.Mutex
	changed  *sync.Cond
	capacity int
	items    list.List
	closed   bool
}

// New returns an empty, open buffer.
func New[T any](capacity int) *Buffer[T] {
	if capacity < 1 {
		panic(fmt.Errorf("boundedbuffer: New(%d): a buffer needs room for one item", capacity))
	}
	b := &Buffer[T]{capacity: capacity}
	b.changed = sync.NewCond(&b.mu)
	return b
}

// Put waits until there is room or the buffer is closed.
func (b *Buffer[T]) Put(v T) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for !b.closed && b.items.Len() >= b.capacity {
		b.changed.Wait()
	}
	if b.closed {
		return ErrClosed
	}
	b.items.PushBack(v)
	b.changed.Broadcast()
	return nil
}

// Take waits until there is an item or the buffer is closed.
func (b *Buffer[T]) Take() (item T, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for !b.closed && b.items.Len() == 0 {
		b.changed.Wait()
	}
	if b.items.Len() == 0 {
		return item, ErrClosed
	}
	item = b.items.Remove(b.items.Front()).(T)
	b.changed.Broadcast()
	return item, nil
}

// Close wakes everybody.
func (b *Buffer[T]) Close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.changed.Broadcast()
}

// Len counts under the lock.
func (b *Buffer[T]) Len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.items.Len()
}
