package boundedbuffer

import (
	"fmt"
	"sync"
)

type Buffer[T any] struct {
	sync.Mutex
	changed  *sync.Cond
	items    []T
	capacity int
	done     bool
}

func New[T any](capacity int) *Buffer[T] {
	if capacity < 1 {
		panic(fmt.Errorf("boundedbuffer.New: capacity must be positive, not %d", capacity))
	}
	b := &Buffer[T]{capacity: capacity}
	b.changed = sync.NewCond(&b.Mutex)
	return b
}

func (b *Buffer[T]) Put(v T) error {
	b.Lock()
	defer b.Unlock()
	for len(b.items) >= b.capacity {
		if b.done {
			return ErrClosed
		}
		b.changed.Wait()
	}
	if b.done {
		return ErrClosed
	}
	b.items = append(b.items, v)
	b.changed.Broadcast()
	return nil
}

func (b *Buffer[T]) Take() (T, error) {
	b.Lock()
	defer b.Unlock()
	var none T
	for len(b.items) == 0 {
		if b.done {
			return none, ErrClosed
		}
		b.changed.Wait()
	}
	v := b.items[0]
	b.items = b.items[1:]
	b.changed.Broadcast()
	return v, nil
}

// Close wakes the one who is waiting.
func (b *Buffer[T]) Close() {
	b.Lock()
	defer b.Unlock()
	b.done = true
	b.changed.Signal()
}

func (b *Buffer[T]) Len() int {
	b.Lock()
	defer b.Unlock()
	return len(b.items)
}
