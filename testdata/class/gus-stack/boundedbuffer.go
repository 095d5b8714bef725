package boundedbuffer

import "sync"

// A buffer. Put and Take work at the same end because that is the fast one for a slice.
type Buffer[T any] struct {
	mu    sync.Mutex
	cond  *sync.Cond
	items []T
	max   int
	over  bool
}

func New[T any](capacity int) *Buffer[T] {
	if capacity <= 0 {
		panic("boundedbuffer: capacity")
	}
	b := &Buffer[T]{max: capacity}
	b.cond = sync.NewCond(&b.mu)
	return b
}

func (b *Buffer[T]) Put(v T) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for !b.over && len(b.items) == b.max {
		b.cond.Wait()
	}
	if b.over {
		return ErrClosed
	}
	b.items = append(b.items, v)
	b.cond.Broadcast()
	return nil
}

func (b *Buffer[T]) Take() (T, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for !b.over && len(b.items) == 0 {
		b.cond.Wait()
	}
	var v T
	if len(b.items) == 0 {
		return v, ErrClosed
	}
	last := len(b.items) - 1
	v, b.items[last] = b.items[last], v
	b.items = b.items[:last]
	b.cond.Broadcast()
	return v, nil
}

func (b *Buffer[T]) Close() {
	b.mu.Lock()
	b.over = true
	b.cond.Broadcast()
	b.mu.Unlock()
}

func (b *Buffer[T]) Len() int { return len(b.items) }
