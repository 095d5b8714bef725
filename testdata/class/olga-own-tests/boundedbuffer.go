package boundedbuffer

import (
	"fmt"
	"sync"
)

// semaphore counts what is free; taking from an empty one blocks.
type semaphore struct {
	mu    *sync.Mutex
	more  *sync.Cond
	count int
}

// Buffer is made of two semaphores: one counts the free places, the other one the items.
type Buffer[T any] struct {
	mu     sync.Mutex
	places semaphore
	items  semaphore
	first  *node[T]
	last   *node[T]
	closed bool
}

type node[T any] struct {
	value T
	next  *node[T]
}

func New[T any](capacity int) *Buffer[T] {
	if capacity < 1 {
		panic(fmt.Sprint("boundedbuffer: capacity ", capacity))
	}
	b := &Buffer[T]{}
	b.places = semaphore{&b.mu, sync.NewCond(&b.mu), capacity}
	b.items = semaphore{&b.mu, sync.NewCond(&b.mu), 0}
	return b
}

// take waits until the semaphore has something or the buffer is closed; the lock is held.
func (b *Buffer[T]) take(s *semaphore) bool {
	for s.count == 0 && !b.closed {
		s.more.Wait()
	}
	if s.count == 0 {
		return false
	}
	s.count--
	return true
}

func (s *semaphore) give() {
	s.count++
	s.more.Signal()
}

func (b *Buffer[T]) Put(v T) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || !b.take(&b.places) || b.closed {
		return ErrClosed
	}
	n := &node[T]{value: v}
	if b.first == nil {
		b.first = n
	} else {
		b.last.next = n
	}
	b.last = n
	b.items.give()
	return nil
}

func (b *Buffer[T]) Take() (T, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.take(&b.items) {
		var none T
		return none, ErrClosed
	}
	v := b.first.value
	b.first = b.first.next
	if b.first == nil {
		b.last = nil
	}
	b.places.give()
	return v, nil
}

func (b *Buffer[T]) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.places.more.Broadcast()
	b.items.more.Broadcast()
}

func (b *Buffer[T]) Len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.items.count
}
