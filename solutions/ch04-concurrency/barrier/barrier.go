package barrier

import (
	"context"
	"fmt"
	"sync"
)

// Latch opens when it has been counted down to 0, and stays open. Any number of goroutines may call its methods at the same time. Make
// one with NewLatch.
type Latch struct {
	mu    sync.Mutex
	count int           // guarded by mu
	open  chan struct{} // closed when count becomes 0
}

// NewLatch returns a latch that opens after n calls of CountDown. It panics with a message that contains "barrier" if n is below 1.
func NewLatch(n int) *Latch {
	if n < 1 {
		panic(fmt.Sprintf("barrier: NewLatch(%d), want at least 1", n))
	}
	return &Latch{count: n, open: make(chan struct{})}
}

// CountDown lowers the count by one, and opens the latch when that makes it 0. An open latch ignores it. It never blocks.
func (l *Latch) CountDown() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count == 0 {
		return
	}
	l.count--
	if l.count == 0 {
		close(l.open)
	}
}

// Wait blocks until the latch is open, and returns nil, or until ctx is done, and returns its error. If both is so, it returns nil.
func (l *Latch) Wait(ctx context.Context) error {
	select {
	case <-l.open:
		return nil
	case <-ctx.Done():
		if l.Count() == 0 {
			return nil
		}
		return ctx.Err()
	}
}

// Count returns how often CountDown must still be called.
func (l *Latch) Count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}

// Barrier lets a number of parties wait until all of them have arrived, again and again. Any number of goroutines may call its methods
// at the same time. Make one with NewBarrier.
type Barrier struct {
	parties int
	action  func()
	mu      sync.Mutex
	current *generation // guarded by mu: whom the next one to arrive belongs to
}

// generation is what those who wait for each other have in common.
type generation struct {
	arrived int           // guarded by the barrier's mu
	over    chan struct{} // closed when it has been decided whether they pass or are broken
	broken  bool          // guarded by mu until over is closed, and constant from then on
}

// NewBarrier returns a barrier for so many parties. Whoever of them arrives last runs action. It panics with a message that contains
// "barrier" if parties is below 1 or action is nil.
func NewBarrier(parties int, action func()) *Barrier {
	if parties < 1 || action == nil {
		panic(fmt.Sprintf("barrier: NewBarrier(%d, …) needs at least 1 party, and an action", parties))
	}
	return &Barrier{parties: parties, action: action, current: newGeneration()}
}

func newGeneration() *generation { return &generation{over: make(chan struct{})} }

// Await blocks until all parties have arrived. It returns how many had arrived before the caller. The last one first runs the action;
// if that panics, the barrier breaks and the panic goes on to its caller. If ctx ends while the caller waits, the barrier breaks, and
// Await returns the context's error. Everybody else who waits, or comes before Reset, gets ErrBroken.
func (b *Barrier) Await(ctx context.Context) (index int, err error) {
	b.mu.Lock()
	g := b.current
	if g.broken {
		b.mu.Unlock()
		return 0, ErrBroken
	}
	index = g.arrived
	g.arrived++
	if g.arrived == b.parties {
		defer b.mu.Unlock()
		b.trip(g)
		return index, nil
	}
	b.mu.Unlock()

	select {
	case <-g.over:
	case <-ctx.Done():
		if b.giveUp(g) {
			return 0, ctx.Err()
		}
	}
	if g.broken {
		return 0, ErrBroken
	}
	return index, nil
}

// trip runs the action and lets everybody go. The lock is held: what comes meanwhile, a caller or the end of a context, waits and then
// finds that it has been decided.
func (b *Barrier) trip(g *generation) {
	g.broken = true // unless the action comes to its end
	defer close(g.over)
	b.action()
	g.broken = false
	b.current = newGeneration()
}

// giveUp breaks the generation, or reports that it is too late for that.
func (b *Barrier) giveUp(g *generation) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return g.breakUp()
}

// breakUp breaks a generation about which nothing has been decided yet. The lock must be held.
func (g *generation) breakUp() bool {
	select {
	case <-g.over:
		return false
	default:
		g.broken = true
		close(g.over)
		return true
	}
}

// Reset makes the barrier like new. Those who wait get ErrBroken.
func (b *Barrier) Reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.current.breakUp()
	b.current = newGeneration()
}
