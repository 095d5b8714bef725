package boundedbuffer

import "fmt"

// Buffer is a first-in, first-out queue that holds a limited number of items. One goroutine owns the items; everybody else talks to
// it over channels, until it is told to close. It then leaves what is stored in a channel that is closed as well, and goes home.
type Buffer[T any] struct {
	puts    chan T
	takes   chan T
	counts  chan int
	closing chan struct{}
	closed  chan struct{} // closed when the owner has gone
	rest    chan T        // what the owner left; may be used once closed is closed
}

// New returns an empty, open buffer for at most capacity items. It panics with a message that contains "boundedbuffer" if capacity is
// below 1.
func New[T any](capacity int) *Buffer[T] {
	if capacity < 1 {
		panic(fmt.Sprintf("boundedbuffer: capacity %d is below 1", capacity))
	}
	b := &Buffer[T]{
		puts: make(chan T), takes: make(chan T), counts: make(chan int), closing: make(chan struct{}), closed: make(chan struct{}),
		rest: make(chan T, capacity),
	}
	go b.own(capacity)
	return b
}

// own serves everybody until the buffer is closed. A nil channel is never ready: so nobody puts while there is no room.
func (b *Buffer[T]) own(capacity int) {
	var items []T
	for {
		var puts, takes chan T
		var oldest T
		if len(items) < capacity {
			puts = b.puts
		}
		if len(items) > 0 {
			takes, oldest = b.takes, items[0]
		}
		select {
		case item := <-puts:
			items = append(items, item)
		case takes <- oldest:
			items = append([]T(nil), items[1:]...)
		case b.counts <- len(items):
		case <-b.closing:
			for _, item := range items {
				b.rest <- item
			}
			close(b.rest)
			close(b.closed)
			return
		}
	}
}

// Put stores v behind everything already stored. While the buffer is full it blocks. Once the buffer is closed, also while Put is
// blocked, it stores nothing and returns ErrClosed.
func (b *Buffer[T]) Put(v T) error {
	select {
	case b.puts <- v:
		return nil
	case <-b.closed:
		return ErrClosed
	}
}

// Take removes the oldest item and returns it. While the buffer is empty and open it blocks. Once the buffer is closed it goes on
// returning what is stored, then T's zero value and ErrClosed.
func (b *Buffer[T]) Take() (T, error) {
	select {
	case v := <-b.takes:
		return v, nil
	case <-b.closed:
		v, ok := <-b.rest
		if !ok {
			return v, ErrClosed
		}
		return v, nil
	}
}

// Close ends the storing and wakes everybody who is blocked. Closing again does nothing.
func (b *Buffer[T]) Close() {
	select {
	case b.closing <- struct{}{}:
		<-b.closed
	case <-b.closed:
	}
}

// Len returns how many items are stored. What a blocked Put is waiting to store does not count.
func (b *Buffer[T]) Len() int {
	select {
	case n := <-b.counts:
		return n
	case <-b.closed:
		return len(b.rest)
	}
}
