package cacheaside_test

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// gate is a hook on the subject's client that can hold one Redis operation still: just before it is sent, or just after its
// answer has arrived. It knows operations by their number only, so it serves any choice of commands.
type gate struct {
	mu    sync.Mutex
	holds []*hold
}

// moment is where an operation is held.
type moment string

const (
	before moment = "just before"
	after  moment = "just after"
)

// hold waits for the nth operation that names resort, counted from when it was set.
type hold struct {
	resort   string
	nth      int
	at       moment
	op       string        // the operation that it holds; "" until then
	released chan struct{} // closed by release
}

func newGate() *gate { return &gate{} }

// hold arms the gate; reached tells whether the operation has come.
func (g *gate) hold(resort string, nth int, at moment) *hold {
	g.mu.Lock()
	defer g.mu.Unlock()
	h := &hold{resort: resort, nth: nth, at: at, released: make(chan struct{})}
	g.holds = append(g.holds, h)
	return h
}

// reached returns the name of the operation that h holds or held, "" if it has not come.
func (g *gate) reached(h *hold) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return h.op
}

// release lets the operation go on, or disarms h if it has not come.
func (g *gate) release(h *hold) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.releaseLocked(h)
}

func (g *gate) releaseAll() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, h := range g.holds {
		g.releaseLocked(h)
	}
}

func (g *gate) releaseLocked(h *hold) {
	select {
	case <-h.released:
	default:
		h.nth = 0
		close(h.released)
	}
}

// pass sends an operation (one command, or one pipeline) and holds it where a hold asks for it.
func (g *gate) pass(cmds []redis.Cmder, send func() error) error {
	h := g.arrive(cmds)
	if h != nil && h.at == before {
		<-h.released
	}
	err := send()
	if h != nil && h.at == after {
		<-h.released
	}
	return err
}

// arrive counts an operation and returns the hold that was waiting for it.
func (g *gate) arrive(cmds []redis.Cmder) *hold {
	text := textOf(cmds)
	g.mu.Lock()
	defer g.mu.Unlock()
	var found *hold
	for _, h := range g.holds {
		if h.nth == 0 || !strings.Contains(text, h.resort) {
			continue
		}
		if h.nth--; h.nth == 0 && found == nil {
			h.op = nameOf(cmds)
			found = h
		}
	}
	return found
}

func textOf(cmds []redis.Cmder) string {
	var b strings.Builder
	for _, cmd := range cmds {
		for _, arg := range cmd.Args() {
			fmt.Fprintf(&b, "%s ", arg)
		}
	}
	return b.String()
}

func nameOf(cmds []redis.Cmder) string {
	names := make([]string, len(cmds))
	for i, cmd := range cmds {
		names[i] = strings.ToUpper(cmd.Name())
	}
	return strings.Join(names, "+")
}

// The methods of redis.Hook.

func (g *gate) DialHook(next redis.DialHook) redis.DialHook { return next }

func (g *gate) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		return g.pass([]redis.Cmder{cmd}, func() error { return next(ctx, cmd) })
	}
}

func (g *gate) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		return g.pass(cmds, func() error { return next(ctx, cmds) })
	}
}
