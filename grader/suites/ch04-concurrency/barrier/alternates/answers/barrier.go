package barrier

import (
	"context"
	"sync"
)

// Latch hands out a context that ends when the count is 0: waiting for two contexts is easier than for a number.
type Latch struct {
	mu    sync.Mutex
	count int
	zero  context.Context
	open  context.CancelFunc
}

// NewLatch returns a latch.
func NewLatch(n int) *Latch {
	if n < 1 {
		panic("barrier: a latch must count down from 1 or more")
	}
	zero, open := context.WithCancel(context.Background())
	return &Latch{count: n, zero: zero, open: open}
}

// CountDown ends the latch's context.
func (l *Latch) CountDown() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count > 0 {
		l.count--
	}
	if l.count == 0 {
		l.open() // once more does not matter
	}
}

// Wait waits for one of two contexts.
func (l *Latch) Wait(ctx context.Context) error {
	select {
	case <-l.zero.Done():
	case <-ctx.Done():
	}
	if l.zero.Err() != nil {
		return nil
	}
	return ctx.Err()
}

// Count returns the count.
func (l *Latch) Count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}

// Barrier has a list of those who wait, and gives each of them an answer of her own.
type Barrier struct {
	parties int
	action  func()

	mu      sync.Mutex
	waiting []chan error // each with a place for the answer
	broken  bool
}

// NewBarrier returns a barrier at which nobody waits.
func NewBarrier(parties int, action func()) *Barrier {
	if parties < 1 {
		panic("barrier: no parties")
	}
	if action == nil {
		panic("barrier: no action")
	}
	return &Barrier{parties: parties, action: action}
}

// Await waits for an answer, or gives everybody else one.
func (b *Barrier) Await(ctx context.Context) (int, error) {
	b.mu.Lock()
	if b.broken {
		b.mu.Unlock()
		return 0, ErrBroken
	}
	index := len(b.waiting)
	if index == b.parties-1 {
		defer b.mu.Unlock()
		b.run()
		return index, nil
	}
	answer := make(chan error, 1)
	b.waiting = append(b.waiting, answer)
	b.mu.Unlock()

	select {
	case err := <-answer:
		return index, err
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case err := <-answer: // it came first
		return index, err
	default:
		b.broken = true
		b.tell(ErrBroken)
		return 0, ctx.Err()
	}
}

// run runs the action and tells everybody how that went.
func (b *Barrier) run() {
	b.broken = true
	told := ErrBroken
	defer func() { b.tell(told) }()
	b.action()
	b.broken = false
	told = nil
}

func (b *Barrier) tell(err error) {
	for _, answer := range b.waiting {
		answer <- err
	}
	b.waiting = nil
}

// Reset tells everybody to go.
func (b *Barrier) Reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.broken = false
	b.tell(ErrBroken)
}
