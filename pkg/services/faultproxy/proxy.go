// Package faultproxy puts a TCP proxy with faults between a client and its server.
//
//	client ──▶ Addr() ─▶ [gate: upstream  ] ─▶ server
//	client ◀── Addr() ◀─ [gate: downstream] ◀─ server
//
// Each check has a proxy of its own, so that faults of checks running side by side do not meet. The proxy is
// toxiproxy, used as a library; the faults are one toxic of ours, the gate, which is always in the chain.
//
//	Stall   both gates hold         Mute   the downstream gate holds
//	Cut     both gates end their connections, listening goes on
//	Down    Cut, and no listening   Heal   gates open, listening again
package faultproxy

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"scalelab/pkg/services/port"
)

// patience is how long a cut waits for connections to end by themselves before it closes their sockets: longer only
// if a peer does not read and the proxy hangs in a write.
const patience = 5 * time.Second

var errClosed = errors.New("fault proxy: closed")

// Proxy forwards connections made to Addr to one server.
type Proxy struct {
	slot     *port.Reservation
	upstream *gate
	answers  *gate

	mu      sync.Mutex
	toxi    *toxiproxy.Proxy
	down    bool // asked for by Down
	without bool // the server is not running
	closed  bool
}

// Start listens on a free loopback port and forwards to the server at addr (host:port).
func Start(addr string) (*Proxy, error) {
	registerGate()
	slot, err := port.Reserve()
	if err != nil {
		return nil, fmt.Errorf("fault proxy: %w", err)
	}
	quiet := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	p := &Proxy{slot: slot, toxi: toxiproxy.NewProxy(quiet, "faults", slot.Addr(), addr)}
	if p.upstream, err = addGate(p.toxi, "upstream"); err == nil {
		p.answers, err = addGate(p.toxi, "downstream")
	}
	if err == nil {
		err = p.toxi.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("fault proxy: %w", errors.Join(err, slot.Close()))
	}
	return p, nil
}

// addGate puts a gate into one direction's chain; toxiproxy builds it from JSON and hands it back by name.
func addGate(toxi *toxiproxy.Proxy, direction string) (*gate, error) {
	spec := fmt.Sprintf(`{"name": %q, "type": %q, "stream": %q}`, direction, gateType, direction)
	if _, err := toxi.Toxics.AddToxicJson(strings.NewReader(spec)); err != nil {
		return nil, fmt.Errorf("gate %s: %w", direction, err)
	}
	return toxi.Toxics.GetToxic(direction).Toxic.(*gate), nil
}

// Addr is where clients connect, host:port. It never changes.
func (p *Proxy) Addr() string { return p.slot.Addr() }

// Cut closes every connection; new ones are accepted. A connection on which nothing was answered yet may survive.
func (p *Proxy) Cut(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cut(ctx)
}

// Stall holds all bytes in both directions.
func (p *Proxy) Stall(context.Context) error {
	p.upstream.close()
	p.answers.close()
	return nil
}

// Mute holds the server's bytes only.
func (p *Proxy) Mute(context.Context) error {
	p.answers.close()
	return nil
}

// Down closes every connection and refuses new ones.
func (p *Proxy) Down(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = true
	return p.settle(ctx)
}

// Heal undoes Stall, Mute and Down.
func (p *Proxy) Heal(ctx context.Context) error {
	p.upstream.open()
	p.answers.open()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = false
	return p.settle(ctx)
}

// Retarget forwards to another address from now on; connections to the old one are cut.
func (p *Proxy) Retarget(ctx context.Context, addr string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stop()
	p.toxi.Upstream = addr
	return p.settle(ctx)
}

// Close ends every connection and gives the port back.
func (p *Proxy) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil
	}
	p.closed = true
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	p.stop()
	ended := []*generation{p.upstream.finish(), p.answers.finish()}
	end(ended)
	return errors.Join(waitGone(ctx, ended), p.slot.Close())
}

// settle makes listening what the flags say it should be.
func (p *Proxy) settle(ctx context.Context) error {
	if p.closed {
		return errClosed
	}
	if p.down || p.without {
		p.stop()
		return p.cut(ctx)
	}
	if p.toxi.Enabled {
		return nil
	}
	if err := p.listen(ctx); err != nil {
		return fmt.Errorf("fault proxy: %w", err)
	}
	return nil
}

// listen takes the port, which is reserved, again. A process that is being started, anywhere in this program, holds copies of all open
// sockets until it has become the other program: for that moment the listener of before is still there.
func (p *Proxy) listen(ctx context.Context) error {
	for {
		err := p.toxi.Start()
		if err == nil || !errors.Is(err, syscall.EADDRINUSE) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(pause):
		}
	}
}

// pause lies between two attempts to take the port.
const pause = 2 * time.Millisecond

// stop stops listening and closes all sockets.
func (p *Proxy) stop() { p.toxi.Stop() }

// cut ends the connections in both directions and waits until their sockets are closed.
func (p *Proxy) cut(ctx context.Context) error {
	// Detached in both directions before the first is ended: a client that connects again at once is a new one in both.
	ended := []*generation{p.upstream.detach(), p.answers.detach()}
	end(ended)
	soon, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if waitGone(soon, ended) == nil {
		return nil
	}
	if p.toxi.Enabled {
		p.stop()
		if err := p.listen(ctx); err != nil {
			return fmt.Errorf("fault proxy: cut: %w", err)
		}
	}
	if err := waitGone(ctx, ended); err != nil {
		return fmt.Errorf("fault proxy: cut: connections still open: %w", err)
	}
	return nil
}

func end(generations []*generation) {
	for _, g := range generations {
		g.end()
	}
}

func waitGone(ctx context.Context, ended []*generation) error {
	for _, g := range ended {
		if err := g.gone(ctx); err != nil {
			return err
		}
	}
	return nil
}
