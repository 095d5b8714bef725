package registry_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"scalelab/labs/ch03-essentials/registry"
)

// directory is a Directory that the check has made. Resolvers only look things up.
type directory struct {
	w *town

	mu      sync.Mutex
	entries map[string]entry
	broken  error         // what it fails with, instead of answering
	slow    time.Duration // how long an answer is on its way
	hold    chan struct{} // if not nil, the next look-up waits for it, with its answer made already
	lookUps int
}

type entry struct {
	addr    string
	version uint64
	end     time.Time
}

var _ registry.Directory = (*directory)(nil)

// says binds a name. Every time the version is greater.
func (d *directory) says(name, addr string, left time.Duration) {
	d.w.does("directory", fmt.Sprintf("%s is at %s for %s", name, addr, brief(left)))
	d.mu.Lock()
	defer d.mu.Unlock()
	d.entries[name] = entry{addr, d.entries[name].version + 1, time.Now().Add(left)}
}

// forgets unbinds a name.
func (d *directory) forgets(name string) {
	d.w.does("directory", name+" is not bound")
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.entries, name)
}

// fails makes look-ups fail; with nil they are answered again.
func (d *directory) fails(err error, how string) {
	d.w.does("directory", how)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.broken = err
}

// holds makes the next look-up wait until release, with the answer of now.
func (d *directory) holds() (release func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	held := make(chan struct{})
	d.hold = held
	release = sync.OnceFunc(func() { close(held) })
	d.w.cleanup(release)
	return release
}

func (d *directory) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lookUps
}

// Lookup is what the resolver calls.
func (d *directory) Lookup(ctx context.Context, name string) (registry.Place, error) {
	d.w.visited("look up", name)
	place, err, held, slow := d.answer(name)
	if held != nil {
		select {
		case <-held:
		case <-ctx.Done():
			return registry.Place{}, ctx.Err()
		}
	}
	select {
	case <-time.After(slow):
	case <-ctx.Done():
		return registry.Place{}, ctx.Err()
	}
	return place, err
}

func (d *directory) answer(name string) (place registry.Place, err error, held chan struct{}, slow time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lookUps++
	held, d.hold = d.hold, nil
	e, ok := d.entries[name]
	left := time.Until(e.end)
	switch {
	case d.broken != nil:
		err = fmt.Errorf("look up %s: %w", name, d.broken)
	case !ok || left <= 0:
		err = fmt.Errorf("look up %s: %w", name, registry.ErrNotBound)
	default:
		place = registry.Place{Addr: e.addr, Version: e.version, Left: left}
	}
	return place, err, held, latency + d.slow
}

// The other methods of a directory are for services.
var errNotForClients = errors.New("a resolver only looks things up")

func (d *directory) Bind(context.Context, string, string, time.Duration) (registry.Lease, error) {
	return registry.Lease{}, errNotForClients
}

func (d *directory) Rebind(context.Context, string, string, time.Duration) (registry.Lease, error) {
	return registry.Lease{}, errNotForClients
}

func (d *directory) Renew(context.Context, registry.Lease, time.Duration) error {
	return errNotForClients
}

func (d *directory) Unbind(context.Context, registry.Lease) error { return errNotForClients }

// renews makes the lease of a name run longer.
func (d *directory) renews(name string, left time.Duration) {
	d.w.does("directory", fmt.Sprintf("the lease of %s is renewed for %s", name, brief(left)))
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.entries[name]
	e.end = time.Now().Add(left)
	d.entries[name] = e
}

// delays makes answers be on their way for a while.
func (d *directory) delays(by time.Duration) {
	if by > 0 {
		d.w.does("directory", "answers take "+brief(by))
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.slow = by
}
