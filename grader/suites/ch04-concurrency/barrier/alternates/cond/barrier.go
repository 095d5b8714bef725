package barrier

import (
	"context"
	"sync"
)

// monitor is a lock with a condition on which one can wait until a context ends.
type monitor struct {
	sync.Mutex
	changed *sync.Cond
}

func newMonitor() *monitor {
	m := &monitor{}
	m.changed = sync.NewCond(m)
	return m
}

// waitWhile waits, with the lock held, as long as the condition holds and the context lives.
func (m *monitor) waitWhile(ctx context.Context, holds func() bool) {
	stop := context.AfterFunc(ctx, func() {
		m.Lock()
		defer m.Unlock()
		m.changed.Broadcast()
	})
	defer stop()
	for holds() && ctx.Err() == nil {
		m.changed.Wait()
	}
}

// Latch is a number in a monitor.
type Latch struct {
	m     *monitor
	count int
}

// NewLatch returns a latch.
func NewLatch(n int) *Latch {
	if n <= 0 {
		panic("a latch of package barrier must count something")
	}
	return &Latch{newMonitor(), n}
}

// CountDown wakes everybody at 0.
func (l *Latch) CountDown() {
	l.m.Lock()
	defer l.m.Unlock()
	if l.count--; l.count <= 0 {
		l.count = 0
		l.m.changed.Broadcast()
	}
}

// Wait looks at the count first.
func (l *Latch) Wait(ctx context.Context) error {
	l.m.Lock()
	defer l.m.Unlock()
	l.m.waitWhile(ctx, func() bool { return l.count > 0 })
	if l.count == 0 {
		return nil
	}
	return ctx.Err()
}

// Count looks under the lock.
func (l *Latch) Count() int {
	l.m.Lock()
	defer l.m.Unlock()
	return l.count
}

// Barrier numbers its generations. A generation is over when the number is another one. How it ended, those who were in it look up.
type Barrier struct {
	m       *monitor
	parties int
	action  func()

	number  int // of the generation that is filling up
	arrived int
	broken  bool        // nobody gets in until Reset
	failed  map[int]int // for each generation that has failed, how many of it do not know yet
}

// NewBarrier returns a barrier.
func NewBarrier(parties int, action func()) *Barrier {
	if parties <= 0 || action == nil {
		panic("a barrier needs parties and an action")
	}
	return &Barrier{m: newMonitor(), parties: parties, action: action, failed: map[int]int{}}
}

// Await runs the action with the lock held.
func (b *Barrier) Await(ctx context.Context) (int, error) {
	b.m.Lock()
	defer b.m.Unlock()
	if b.broken {
		return -1, ErrBroken
	}
	mine, index := b.number, b.arrived
	b.arrived++
	if b.arrived == b.parties {
		b.arrived-- // those who wait, if the action panics
		b.broken = true
		defer b.next()
		b.action()
		b.broken = false
		b.arrived = 0
		return index, nil
	}
	b.m.waitWhile(ctx, func() bool { return b.number == mine })
	if b.number == mine {
		b.arrived-- // the others
		b.broken = true
		b.next()
		return -1, ctx.Err()
	}
	if b.failed[mine] == 0 {
		return index, nil
	}
	b.failed[mine]--
	if b.failed[mine] == 0 {
		delete(b.failed, mine)
	}
	return -1, ErrBroken
}

// next begins another generation. Whoever is still counted in the old one has failed.
func (b *Barrier) next() {
	if b.arrived > 0 {
		b.failed[b.number] = b.arrived
	}
	b.number++
	b.arrived = 0
	b.m.changed.Broadcast()
}

// Reset begins another generation.
func (b *Barrier) Reset() {
	b.m.Lock()
	defer b.m.Unlock()
	b.next()
	b.broken = false
}
