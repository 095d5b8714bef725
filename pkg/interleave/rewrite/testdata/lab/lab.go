// Package lab is what a student hands in, for the tests of the rewriter.
package lab

import "sync"

// Gate lets a number of goroutines through at a time.
type Gate struct {
	mu   sync.Mutex
	cond *sync.Cond
	free int
}

// NewGate returns a gate for n.
func NewGate(n int) *Gate {
	g := &Gate{free: n}
	g.cond = sync.NewCond(&g.mu)
	return g
}

// Enter waits until there is room.
func (g *Gate) Enter() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.free == 0 {
		g.cond.Wait()
	}
	g.free--
}

// Leave makes room.
func (g *Gate) Leave(done *sync.WaitGroup) {
	g.mu.Lock()
	g.free++
	g.mu.Unlock()
	g.cond.Signal()
	done.Done()
}

// Count is wrong: it does not lock.
func (g *Gate) Count() int { return g.free }
