package boundedbuffer

import (
	"container/list"
	"fmt"
	"sync"
)

// Buffer is a first-in, first-out queue that holds a limited number of items. Any number of goroutines may call its methods at
// the same time. Make one with New.
//
// Design: instead of a sync.Cond I keep the blocked callers in two queues of my own. Whoever makes progress possible finishes
// the oldest blocked call *for* it, while holding the lock, and then wakes it by closing its channel. So
//   - the caller that wakes up has nothing left to check, the result is already in its ticket,
//   - no newcomer can overtake it between the wake-up and the moment it runs,
//   - blocked callers are served in the order in which they came.
//
// Invariants, whenever mu is free:
//   - putters is not empty only if the buffer is open and full,
//   - takers is not empty only if the buffer is open and empty.
type Buffer[T any] struct {
	mu     sync.Mutex
	closed bool

	ring  []T // the places of the items; len(ring) is the capacity
	first int // the place of the oldest item
	count int // how many items are stored

	putters list.List // of *ticket[T], the blocked Puts, the oldest first
	takers  list.List // of *ticket[T], the blocked Takes, the oldest first
}

// ticket is one blocked call. Its fields are written under the lock of the buffer, before done is closed, and read by the caller
// after that.
type ticket[T any] struct {
	item T             // Put: what it wants to store; Take: what it got
	err  error         // ErrClosed if Close ended the call
	done chan struct{} // closed when the call has its result
}

// New returns an empty, open buffer for at most capacity items. It panics with a message that contains "boundedbuffer" if
// capacity is below 1.
func New[T any](capacity int) *Buffer[T] {
	if capacity < 1 {
		panic(fmt.Sprintf("boundedbuffer: New(%d): the capacity must be at least 1", capacity))
	}
	return &Buffer[T]{ring: make([]T, capacity)} // the zero list.List is an empty list
}

// Put stores v behind everything already stored. While the buffer is full it blocks. Once the buffer is closed, also while Put is
// blocked, it stores nothing and returns ErrClosed.
func (b *Buffer[T]) Put(v T) error {
	b.mu.Lock()
	switch {
	case b.closed:
		b.mu.Unlock()
		return ErrClosed

	case b.takers.Len() > 0:
		// The buffer is empty and somebody waits: hand the item over directly.
		t := pop[T](&b.takers)
		t.item = v
		close(t.done)
		b.mu.Unlock()
		return nil

	case b.count < len(b.ring):
		b.push(v)
		b.mu.Unlock()
		return nil
	}

	t := &ticket[T]{item: v, done: make(chan struct{})}
	b.putters.PushBack(t)
	b.mu.Unlock()

	<-t.done
	return t.err
}

// Take removes the oldest item and returns it. While the buffer is empty and open it blocks. Once the buffer is closed it goes on
// returning what is stored, then T's zero value and ErrClosed.
func (b *Buffer[T]) Take() (T, error) {
	b.mu.Lock()
	if b.count > 0 {
		v := b.shift()
		if b.putters.Len() > 0 {
			// There is room for one: the oldest blocked Put gets it.
			t := pop[T](&b.putters)
			b.push(t.item)
			close(t.done)
		}
		b.mu.Unlock()
		return v, nil
	}
	if b.closed {
		b.mu.Unlock()
		var zero T
		return zero, ErrClosed
	}

	t := &ticket[T]{done: make(chan struct{})}
	b.takers.PushBack(t)
	b.mu.Unlock()

	<-t.done
	return t.item, t.err
}

// Close ends the storing and wakes everybody who is blocked. It waits for nobody. Closing again does nothing.
func (b *Buffer[T]) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	for _, waiting := range []*list.List{&b.putters, &b.takers} {
		for waiting.Len() > 0 {
			t := pop[T](waiting)
			t.err = ErrClosed
			close(t.done)
		}
	}
}

// Len returns how many items are stored. What a blocked Put is waiting to store does not count.
func (b *Buffer[T]) Len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.count
}

// push stores v behind the last item. The lock must be held and there must be room.
func (b *Buffer[T]) push(v T) {
	b.ring[(b.first+b.count)%len(b.ring)] = v
	b.count++
}

// shift removes the oldest item. The lock must be held and there must be an item.
func (b *Buffer[T]) shift() T {
	var zero T
	v := b.ring[b.first]
	b.ring[b.first] = zero // or the garbage collector could not free what v refers to
	b.first = (b.first + 1) % len(b.ring)
	b.count--
	return v
}

// pop removes the ticket that has been waiting longest. The lock must be held and the list must not be empty.
func pop[T any](waiting *list.List) *ticket[T] {
	return waiting.Remove(waiting.Front()).(*ticket[T])
}
