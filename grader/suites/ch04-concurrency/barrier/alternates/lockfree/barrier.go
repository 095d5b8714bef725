package barrier

import (
	"context"
	"sync"
	"sync/atomic"
)

// Latch counts under a lock and opens a channel once.
type Latch struct {
	sync.Mutex
	n    int
	once sync.Once
	done chan struct{}
}

// NewLatch returns a latch.
func NewLatch(n int) *Latch {
	if n < 1 {
		panic("package barrier: NewLatch needs n > 0")
	}
	return &Latch{n: n, done: make(chan struct{})}
}

// CountDown opens the channel when it leaves the count at 0.
func (l *Latch) CountDown() {
	l.Lock()
	if l.n > 0 {
		l.n--
	}
	zero := l.n == 0
	l.Unlock()
	if zero {
		l.once.Do(func() { close(l.done) })
	}
}

// Wait looks at the count when the context has ended.
func (l *Latch) Wait(ctx context.Context) error {
	select {
	case <-l.done:
	case <-ctx.Done():
		if l.Count() > 0 {
			return ctx.Err()
		}
	}
	return nil
}

// Count returns the count.
func (l *Latch) Count() int {
	l.Lock()
	defer l.Unlock()
	return l.n
}

// Barrier has no lock. All that is decided about a generation is decided by changing one atomic number.
type Barrier struct {
	parties int64
	action  func()
	current atomic.Pointer[generation]
}

type generation struct {
	state atomic.Int64 // so many have arrived, and one more when the action has come to its end; or broken
	over  chan struct{}
}

const broken = -1

func (b *Barrier) begin() {
	b.current.Store(&generation{over: make(chan struct{})})
}

// NewBarrier returns a barrier.
func NewBarrier(parties int, action func()) *Barrier {
	if parties < 1 || action == nil {
		panic("package barrier: NewBarrier needs parties > 0 and an action")
	}
	b := &Barrier{parties: int64(parties), action: action}
	b.begin()
	return b
}

// Await tries to arrive until nobody else comes in between. At a complete generation it waits for the next one.
func (b *Barrier) Await(ctx context.Context) (int, error) {
	for {
		g := b.current.Load()
		arrived := g.state.Load()
		switch {
		case arrived == broken:
			if g == b.current.Load() {
				return 0, ErrBroken
			}
		case arrived >= b.parties:
			<-g.over
		case g.state.CompareAndSwap(arrived, arrived+1):
			if arrived+1 == b.parties {
				b.run(g)
				return int(arrived), nil
			}
			return int(arrived), g.wait(ctx, b.parties)
		}
	}
}

// run begins the next generation before it lets this one go.
func (b *Barrier) run(g *generation) {
	defer close(g.over)
	defer func() {
		if g.state.Load() == b.parties { // the action has not come to its end
			g.state.Store(broken)
		}
	}()
	b.action()
	b.begin()
	g.state.Store(b.parties + 1)
}

func (g *generation) wait(ctx context.Context, parties int64) error {
	select {
	case <-g.over:
	case <-ctx.Done():
		if g.giveUp(parties) {
			return ctx.Err()
		}
		<-g.over
	}
	if g.state.Load() == broken {
		return ErrBroken
	}
	return nil
}

// giveUp breaks the generation unless it is complete or broken.
func (g *generation) giveUp(parties int64) bool {
	for {
		arrived := g.state.Load()
		if arrived == broken || arrived >= parties {
			return false
		}
		if g.state.CompareAndSwap(arrived, broken) {
			close(g.over)
			return true
		}
	}
}

// Reset begins another generation before it lets the old one go.
func (b *Barrier) Reset() {
	g := b.current.Load()
	g.giveUp(b.parties)
	b.begin()
}
