package minirabbit

import "sync"

// gate is a door that a fault can shut: whoever moves bytes passes through it.
type gate struct {
	mu   sync.Mutex
	open chan struct{} // closed while the gate is open
}

func newGate() *gate {
	g := &gate{open: make(chan struct{})}
	close(g.open)
	return g
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-g.open:
		g.open = make(chan struct{})
	default: // shut already
	}
}

func (g *gate) reopen() {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-g.open:
	default:
		close(g.open)
	}
}

func (g *gate) isOpen() bool {
	select {
	case <-g.way():
		return true
	default:
		return false
	}
}

func (g *gate) way() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.open
}

// pass waits until the gate is open; false means that done came first.
func (g *gate) pass(done <-chan struct{}) bool {
	for {
		select {
		case <-g.way():
			if g.isOpen() {
				return true
			}
		case <-done:
			return false
		}
	}
}
