package faultproxy

import (
	"context"
	"sync"

	"github.com/Shopify/toxiproxy/v2/stream"
	"github.com/Shopify/toxiproxy/v2/toxics"
)

// gateType is the name under which toxiproxy builds gates.
const gateType = "gate"

// registerGate tells toxiproxy how to build a gate; its registry is global and asks by name.
var registerGate = sync.OnceFunc(func() { toxics.Register(gateType, new(gate)) })

// gate is a toxic that stays in the chain of one direction and lets bytes pass, holds them, or ends the connections.
//
// Toxiproxy's own way to a black hole, adding and removing its timeout toxic, drops what was sent and closes the
// connections on removal; a stalled network does neither. Its own way to cut connections stops listening for a
// moment, which a client that reconnects at once can see.
type gate struct {
	mu    sync.Mutex
	shut  chan struct{} // nil while open; closed by the next open
	conns *generation
	over  bool // every connection ends at once, also one that is only just starting
}

// generation is the connections between two cuts.
type generation struct {
	cut   chan struct{}
	end   func() // closes cut, once
	pipes sync.WaitGroup
}

func newGeneration() *generation {
	cut := make(chan struct{})
	return &generation{cut: cut, end: sync.OnceFunc(func() { close(cut) })}
}

// Pipe moves one connection's chunks in one direction until either end closes or the connection is cut.
func (g *gate) Pipe(stub *toxics.ToxicStub) {
	conns := g.join()
	defer conns.pipes.Done()
	for {
		select {
		case <-conns.cut:
			drain(stub)
			return
		case chunk := <-stub.Input:
			if !g.pass(conns, stub, chunk) {
				drain(stub)
				return
			}
			if chunk == nil {
				stub.Close()
				return
			}
		}
	}
}

// pass hands a chunk on once the gate is open; false if the connection was cut first. A nil chunk, the end of the
// stream, waits at the gate too: a black hole swallows a FIN like any other packet.
func (g *gate) pass(conns *generation, stub *toxics.ToxicStub, chunk *stream.StreamChunk) bool {
	for shut := g.closedBy(); shut != nil; shut = g.closedBy() {
		select {
		case <-conns.cut:
			return false
		case <-shut:
		}
	}
	if chunk == nil {
		return true
	}
	select {
	case <-conns.cut:
		return false
	case stub.Output <- chunk:
		return true
	}
}

// drain closes the way out, which makes toxiproxy close the connection, and eats what still comes in: without it the
// goroutines before this one would block for ever.
func drain(stub *toxics.ToxicStub) {
	stub.Close()
	for range stub.Input {
	}
}

func (g *gate) join() *generation {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.conns == nil {
		g.conns = newGeneration()
		if g.over {
			g.conns.end()
		}
	}
	g.conns.pipes.Add(1)
	return g.conns
}

func (g *gate) closedBy() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.shut
}

// close holds every chunk from now on.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut == nil {
		g.shut = make(chan struct{})
	}
}

// open lets held chunks and all later ones pass.
func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut != nil {
		close(g.shut)
		g.shut = nil
	}
}

// detach separates the connections that pass here now from those to come.
func (g *gate) detach() *generation {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.conns
	g.conns = nil
	if now == nil {
		now = newGeneration()
	}
	return now
}

// finish is a detach after which every connection ends at once.
func (g *gate) finish() *generation {
	now := g.detach()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.over = true
	if g.conns != nil { // a connection that came in between
		g.conns.end()
	}
	return now
}

// gone waits until both ends of every connection of the generation are closed.
func (ended *generation) gone(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		ended.pipes.Wait()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
