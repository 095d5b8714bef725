package services

import (
	"context"
	"fmt"
	"sync"

	"scalelab/pkg/services/faultproxy"
)

// source is one provider's servers of one kind.
type source interface {
	// start brings up what all checks share, and returns when it answers.
	start(ctx context.Context) error
	// open gives one check an empty part. An exclusive one holds the lock that keeps all others out.
	open(ctx context.Context, exclusive bool) (tenancy, error)
	// divided says that parts belong to one server, so that exclusive means to keep others out.
	divided() bool
	// version names the server that start found.
	version() string
	// close ends everything; no part is open any more.
	close(ctx context.Context) error
}

// tenancy is one check's part of a source.
type tenancy interface {
	// addr is the server's host:port, in front of which the check's fault proxy stands.
	addr() string
	// url is how the part is reached through addr.
	url(addr string) string
	// management is the part's management API; empty if it has none.
	management() string
	// server restarts and kills the whole server; nil if that cannot be done.
	server() faultproxy.Server
	// health is nil if the server that answers now is the one that the part was opened on.
	health(ctx context.Context) error
	// close removes the part with all that is in it.
	close(ctx context.Context) error
}

// lost is what there is to say of a server that does not answer, or is not the one that it was. The first line is the
// same wherever and however it happened; the details follow.
func lost(kind Kind, details error) error {
	return fmt.Errorf("%s: the server died, or another one answers in its place\n%w", kind, details)
}

// power is a server's switch that remembers whether it was the check that turned it off: then a server that does not
// answer is no fault of the kit's.
type power struct {
	faultproxy.Server
	again func(ctx context.Context) error // after every start: take note of the new incarnation

	mu  sync.Mutex
	off bool
}

// flusher is a server that must be told to write down what a crash would forget by chance.
type flusher interface {
	Flush(ctx context.Context) error
}

func (p *power) Kill(ctx context.Context) error {
	if f, ok := p.Server.(flusher); ok && !p.isOff() {
		if err := f.Flush(ctx); err != nil {
			return err
		}
	}
	p.set(true)
	return p.Server.Kill(ctx)
}

func (p *power) Start(ctx context.Context) error {
	if err := p.Server.Start(ctx); err != nil {
		return err
	}
	return p.on(ctx)
}

func (p *power) Restart(ctx context.Context) error {
	p.set(true)
	if err := p.Server.Restart(ctx); err != nil {
		return err
	}
	return p.on(ctx)
}

func (p *power) on(ctx context.Context) error {
	if p.again != nil {
		if err := p.again(ctx); err != nil {
			return err
		}
	}
	p.set(false)
	return nil
}

func (p *power) set(off bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.off = off
}

func (p *power) isOff() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.off
}
