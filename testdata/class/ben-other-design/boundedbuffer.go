package boundedbuffer

import "sync"

// Buffer keeps its items in a channel; a second channel says that it is closed.
type Buffer[T any] struct {
	items  chan T
	closed chan struct{}
	mu     sync.RWMutex // Put holds it for reading while it sends, so that Close can wait until nobody sends
	once   sync.Once
}

func New[T any](capacity int) *Buffer[T] {
	if capacity < 1 {
		panic("boundedbuffer: I need room for at least one item")
	}
	return &Buffer[T]{items: make(chan T, capacity), closed: make(chan struct{})}
}

func (b *Buffer[T]) Put(v T) error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	select {
	case <-b.closed:
		return ErrClosed
	default:
	}
	select {
	case b.items <- v:
		return nil
	case <-b.closed:
		return ErrClosed
	}
}

func (b *Buffer[T]) Take() (T, error) {
	v, ok := <-b.items
	if !ok {
		return v, ErrClosed
	}
	return v, nil
}

func (b *Buffer[T]) Close() {
	b.once.Do(func() {
		close(b.closed) // blocked Puts leave
		b.mu.Lock()     // and when the last has left nobody can send any more
		close(b.items)
		b.mu.Unlock()
	})
}

func (b *Buffer[T]) Len() int { return len(b.items) }
