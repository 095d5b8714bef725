package faultproxy

import (
	"context"

	"scalelab/pkg/services/faults"
)

// Server is a server that its one client may stop and start.
type Server interface {
	Restart(ctx context.Context) error // keeps what the server would keep; returns when it answers
	Kill(ctx context.Context) error    // at once, as a crash
	Start(ctx context.Context) error   // returns when it answers
}

// Faults joins a proxy and, for an exclusive view, the server behind it.
type Faults struct {
	*Proxy
	server Server
}

var _ faults.Faults = (*Faults)(nil)

// Of returns the faults of a view whose clients connect to p; server is nil if the view shares it with others.
func Of(p *Proxy, server Server) *Faults { return &Faults{Proxy: p, server: server} }

// Restart refuses connections through the proxy while the server is away.
func (f *Faults) Restart(ctx context.Context) error {
	if f.server == nil {
		return faults.ErrNotExclusive
	}
	if err := f.absent(ctx, true); err != nil {
		return err
	}
	if err := f.server.Restart(ctx); err != nil {
		return err
	}
	return f.absent(ctx, false)
}

// Kill ends the server and every connection; new ones are refused until Start.
func (f *Faults) Kill(ctx context.Context) error {
	if f.server == nil {
		return faults.ErrNotExclusive
	}
	if err := f.server.Kill(ctx); err != nil {
		return err
	}
	return f.absent(ctx, true)
}

// Start starts the server after Kill.
func (f *Faults) Start(ctx context.Context) error {
	if f.server == nil {
		return faults.ErrNotExclusive
	}
	if err := f.server.Start(ctx); err != nil {
		return err
	}
	return f.absent(ctx, false)
}

// absent notes whether the server is away. A dead server refuses connections, and so must the proxy before it.
func (f *Faults) absent(ctx context.Context, away bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.without = away
	return f.settle(ctx)
}
