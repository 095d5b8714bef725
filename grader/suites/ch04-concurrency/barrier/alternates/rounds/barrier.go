package barrier

import (
	"context"
	"fmt"
	"sync"
)

// Latch tells each of those who wait through a channel of her own.
type Latch struct {
	mu     sync.Mutex
	count  int
	waiter []chan struct{} // of those who wait
}

// NewLatch returns a latch.
func NewLatch(n int) *Latch {
	if n < 1 {
		panic(fmt.Errorf("barrier: latch of %d", n))
	}
	return &Latch{count: n}
}

// CountDown tells each of those who wait.
func (l *Latch) CountDown() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count = max(l.count-1, 0)
	if l.count > 0 {
		return
	}
	for _, told := range l.waiter {
		close(told)
	}
	l.waiter = nil
}

// Wait leaves a channel behind that only it listens to.
func (l *Latch) Wait(ctx context.Context) error {
	l.mu.Lock()
	if l.count == 0 {
		l.mu.Unlock()
		return nil
	}
	told := make(chan struct{})
	l.waiter = append(l.waiter, told)
	l.mu.Unlock()
	select {
	case <-told:
		return nil
	case <-ctx.Done():
	}
	if l.Count() == 0 {
		return nil
	}
	return fmt.Errorf("latch: %w", ctx.Err())
}

// Count looks under the lock.
func (l *Latch) Count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}

// Barrier runs the action without a lock: meanwhile, the next round may fill up.
type Barrier struct {
	parties int
	action  func()

	mu     sync.Mutex
	round  *round
	broken bool
}

// round hears its outcome once.
type round struct {
	arrived int
	done    chan struct{}
	err     error // constant when done is closed
}

func (r *round) end(err error) {
	r.err = err
	close(r.done)
}

func newRound() *round { return &round{done: make(chan struct{})} }

// NewBarrier returns a barrier.
func NewBarrier(parties int, action func()) *Barrier {
	if parties < 1 || action == nil {
		panic(fmt.Sprintln("barrier: nobody to wait for or nothing to do:", parties))
	}
	return &Barrier{parties: parties, action: action, round: newRound()}
}

// Await arrives and waits. A context that is done already breaks the barrier also when its caller would have been the last.
func (b *Barrier) Await(ctx context.Context) (index int, err error) {
	b.mu.Lock()
	if b.broken {
		b.mu.Unlock()
		return 0, fmt.Errorf("await: %w", ErrBroken)
	}
	if ctx.Err() != nil {
		b.breakUp()
		b.mu.Unlock()
		return 0, ctx.Err()
	}
	r := b.round
	index = r.arrived
	r.arrived++
	if r.arrived == b.parties {
		b.round = newRound()
		b.mu.Unlock()
		b.act(r)
		return index, nil
	}
	b.mu.Unlock()

	select {
	case <-r.done:
		return index, r.err
	case <-ctx.Done():
	}
	b.mu.Lock()
	if r == b.round && !b.broken { // neither complete nor broken
		b.breakUp()
		b.mu.Unlock()
		return 0, ctx.Err()
	}
	b.mu.Unlock()
	<-r.done
	return index, r.err
}

// act runs the action and tells its round. If it panics, the next round, which may have begun, is broken too.
func (b *Barrier) act(r *round) {
	defer func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if p := recover(); p != nil {
			r.end(ErrBroken)
			if !b.broken {
				b.breakUp()
			}
			panic(p)
		}
		r.end(nil)
	}()
	b.action()
}

// breakUp breaks the barrier. The lock must be held, and it must not be broken.
func (b *Barrier) breakUp() {
	b.broken = true
	b.round.end(ErrBroken)
}

// Reset sends those who wait away.
func (b *Barrier) Reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.broken {
		b.round.end(ErrBroken)
	}
	b.broken = false
	b.round = newRound()
}
