package barrier

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// Latch counts in an atomic number.
type Latch struct {
	left atomic.Int64
	gate chan struct{}
}

// NewLatch returns a latch.
func NewLatch(n int) *Latch {
	if n < 1 {
		panic(errors.New("barrier.NewLatch: n must be positive"))
	}
	l := &Latch{gate: make(chan struct{})}
	l.left.Store(int64(n))
	return l
}

// CountDown tries until nobody else comes in between; whoever makes it 0 opens the gate.
func (l *Latch) CountDown() {
	for {
		left := l.left.Load()
		if left == 0 {
			return
		}
		if l.left.CompareAndSwap(left, left-1) {
			if left == 1 {
				close(l.gate)
			}
			return
		}
	}
}

// Wait prefers an open gate.
func (l *Latch) Wait(ctx context.Context) error {
	select {
	case <-l.gate:
		return nil
	case <-ctx.Done():
	}
	select {
	case <-l.gate:
		return nil
	default:
		return ctx.Err()
	}
}

// Count is the atomic number.
func (l *Latch) Count() int { return int(l.left.Load()) }

// Barrier is a room with two turnstiles, of which one is open. One comes in through the first and waits inside. Then the first one is
// locked, the second one opens, and only when the room is empty does the first one open again. So there is never more than one generation
// inside.
type Barrier struct {
	parties int
	action  func()

	mu      sync.Mutex
	inside  int
	leaving bool          // the second turnstile is open, the first one locked
	out     chan struct{} // closed when the second turnstile opens
	empty   chan struct{} // closed when the first one opens again
	passed  bool          // those who leave have passed
	broken  bool          // who comes next has come in vain
}

// NewBarrier returns an empty room.
func NewBarrier(parties int, action func()) *Barrier {
	if parties < 1 {
		panic(errors.New("barrier.NewBarrier: parties must be positive"))
	}
	if action == nil {
		panic(errors.New("barrier.NewBarrier: action must not be nil"))
	}
	return &Barrier{parties: parties, action: action, out: make(chan struct{}), empty: make(chan struct{})}
}

// Await goes in and out.
func (b *Barrier) Await(ctx context.Context) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waitOutside()
	if b.broken {
		return 0, ErrBroken
	}
	index := b.inside
	b.inside++
	defer b.leave()
	if b.inside == b.parties {
		b.runAction()
		return index, nil
	}
	if gaveUp := b.waitInside(ctx); gaveUp {
		return 0, ctx.Err()
	}
	if !b.passed {
		return 0, ErrBroken
	}
	return index, nil
}

// waitOutside waits until nobody is leaving. That takes as long as the others need to leave.
func (b *Barrier) waitOutside() {
	for b.leaving {
		empty := b.empty
		b.mu.Unlock()
		<-empty
		b.mu.Lock()
	}
}

// runAction opens the second turnstile, whatever comes of the action.
func (b *Barrier) runAction() {
	b.broken = true
	defer func() { b.open(!b.broken) }()
	b.action()
	b.broken = false
}

// waitInside waits for the second turnstile, and reports whether somebody has given up waiting, and broken the barrier.
func (b *Barrier) waitInside(ctx context.Context) (gaveUp bool) {
	out := b.out
	b.mu.Unlock()
	select {
	case <-out:
	case <-ctx.Done():
	}
	b.mu.Lock()
	if b.leaving {
		return false
	}
	b.broken = true
	b.open(false)
	return true
}

func (b *Barrier) open(passed bool) {
	b.passed, b.leaving = passed, true
	close(b.out)
}

func (b *Barrier) leave() {
	b.inside--
	if b.inside == 0 {
		b.leaving = false
		close(b.empty)
		b.out, b.empty = make(chan struct{}), make(chan struct{})
	}
}

// Reset sends out whoever is inside.
func (b *Barrier) Reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.broken = false
	if b.inside > 0 && !b.leaving {
		b.open(false)
	}
}
